"""How an account stands for a perpetual, held against how it is to be traded: looked at, never set by us."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from framework.model.money import plain
from framework.venues.bitget.asked import HoldMode, Terms
from framework.venues.bitget.seen import LeverageSeen

PAGE: Final = "on the venue's page of the perpetual"
WORDS: Final = {HoldMode.ONE_WAY: "one-way mode", HoldMode.HEDGE: "hedge mode"}


def mode_faults(symbol: str, seen: LeverageSeen | None, terms: Terms) -> Iterator[str]:
    """What is not as it must be, and which setting to change.

    Args:
        seen: None: the key may not ask. Then an order in the wrong mode is what the venue refuses.
    """
    if seen is None:
        return
    if seen.hold_mode is not terms.hold_mode:
        yield (
            f"{symbol}: expected {WORDS[terms.hold_mode]}, found {WORDS[seen.hold_mode]}; {PAGE}, under Preferences, set "
            "`Position mode` (it can be changed while there are neither orders nor positions)"
        )
    if seen.margin_mode is not None and seen.margin_mode is not terms.margin_mode:
        yield (
            f"{symbol}: expected {terms.margin_mode.value} margin, found {seen.margin_mode.value}; {PAGE}, left of the "
            "leverage, set `Margin mode`"
        )
    if seen.leverage > terms.leverage_max:
        yield (
            f"{symbol}: expected a leverage of at most {plain(terms.leverage_max)}, found {plain(seen.leverage)}; {PAGE}, set "
            "`Leverage` lower"
        )
