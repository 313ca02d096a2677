from __future__ import annotations

import pytest

from framework.sandbox.plain.trade import PlainOrderEntry, PlainRefusal
from framework.sandbox.plain.wire import CancelRequest, PlacedOrder, PlaceRequest
from tests.sandbox.house import BTC, venue


def test_orders_of_a_request_stand_and_fall_on_their_own_in_its_order() -> None:
    entry = PlainOrderEntry(venue())
    orders = [PlacedOrder("a", "buy", "0.00001", "99"), PlacedOrder("b", "buy", "0.1", "99")]
    said = entry.place(PlaceRequest(BTC, orders)).results
    assert [(result.id, result.result, result.reason) for result in said] == [
        ("a", "rejected", "off_grid"),
        ("b", "accepted", ""),
    ]


@pytest.mark.parametrize("price", ["0", "nan", "-1", "1e400", ""])
def test_a_price_that_is_none_is_rejected(price: str) -> None:
    said = PlainOrderEntry(venue()).place(PlaceRequest(BTC, [PlacedOrder("a", "buy", "0.1", price)])).results
    assert [(result.result, result.reason) for result in said] == [("rejected", "off_grid")]


def test_cancelling_a_symbol_without_orders_answers_with_nothing() -> None:
    assert PlainOrderEntry(venue()).cancel(CancelRequest(BTC)).results == []


def test_another_symbol_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(PlainRefusal) as caught:
        PlainOrderEntry(venue()).cancel(CancelRequest("X/Y"))
    assert caught.value.detail == "expected one of BTC/USDT"
