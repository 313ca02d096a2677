"""The rule tables by the names that config uses: `bitget-spot`, or `bitget-spot:lenient` for another reading of it."""

from __future__ import annotations

from typing import Final

from framework.model.errors import ConfigError
from framework.model.money import shorten
from framework.model.rules import VenueRules
from framework.model.spelling import nearest
from framework.venues.binance import rules as binance
from framework.venues.bitget import rules as bitget

TABLES: Final[tuple[VenueRules, ...]] = (
    bitget.SPOT,
    bitget.FUTURES,
    bitget.UNIFIED,
    binance.SPOT,
    binance.FUTURES,
)
"""The strict readings: where sources differ, the one that is safe."""

READINGS: Final[tuple[VenueRules, ...]] = (
    bitget.SPOT_LENIENT,
    bitget.SPOT_LEAD_TRADER,
    bitget.FUTURES_LENIENT,
    bitget.FUTURES_LEAD_TRADER,
    bitget.UNIFIED_LENIENT,
    binance.SPOT_LENIENT,
    binance.FUTURES_LENIENT,
)

EVERY_TABLE: Final = {table.name: table for table in (*TABLES, *READINGS)}
NAMES: Final = tuple(table.name for table in TABLES if any(":" not in market.symbol for market in table.markets))
"""The strict tables that have spot pairs: those that the simulated venue can play."""


def rules_named(name: str) -> VenueRules:
    """The rule table of a name such as `bitget-spot`.

    Raises:
        ConfigError: no such table; the message has the nearest spelling.
    """
    table = EVERY_TABLE.get(name)
    if table is not None:
        return table
    raise ConfigError(f"rules: expected the name of a rule table, found {shorten(name)}{nearest(name, EVERY_TABLE)}")
