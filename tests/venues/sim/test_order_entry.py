"""What becomes of each order of a request: ids, caps, reduce-only, cancels and amends."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.batch import BatchKind, Change, RequestKind
from framework.model.events import ReportKind
from tests.venues.sim.stage import Stage, fine, pair


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


def test_open_orders_are_capped_and_what_cannot_rest_is_not_counted() -> None:
    stage = fine()
    for name in "abc":
        stage.place(name, "buy", 1000, 9900)
    assert stage.told("c") == ["rejected open_orders"]
    stage.place("d", "buy", 1000)
    assert stage.filled("d") == 1000


def test_reduce_only_sells_no_more_than_is_held() -> None:
    stage = Stage(balances={"BTC": 3, "USDT": 0})
    stage.quote(99, 10, 101, 10)
    stage.place("a", "sell", 5, 100, reduce_only=True)
    assert stage.locked("BTC") == 3
    stage.trade("buy", 100, 9)
    stage.wait()
    assert stage.told() == ["accepted", "filled 3 at 100 maker", "expired reduce_only"]


def test_reduce_only_is_cut_to_whole_lots() -> None:
    stage = fine(balances={"BTC": "0.10037", "USDT": 0})
    stage.place("a", "sell", 5000, 10010, reduce_only=True)
    assert stage.told() == ["accepted"]
    assert stage.locked("BTC") == Decimal("0.1")


def test_reduce_only_that_reduces_nothing_is_rejected() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.place("a", "sell", 5, 100, reduce_only=True)
    assert stage.told() == ["rejected reduce_only"]


def test_a_buy_is_a_buy_on_spot_where_there_is_nothing_short_to_reduce() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.place("a", "buy", 5, 90, reduce_only=True)
    assert stage.told() == ["accepted"]


def test_cancel_of_what_is_done_or_unknown_is_rejected() -> None:
    stage = Stage()
    stage.quote(99, 10, 101, 10)
    stage.place("a", "buy", 1)
    stage.cancel("a")
    stage.cancel("ghost")
    assert stage.told()[1:] == ["cancel_rejected already_done", "cancel_rejected unknown_order"]


def test_cancel_of_a_partly_filled_order_keeps_its_fills() -> None:
    stage = Stage(balances={"USDT": 1000})
    stage.quote(99, 10, 101, 2)
    stage.place("a", "buy", 5, 101)
    stage.cancel("a")
    assert stage.told() == ["filled 2 at 101 taker", "cancelled"]
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


@pytest.mark.parametrize(
    ("price", "size", "answer"), [(99, 3, "amended"), (99, 5, "not_smaller"), (98, 3, "not_smaller")]
)
def test_a_request_that_only_shrinks_keeps_the_place_and_does_nothing_else(price: int, size: int, answer: str) -> None:
    stage = Stage()
    stage.quote(99, 4, 101, 10)
    order = stage.place("a", "buy", 5, 99)
    stage.quote(99, 9, 101, 10)
    stage.send(BatchKind.AMEND, [order], (Change(price, size),), form=RequestKind.SHRINK)
    stage.wait()
    assert answer in stage.told()[-1]
    stage.trade("sell", 99, 9)
    stage.wait()
    assert stage.filled("a") == (3 if answer == "amended" else 5)


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
