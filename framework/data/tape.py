"""A tape: recorded market data as a feed, one event after the other in the order of time."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from framework.data.lines import BLOCK_BYTES, unreadable
from framework.model.events import MarketEvent
from framework.model.instrument import Instrument

Chunk = list[MarketEvent]
"""Some hundreds of events in the order of time; never empty."""

TIME = attrgetter("ts_recv_ns")


class TapeSource(Protocol):
    """The recording of one instrument."""

    instrument: Instrument
    files: Sequence[Path]
    start_ns: int
    end_ns: int
    step_ns: int
    """The recording's rhythm: a candle's length, or how close its ticks are."""
    assumptions: Sequence[str]

    def chunks(self) -> Iterator[Chunk]:
        """All events, from the start.

        Raises:
            DataError: a file is damaged; what could be read was given before.
        """
        ...


class Tape:
    """A feed that plays recordings of one or more instruments; it can be played any number of times.

    Args:
        name: how a person asks for it.
        title: what it is, for people.
        licence: under which the data may be used.
        sources: one an instrument; events of one instant come in this order.
        assumptions: beyond those of the sources.
    """

    laps: int = 1
    """How often it plays; 0: for ever."""

    def __init__(
        self, name: str, title: str, licence: str, sources: Sequence[TapeSource], assumptions: Sequence[str] = ()
    ) -> None:
        assert sources, name
        self.name = name
        self.title = title
        self.licence = licence
        self.sources = tuple(sources)
        self.instruments: Sequence[Instrument] = tuple(source.instrument for source in sources)
        self.start_ns = min(source.start_ns for source in sources)
        """UTC; no event is earlier."""
        self.end_ns = max(source.end_ns for source in sources)
        """UTC; no event is later. Of a tape that plays for ever: the end of its first lap."""
        self.step_ns = max(source.step_ns for source in sources)
        """The slowest recording's rhythm."""
        self.lap_ns = ((self.end_ns - self.start_ns) // self.step_ns + 1) * self.step_ns
        """From the start of a lap to the start of the next, when looped: whole steps, no overlap."""
        said = [*assumptions, *(line for source in sources for line in source.assumptions)]
        self.assumptions: Sequence[str] = tuple(dict.fromkeys(said))
        """What is not recorded but assumed, in sentences for people."""

    @cached_property
    def digest(self) -> str:
        """sha256 (hex) over names and bytes of the files: what the journal says was played.

        Raises:
            DataError: a file cannot be read.
        """
        return self._digest("")

    def digest_named(self, name: str) -> str:
        """The digest if its only file were called that; of several files, their own. Raises as `digest`."""
        return self._digest(name)

    def _digest(self, name: str) -> str:
        files = [path for source in self.sources for path in source.files]
        only = name if len(files) == 1 else ""
        digest = hashlib.sha256()
        for path in files:
            digest.update(f"{only or path.name}\0{file_digest(path)}\n".encode())
        return digest.hexdigest()

    def __iter__(self) -> Iterator[MarketEvent]:
        for chunk in self.chunks():
            yield from chunk

    def chunks(self) -> Iterator[Chunk]:
        """The events in lists, for those who want them fast.

        Raises:
            DataError: a file is damaged. What could be read, of all instruments up to there, was given before.
        """
        return merged([source.chunks() for source in self.sources])


def merged(streams: Sequence[Iterator[Chunk]]) -> Iterator[Chunk]:
    """One stream of many, by time; ties in the order of the streams, then in their own."""
    if len(streams) == 1:
        yield from streams[0]
        return
    waiting: list[Chunk] = [[] for _ in streams]
    alive = set(range(len(streams)))
    while True:
        for index in sorted(alive):
            if not waiting[index]:
                waiting[index] = next(streams[index], [])
                if not waiting[index]:
                    alive.remove(index)
        ready = take(waiting, alive)
        if ready:
            ready.sort(key=TIME)
            yield ready
        elif not alive:
            return


def take(waiting: list[Chunk], alive: set[int]) -> Chunk:
    """Take what nothing still unread can precede, stream by stream."""
    if not alive:
        ready = [event for chunk in waiting for event in chunk]
        waiting[:] = [[] for _ in waiting]
        return ready
    safe_ns, safe_index = min((TIME(waiting[index][-1]), index) for index in alive)
    ready = []
    for index, chunk in enumerate(waiting):
        # At the safe instant itself a later stream waits: more of an earlier one's events may come.
        bisect = bisect_right if index <= safe_index else bisect_left
        cut = bisect(chunk, safe_ns, key=TIME)
        ready += chunk[:cut]
        del chunk[:cut]
    return ready


def file_digest(path: Path) -> str:
    """sha256 (hex) of a file's bytes.

    Raises:
        DataError: it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK_BYTES):
                digest.update(block)
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest()
