"""What a live feed brings, kept in the journal where the core takes it: nothing else has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from framework.data.heard import heard
from framework.engine.warmup import History
from framework.kernel.records import HistoryHeard, Record
from framework.kernel.topic import Rank, Topics
from framework.model.events import Bar, MarketEvent
from framework.model.instrument import Instrument

Write = Callable[[Record], None]


def noting_history(write: Write, history: History) -> History:
    """The bars before the start, kept."""

    def bars(instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:
        found = history(instrument, timeframe, count)
        write(HistoryHeard(instrument.id, timeframe, count, tuple(map(heard, found))))
        return found

    return bars


def note_events(write: Write, topics: Topics) -> None:
    """Every event of these topics is kept."""

    def note(event: MarketEvent) -> None:
        write(heard(event))

    for topic in chain.from_iterable(by_instrument.values() for by_instrument in topics.values()):
        topic.join(Rank.JOURNAL, note)
