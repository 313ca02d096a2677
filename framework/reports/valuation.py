"""Which assets the markets of a run can value in which: by a spot pair, or by two."""

from __future__ import annotations

from collections.abc import Sequence

from framework.model.instrument import Instrument


def is_valued(instruments: Sequence[Instrument], owned: str, currency: str) -> bool:
    """Whether an asset has a value in another once every market has a price. The portfolio takes the same roads."""
    pairs = {frozenset((instrument.base, instrument.quote)) for instrument in instruments if instrument.is_spot}
    if owned == currency or frozenset((owned, currency)) in pairs:
        return True
    middles = (instrument.quote for instrument in instruments)
    return any({frozenset((owned, middle)), frozenset((middle, currency))} <= pairs for middle in middles)


def unvalued_quotes(instruments: Sequence[Instrument], currency: str) -> list[str]:
    """Quote assets whose profit could not be told in a currency."""
    quotes = dict.fromkeys(instrument.quote for instrument in instruments)
    return [quote for quote in quotes if not is_valued(instruments, quote, currency)]


def currencies(instruments: Sequence[Instrument]) -> list[str]:
    """Assets that every profit can be told in, quote assets first."""
    quotes = [instrument.quote for instrument in instruments]
    bases = [instrument.base for instrument in instruments if instrument.is_spot]
    return [asset for asset in dict.fromkeys([*quotes, *bases]) if not unvalued_quotes(instruments, asset)]
