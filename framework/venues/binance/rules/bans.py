"""Binance bans addresses that go on after a 429."""

from __future__ import annotations

from typing import Final

from framework.model.instants import DAY_NS, MINUTE_NS
from framework.model.rules import Ban

BAN: Final = Ban(
    after=5,
    first_ns=2 * MINUTE_NS,
    most_ns=3 * DAY_NS,
    source="rest-api, IP Limits: who does not back off after a 429 is banned (418), 2 minutes to 3 days, longer for repeat "
    "offenders, with Retry-After; after how many is not said: five in a row assumed",
)
