"""Full load on the simulated venue: as many orders as its limits allow, none refused, cancels at once."""

from __future__ import annotations

import pytest

from benchmarks.load import WARM_S, one_by_one, run
from framework.venues.bitget.rules import SPOT
from framework.venues.named import rules_named

SECONDS = 62
"""A minute after the first ones."""


def test_batches_alone_carry_more_than_47_orders_a_second_at_50_ms() -> None:
    seen = run(SECONDS, 50)
    assert seen.watch.in_batches / (SECONDS - WARM_S) >= 47
    assert seen.rate >= 57
    assert seen.watch.limited == 0


def test_singles_and_batches_carry_more_than_57_orders_a_second_at_20_ms() -> None:
    seen = run(SECONDS, 20)
    assert seen.rate >= 57
    assert seen.watch.limited == 0


def test_one_by_one_carries_ten() -> None:
    seen = run(SECONDS, 20, one_by_one(SPOT))
    assert 9.5 <= seen.rate <= 10.5
    assert seen.watch.limited == 0


@pytest.mark.parametrize("name", ["bitget-spot", "bitget-unified", "binance-spot"])
def test_cancels_never_wait_at_full_load(name: str) -> None:
    seen = run(60, 50, rules_named(name), cancel_every=20, depth=10 if "binance" in name else 150)
    assert len(seen.watch.cancel_waits_ns) > 5
    assert max(seen.watch.cancel_waits_ns) == 0
    assert seen.watch.limited == 0


def test_cancels_at_their_own_limit_beside_places_at_theirs_do_not_wait() -> None:
    seen = run(SECONDS, 50, churns=1)
    assert seen.watch.cancels / (SECONDS - WARM_S) >= 57
    assert seen.rate >= 57
    assert max(seen.watch.cancel_waits_ns) == 0
    assert seen.watch.limited == 0


@pytest.mark.parametrize(("burst", "seconds"), [(60, 0), (200, 3)])
def test_cancels_beyond_what_a_second_carries_wait_for_the_next_ones(burst: int, seconds: int) -> None:
    """Sixty leave at once, and sixty more each time the answers (50 ms) are a second old."""
    seen = run(30, 50, depth=30, burst=burst)
    assert len(seen.watch.cancel_waits_ns) >= 2 * burst
    assert max(seen.watch.cancel_waits_ns) == seconds * 1_050_000_000
    assert seen.watch.limited == 0


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["bitget-spot", "binance-spot"])
def test_an_hour_of_full_load_meets_no_429(name: str) -> None:
    seen = run(3600, 50, rules_named(name), cancel_every=20, depth=10 if "binance" in name else 150)
    assert seen.watch.cancel_waits_ns
    assert seen.watch.limited == 0
    assert max(seen.watch.cancel_waits_ns) == 0
    assert seen.watch.orders > (200_000 if name == "bitget-spot" else 15_000)
