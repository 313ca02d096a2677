"""What a live feed brings, kept in the journal where the core takes it: nothing else has it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import get_args

from framework.data.heard import heard
from framework.engine.warmup import History
from framework.kernel.records import HistoryHeard, Record
from framework.kernel.tape_loop import Take
from framework.model.events import Bar, MarketEvent
from framework.model.instrument import Instrument
from framework.ports import Eyes

Write = Callable[[Record], None]


def noting_history(write: Write, history: History) -> History:
    """The bars before the start, kept."""

    def bars(instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:
        found = history(instrument, timeframe, count)
        write(HistoryHeard(instrument.id, timeframe, count, tuple(map(heard, found))))
        return found

    return bars


def noting_eyes(write: Write, eyes: Eyes, instruments: Iterable[Instrument]) -> Eyes:
    """A venue's eyes, behind the journal: every event of these instruments is kept."""

    def noted(eye: Take | None) -> Take:
        def see(event: MarketEvent) -> None:
            write(heard(event))
            if eye is not None:
                eye(event)

        return see

    instruments = tuple(instruments)
    return {
        kind: {there: noted(eyes.get(kind, {}).get(there)) for there in instruments} for kind in get_args(MarketEvent)
    }
