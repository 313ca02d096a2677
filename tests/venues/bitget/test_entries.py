from __future__ import annotations

import pytest

from framework.model.errors import OddAnswer
from framework.venues.bitget.entries import FAILED, Entries, read_entries
from framework.venues.bitget.seen import Entry

TWO_LISTS = {
    "successList": [{"orderId": "1", "clientOid": "a"}],
    "failureList": [
        {"orderId": "", "clientOid": "b", "errorMsg": "less than the minimum amount 5 USDT", "errorCode": "45110"},
        {"orderId": "2", "clientOid": "c", "errorMsg": "duplicate"},
    ],
}


def test_both_lists_of_a_batch_are_read() -> None:
    taken, small, twice = read_entries(TWO_LISTS, "batch")
    assert taken.is_taken and taken.venue_order_id == "1"
    assert (small.code, small.message, small.is_taken) == ("45110", "less than the minimum amount 5 USDT", False)
    assert (twice.code, twice.is_taken) == (FAILED, False)  # older samples name no code


@pytest.mark.parametrize("empty", [None, []])
def test_an_empty_list_may_be_null(empty: object) -> None:
    assert read_entries({"successList": empty, "failureList": empty}, "batch") == ()


def test_a_flat_list_has_a_code_in_each_entry() -> None:
    given = [
        {"orderId": "1", "clientOid": "a"},
        {"orderId": "2", "clientOid": "b", "code": "0"},
        {"orderId": "", "clientOid": "c", "code": "25204", "msg": "Order does not exist"},
    ]
    assert [entry.code for entry in read_entries(given, "batch")] == ["", "", "25204"]


def test_one_order_alone_is_one_entry() -> None:
    assert read_entries({"orderId": "1", "clientOid": "a"}, "place") == (Entry("a", "1"),)
    assert read_entries({"list": [{"orderId": "1", "clientOid": "a", "code": "24056"}]}, "sweep")[0].code == "24056"


def test_a_replace_says_success_in_a_word_and_may_name_no_order_of_the_venue() -> None:
    (entry,) = read_entries({"orderId": "", "clientOid": "a", "success": "success", "msg": ""}, "replace")
    assert entry.is_taken
    (kept,) = read_entries([{"orderId": "1", "clientOid": None, "success": "failure", "msg": "no"}], "replace")
    assert (kept.code, kept.message) == (FAILED, "no")


@pytest.mark.parametrize("odd", [None, "text", 5, [5], {"symbol": "BGBUSDT"}, [{"orderId": "", "clientOid": None}]])
def test_what_names_no_order_is_refused(odd: object) -> None:
    with pytest.raises(OddAnswer):
        read_entries(odd, "place")


def test_an_order_is_found_by_our_id_and_else_by_the_venues() -> None:
    entries = read_entries(TWO_LISTS, "batch")
    named = Entries(entries)
    found = named.of("b", "")
    assert found is not None and found.code == "45110"
    assert named.of("x", "1") == entries[0]
    assert named.of("x", "") is None


def test_an_order_in_both_lists_proves_nothing() -> None:
    given = {"successList": [{"orderId": "1", "clientOid": "a"}], "failureList": [{"orderId": "1", "clientOid": "a"}]}
    assert Entries(read_entries(given, "batch")).of("a", "1") is None
