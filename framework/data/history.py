"""History: the bars of a tape before the instant at which a run starts, for warm-up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from framework.engine.bars import BarBuilder
from framework.model.events import Bar, MarketEvent, Trade
from framework.model.instrument import Instrument


def history_before(
    events: Callable[[], Iterable[MarketEvent]], start_ns: int
) -> Callable[[Instrument, str, int], Sequence[Bar]]:
    """A function that gives up to `count` closed bars of a timeframe before `start_ns`, oldest first.

    Args:
        events: plays the recording from its beginning.
    """

    def bars(instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:
        builder = BarBuilder(instrument, timeframe)
        kept: deque[Bar] = deque(maxlen=count)
        for event in events():
            if event.ts_recv_ns >= start_ns:
                break
            if event.instrument is instrument:
                kept.extend(_closed(builder, event))
        last = builder.close(start_ns) if 0 < builder.closes_at_ns <= start_ns else None
        kept.extend([last] if last else [])
        return tuple(kept)

    return bars


def _closed(builder: BarBuilder, event: MarketEvent) -> Iterator[Bar]:
    bar = None
    if isinstance(event, Trade):
        bar = builder.push(event)
    elif isinstance(event, Bar):
        bar = builder.push_bar(event)
    if bar is not None:
        yield bar


def no_bars(_instrument: Instrument, _timeframe: str, _count: int) -> Sequence[Bar]:
    """No history: the recording begins where the run does."""
    return ()
