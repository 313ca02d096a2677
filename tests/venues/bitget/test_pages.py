"""Answers to questions: every recorded exchange, ccxt's response cases, and both with fields spoiled."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.errors import OddAnswer
from framework.venues.bitget import endpoints as at
from framework.venues.bitget.endpoints import ENDPOINTS
from framework.venues.bitget.entries import read_entries
from framework.venues.bitget.envelope import Envelope, read_envelope
from framework.venues.bitget.pages import (
    FILLS,
    FUNDING,
    ORDERS,
    PLANS,
    read_balances,
    read_fills,
    read_funding,
    read_orders,
    read_plans,
    read_positions,
)
from framework.venues.bitget.pushes import read_message
from framework.venues.bitget.rights import classic_rights, unified_rights
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import Status
from tests.venues.bitget_recorded import EXCHANGES, Exchange, recorded

BALANCES = {row.path: row for row in (at.SPOT_ASSETS, at.FUTURES_ACCOUNTS, at.ASSETS)}
POSITIONS = {row.path: row for row in (at.FUTURES_POSITIONS, at.FUTURES_POSITION, at.POSITIONS)}
RIGHTS = {at.KEY_CLASSIC.path: classic_rights, at.KEY_UNIFIED.path: unified_rights}
NO_ENTRIES = {at.SPOT_CANCEL_SYMBOL.path, at.SPOT_PLAN_CANCEL.path, at.PLAN_CANCEL.path, at.COUNTDOWN.path}
"""Cancels that name no order in their answer: that they were heard is all that it says."""


def reader(path: str, method: str) -> Callable[[object], object] | None:
    """What reads an answer; None: nothing here asks that."""
    endpoint = ENDPOINTS.get((method, path))
    if endpoint is None:
        return None
    if path in ORDERS:
        return lambda data: read_orders(endpoint, data).orders
    if path in FILLS:
        return lambda data: read_fills(endpoint, data)[0]
    if path in FUNDING:
        return lambda data: (read_funding(endpoint, data), True)
    if path in PLANS:
        return lambda data: read_plans(endpoint, data)
    if path in BALANCES:
        return lambda data: read_balances(endpoint, data)
    if path in POSITIONS:
        return lambda data: read_positions(endpoint, data)
    if path in RIGHTS:
        return lambda data: RIGHTS[path](Row(data, "info"))
    if method == "POST" and path not in NO_ENTRIES:
        return lambda data: read_entries(data, endpoint.name)
    return None


OURS = [one for one in EXCHANGES if reader(one.path, one.method) is not None]


@pytest.mark.parametrize("one", EXCHANGES, ids=lambda one: f"{one.path}-{one.name}")
def test_every_recorded_answer_opens(one: Exchange) -> None:
    found = read_envelope(one.body, one.path)
    assert found.is_success


@pytest.mark.parametrize("one", OURS, ids=lambda one: f"{one.path}-{one.name}")
def test_every_recorded_answer_to_a_question_of_ours_is_read(one: Exchange) -> None:
    read = reader(one.path, one.method)
    assert read is not None
    assert read(read_envelope(one.body, one.path).data)


def test_the_recordings_hold_what_we_use() -> None:
    assert len(EXCHANGES) == 131
    assert len(OURS) >= 30


CASES = recorded("ccxt-response-cases.json")["cases"]
METHODS = {"createOrder": "POST", "editOrder": "POST"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["description"])
def test_every_answer_of_ccxts_cases_is_read(case: dict) -> None:
    found = read_envelope(json.dumps(case["httpResponse"]).encode(), case["path"])
    assert found.is_success
    read = reader(case["path"], METHODS.get(case["method"], "GET"))
    if read is None:
        assert case["method"] in ("fetchLeverage", "fetchOHLCV", "fetchTicker")  # read elsewhere
        return
    assert read(found.data)


def test_ccxts_closed_order_says_what_ccxt_reads() -> None:
    (case,) = [one for one in CASES if one["method"] == "fetchClosedOrders"]
    (order,) = read_orders(at.SPOT_DONE, case["httpResponse"]["data"]).orders
    assert (order.status, str(order.amount), str(order.filled.normalize())) == (
        Status.FILLED, "5.5000000000000000", "0.0794",
    )  # fmt: skip
    (fee,) = order.fees
    assert (float(fee.amount), fee.asset) == (0.0000794, "LTC")


@pytest.mark.parametrize("endpoint", [at.SPOT_OPEN, at.FUTURES_OPEN, at.OPEN, at.FUTURES_FILLS, at.POSITIONS])
def test_null_is_an_empty_page(endpoint: at.Endpoint) -> None:
    read = reader(endpoint.path, "GET")
    assert read is not None and read(None) == ()


@pytest.mark.parametrize("endpoint", [at.FUTURES_OPEN, at.OPEN])
def test_an_empty_list_inside_may_be_null(endpoint: at.Endpoint) -> None:
    assert read_orders(endpoint, {"entrustedList": None, "list": None, "endId": None, "cursor": ""}).orders == ()


def test_a_full_page_says_where_the_next_begins() -> None:
    (one,) = [one for one in OURS if one.path == at.SPOT_OPEN.path]
    row = one.data[0]
    full = read_orders(at.SPOT_OPEN, [row | {"orderId": str(number)} for number in range(200, 100, -1)])
    assert (len(full.orders), full.before) == (100, "101")
    assert read_orders(at.SPOT_OPEN, [row]).before == ""
    listed = {"list": [unified_row()] * 100, "cursor": "77"}
    assert read_orders(at.OPEN, listed).before == "77"


def unified_row() -> dict:
    (one,) = [one for one in OURS if one.path == at.OPEN.path]
    return one.data["list"][0]


# --- bad input -------------------------------------------------------------------------------------------------------

SPOILED = [None, "", "x", "\u8ba2\u5355\u4e0d\u5b58\u5728", 5, 2**70, -1, 1.5, True, [], {}, [[]], {"a": 1}, "9" * 60]


def places(found: object, path: tuple = ()) -> Iterator[tuple]:
    """Where a field or item stands."""
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


@given(st.sampled_from(OURS), st.data())
def test_a_spoiled_answer_is_read_or_refused_by_name(one: Exchange, data: st.DataObject) -> None:
    found = copy.deepcopy(one.data)
    where = list(places(found))
    if not where:
        return
    *way, last = data.draw(st.sampled_from(where))
    inner = found
    for key in way:
        inner = inner[key]
    inner[last] = data.draw(st.sampled_from(SPOILED))
    read = reader(one.path, one.method)
    assert read is not None
    try:
        read(read_envelope(json.dumps({"code": "00000", "data": found}).encode(), one.path).data)
    except OddAnswer as odd:
        assert "expected" in str(odd)  # noqa: PT017  # read or refused: both are right


@given(st.sampled_from(EXCHANGES), st.data())
def test_a_truncated_answer_is_refused(one: Exchange, data: st.DataObject) -> None:
    body = one.body.rstrip()
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(OddAnswer):
        read_envelope(body[:cut], one.path)


SHARED = Path(__file__).parents[3] / ".." / "shared" / "venues" / "data" / "bitget"


def test_every_sample_of_the_reference_is_read() -> None:
    """Those that were seen live, and futures, which the recordings above lack."""
    if not SHARED.is_dir():
        pytest.skip(f"no reference samples at {SHARED}")
    count = 0
    for path in sorted(SHARED.glob("rest-v?-*.json")):
        sample = json.loads(path.read_text(encoding="utf-8"))
        where = str(sample.get("path", "")).split(" ")[0]
        read = reader(where, str(sample.get("method")))
        if read is not None and "response" in sample:
            body = json.dumps(sample["response"]).encode()
            assert read(read_envelope(body, path.name).data) is not None, path.name
            count += 1
    for path in sorted(SHARED.glob("ws-*.push-live.json")):
        read_message(json.dumps(json.loads(path.read_text(encoding="utf-8"))["message"]))
    for path in sorted(SHARED.glob("ws-v2-futures-*.json")):
        for said in json.loads(path.read_text(encoding="utf-8")).get("exchange", []):
            if said["from"] != "client":
                assert read_message(json.dumps(said["message"]))
                count += 1
    assert count > 60


def test_an_envelope_is_what_it_says() -> None:
    assert not Envelope("40014", "", 0, None).is_success
