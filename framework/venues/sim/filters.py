"""What a venue checks of an order before it looks at its book: grid, size, value, price band."""

from __future__ import annotations

from typing import NamedTuple

from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.venues.sim.orders import VenueOrder


class Rejection(NamedTuple):
    """Why not: a short stable word, and check, limit and value for people."""

    reason: str
    detail: str


def rejection_of(order: VenueOrder, price_points: int, size_points: int, mid_doubled_points: int) -> Rejection | None:
    """The first filter that an order breaks with a price and an open size, None where it passes all.

    Args:
        price_points: 0 for a market order: its value is judged at the middle of the quote.
        mid_doubled_points: bid + ask, twice the middle; 0 while there is no quote: checks that need one pass.
    """
    instrument = order.instrument
    rejection = _off_grid(instrument, price_points, size_points)
    if rejection is not None:
        return rejection
    doubled = 2 * price_points or mid_doubled_points
    if doubled and doubled * size_points < 2 * instrument.notional_min_points:
        value = plain(instrument.notional(doubled, size_points) / 2)
        return Rejection("min_notional", f"value {value}, least {plain(instrument.notional_min)} {instrument.quote}")
    if price_points and mid_doubled_points:
        return _beyond_band(instrument, order.is_buy, price_points, mid_doubled_points)
    return None


def _off_grid(instrument: Instrument, price_points: int, size_points: int) -> Rejection | None:
    if price_points < 0 or price_points % instrument.tick_points:
        tick = instrument.price_text(instrument.tick_points)
        return Rejection("off_tick", f"price {instrument.price_text(price_points)}, tick {tick}")
    if size_points % instrument.lot_points:
        return _off(instrument, "off_lot", size_points, "lot", instrument.lot_points)
    if size_points < 1 or size_points < instrument.size_min_points:
        return _off(instrument, "min_size", size_points, "least", instrument.size_min_points)
    if size_points > instrument.size_max_points:
        return _off(instrument, "max_size", size_points, "most", instrument.size_max_points)
    return None


def _off(instrument: Instrument, reason: str, size_points: int, word: str, limit_points: int) -> Rejection:
    size = instrument.size_text
    return Rejection(reason, f"size {size(size_points)}, {word} {size(limit_points)}")


def _beyond_band(instrument: Instrument, is_buy: bool, price_points: int, mid_doubled_points: int) -> Rejection | None:
    band = instrument.price_band
    if band is None:
        return None
    bound_doubled = mid_doubled_points * (1 + band if is_buy else 1 - band)
    if price_points * 2 > bound_doubled if is_buy else price_points * 2 < bound_doubled:
        word = "most" if is_buy else "least"
        bound = plain((bound_doubled / 2).scaleb(-instrument.price_digits))
        return Rejection("price_band", f"price {instrument.price_text(price_points)}, {word} {bound}")
    return None
