"""Who answers each refusal with another bad order is put aside; who takes refusals is not."""

from __future__ import annotations

from typing import Any

import pytest

from framework.engine.refusals import ANSWERED_MAX, STRETCH_NS, Refusals
from framework.kernel.records import StrategyQuarantined
from framework.model.events import ReportKind
from tests.wired import MINUTE, NOON, SECOND, Bench, Scripted, quote, spot

BTC = spot()
R = ReportKind


def put_aside(made: Bench) -> dict[str, str]:
    return {record.strategy: record.reason for record in made.records if isinstance(record, StrategyQuarantined)}


def again(strategy: Scripted, order: Any, report: Any) -> None:
    if report.kind in (R.REFUSED, R.REJECTED):
        strategy.buy(BTC, 0)


def test_a_loop_of_refusals_ends_and_the_others_go_on() -> None:
    stubborn = Scripted(start=lambda s: s.quotes(BTC), quote=lambda s, _: s.buy(BTC, 0), order=again)
    calm = Scripted(start=lambda s: s.quotes(BTC), quote=lambda s, _: s.buy(BTC, "1", price="99"))
    made = Bench({"stubborn": stubborn, "calm": calm}, instruments=(BTC,))
    made.play(quote(BTC, NOON + 1))
    made.wait(SECOND)
    reasons = put_aside(made)
    assert list(reasons) == ["stubborn"]
    assert (
        "found 100 answered with other orders within 10 s, and all of them refused; the last: " in reasons["stubborn"]
    )
    assert made.seats["stubborn"].calls < 3 * ANSWERED_MAX
    assert made.act("calm", lambda s: [order.is_open for order in s.orders(BTC)]) == [True]


def test_who_takes_refusals_may_have_any_number_of_them() -> None:
    taking = Scripted(start=lambda s: s.quotes(BTC), quote=lambda s, _: [s.buy(BTC, 0) for _ in range(ANSWERED_MAX)])
    made = Bench({"taking": taking}, instruments=(BTC,))
    made.play(*[quote(BTC, NOON + n) for n in range(1, 20)])
    made.wait(SECOND)
    assert put_aside(made) == {}
    assert made.seats["taking"].calls > 10 * ANSWERED_MAX


@pytest.mark.parametrize(
    ("between", "step_ns"), [(True, 0), (True, SECOND), (False, MINUTE), (False, STRETCH_NS // 50)]
)
def test_what_is_accepted_or_slow_begins_anew(*, between: bool, step_ns: int) -> None:
    refusals, now_ns = Refusals(), NOON
    for _ in range(20 * ANSWERED_MAX):
        now_ns += step_ns
        assert not refusals.are_too_many(now_ns)
        if between:
            refusals.end()


def test_the_hundred_and_first_is_one_too_many() -> None:
    refusals = Refusals()
    told = [refusals.are_too_many(NOON) for _ in range(ANSWERED_MAX + 1)]
    assert told == [False] * ANSWERED_MAX + [True]
