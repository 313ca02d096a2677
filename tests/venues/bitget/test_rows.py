from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.errors import OddAnswer
from framework.venues.bitget.rows import Row, decoded, rows_of


def row(**fields: object) -> Row:
    return Row(fields, "here")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<html><body>502</body></html>", "<html>"),
        (b'{"code":"000', '"code"'),
        (b"", "nothing"),
        (b"\xff\xfe", "here"),
    ],
)
def test_what_is_no_json_is_refused(body: bytes, found: str) -> None:
    with pytest.raises(OddAnswer, match="expected JSON") as caught:
        decoded(body, "here")
    assert found in str(caught.value)


def test_brackets_without_end_are_refused() -> None:
    with pytest.raises(OddAnswer):
        decoded(b"[" * 100_000, "here")


def test_ids_and_prices_never_pass_through_a_float() -> None:
    found = decoded(b'{"id":1136353550487961603,"price":0.1,"big":123456789012345678901234567890}', "here")
    assert Row(found, "here").text("id") == "1136353550487961603"
    assert Row(found, "here").number("price") == Decimal("0.1")
    assert Row(found, "here").number("big") == Decimal(123456789012345678901234567890)


def test_numbers_may_come_as_text_or_as_numbers() -> None:
    assert row(size="25000.0000000000000000").number("size") == 25_000
    assert row(size=10).number("size") == 10
    assert row(size=Decimal("-0.5")).number("size") == Decimal("-0.5")


@pytest.mark.parametrize("value", ["", None, "abc", "NaN", "inf", True, [], {}, "1e99", "1" * 50])
def test_what_is_no_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(OddAnswer, match=r"here\.size: expected a"):
        row(size=value).number("size")


def test_an_empty_number_may_stand_for_a_default() -> None:
    assert row(size="").number("size", Decimal(7)) == row().number("size", Decimal(7)) == 7


@pytest.mark.parametrize("value", [None, "", [], {}, 1.5, True])
def test_what_is_no_text_is_refused_by_name(value: object) -> None:
    with pytest.raises(OddAnswer, match=r"here\.id: expected a text"):
        row(id=value).text("id")


@pytest.mark.parametrize(("value", "ns"), [("1695808949356", 1_695_808_949_356_000_000), (5, 5_000_000), ("", 0)])
def test_milliseconds_become_ns(value: object, ns: int) -> None:
    assert row(ts=value).ts_ns("ts") == ns


@pytest.mark.parametrize("value", ["-1", "1.5", "99999999999999999", "soon"])
def test_no_milliseconds_are_refused(value: str) -> None:
    with pytest.raises(OddAnswer, match=r"here\.ts"):
        row(ts=value).ts_ns("ts")


def test_an_unknown_word_is_refused_with_those_that_we_know() -> None:
    assert row(side="BUY").word("side", {"buy": 1, "sell": 2}) == 1
    with pytest.raises(OddAnswer, match="one of buy, sell, found 'hold'"):
        row(side="hold").word("side", {"buy": 1, "sell": 2})


def test_null_is_an_empty_list() -> None:
    assert list(row(items=None).rows("items")) == list(row().rows("items")) == []
    assert row(ips=None).texts("ips") == ()


@pytest.mark.parametrize("value", ["text", {"a": 1}, 3, [1], ["a", None]])
def test_another_shape_is_no_list_of_objects(value: object) -> None:
    with pytest.raises(OddAnswer, match="here"):
        list(rows_of(value, "here"))


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with contextlib.suppress(OddAnswer):
        decoded(body, "here")


@given(st.integers())
def test_any_whole_number_is_text_or_refused(value: int) -> None:
    try:
        assert int(row(id=value).text("id")) == value
    except OddAnswer:
        assert abs(value) >= 10**40
