"""A tariff says of every request what the venue's own table says."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.errors import InvariantError
from framework.model.rules import Cost
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
