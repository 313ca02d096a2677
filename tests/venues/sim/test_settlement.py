"""What becomes of orders, and how long they are remembered."""

from __future__ import annotations

import pytest

from framework.model.events import ReportKind
from framework.venues.sim import memory
from tests.venues.sim.stage import Stage


def test_a_filled_order_is_done_and_its_lock_spent_to_the_point() -> None:
    stage = Stage(balances={"USDT": 100})
    stage.place("a", "buy", 1, 100)
    stage.trade("sell", 99, 1)
    stage.wait()
    assert stage.told() == ["accepted", "filled 1 at 100 maker"]
    assert stage.venue.open_orders() == ()
    assert stage.venue.balances() == {"USDT": (0, 0), "BTC": (1, 0)}


def test_every_answer_about_an_order_carries_its_number() -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 3)
    stage.place("a", "buy", 5, 101)
    stage.cancel("a")
    assert [report.kind for report in stage.reports] == [ReportKind.FILLED, ReportKind.CANCELLED]
    assert len({report.venue_order_id for report in stage.reports}) == 1


def test_a_limit_orders_price_is_the_worst_it_gets() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.quote(99, 4, 101, 1)
    stage.place("a", "buy", 2, 105)
    stage.trade("sell", 90, 9)
    stage.wait()
    assert stage.told() == ["filled 1 at 101 taker", "filled 1 at 105 maker"]
    assert stage.free("USDT") == 1000 - 101 - 105


def test_ids_of_done_orders_are_forgotten_one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "DONE_REMEMBERED", 2)
    stage = Stage()
    for name in "abc":
        stage.place(name, "buy", 1)
    stage.cancel("a")
    stage.cancel("b")
    assert stage.told()[-2:] == ["cancel_rejected unknown_order", "cancel_rejected already_done"]
