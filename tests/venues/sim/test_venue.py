"""The door: requests arrive, are judged whole, and market events find their book."""

from __future__ import annotations

import pytest

from framework.model.batch import BatchKind, RequestKind
from framework.model.errors import ConfigError
from framework.model.events import Quote
from framework.model.latency import Fixed, Uniform
from framework.ports import OrderPort
from tests.venues.sim.stage import MS, START, Stage, pair, rules


def test_orders_of_one_request_stand_and_fall_on_their_own() -> None:
    stage = Stage(balances={"USDT": 150})
    stage.send(BatchKind.PLACE, [stage.order(name, "buy", 1, 99) for name in "ab"])
    stage.wait()
    assert stage.told("a") == ["accepted"]
    assert stage.told("b") == ["rejected insufficient_balance"]


def test_a_request_that_is_too_long_is_refused_whole() -> None:
    stage = Stage(venue_rules=rules(batch_max=2))
    stage.send(BatchKind.PLACE, [stage.order(name, "buy", 1, 99) for name in "abc"])
    stage.wait()
    assert stage.told() == ["rejected batch_too_long"] * 3


def test_a_cancel_of_a_symbol_ends_all_that_rests_there_named_or_not() -> None:
    stage = Stage(venue_rules=rules(batch_max=2))
    orders = [stage.order(name, "buy", 1, 99) for name in "abcd"]
    for order in orders:
        stage.send(BatchKind.PLACE, [order])
    stage.wait()
    stage.send(BatchKind.CANCEL, orders[:3], form=RequestKind.CANCEL_SYMBOL)
    stage.wait()
    assert [stage.told(name)[-1] for name in "abcd"] == ["cancelled"] * 4
    assert stage.venue.open_orders() == ()


def test_an_order_is_judged_when_it_arrives_and_answered_a_latency_later() -> None:
    stage = Stage(latency=Fixed(20 * MS))
    stage.quote(99, 4, 101, 3)
    stage.send(BatchKind.PLACE, [stage.order("a", "buy", 1)])
    stage.wait(10)
    stage.quote(99, 4, 105, 3)
    stage.wait(29)
    assert not stage.reports
    stage.wait(1)
    assert stage.told() == ["filled 1 at 105 taker"]
    assert {report.ts_recv_ns for report in stage.reports} == {START + 40 * MS}


def test_a_cancel_may_overtake_its_place_but_places_keep_their_order() -> None:
    stage = Stage(latency=Uniform(0, 100 * MS), seed=2)
    for number in range(30):
        order = stage.order(f"o{number}", "buy", 1, 99)
        stage.send(BatchKind.PLACE, [order])
        stage.send(BatchKind.CANCEL, [order])
        stage.wait(300)
    answers = {tuple(sorted(stage.told(f"o{number}"))) for number in range(30)}
    assert answers == {("accepted", "cancelled"), ("accepted", "cancel_rejected unknown_order")}


def test_the_same_seed_gives_the_same_answers() -> None:
    def play(seed: int) -> list[object]:
        stage = Stage(latency=Uniform(0, 100 * MS), seed=seed)
        stage.quote(99, 4, 101, 7)
        for number in range(20):
            stage.send(BatchKind.PLACE, [stage.order(f"o{number}", "buy", 1, 100 + number % 2)])
            stage.wait(9)
        stage.wait(1000)
        return list(stage.reports)

    assert play(5) == play(5)
    assert play(5) != play(6)


@pytest.mark.parametrize(
    ("symbol", "balance", "message"),
    [("BTC/USDT:USDT", 1, "expected a spot pair"), ("BTC/USDT", -1, "balances.BTC: expected 0 or more, found -1")],
)
def test_what_it_cannot_play_is_refused_at_once(symbol: str, balance: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Stage(pair(symbol), balances={"BTC": balance})


def test_events_of_other_instruments_are_none_of_its_business() -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 7)
    stage.venue.observe(Quote(pair("ETH/USDT"), stage.now_ns, 1, 1, 2, 1))
    stage.place("a", "buy", 1)
    assert stage.told() == ["filled 1 at 101 taker"]


def test_it_is_an_order_port() -> None:
    port: OrderPort = Stage().venue
    assert callable(port.send)
