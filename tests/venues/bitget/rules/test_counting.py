"""How Bitget counts, against the worked examples of its pages and the limits of its documents."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from framework.model.batch import RequestKind
from framework.model.rules import CountedBy, VenueRules
from framework.venues.bitget.rules import FUTURES, SPOT, UNIFIED
from framework.venues.bitget.rules.counting import IP, batch, endpoint, lenient, single
from framework.venues.named import rules_named

NOTES = Path(__file__).parents[4] / ".." / "shared" / "venues" / "data" / "bitget" / "rate-limits.json"


@pytest.mark.parametrize(("orders", "units"), [(1, 1), (10, 1), (11, 2), (50, 5)])
def test_ten_orders_of_a_pair_in_a_batch_count_as_one_request(orders: int, units: int) -> None:
    own, ip = batch("place_batch")
    assert (own.of(orders), ip.of(orders)) == (units, 1)


@pytest.mark.parametrize(("orders", "units"), [((1, 10), 2), ((20, 5), 3), ((1,) * 10, 10)])
def test_a_batch_of_several_pairs_counts_each_pair(orders: tuple[int, ...], units: int) -> None:
    own, ip = batch("place_batch")
    assert (own.of_pairs(orders), ip.of_pairs(orders)) == (units, 1)


def test_every_request_is_one_of_the_address() -> None:
    assert (IP.limit, IP.window_ns, IP.counted_by) == (6000, 60 * 10**9, CountedBy.IP)
    assert IP.pause_ns == 300 * 10**9
    for table in (SPOT, FUTURES, UNIFIED):
        for costs in table.costs.values():
            own, ip = costs
            assert (ip.bucket, ip.of(50)) == ("ip", 1)
            assert table.bucket(own.bucket).counted_by is CountedBy.UID


def test_a_single_costs_one_whatever_it_holds() -> None:
    own, _ = single("cancel_symbol")
    assert (own.bucket, own.of(400)) == ("cancel_symbol", 1)


def test_any_second_counts_since_fixed_windows_are_not_documented() -> None:
    made = endpoint("place", 10, "somebody")
    assert (made.limit, made.window_ns, made.is_fixed) == (10, 10**9, False)


def test_leniently_a_call_is_one_unit_and_a_key_has_its_own_buckets() -> None:
    table = lenient(SPOT)
    assert table.costs[RequestKind.PLACE_BATCH][0].of(50) == 1
    assert {bucket.counted_by for bucket in table.buckets} == {CountedBy.KEY, CountedBy.IP}
    assert (SPOT.acceptance_bound_ns, table.acceptance_bound_ns) == (60 * 10**9, 35 * 10**9)
    assert (table.receive_window_ns, SPOT.receive_window_ns) == (5 * 10**9, 0)
    assert table.is_refused_when_limited
    assert not SPOT.is_refused_when_limited


@pytest.mark.parametrize("table", [SPOT, FUTURES, UNIFIED], ids=lambda table: table.name)
def test_limits_are_those_of_the_notes(table: VenueRules) -> None:
    """Where other sources disagree the strict reading is at most, the lenient one at least what the page says."""
    if not NOTES.exists():
        pytest.skip("the shared notes are not beside the project")
    noted = {limit["path"]: limit for limit in json.loads(NOTES.read_text(encoding="utf-8"))["endpoints"]}
    seen = 0
    for bucket in table.buckets:
        found = re.search(r"POST (v3/)?([a-z/-]+[a-z])", bucket.source)
        path = f"/api/{found[1] or 'v2/'}{found[2]}" if found else ""
        if path in noted:
            assert (
                bucket.limit
                <= noted[path]["per_second"]
                <= rules_named(f"{table.name}:lenient").bucket(bucket.name).limit
            )
            assert noted[path]["by"].lower() == bucket.counted_by
            seen += 1
    assert seen >= len(table.buckets) - 2, "the address's bucket, and one page that the notes do not have"
