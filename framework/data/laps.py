"""A tape that starts again when it ends, and goes on as if it had never ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, Final

from msgspec.structs import replace

from framework.data.tape import Chunk, Tape
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Level, Mark, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument


class LoopedTape(Tape):
    """Plays a tape again and again.

    Time goes on rising: a lap begins one `lap_ns` after the one before. The prices of a lap are shifted by whole ticks
    so that its first quote stands where the last one stood; trade ids go on rising. Each seam is announced by a SEAM
    event of every instrument. Prices that would fall to zero start again from the recording, and the event says so.

    Args:
        laps: how often; 0: for ever.
    """

    def __init__(self, tape: Tape, laps: int = 0) -> None:
        assert laps >= 0, laps
        super().__init__(tape.name, tape.title, tape.licence, tape.sources, tape.assumptions)
        self.laps = laps
        if laps:
            self.end_ns += (laps - 1) * self.lap_ns

    def chunks(self) -> Iterator[Chunk]:
        """The events of all laps.

        Raises:
            DataError: as `Tape.chunks`.
        """
        lives = {instrument: Life(instrument) for instrument in self.instruments}
        is_empty = True
        for chunk in super().chunks():
            is_empty = False
            for event in chunk:
                lives[event.instrument].see(event)
            yield chunk
        for lap in range(2, self.laps + 1) if self.laps else count(2):
            if is_empty:
                return
            yield [life.begin(lap, self.start_ns, self.lap_ns) for life in lives.values()]
            for chunk in super().chunks():
                yield [lives[event.instrument].move(event) for event in chunk]


@dataclass(slots=True)
class Shift:
    """How far the events of a lap are moved."""

    time_ns: int = 0
    price_points: int = 0
    trade_id: int = 0


class Life:
    """What one instrument went through in a lap of the recording, and where it stands in the next."""

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.shift = Shift()
        self._first: Quote | None = None
        self._last: Quote | None = None
        self._lowest_points = 0
        """0: no price yet."""
        self._first_id = self._last_id = 0
        self._lows: dict[type, Callable[[Any], int]] = LOWS
        self._moves: dict[type, Callable[[Any], MarketEvent]] = {}

    def see(self, event: MarketEvent) -> None:
        """Note what an event of the first lap says."""
        low = self._lows[type(event)](event)
        if low and (low < self._lowest_points or not self._lowest_points):
            self._lowest_points = low
        quote = event.quote if type(event) is Bar else event
        if type(quote) is Quote:
            self._first = self._first or quote
            self._last = quote
        elif type(event) is Trade:
            self._first_id = self._first_id or event.trade_id
            self._last_id = event.trade_id

    def begin(self, lap: int, start_ns: int, lap_ns: int) -> FeedStatus:
        """Go on to a lap; gives the event that announces it."""
        shift = self.shift
        shift.time_ns += lap_ns
        shift.trade_id += self._last_id - self._first_id + 1 if self._last_id else 0
        wanted = shift.price_points + self._rise_points()
        is_carried = self._lowest_points + wanted > 0
        shift.price_points = wanted if is_carried else 0
        self._moves = {kind: partial(move, shift) for kind, move in MOVES.items()}
        said = "prices are carried on" if is_carried else "prices jump: carried on they would fall to zero"
        return FeedStatus(self.instrument, start_ns + shift.time_ns, FeedState.SEAM, f"lap {lap} begins, {said}")

    def move(self, event: MarketEvent) -> MarketEvent:
        """An event of the recording as it happens in this lap."""
        return self._moves[type(event)](event)

    def _rise_points(self) -> int:
        """How far the middle of the quote went in one lap, to the nearest tick."""
        if self._first is None or self._last is None:
            return 0
        first, last, tick = self._first, self._last, self.instrument.tick_points
        twice = last.bid_points + last.ask_points - first.bid_points - first.ask_points
        return (twice + tick) // (2 * tick) * tick


LOWS: Final[dict[type, Callable[[Any], int]]] = {
    Quote: lambda quote: quote.bid_points,
    Trade: lambda trade: trade.price_points,
    Depth: lambda depth: depth.bids[-1][0] if depth.bids else 0,
    Bar: lambda bar: min(bar.low_points, bar.bid_points) if bar.bid_points else bar.low_points,
    Mark: lambda mark: mark.price_points,
    Funding: lambda _: 0,
    FeedStatus: lambda _: 0,
}
"""The lowest price that an event holds; 0 where it holds none."""


def later(shift: Shift, ts_ns: int) -> int:
    """A time of the lap; 0 (not given) stays 0."""
    return ts_ns + shift.time_ns if ts_ns else 0


def move_quote(shift: Shift, quote: Quote) -> Quote:
    """A quote, shifted."""
    by = shift.price_points
    return Quote(
        quote.instrument,
        quote.ts_recv_ns + shift.time_ns,
        quote.bid_points + by,
        quote.bid_size_points,
        quote.ask_points + by,
        quote.ask_size_points,
        later(shift, quote.ts_venue_ns),
    )


def move_trade(shift: Shift, trade: Trade) -> Trade:
    """A trade, shifted."""
    return Trade(
        trade.instrument,
        trade.ts_recv_ns + shift.time_ns,
        trade.price_points + shift.price_points,
        trade.size_points,
        trade.is_buy,
        trade.trade_id + shift.trade_id if trade.trade_id else 0,
        later(shift, trade.ts_venue_ns),
    )


def move_depth(shift: Shift, depth: Depth) -> Depth:
    """A book or its change, shifted. Sequence numbers stay: a lap begins with a snapshot."""
    return replace(
        depth,
        ts_recv_ns=depth.ts_recv_ns + shift.time_ns,
        bids=move_levels(shift, depth.bids),
        asks=move_levels(shift, depth.asks),
        ts_venue_ns=later(shift, depth.ts_venue_ns),
    )


def move_levels(shift: Shift, levels: tuple[Level, ...]) -> tuple[Level, ...]:
    """Levels, shifted."""
    by = shift.price_points
    return tuple([(price + by, size) for price, size in levels])


def move_bar(shift: Shift, bar: Bar) -> Bar:
    """A bar, shifted."""
    by = shift.price_points
    return replace(
        bar,
        ts_recv_ns=bar.ts_recv_ns + shift.time_ns,
        ts_open_ns=bar.ts_open_ns + shift.time_ns,
        open_points=bar.open_points + by,
        high_points=bar.high_points + by,
        low_points=bar.low_points + by,
        close_points=bar.close_points + by,
        bid_points=bar.bid_points + by if bar.bid_points else 0,
        ask_points=bar.ask_points + by if bar.bid_points else 0,
    )


def move_mark(shift: Shift, mark: Mark) -> Mark:
    """A mark price, shifted."""
    return Mark(
        mark.instrument,
        mark.ts_recv_ns + shift.time_ns,
        mark.price_points + shift.price_points,
        later(shift, mark.ts_venue_ns),
    )


def move_funding(shift: Shift, funding: Funding) -> Funding:
    """A funding rate, shifted in time."""
    return replace(
        funding,
        ts_recv_ns=funding.ts_recv_ns + shift.time_ns,
        ts_due_ns=later(shift, funding.ts_due_ns),
        ts_venue_ns=later(shift, funding.ts_venue_ns),
    )


def move_status(shift: Shift, status: FeedStatus) -> FeedStatus:
    """A feed's state, shifted in time."""
    return replace(status, ts_recv_ns=status.ts_recv_ns + shift.time_ns)


MOVES: Final[dict[type, Callable[[Shift, Any], MarketEvent]]] = {
    Quote: move_quote,
    Trade: move_trade,
    Depth: move_depth,
    Bar: move_bar,
    Mark: move_mark,
    Funding: move_funding,
    FeedStatus: move_status,
}
