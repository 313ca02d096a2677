"""What a venue checks of an order before it looks at its book: grid, size, value, price band."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from framework.model.instrument import Instrument
from framework.model.money import plain


class Refusal(NamedTuple):
    """Why not: a short stable word, and check, limit and value for people."""

    reason: str
    detail: str


def refusal_of(
    instrument: Instrument, *, is_buy: bool, price_points: int, size_points: int, mid_doubled_points: int
) -> Refusal | None:
    """The first filter that an order breaks, None where it passes all.

    Args:
        price_points: 0 for a market order: its value is judged at the middle of the quote.
        mid_doubled_points: bid + ask, twice the middle; 0 while there is no quote: checks that need one pass.
    """
    return next(_broken(instrument, is_buy, price_points, size_points, mid_doubled_points), None)


def _broken(
    instrument: Instrument, is_buy: bool, price_points: int, size_points: int, mid_doubled_points: int
) -> Iterator[Refusal]:
    size = instrument.size_text
    if price_points < 0 or price_points % instrument.tick_points:
        tick = instrument.price_text(instrument.tick_points)
        yield Refusal("off_tick", f"price {instrument.price_text(price_points)}, tick {tick}")
    if size_points % instrument.lot_points:
        yield Refusal("off_lot", f"size {size(size_points)}, lot {size(instrument.lot_points)}")
    if size_points < max(1, instrument.size_min_points):
        yield Refusal("min_size", f"size {size(size_points)}, least {size(instrument.size_min_points)}")
    if size_points > instrument.size_max_points:
        yield Refusal("max_size", f"size {size(size_points)}, most {size(instrument.size_max_points)}")
    value = _value(instrument, price_points, size_points, mid_doubled_points)
    if value is not None and value < instrument.notional_min:
        least = f"least {plain(instrument.notional_min)} {instrument.quote}"
        yield Refusal("min_notional", f"value {plain(value)}, {least}")
    if price_points and mid_doubled_points:
        yield from _beyond_band(instrument, is_buy, price_points, mid_doubled_points)


def _value(instrument: Instrument, price_points: int, size_points: int, mid_doubled_points: int) -> Decimal | None:
    if price_points:
        return instrument.notional(price_points, size_points)
    return instrument.notional(mid_doubled_points, size_points) / 2 if mid_doubled_points else None


def _beyond_band(instrument: Instrument, is_buy: bool, price_points: int, mid_doubled_points: int) -> Iterator[Refusal]:
    band = instrument.price_band
    if band is None:
        return
    bound_doubled = mid_doubled_points * (1 + band if is_buy else 1 - band)
    if price_points * 2 > bound_doubled if is_buy else price_points * 2 < bound_doubled:
        word = "most" if is_buy else "least"
        bound = plain((bound_doubled / 2).scaleb(-instrument.price_digits))
        yield Refusal("price_band", f"price {instrument.price_text(price_points)}, {word} {bound}")
