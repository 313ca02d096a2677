"""A tariff says of every request what the venue's own table says."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from msgspec.structs import replace

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.errors import InvariantError
from framework.model.rules import Bucket, Cost, VenueRules
from framework.router.planning.tariffs import tariffs
from framework.venues.named import EVERY_TABLE, rules_named

BITGET = rules_named("bitget-spot")


@pytest.mark.parametrize("name", EVERY_TABLE)
@pytest.mark.parametrize("kind", BatchKind)
def test_a_request_draws_what_the_table_says(name: str, kind: BatchKind) -> None:
    rules = EVERY_TABLE[name]
    single, batch, *_ = REQUESTS[kind]
    tariff = tariffs(rules)[kind]
    assert tariff.batch_orders == rules.batch_max[kind]
    for place, bucket in enumerate(rules.buckets):
        draw = next((draw for draw in tariff.draws if draw.bucket == place), None)
        alone = sum(cost.units for cost in rules.costs[single] if cost.bucket == bucket.name)
        assert tariff.singles[place] == alone == (draw.single if draw else 0)
        for orders in range(1, tariff.batch_orders + 1) if tariff.batch_orders > 1 else ():
            said = sum(cost.of(orders) for cost in rules.costs[batch] if cost.bucket == bucket.name)
            steps = -(-orders // tariff.step_orders)
            assert (draw.batch + draw.step * steps + draw.order * orders if draw else 0) == said


def test_kinds_of_equal_cost_share_a_tariff() -> None:
    found = tariffs(rules_named("binance-futures"))
    assert found[BatchKind.PLACE] == found[BatchKind.AMEND] != found[BatchKind.CANCEL]


def test_a_cancel_shares_none_with_another_kind() -> None:
    rules = replace(BITGET, costs=dict.fromkeys(RequestKind, (Cost("ip"),)))
    found = tariffs(rules)
    assert found[BatchKind.PLACE] == found[BatchKind.AMEND] != found[BatchKind.CANCEL]


def test_a_kind_that_the_venue_does_not_take_has_none() -> None:
    rules = replace(BITGET, costs={RequestKind.PLACE: BITGET.costs[RequestKind.PLACE]})
    assert list(tariffs(rules)) == [BatchKind.PLACE]
    assert tariffs(rules)[BatchKind.PLACE].batch_orders == 1


def test_a_batch_counted_in_two_ways_is_refused() -> None:
    two: Any = {RequestKind.PLACE_BATCH: (Cost("place_batch", orders_per_unit=10), Cost("ip", orders_per_unit=5))}
    with pytest.raises(InvariantError, match=r"found \[5, 10\]"):
        tariffs(replace(BITGET, costs={**BITGET.costs, **two}))


def test_a_batch_is_planned_in_whole_steps() -> None:
    tariff = tariffs(replace(BITGET, batch_max=dict.fromkeys(BatchKind, 25)))[BatchKind.PLACE]
    assert (tariff.step_orders, tariff.batch_orders) == (10, 20)


def most_drawn(rules: VenueRules, bucket: Bucket) -> Fraction:
    """The most that requests can draw from a bucket, as a part of its limit, while every other bucket they need is full."""
    most = Fraction(0)
    for costs in rules.costs.values():
        here = sum(cost.of(1) for cost in costs if cost.bucket == bucket.name)
        others = [
            Fraction(there.limit, there.window_ns * cost.of(1))
            for cost in costs
            for there in rules.buckets
            if there.name == cost.bucket and there is not bucket
        ]
        if here and not others:
            return Fraction(2)
        most += here * min(others, default=Fraction(0))
    return most * bucket.window_ns / bucket.limit


SAVES_BY_MIXING = {
    "bitget-spot:lenient": {"place_batch", "cancel_batch", "replace_batch"},
    "bitget-spot:lead-trader": {"place_batch"},
    "bitget-futures:lenient": {"place_batch", "cancel_batch"},
    "bitget-futures:lead-trader": {"place_batch"},
    "bitget-unified:lenient": {"place_batch", "cancel_batch", "modify_batch"},
    "binance-futures": {"orders_10s", "orders_1m", "request_weight"},
    "binance-futures:lenient": {"orders_1m", "request_weight"},
}
"""Buckets that can be full of which mixing pairs in a batch would save units (docs/decisions/0018)."""


@pytest.mark.parametrize("name", EVERY_TABLE)
def test_where_pairs_in_one_batch_would_save_units_that_can_be_scarce(name: str) -> None:
    rules = EVERY_TABLE[name]
    once = {
        rules.buckets[draw.bucket].name: rules.buckets[draw.bucket]
        for tariff in tariffs(rules).values()
        for draw in tariff.draws
        if draw.batch
    }
    scarce = {bucket.name for bucket in once.values() if most_drawn(rules, bucket) >= 1}
    assert scarce == SAVES_BY_MIXING.get(name, set())
