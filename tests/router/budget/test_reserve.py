"""What cancels keep for themselves: enough to take back all that stands, within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.rules import VenueRules
from framework.router.budget.gauge import Gauge
from framework.router.budget.reserve import SweepReserve
from framework.venues.named import rules_named
from tests.wired import spot

PAIRS = [spot(f"P{number}/USDT") for number in range(3)]


def sweep(rules: VenueRules, bucket: str) -> SweepReserve:
    return SweepReserve(Gauge(rules.bucket(bucket)), rules)


@pytest.mark.parametrize(
    ("name", "bucket", "orders", "kept"),
    [
        ("binance-spot", "request_weight", 7, 7),
        ("bitget-spot", "ip", 7, 1),
        ("bitget-spot", "ip", 51, 2),
        ("bitget-unified", "ip", 21, 2),
        ("binance-futures", "request_weight", 25, 3),
        ("binance-futures", "request_weight", 100_000, 720),
    ],
)
def test_it_keeps_what_cancelling_all_would_draw(name: str, bucket: str, orders: int, kept: int) -> None:
    there = sweep(rules_named(name), bucket)
    there.stands(PAIRS[0], orders)
    assert there.gauge.reserve == kept


@given(steps=st.lists(st.tuples(st.integers(0, 2), st.integers(-60, 60)), max_size=40))
def test_it_does_not_depend_on_how_orders_came_and_went(steps: list[tuple[int, int]]) -> None:
    rules = rules_named("bitget-spot")
    there, counts = sweep(rules, "ip"), [0, 0, 0]
    for pair, orders in steps:
        more = max(orders, -counts[pair])
        counts[pair] += more
        there.stands(PAIRS[pair], more)
    assert there.gauge.reserve == max(1, min(sum(-(-count // 50) for count in counts), 1_800))
