"""The rule tables and their names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from framework.model.batch import BatchKind
from framework.model.errors import ConfigError
from framework.model.rules import VenueRules, request_kind
from framework.venues.named import NAMES, TABLES, rules_named


def test_tables_are_found_by_name() -> None:
    assert NAMES == ("bitget-spot", "binance-spot")
    assert [rules_named(name).name for name in NAMES] == list(NAMES)


@pytest.mark.parametrize(
    ("name", "hint"), [("bitget_spot", 'did you mean "bitget-spot"'), ("kraken", "expected one of")]
)
def test_an_unknown_name_gives_the_nearest_spelling(name: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        rules_named(name)


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_a_table_is_complete_and_sourced(table: VenueRules) -> None:
    assert date.fromisoformat(table.as_of)
    assert table.source
    assert all(bucket.source for bucket in table.buckets)
    assert all(market.source for market in table.markets)
    for kind in BatchKind:
        for orders in range(1, table.batch_max[kind] + 1):
            costs = table.costs[request_kind(kind, orders)]
            assert costs
            for cost in costs:
                assert cost.of(orders) <= table.bucket(cost.bucket).limit, "a request that could never be sent"


@pytest.mark.parametrize("table", TABLES, ids=NAMES)
def test_every_market_makes_an_instrument_that_can_trade(table: VenueRules) -> None:
    for market in table.markets:
        instrument = table.instrument(market.symbol)
        assert instrument.price_exact(instrument.tick_points) == market.tick
        assert instrument.size_exact(instrument.lot_points) == market.lot
        assert instrument.size_min_points % instrument.lot_points == 0
        assert 0 < instrument.taker_fee < Decimal("0.01")
    assert {"BTC/USDT", "ETH/USDT", "BTC/USD", "ETH/USD"} <= {market.symbol for market in table.markets}
