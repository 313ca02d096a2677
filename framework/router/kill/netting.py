"""What strategies hold on opposite sides of one instrument: closed against each other in the books, without a request.

At a venue there is one position for all of them. Where theirs cancel out, there is nothing to be closed there: an order
would open what it was to close. So one takes over from the other, at the middle of the quote, and the account holds as
much afterwards as before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from framework.kernel.book_records import PositionsNetted
from framework.model.instrument import Instrument
from framework.ports import Desk


class OpenPosition(NamedTuple):
    """A position that is to go."""

    strategy: str
    instrument: Instrument
    points: int
    """Signed."""


def nettings(positions: Iterable[OpenPosition], desk: Desk) -> list[PositionsNetted]:
    """Who closes against whom, in the order of the positions; none where there is no quote.

    A quote that is old will do: nothing leaves the account by it, it only says how two ledgers share.
    """
    found: list[PositionsNetted] = []
    by_instrument: dict[Instrument, list[OpenPosition]] = {}
    for held in positions:
        by_instrument.setdefault(held.instrument, []).append(held)
    for there, held_there in by_instrument.items():
        price_points = _middle(there, desk)
        if price_points:
            found += _pairs(there, held_there, price_points)
    return found


def _pairs(there: Instrument, positions: Iterable[OpenPosition], price_points: int) -> Iterable[PositionsNetted]:
    left = {held.strategy: held.points for held in positions}
    longs = [strategy for strategy, points in left.items() if points > 0]
    shorts = [strategy for strategy, points in left.items() if points < 0]
    for buyer in shorts:
        for seller in longs:
            size_points = min(-left[buyer], left[seller])
            if size_points > 0:
                left[buyer] += size_points
                left[seller] -= size_points
                yield PositionsNetted(there.id, buyer, seller, size_points, price_points)


def _middle(there: Instrument, desk: Desk) -> int:
    quote = desk.quote(there)
    return 0 if quote is None else quote.mid_points
