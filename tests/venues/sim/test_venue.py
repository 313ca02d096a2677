"""The door: what is refused and why, cancels, amends, money, latency, numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.batch import BatchKind
from framework.model.errors import ConfigError
from framework.model.events import Quote, ReportKind, Source
from framework.model.instrument import Instrument
from framework.ports import OrderPort
from framework.venues.sim.latency import Fixed, Uniform
from tests.venues.sim.stage import MS, START, Stage, pair, rules

FINE = Instrument(
    "BTC/USDT",
    "stage",
    price_digits=2,
    size_digits=4,
    tick_points=10,
    lot_points=5,
    size_min_points=10,
    size_max_points=1_000_000,
    notional_min=Decimal(5),
    price_band=Decimal("0.05"),
    maker_fee=Decimal("0.001"),
    taker_fee=Decimal("0.002"),
    open_orders_max=2,
)


def fine(**options: object) -> Stage:
    """A pair with every filter: tick 0.10, lot 0.0005, quote 99.90 to 100.10."""
    stage = Stage(FINE, **options)  # type: ignore[arg-type]
    stage.quote(9990, 100_000, 10010, 100_000)
    return stage


# --- filters ---


@pytest.mark.parametrize(
    ("size", "price", "reason"),
    [
        (1000, 9985, "off_tick"),
        (1001, 9990, "off_lot"),
        (5, 9990, "min_size"),
        (1_000_005, 9990, "max_size"),
        (500, 9990, "min_notional"),
        (1000, 10510, "price_band"),
    ],
)
def test_each_filter_rejects_by_its_own_word(size: int, price: int, reason: str) -> None:
    stage = fine()
    stage.place("a", "buy", size, price)
    assert stage.told() == [f"rejected {reason}"]
    assert stage.reports[0].detail
    assert stage.reports[0].source is Source.VENUE


@pytest.mark.parametrize(("side", "price", "is_inside"), [("buy", 10500, True), ("sell", 9500, True), ("sell", 9490, False)])
def test_the_band_is_measured_from_the_middle_of_the_quote(side: str, price: int, is_inside: bool) -> None:
    stage = fine()
    stage.place("a", side, 1000, price)
    assert (stage.told()[0] == "accepted") is is_inside


def test_a_market_orders_value_is_judged_at_the_middle_of_the_quote() -> None:
    stage = fine()
    stage.place("small", "buy", 495)
    stage.place("enough", "buy", 500)
    assert stage.told("small") == ["rejected min_notional"]
    assert stage.filled("enough") == 500


def test_without_a_quote_checks_that_need_one_pass() -> None:
    stage = Stage(FINE)
    stage.place("a", "buy", 1000, 20000)
    stage.place("b", "buy", 10)
    assert stage.told() == ["accepted", "accepted", "expired no_liquidity"]


def test_open_orders_are_capped_and_what_cannot_rest_is_not_counted() -> None:
    stage = fine()
    for name in "abc":
        stage.place(name, "buy", 1000, 9900)
    assert stage.told("c") == ["rejected open_orders"]
    stage.place("d", "buy", 1000)
    assert stage.filled("d") == 1000


def test_funds_that_do_not_reach_are_a_rejection() -> None:
    stage = Stage(balances={"USDT": 500, "BTC": 2})
    stage.quote(99, 10, 101, 10)
    stage.place("limit", "buy", 6, 99)
    stage.place("market", "buy", 5)
    stage.place("sell", "sell", 3, 105)
    assert stage.told() == ["rejected insufficient_balance"] * 3
    assert stage.reports[0].detail == "needs 594 USDT, free 500"


def test_an_id_is_used_once() -> None:
    stage = Stage()
    stage.quote(99, 10, 101, 10)
    stage.place("a", "buy", 1, 99)
    stage.place("a", "buy", 1, 99)
    stage.cancel("a")
    stage.place("a", "buy", 1, 99)
    assert stage.told() == ["accepted", "rejected duplicate_id", "cancelled", "rejected duplicate_id"]


def test_a_rejected_id_may_be_used_again() -> None:
    stage = fine()
    stage.place("a", "buy", 1001, 9990)
    stage.place("a", "buy", 1000, 9990)
    assert stage.told() == ["rejected off_lot", "accepted"]


def test_an_instrument_that_is_not_traded_is_refused() -> None:
    stage = Stage()
    stage.instrument = pair("ETH/USDT")
    stage.place("a", "buy", 1, 99)
    assert stage.told() == ["rejected unknown_instrument"]


# --- money ---


def test_a_buy_locks_its_worst_case_and_a_better_price_becomes_free() -> None:
    stage = Stage(balances={"USDT": 1000, "BTC": 0})
    stage.quote(99, 10, 100, 3)
    stage.place("a", "buy", 5, 110)
    assert (stage.free("USDT"), stage.locked("USDT")) == (1000 - 300 - 220, 220)
    stage.cancel("a")
    assert (stage.free("USDT"), stage.locked("USDT"), stage.free("BTC")) == (700, 0, 3)


def test_a_sell_locks_its_size() -> None:
    stage = Stage(balances={"BTC": 5})
    stage.place("a", "sell", 3, 110)
    assert (stage.free("BTC"), stage.locked("BTC")) == (2, 3)


def test_fees_come_out_of_what_comes_in_and_are_rounded_up() -> None:
    stage = fine(balances={"USDT": 1000, "BTC": 1})
    stage.place("buy", "buy", 1005)  # 0.1005 BTC at 100.10 as taker: 0.2 % of 0.1005
    fee = stage.reports[-1].fill
    assert fee is not None
    assert (fee.fee, fee.fee_asset) == (Decimal("0.00020100"), "BTC")
    stage.place("sell", "sell", 1005, 10010, post_only=True)
    stage.trade("buy", 10020, 100_000)
    stage.wait()
    fee = stage.reports[-1].fill
    assert fee is not None
    assert (fee.fee, fee.fee_asset, fee.is_maker) == (Decimal("0.01006005"), "USDT", True)  # 0.1 % of 10.06005
    assert stage.free("BTC") == Decimal("1") - Decimal("0.000201")
    assert stage.free("USDT") == Decimal("1000") - Decimal("0.01006005")


def test_a_fee_smaller_than_the_last_digit_is_one_of_it() -> None:
    stage = Stage(pair(taker_fee=Decimal("0.0000000001")), balances={"USDT": 1000})
    stage.quote(99, 10, 100, 3)
    stage.place("a", "buy", 1)
    fill = stage.reports[-1].fill
    assert fill is not None
    assert fill.fee == Decimal("0.00000001")


def test_reduce_only_sells_no_more_than_is_held() -> None:
    stage = Stage(balances={"BTC": 3, "USDT": 0})
    stage.quote(99, 10, 101, 10)
    stage.place("a", "sell", 5, 100, reduce_only=True)
    assert stage.locked("BTC") == 3
    stage.trade("buy", 100, 9)
    stage.wait()
    assert stage.told() == ["accepted", "filled 3 at 100 maker", "expired reduce_only"]


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_reduce_only_that_reduces_nothing_is_rejected(side: str) -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.place("a", side, 5, 100, reduce_only=True)
    assert stage.told() == ["rejected reduce_only"]


# --- cancels and amends ---


def test_cancel_of_what_is_done_or_unknown_is_rejected() -> None:
    stage = Stage()
    stage.quote(99, 10, 101, 10)
    stage.place("a", "buy", 1)
    stage.cancel("a")
    stage.cancel("ghost")
    assert stage.told()[2:] == ["cancel_rejected already_done", "cancel_rejected unknown_order"]


def test_cancel_of_a_partly_filled_order_keeps_its_fills() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.quote(99, 10, 101, 2)
    stage.place("a", "buy", 5, 101)
    stage.cancel("a")
    assert stage.told() == ["accepted", "filled 2 at 101 taker", "cancelled"]
    assert (stage.free("USDT"), stage.locked("USDT")) == (798, 0)


def test_amend_replaces_the_order_and_loses_its_place() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.quote(99, 4, 101, 10)
    stage.place("a", "buy", 5, 99)
    stage.quote(99, 9, 101, 10)
    stage.amend("a", 99, 3)
    first, amended = stage.reports
    assert (amended.kind, amended.price_points, amended.size_points) == (ReportKind.AMENDED, 99, 3)
    assert int(amended.venue_order_id) > int(first.venue_order_id)
    assert stage.locked("USDT") == 297
    stage.trade("sell", 99, 9)
    stage.wait()
    assert stage.filled("a") == 0


def test_amend_that_only_shrinks_keeps_its_place_where_the_venue_says_so() -> None:
    stage = Stage(amend_keeps_place=True)
    stage.quote(99, 4, 101, 10)
    stage.place("a", "buy", 5, 99)
    stage.quote(99, 9, 101, 10)
    stage.amend("a", 99, 3)
    assert stage.reports[0].venue_order_id == stage.reports[1].venue_order_id
    stage.trade("sell", 99, 9)
    stage.wait()
    assert stage.filled("a") == 3
    assert stage.locked("USDT") == 0


def test_amend_gives_the_new_total_size() -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 10)
    stage.place("a", "buy", 5, 100)
    stage.trade("sell", 100, 2)
    stage.amend("a", 100, 6)
    assert [order.left_points for order in stage.venue.open_orders()] == [4]
    stage.amend("a", 100, 2)
    assert stage.told()[-1] == "amend_rejected size_below_filled"


def test_amend_into_the_book_takes() -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 3)
    stage.place("a", "buy", 5, 100)
    stage.amend("a", 101, 5)
    assert stage.told() == ["accepted", "amended 5 at 101", "filled 3 at 101 taker"]


def test_amend_of_a_post_only_order_into_the_book_expires_it() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.quote(99, 4, 101, 3)
    stage.place("a", "buy", 5, 100, post_only=True)
    stage.amend("a", 101, 5)
    assert stage.told() == ["accepted", "amended 5 at 101", "expired post_only_would_take"]
    assert stage.free("USDT") == 1000


def test_amend_that_cannot_be_leaves_the_order_as_it_was() -> None:
    stage = fine(balances={"USDT": 20})
    stage.place("a", "buy", 1000, 9990)
    stage.amend("a", 9991, 1000)
    stage.amend("a", 9990, 3000)
    stage.amend("ghost", 9990, 1000)
    told = ["amend_rejected off_tick", "amend_rejected insufficient_balance", "amend_rejected unknown_order"]
    assert stage.told()[1:] == told
    assert stage.locked("USDT") == Decimal("9.99")
    assert [order.size_points for order in stage.venue.open_orders()] == [1000]


# --- requests, time, numbers ---


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


def test_an_order_is_judged_when_it_arrives_and_answered_a_latency_later() -> None:
    stage = Stage(latency=Fixed(20 * MS))
    stage.quote(99, 4, 101, 3)
    stage.send(BatchKind.PLACE, [stage.order("a", "buy", 1)])
    stage.wait(10)
    stage.quote(99, 4, 105, 3)
    stage.wait(29)
    assert not stage.reports
    stage.wait(1)
    assert stage.told() == ["accepted", "filled 1 at 105 taker"]
    assert {report.ts_recv_ns for report in stage.reports} == {START + 40 * MS}


def test_what_happens_to_our_record_on_the_way_does_not_reach_the_venue() -> None:
    stage = Stage(latency=Fixed(20 * MS))
    order = stage.order("a", "buy", 5, 99)
    stage.send(BatchKind.PLACE, [order])
    order.price_points, order.size_points = 98, 1
    stage.wait(20)
    assert [(held.price_points, held.left_points) for held in stage.venue.open_orders()] == [(99, 5)]


def test_answers_never_overtake_each_other() -> None:
    stage = Stage(latency=Uniform(0, 500 * MS), seed=3)
    stage.quote(99, 4, 101, 1000)
    for number in range(50):
        stage.send(BatchKind.PLACE, [stage.order(f"o{number}", "buy", 1)])
        stage.wait(7)
    stage.wait(2000)
    assert stage.told() == ["accepted", "filled 1 at 101 taker"] * 50
    assert [report.client_order_id for report in stage.reports[::2]] == [f"o{number}" for number in range(50)]


def test_a_cancel_may_overtake_its_place_but_places_keep_their_order() -> None:
    stage = Stage(latency=Uniform(0, 100 * MS), seed=2)
    for number in range(30):
        order = stage.order(f"o{number}", "buy", 1, 99)
        stage.send(BatchKind.PLACE, [order])
        stage.send(BatchKind.CANCEL, [order])
        stage.wait(300)
    answers = {tuple(sorted(stage.told(f"o{number}"))) for number in range(30)}
    assert answers == {("accepted", "cancelled"), ("accepted", "cancel_rejected unknown_order")}


def test_numbers_have_19_digits_and_rise() -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 1000)
    for name in "ab":
        stage.place(name, "buy", 1)
    orders = [report.venue_order_id for report in stage.reports if report.kind is ReportKind.ACCEPTED]
    trades = [report.fill.trade_id for report in stage.reports if report.fill is not None]
    assert orders == sorted(set(orders)) == [str(START + 1), str(START + 2)]
    assert trades == sorted(set(trades))
    assert all(len(number) == 19 for number in (*orders, *trades))


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
    assert stage.told() == ["accepted", "filled 1 at 101 taker"]


def test_it_is_an_order_port() -> None:
    port: OrderPort = Stage().venue
    assert callable(port.send)
