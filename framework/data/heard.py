"""What a live run hears, as records: market events, the bars before the start, and the markets as they were listed.

A live feed cannot be played again, so its run's journal holds all of it, in full and exact; a replay plays that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any, Final

from framework.data.history import no_bars
from framework.data.tape import Chunk, Tape
from framework.engine.warmup import History
from framework.kernel.clock import Clock
from framework.kernel.market_records import MarketListed
from framework.kernel.records import EventHeard, HistoryHeard, Record, RunStarted, RunStopped, Turn
from framework.model.errors import DataError
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Level, Mark, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument
from framework.venues.mailbox import Mailbox

LIVE: Final = "live:"
"""Begins the name of a tape that is none: what follows is the feed's venue."""
END_NS: Final = 2**62
"""No live run gets there."""


class LiveSource:
    """One market of a live feed, as a tape's source; it has no files."""

    files: Sequence[Path] = ()
    end_ns = END_NS
    step_ns = 1_000_000_000
    assumptions: Sequence[str] = ()

    def __init__(self, instrument: Instrument, start_ns: int) -> None:
        self.instrument = instrument
        self.start_ns = start_ns

    def chunks(self) -> Iterator[Chunk]:
        """Nothing: it is heard, not read."""
        return iter(())


class HeardTape(Tape):
    """A live run's feed as its journal tells it.

    Args:
        digest: identifies the run's feed.
        events: all that was heard, in order.
        history: the bars before the start.
        until_ns: to where the run went on after the last event.
    """

    laps = 0

    def __init__(
        self,
        name: str,
        title: str,
        instruments: Sequence[Instrument],
        start_ns: int,
        digest: str,
        events: Iterable[MarketEvent] = (),
        history: History = no_bars,
        until_ns: int = 0,
    ) -> None:
        super().__init__(
            name, title, "the venue's own", [LiveSource(instrument, start_ns) for instrument in instruments]
        )
        self.history = history
        self.until_ns = until_ns
        self._events = events
        self._digest_text = digest

    @cached_property
    def digest(self) -> str:
        """Identifies the run's feed: nothing of it can be read again."""
        return self._digest_text

    def chunks(self) -> Iterator[Chunk]:
        """What was heard, event by event."""
        for event in self._events:
            yield [event]

    @property
    def listed(self) -> list[MarketListed]:
        """The markets as they were listed at the start."""
        return [listed_of(instrument) for instrument in self.instruments]


class LiveTape(HeardTape):
    """A live feed, while it is heard.

    Args:
        mailbox: what was heard and not yet played.
        clock: stamps it.
    """

    def __init__(
        self,
        name: str,
        title: str,
        instruments: Sequence[Instrument],
        start_ns: int,
        digest: str,
        mailbox: Mailbox,
        clock: Clock,
        history: History,
    ) -> None:
        super().__init__(name, title, instruments, start_ns, digest, (), history)
        self.mailbox = mailbox
        self.clock = clock


def heard_again(records: Sequence[Record], started: RunStarted) -> HeardTape:
    """The feed of a live run, from its journal.

    Raises:
        DataError: the journal lacks what a live run begins with.
    """
    instruments = [instrument_of(record) for record in records if isinstance(record, MarketListed)]
    if not instruments:
        raise DataError(f"journal of {started.run_id}: expected the markets of a live run, found none; it is cut off")
    known = {instrument.id: instrument for instrument in instruments}
    events = [event_of(record, known) for record in records if isinstance(record, EventHeard)]
    histories = {
        (record.instrument, record.timeframe, record.count): tuple(
            bar for row in record.bars if isinstance(bar := event_of(row, known), Bar)
        )
        for record in records
        if isinstance(record, HistoryHeard)
    }

    def history(instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:
        return histories.get((instrument.id, timeframe, count), ())

    until_ns = 0
    for record in records:
        if isinstance(record, RunStopped):
            break
        until_ns = record.ts_ns if isinstance(record, Turn) else until_ns
    title = f"live feed {started.tape.removeprefix(LIVE)}, from the journal"
    return HeardTape(
        started.tape, title, instruments, started.started_ns, started.tape_digest, events, history, until_ns
    )


# Events as records and back.


def heard(event: MarketEvent) -> EventHeard:
    """An event as a record, exact."""
    kind, values, texts = _WRITERS[type(event)](event)
    stamp = getattr(event, "ts_venue_ns", 0)
    return EventHeard(kind, event.instrument.id, event.ts_recv_ns, stamp, values, texts)


Parts = tuple[str, tuple[int, ...], tuple[str, ...]]


def _quote_parts(quote: Quote) -> Parts:
    return "quote", (quote.bid_points, quote.bid_size_points, quote.ask_points, quote.ask_size_points), ()


def _depth_parts(depth: Depth) -> Parts:
    head = (int(depth.is_snapshot), depth.seq, depth.previous_seq, len(depth.bids))
    return "depth", (*head, *chain.from_iterable((*depth.bids, *depth.asks))), ()


def _bar_parts(bar: Bar) -> Parts:
    prices = (bar.open_points, bar.high_points, bar.low_points, bar.close_points)
    return "bar", (bar.ts_open_ns, *prices, bar.volume_points, bar.trades), (bar.timeframe,)


_WRITERS: Final[Mapping[type, Callable[[Any], Parts]]] = {
    Quote: _quote_parts,
    Trade: lambda trade: (
        "trade",
        (trade.price_points, trade.size_points, int(trade.is_buy), trade.trade_id),
        (),
    ),
    Depth: _depth_parts,
    Bar: _bar_parts,
    Mark: lambda mark: ("mark", (mark.price_points,), ()),
    Funding: lambda funding: ("funding", (funding.ts_due_ns,), (str(funding.rate),)),
    FeedStatus: lambda status: ("state", (), (status.state.value, status.detail)),
}


def event_of(record: EventHeard, instruments: Mapping[str, Instrument]) -> MarketEvent:
    """The event of a record.

    Raises:
        DataError: no such market, or a record that no event makes.
    """
    try:
        return _MAKERS[record.kind](instruments[record.instrument], record)
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise DataError(f"journal: expected an event of a live feed, found {record}") from error


def _depth(instrument: Instrument, record: EventHeard) -> Depth:
    is_snapshot, seq, previous_seq, bids, *rest = record.values
    levels: list[Level] = list(zip(rest[::2], rest[1::2], strict=True))
    sides = tuple(levels[:bids]), tuple(levels[bids:])
    return Depth(instrument, record.ts_recv_ns, *sides, bool(is_snapshot), seq, previous_seq, record.ts_venue_ns)


def _quote(instrument: Instrument, record: EventHeard, bid: int, bid_size: int, ask: int, ask_size: int) -> Quote:
    return Quote(instrument, record.ts_recv_ns, bid, bid_size, ask, ask_size, record.ts_venue_ns)


def _trade(instrument: Instrument, record: EventHeard) -> Trade:
    price, size, is_buy, trade_id = record.values
    return Trade(instrument, record.ts_recv_ns, price, size, bool(is_buy), trade_id, record.ts_venue_ns)


def _bar(instrument: Instrument, record: EventHeard) -> Bar:
    opened_ns, first, high, low, close, volume, trades = record.values
    prices = first, high, low, close
    return Bar(instrument, record.ts_recv_ns, opened_ns, record.texts[0], *prices, volume, trades)


_MAKERS: Final[Mapping[str, Callable[[Instrument, EventHeard], MarketEvent]]] = {
    "quote": lambda instrument, record: _quote(instrument, record, *record.values),
    "trade": _trade,
    "depth": _depth,
    "bar": _bar,
    "mark": lambda instrument, record: Mark(instrument, record.ts_recv_ns, record.values[0], record.ts_venue_ns),
    "funding": lambda instrument, record: Funding(
        instrument, record.ts_recv_ns, Decimal(record.texts[0]), record.values[0], record.ts_venue_ns
    ),
    "state": lambda instrument, record: FeedStatus(
        instrument, record.ts_recv_ns, FeedState(record.texts[0]), record.texts[1]
    ),
}


def listed_of(instrument: Instrument) -> MarketListed:
    """A market's rules as a record."""
    return MarketListed(
        instrument.symbol,
        instrument.venue,
        instrument.price_digits,
        instrument.size_digits,
        instrument.tick_points,
        instrument.lot_points,
        instrument.size_min_points,
        str(instrument.size_max_points),
        instrument.notional_min,
        instrument.price_band,
        instrument.maker_fee,
        instrument.taker_fee,
        instrument.open_orders_max,
    )


def instrument_of(record: MarketListed) -> Instrument:
    """The instrument of a record."""
    return Instrument(
        symbol=record.symbol,
        venue=record.venue,
        price_digits=record.price_digits,
        size_digits=record.size_digits,
        tick_points=record.tick_points,
        lot_points=record.lot_points,
        size_min_points=record.size_min_points,
        size_max_points=int(record.size_max_points),
        notional_min=record.notional_min,
        price_band=record.price_band,
        maker_fee=record.maker_fee,
        taker_fee=record.taker_fee,
        open_orders_max=record.open_orders_max,
    )
