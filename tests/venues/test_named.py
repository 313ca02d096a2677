"""The rule tables and their names: every table is consistent and sourced, and no strict one allows more than others."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from framework.model.batch import REQUESTS, BatchKind, RequestKind, request_kind
from framework.model.errors import ConfigError
from framework.model.rules import Certainty, CountedBy, VenueRules
from framework.venues.named import EVERY_TABLE, NAMES, READINGS, TABLES, rules_named

ALL = list(EVERY_TABLE.values())
every_table = pytest.mark.parametrize("table", ALL, ids=list(EVERY_TABLE))
every_reading = pytest.mark.parametrize("other", READINGS, ids=[table.name for table in READINGS])


def strict_of(table: VenueRules) -> VenueRules:
    return rules_named(table.name.partition(":")[0])


def cost_in(table: VenueRules, kind: RequestKind, bucket: str, orders: int) -> int:
    return sum(cost.of(orders) for cost in table.costs[kind] if cost.bucket == bucket)


def test_tables_are_found_by_name() -> None:
    assert NAMES == ("bitget-spot", "bitget-unified", "binance-spot")
    assert [table.name for table in TABLES] == [
        "bitget-spot",
        "bitget-futures",
        "bitget-unified",
        "binance-spot",
        "binance-futures",
    ]
    assert [rules_named(name).name for name in EVERY_TABLE] == list(EVERY_TABLE)


def test_a_source_names_a_page_and_no_numbers_of_somebody_s_notes() -> None:
    for table in EVERY_TABLE.values():
        said = [table.source, *table.sources.values(), *(bucket.source for bucket in table.buckets)]
        said += [market.source for market in table.markets]
        said += [cost.source for costs in table.costs.values() for cost in costs]
        assert [text for text in said if re.match(r"\d+(\.\d)?[ :,]", text) or "notes" in text] == []


def test_every_table_has_a_lenient_reading_and_is_strict_without() -> None:
    for table in TABLES:
        assert ":" not in table.name
        assert rules_named(f"{table.name}:lenient").title == f"{table.title}, lenient reading"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("bitget_spot", "did you mean 'bitget-spot'"),
        ("bitget-spot:leniant", "did you mean 'bitget-spot:lenient'"),
        ("kraken", "known: binance-futures, "),
    ],
)
def test_an_unknown_name_gives_the_nearest_spelling(name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        rules_named(name)


@every_table
def test_a_table_is_complete(table: VenueRules) -> None:
    assert date.fromisoformat(table.as_of).isoformat() == table.as_of
    assert len({bucket.name for bucket in table.buckets}) == len(table.buckets)
    assert all(bucket.limit > 0 and bucket.window_ns > 0 for bucket in table.buckets)
    assert set(table.batch_max) == set(BatchKind)
    for kind in BatchKind:
        for orders in range(1, table.batch_max[kind] + 1):
            assert request_kind(kind, orders) in table.costs
    assert {cost.bucket for costs in table.costs.values() for cost in costs} == {
        bucket.name for bucket in table.buckets
    }
    assert RequestKind.CANCEL_SYMBOL in table.costs


@every_table
def test_every_request_can_be_sent(table: VenueRules) -> None:
    for batch_kind, kinds in REQUESTS.items():
        for kind in kinds:
            costs = table.costs.get(kind, ())
            for orders in range(1, table.batch_max[batch_kind] + 1):
                assert all(0 < cost.of(orders) <= table.bucket(cost.bucket).limit for cost in costs), (kind, orders)
    assert all(table.costs.values()), "a request that costs nothing could never be paused"


@every_table
def test_a_venue_without_a_batch_has_no_cost_for_one(table: VenueRules) -> None:
    for batch_kind, kinds in REQUESTS.items():
        assert kinds[0] in table.costs
        assert (kinds[1] in table.costs) == (table.batch_max[batch_kind] > 1)


SOURCED = (
    "batch_max",
    "mixes_pairs",
    "self_trade",
    "amend_keeps_place",
    "acceptance_bound_ns",
    "lookup_horizon_ns",
    "pause_ns",
)


@every_table
def test_every_number_says_where_it_is_from(table: VenueRules) -> None:
    assert table.source
    assert all(bucket.source for bucket in table.buckets)
    assert all(market.source for market in table.markets)
    plain = [cost for costs in table.costs.values() for cost in costs if not cost.source]
    assert all((cost.units, cost.orders_per_unit) == (1, 0) for cost in plain)
    assert all(table.sources[fact] for fact in (*SOURCED, "is_refused_when_limited"))
    assert "headers" in table.sources or not table.headers
    assert "remaining_header" in table.sources or not table.remaining_header
    assert set(table.sources) <= {field.name for field in msgspec.structs.fields(VenueRules)}


@every_table
def test_silence_and_refusals_are_bounded(table: VenueRules) -> None:
    assert table.acceptance_certainty is not Certainty.NONE
    assert table.receive_window_ns < table.acceptance_bound_ns <= 60 * 10**9
    assert table.lookup_horizon_ns >= 3_600 * 10**9
    assert all(0 < table.pause_of(bucket) <= 300 * 10**9 for bucket in table.buckets)


@every_table
def test_headers_name_buckets_in_small_letters(table: VenueRules) -> None:
    for header, bucket in table.headers.items():
        assert header == header.lower()
        assert table.bucket(bucket).name == bucket
    assert table.remaining_header == table.remaining_header.lower()
    assert bool(table.headers) != bool(table.remaining_header), "each venue that we know tells its count in some way"


@every_table
def test_the_bucket_of_the_endpoint_comes_first(table: VenueRules) -> None:
    if table.remaining_header:
        firsts = [table.bucket(costs[0].bucket) for costs in table.costs.values()]
        assert all(bucket.counted_by is not CountedBy.IP for bucket in firsts)


@every_table
def test_every_market_makes_an_instrument_that_can_trade(table: VenueRules) -> None:
    assert len({market.symbol for market in table.markets}) == len(table.markets)
    for market in table.markets:
        instrument = table.instrument(market.symbol)
        assert instrument.price_exact(instrument.tick_points) == market.tick
        assert instrument.size_exact(instrument.lot_points) == market.lot
        assert instrument.size_min_points % instrument.lot_points == 0
        assert instrument.size_min_points < instrument.size_max_points
        assert 0 < instrument.maker_fee <= instrument.taker_fee < Decimal("0.01")
        assert instrument.is_spot == (":" not in market.symbol)
    assert all(market.contract_size == 1 for market in table.markets)


@pytest.mark.parametrize("name", NAMES)
def test_spot_tables_can_play_the_bundled_tapes(name: str) -> None:
    symbols = {market.symbol for market in rules_named(name).markets}
    assert {"BTC/USDT", "ETH/USDT", "BTC/USD", "ETH/USD"} <= symbols


@pytest.mark.parametrize("name", ["bitget-futures", "bitget-unified", "binance-futures"])
def test_perpetuals_have_instruments(name: str) -> None:
    for symbol in ("BTC/USDT:USDT", "ETH/USDT:USDT"):
        perpetual = rules_named(name).instrument(symbol)
        assert perpetual.id == f"{symbol}@{rules_named(name).venue}"
        assert not perpetual.is_spot
        assert perpetual.notional_min >= 5


@every_reading
def test_another_reading_is_of_the_same_venue_and_markets(other: VenueRules) -> None:
    strict = strict_of(other)
    assert (other.venue, other.as_of, other.markets) == (strict.venue, strict.as_of, strict.markets)
    assert [bucket.name for bucket in other.buckets] == [bucket.name for bucket in strict.buckets]
    assert (other.headers, other.remaining_header) == (strict.headers, strict.remaining_header)
    assert set(other.costs) == set(strict.costs)
    assert other != strict


CARRIES = {request: kind for kind, requests in REQUESTS.items() for request in requests}
WIDTH = {CountedBy.KEY: 0, CountedBy.UID: 1, CountedBy.IP: 2}


@every_reading
def test_strict_never_allows_more_than_lenient_and_lead_traders_never_more_than_strict(other: VenueRules) -> None:
    strict = strict_of(other)
    low, high = (strict, other) if other.name.endswith(":lenient") else (other, strict)
    for mine in low.buckets:
        theirs = high.bucket(mine.name)
        assert mine.limit <= theirs.limit
        assert mine.window_ns == theirs.window_ns
        assert mine.is_fixed <= theirs.is_fixed, "any stretch of a window's length is stricter than fixed windows"
        assert WIDTH[mine.counted_by] >= WIDTH[theirs.counted_by]
        assert low.pause_of(mine) >= high.pause_of(theirs)
        for kind in low.costs:
            for orders in range(1, low.batch_max[CARRIES[kind]] + 1):
                assert cost_in(low, kind, mine.name, orders) >= cost_in(high, kind, mine.name, orders)
    assert all(low.batch_max[kind] <= high.batch_max[kind] for kind in BatchKind)
    assert low.acceptance_bound_ns >= high.acceptance_bound_ns
    assert low.is_refused_when_limited <= high.is_refused_when_limited
    assert low.amend_keeps_place <= high.amend_keeps_place
    assert low.mixes_pairs <= high.mixes_pairs
