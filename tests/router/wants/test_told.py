"""A refusal that stands is told once, and again when what it rests on has changed, or from time to time."""

from __future__ import annotations

from typing import Any

import pytest

from framework.model.events import ReportKind, Source
from framework.model.orders import OrderState
from framework.model.scopes import account_scope
from framework.router.kill.states import Cause
from framework.router.wants.told import REMIND_NS
from tests.router.scene import BTC, REFUSED, bench, seen
from tests.wired import LATENCY, SECOND, Bench

ACCOUNT = account_scope("bitget", "main")


def reduced(**more: Any) -> Bench:
    made = bench(**more)
    made.core.kill.reduce(ACCOUNT, Cause.STREAM_GAP, "gap")
    made.wait(LATENCY)
    return made


def ladder(made: Bench, bids: list[tuple[str, str]], asks: list[tuple[str, str]] | None = None) -> None:
    made.act("a", lambda strategy: strategy.ladder(BTC, bids=bids, asks=asks or []))
    made.wait(2 * LATENCY)


def refused(made: Bench) -> list[str]:
    return [reason for kind, reason in seen(made).told() if kind is REFUSED]


def test_what_the_gate_holds_back_is_told_once_a_side_until_the_kill_switch_steps() -> None:
    made = reduced(capital="1000000 USDT")
    for price in ("99", "98", "97"):
        ladder(made, [(price, "1"), ("90", "1")])
    assert refused(made) == ["gate_closed"]
    (report,) = [report for report in seen(made).got("order") if report.kind is REFUSED]
    assert (report.source, ": gap" in report.detail) == (Source.GATE, True)
    made.core.kill.recover(ACCOUNT, Cause.STREAM_GAP)
    ladder(made, [("99", "1")])
    assert [order.is_open for order in made.core.engine.desk.open_orders(BTC)] == [True]
    made.core.kill.reduce(ACCOUNT, Cause.STREAM_GAP, "another")
    ladder(made, [("98", "1")])
    assert refused(made) == ["gate_closed"] * 2


def test_a_target_that_the_gate_holds_back_is_told_once() -> None:
    made = reduced(capital="1000000 USDT")
    for _ in range(3):
        made.act("a", lambda strategy: strategy.target(BTC, "1"))
        made.wait(LATENCY)
    assert refused(made) == ["gate_closed"]


def test_what_is_bought_or_sold_by_hand_is_told_every_time() -> None:
    made = reduced(capital="1000000 USDT")
    for _ in range(3):
        made.act("a", lambda strategy: strategy.buy(BTC, "1", price="99"))
        made.wait(LATENCY)
    assert refused(made) == ["gate_closed"] * 3


def test_rungs_that_may_not_be_moved_are_taken_back_like_those_of_a_venue_without_changes() -> None:
    made = bench(capital="1000000 USDT")
    ladder(made, [("99", "1")])
    (order,) = made.core.engine.desk.open_orders(BTC)
    made.core.kill.reduce(ACCOUNT, Cause.PAUSE, "lunch")
    for price in ("98", "97"):
        ladder(made, [(price, "1")])
    assert order.state is OrderState.CANCELLED
    assert not [kind for kind, _ in seen(made).told() if kind is ReportKind.AMEND_REJECTED]
    assert refused(made) == ["gate_closed"]


def test_a_lack_of_cash_is_told_once_until_there_is_more_of_it() -> None:
    made = bench(capital="10 USDT,2 BTC")
    for _ in range(4):
        ladder(made, [("90", "1"), ("89", "1")])
        made.wait(6 * SECOND)
    assert refused(made) == ["funds"]
    order = made.act("a", lambda strategy: strategy.sell(BTC, "0.5", price="101"))
    made.wait(2 * LATENCY)
    made.fill(order)
    for _ in range(3):
        ladder(made, [("90", "1")])
        made.wait(6 * SECOND)
    assert refused(made) == ["funds"] * 2
    assert [report.detail for report in seen(made).got("order") if report.kind is REFUSED] == [
        "free 10 USDT, order needs 90 USDT",
        "free 60.5 USDT, order needs 90 USDT",
    ]


@pytest.mark.parametrize(("times", "more"), [(1, 0), (7, 6)])
def test_what_lasts_is_told_again_from_time_to_time_with_how_often_it_was_asked_for(times: int, more: int) -> None:
    made = reduced(capital="1000000 USDT")
    for _ in range(times):
        ladder(made, [("99", "1")])
    made.wait(REMIND_NS)
    ladder(made, [("99", "1")])
    first, second = [report.detail for report in seen(made).got("order") if report.kind is REFUSED]
    assert second == first + (f"; so it was {more} times more since it was told last" if more else "")


def test_a_fill_may_turn_what_the_gate_lets_pass_so_it_is_told_anew() -> None:
    made = bench(capital="1000000 USDT,2 BTC")
    order = made.act("a", lambda strategy: strategy.sell(BTC, "1", price="101"))
    made.wait(2 * LATENCY)
    made.core.kill.reduce(ACCOUNT, Cause.PAUSE, "lunch")
    ladder(made, [("99", "1")])
    ladder(made, [("99", "1")])
    assert refused(made) == ["gate_closed"]
    made.fill(order, 5_000)
    ladder(made, [("99", "1")])
    assert refused(made) == ["gate_closed"] * 2
