"""The rule tables by the names that config uses."""

from __future__ import annotations

import difflib
from typing import Final

from framework.model.errors import ConfigError
from framework.model.money import shorten
from framework.model.rules import VenueRules
from framework.venues.binance import rules as binance
from framework.venues.bitget import rules as bitget

TABLES: Final[tuple[VenueRules, ...]] = (bitget.SPOT, binance.SPOT)
NAMES: Final = tuple(table.name for table in TABLES)


def rules_named(name: str) -> VenueRules:
    """The rule table of a name such as `bitget-spot`.

    Raises:
        ConfigError: no such table; the message has the nearest spelling.
    """
    for table in TABLES:
        if table.name == name:
            return table
    close = difflib.get_close_matches(str(name), NAMES, 1)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    raise ConfigError(f"rules: expected one of {', '.join(NAMES)}, found {shorten(name)}{hint}")
