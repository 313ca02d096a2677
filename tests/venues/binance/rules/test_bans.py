"""Bans of those who go on after a 429."""

from __future__ import annotations

from framework.model.instants import DAY_NS, MINUTE_NS
from framework.venues.binance.rules import FUTURES, SPOT
from framework.venues.binance.rules.bans import BAN


def test_bans_last_from_two_minutes_to_three_days_as_documented() -> None:
    assert (BAN.first_ns, BAN.most_ns) == (2 * MINUTE_NS, 3 * DAY_NS)
    assert "assumed" in BAN.source, "nobody says after how many"


def test_all_of_binance_bans() -> None:
    assert SPOT.ban is FUTURES.ban is BAN
