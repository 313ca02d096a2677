"""A forecast reckons as the planner sends: what fits, what only fits by sharing, and what cannot be."""

from __future__ import annotations

import pytest

from framework.model.batch import BatchKind
from framework.router.budget.forecast import Forecast, Load, Stream, forecast
from framework.venues.named import EVERY_TABLE, rules_named

MS = 1_000_000
BITGET = rules_named("bitget-spot")


def places(per_s: float, together: int = 1, pair: str = "BTC/USDT@bitget") -> Stream:
    return Stream("mm", pair, BatchKind.PLACE, per_s, together)


def load(found: Forecast, bucket: str) -> Load:
    return next(load for load in found.loads if load.bucket == bucket)


def test_single_orders_draw_on_the_bucket_of_single_orders() -> None:
    found = forecast(BITGET, [places(5)], 0)
    assert (load(found, "place").planned, load(found, "place").limit) == (5, 10)
    assert load(found, "ip").planned == 300
    assert (found.first.bucket, found.saturates_per_s, found.requests_per_s) == ("place", 10, 5)
    assert found.fits
    assert found.can_live


def test_orders_of_a_turn_share_a_request() -> None:
    found = forecast(BITGET, [places(20, together=10)], 0)
    assert load(found, "place_batch").planned == 2
    assert load(found, "place").one_by_one == 20
    assert found.requests_per_s == 2
    assert found.saturates_per_s == pytest.approx(50)


def test_what_does_not_fit_one_by_one_may_live_by_sharing() -> None:
    found = forecast(BITGET, [places(40)], 0)
    assert not found.fits
    assert found.can_live
    assert 57 <= found.sharing_per_s <= 60  # five tens in batches, and ten alone


def test_what_no_sharing_can_carry_cannot_live() -> None:
    found = forecast(BITGET, [places(70)], 0)
    assert not found.can_live
    assert found.saturates_per_s == 10


def test_many_pairs_share_less() -> None:
    streams = [places(1, pair=f"C{number}/USDT@bitget") for number in range(40)]
    found = forecast(BITGET, streams, 0)
    assert not found.can_live
    assert found.sharing_per_s == pytest.approx(15, abs=1)


def test_a_pair_that_trades_seldom_takes_its_turn_in_a_cycle() -> None:
    streams = [places(0.1, pair=f"C{number}/USDT@bitget") for number in range(100)]
    found = forecast(BITGET, streams, 0)
    assert found.orders_per_s == pytest.approx(10)
    assert found.can_live


def test_a_round_trip_takes_from_the_limit() -> None:
    found = forecast(BITGET, [places(9.5)], 100 * MS)
    assert load(found, "place").usable == pytest.approx(10 / 1.1)
    assert not found.fits


def test_places_and_cancels_are_reckoned_in_their_own_buckets() -> None:
    found = forecast(BITGET, [places(8), places(8)._replace(kind=BatchKind.CANCEL)], 0)
    assert (load(found, "place").planned, load(found, "cancel").planned) == (8, 8)
    assert found.fits


def test_a_day_s_limit_is_held_against_the_mean() -> None:
    found = forecast(rules_named("binance-spot"), [places(2)], 0)
    assert found.first.bucket == "orders_1d"
    assert not found.can_live
    assert found.saturates_per_s == pytest.approx(160_000 / 86_400)
    assert forecast(rules_named("binance-spot"), [places(1.8)], 0).can_live


@pytest.mark.parametrize("name", EVERY_TABLE)
@pytest.mark.parametrize("together", [1, 3, 700])
def test_every_table_can_be_reckoned(name: str, together: int) -> None:
    kinds = [
        kind for kind in BatchKind if any(str(request).startswith(kind.value) for request in rules_named(name).costs)
    ]
    streams = [places(3, together)._replace(kind=kind) for kind in kinds]
    found = forecast(rules_named(name), streams, 50 * MS)
    assert found.sharing_per_s >= found.saturates_per_s > 0
    assert found.requests_per_s <= found.orders_per_s + 1e-9
    assert all(load.planned <= load.one_by_one * 5 + 1e-9 or load.one_by_one == 0 for load in found.loads)
