"""An order that ended before its fills were told: what may have filled of it is not free until that is known."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState
from framework.model.questions import Ask
from tests.router.life import BTC, COIN, USDT, Life
from tests.wired import MS, SECOND

LATE = (30 * SECOND,)
AT_ONCE = (0,)


def life_of(monkeypatch: pytest.MonkeyPatch) -> Life:
    """Its venue does not tell of an end how much has filled."""
    life = Life()
    hear = life.core.report

    def report(told: OrderReport) -> None:
        hear(msgspec.structs.replace(told, filled_points=-1))

    monkeypatch.setattr(life.core, "report", report)
    return life


def sold(life: Life, size: str = "100") -> Order:
    """A sell that took what there was, one coin. Its end is told at once, its fill late."""
    order: Order = life.act(lambda me: me.sell(BTC, size, price="100", tif="ioc"))
    life.faults.reports = [LATE, AT_ONCE]
    life.wait(20 * MS)
    assert (order.state, order.filled_points) == (OrderState.EXPIRED, 0)
    return order


def free(life: Life, asset: str = "BTC") -> Decimal:
    return life.core.engine.desk.free("a", asset)


def test_a_sell_is_held_against_the_worst_case_until_it_is_known_what_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    life = life_of(monkeypatch)
    sold(life)
    assert free(life) == 0
    early: Order = life.act(lambda me: me.sell(BTC, "100", price="101"))
    life.wait(MS)
    assert (early.state, early.reason) == (OrderState.REFUSED, "funds")
    life.wait(SECOND)
    assert free(life) == COIN - 1, "the venue was asked"
    later: Order = life.act(lambda me: me.sell(BTC, "99", price="101"))
    life.wait(SECOND)
    assert later.is_open


def test_a_buy_that_lacks_what_an_ended_one_may_have_spent_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    life = life_of(monkeypatch)
    order: Order = life.act(lambda me: me.buy(BTC, "9000", price="101", tif="ioc"))
    life.faults.reports = [LATE, AT_ONCE]
    life.wait(20 * MS)
    assert (order.state, free(life, "USDT")) == (OrderState.EXPIRED, USDT - 9_000 * 101)
    later: Order = life.act(lambda me: me.buy(BTC, "9000", price="99"))
    assert later.state is OrderState.QUEUED
    life.wait(SECOND)
    assert later.is_open


def test_rungs_wait_for_what_an_ended_order_may_have_used(monkeypatch: pytest.MonkeyPatch) -> None:
    life = life_of(monkeypatch)
    sold(life)
    life.act(lambda me: me.ladder(BTC, asks=[("103", "60")]))
    assert not life.core.engine.desk.open_orders(BTC)
    life.wait(SECOND)
    (rung,) = life.core.engine.desk.open_orders(BTC)
    assert (rung.is_open, rung.size_points) == (True, BTC.order_size("60"))


def test_rungs_that_are_more_than_what_is_left_are_refused_when_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    life = life_of(monkeypatch)
    sold(life)
    life.act(lambda me: me.ladder(BTC, asks=[("103", "99.5")]))
    life.wait(SECOND)
    assert not life.core.engine.desk.open_orders(BTC)
    assert ("refused", "funds") in [(kind.value, reason) for kind, reason in life.strategies["a"].told()]  # type: ignore[attr-defined]  # it is scripted


@pytest.mark.parametrize(("counted", "held"), [(0, 0), (10_000, 1), (30_000, 3)])
def test_an_end_that_tells_what_filled_keeps_no_more_than_what_is_missing(counted: int, held: int) -> None:
    life = Life()
    order: Order = life.act(lambda me: me.sell(BTC, "100", price="102"))
    life.wait(SECOND)
    name, now_ns = order.client_order_id, life.now_ns
    life.core.report(OrderReport(name, now_ns, ReportKind.CANCELLED, Source.VENUE, filled_points=counted))
    assert free(life) == COIN - held


def test_the_fills_themselves_free_what_was_kept_without_a_question() -> None:
    life = Life()
    order: Order = life.act(lambda me: me.sell(BTC, "100", price="100", tif="ioc"))
    life.faults.reports = [(100 * MS,), AT_ONCE]
    life.wait(20 * MS)
    assert (order.state, order.filled_points, free(life)) == (OrderState.EXPIRED, 0, COIN - 1)
    life.wait(100 * MS)
    assert (order.filled_points, free(life)) == (10_000, COIN - 1)
    assert not life.core.engine.desk.lacks_fills(order)
    life.wait(SECOND)
    assert life.asked(Ask.ORDER) == 0


def test_where_nobody_can_be_asked_an_end_is_the_last_word() -> None:
    life = Life()
    life.core.engine.desk.may_lack = lambda venue: False
    sold(life)
    assert free(life) == COIN
