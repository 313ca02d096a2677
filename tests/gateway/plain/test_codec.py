from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.gateway.plain.codec import (
    OrderResult,
    question,
    read_entries,
    read_failure,
    read_message,
    told_report,
    trade_request,
)
from framework.model.batch import BatchKind, Change
from framework.model.events import ReportKind, Source
from framework.model.orders import write
from tests.gateway.plain.house import BTC, batch, order, sign

FILLED = (
    '{"seq":1,"id":"a","kind":"filled",'
    '"fill":{"trade_id":"9","price":"1","size":"1","fee":"0.1","fee_asset":"BTC","is_maker":true}}'
)


def body_of(request: bytes) -> Any:
    return msgspec.json.decode(request.partition(b"\r\n\r\n")[2])


def test_new_orders_are_written_with_exact_numbers() -> None:
    request = trade_request(batch(BatchKind.PLACE, order(), order("b", 0)), "localhost:1", sign)
    assert request.startswith(b"POST /orders HTTP/1.1\r\nHost: localhost:1\r\n")
    content = body_of(request)
    first = {
        "id": "a",
        "side": "buy",
        "size": "0.15",
        "price": "99",
        "tif": "gtc",
        "post_only": True,
        "reduce_only": False,
    }
    assert content == {"symbol": "BTC/USDT", "orders": [first, {**first, "id": "b", "price": None}]}
    assert b"X-Sign: POST /orders " in request


def test_an_order_that_another_of_ours_filled_in_part_leaves_with_the_rest() -> None:
    rest = order()
    write(rest, filled_points=500)
    body = body_of(trade_request(batch(BatchKind.PLACE, rest), "localhost", sign))
    assert body["orders"][0]["size"] == "0.1"


def test_its_change_asks_for_no_more_than_the_rest_either_whatever_the_venue_filled_of_it() -> None:
    rest = order()
    write(rest, filled_points=700, inside_points=500)
    amended = batch(BatchKind.AMEND, rest, changes=(Change(9_901, 1_600),))
    body = body_of(trade_request(amended, "localhost", sign))
    assert body["orders"] == [{"id": "a", "price": "99.01", "size": "0.11"}]


def test_cancels_and_changes_are_written() -> None:
    assert body_of(trade_request(batch(BatchKind.CANCEL, order(), order("b")), "localhost", sign)) == {
        "symbol": "BTC/USDT",
        "ids": ["a", "b"],
    }
    amended = batch(BatchKind.AMEND, order(), changes=(Change(9_901, 1_600),))
    assert body_of(trade_request(amended, "localhost", sign)) == {
        "symbol": "BTC/USDT",
        "orders": [{"id": "a", "price": "99.01", "size": "0.16"}],
    }


def test_a_question_is_signed_too() -> None:
    assert b"X-Sign: GET /order?id=a 0\r\n" in question("/order?id=a", "localhost", sign)


@pytest.mark.fault("E9")
def test_an_entry_that_comes_twice_proves_nothing() -> None:
    body = b'{"results":[{"id":"a","result":"accepted"},{"id":"b","result":"accepted"},{"id":"a","result":"rejected"}]}'
    assert read_entries(body) == {"b": OrderResult("b", "accepted")}


@pytest.mark.fault("N20")
@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
def test_whatever_comes_is_read_or_is_nothing(data: bytes) -> None:
    assert read_entries(data) is None or b"results" in data
    assert read_failure(data) is None or b"error" in data
    assert read_message(data) is None or b"kind" in data


@pytest.mark.fault("N22")
@pytest.mark.parametrize("more", ["[" * 100_000, "NaN", "1e999999", '"id":"b","seq":1', '{"a":1,"a":2}'])
def test_what_is_nested_without_end_or_says_a_thing_twice_is_nothing(more: str) -> None:
    entry = '{"id":"a","result":"accepted","more":0}'
    good = '{"seq":1,"id":"a","kind":"acknowledged","error":"x","detail":"y","results":[' + entry + '],"more":0}'
    assert read_message(good) is not None and read_entries(good.encode()) and read_failure(good.encode())
    odd = good.replace('"more":0', f'"more":{more}' if not more.startswith('"id"') else more)
    assert read_message(odd) is None
    assert read_entries(odd.encode()) is None
    assert read_failure(odd.encode()) is None


def test_a_fill_is_read_exactly() -> None:
    data = (
        '{"seq":1,"id":"a","kind":"filled","venue_id":"7","fill":{"trade_id":"9","price":"101.5","size":"0.15",'
        '"fee":"0.00015","fee_asset":"BTC","is_maker":true,"more":"x"}}'
    )
    message = read_message(data)
    assert message is not None
    report = told_report(message, BTC, 5)
    assert (report.kind, report.source, report.venue_order_id) == (ReportKind.FILLED, Source.VENUE, "7")
    assert report.fill is not None
    assert (report.fill.price_points, report.fill.size_points, report.fill.fee) == (10_150, 1_500, Decimal("0.00015"))


def test_an_end_tells_what_filled_where_it_says_so() -> None:
    for more, points in (("", -1), (',"filled":"0"', 0), (',"filled":"0.15"', 1_500)):
        message = read_message('{"seq":1,"id":"a","kind":"cancelled"' + more + "}")
        assert message is not None
        assert told_report(message, BTC, 5).filled_points == points


@pytest.mark.parametrize(
    "data",
    [
        '{"seq":1,"id":"a","kind":"vanished"}',
        '{"seq":1,"id":"a","kind":"cancelled","filled":"all"}',
        '{"seq":1,"id":"a","kind":"amended","price":"nan"}',
        FILLED.replace("0.1", "much"),
        FILLED.replace("0.1", "NaN"),
    ],
)
def test_a_message_that_makes_no_sense_makes_no_report(data: str) -> None:
    message = read_message(data)
    assert message is not None
    with pytest.raises(ValueError):
        told_report(message, BTC, 5)
