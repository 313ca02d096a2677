"""A client that keeps to its own throttle for a while, against the strict reading of the limits."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.conformance.house import House

BTC = "BTC/USDT"
SECONDS = 60.0


@pytest.mark.long
@pytest.mark.timeout(180)
def test_ccxts_own_throttle_keeps_within_the_strict_limits(still: House, spot: Any) -> None:
    began = time.monotonic()  # noqa: TID251 - a foreign client on the real clock
    rounds = 0
    while time.monotonic() - began < SECONDS:  # noqa: TID251 - the same
        made = spot.create_order(BTC, "limit", "buy", 0.001, 58_000 + rounds % 500)
        spot.fetch_open_orders(BTC)
        spot.cancel_order(made["id"], BTC)
        rounds += 1
    assert rounds > 100
    assert spot.fetch_open_orders(BTC) == []
