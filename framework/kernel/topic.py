"""Topics: market events by type and instrument. Who takes an event is decided when somebody joins, not when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Any, get_args

from framework.model.events import Bar, MarketEvent
from framework.model.instrument import Instrument

Take = Callable[[Any], object]
"""Takes one market event of the type it is meant for."""


class Rank(IntEnum):
    """Who takes an event before whom; those of one rank in the order in which they came."""

    KILL_SWITCH = 0
    """Trouble of a feed is its business first."""
    JOURNAL = 1
    VENUE = 2
    """A simulated venue matches before the engine knows."""
    BOOKS = 3
    BARS = 4
    STRATEGIES = 5


class MarketTopic:
    """The events of one type and instrument: the last of them, and who takes each."""

    __slots__ = ("_joined", "_takers", "last", "take")

    def __init__(self) -> None:
        self.last: Any = None
        """The last that came: who only wants to know that need not join."""
        self.take: Take | None = None
        """Has everybody take an event; None: nobody has joined."""
        self._joined: tuple[tuple[Rank, Take], ...] = ()
        self._takers: tuple[Take, ...] = ()

    def tell(self, event: Any) -> None:
        """The next event is here."""
        self.last = event
        take = self.take
        if take is not None:
            take(event)

    def join(self, rank: Rank, taker: Take) -> None:
        """Have somebody take every event from the next one on; once, however often it is asked for."""
        if (rank, taker) not in self._joined:
            self._settle(sorted((*self._joined, (rank, taker)), key=_rank_of))

    def leave(self, taker: Take) -> None:
        """Have somebody take no more events from the next one on."""
        self._settle(joined for joined in self._joined if joined[1] != taker)

    def _settle(self, joined: Iterable[tuple[Rank, Take]]) -> None:
        self._joined = tuple(joined)
        self._takers = tuple(taker for _, taker in self._joined)
        self.take = self._takers[0] if len(self._takers) == 1 else self._take_in_turn if self._takers else None

    def _take_in_turn(self, event: Any) -> None:
        for take in self._takers:
            take(event)


Topics = Mapping[type, Mapping[Any, MarketTopic]]
"""Type of market event -> its instrument -> its topic."""


def topics_for(instruments: Iterable[Instrument]) -> Topics:
    """A topic for every market event of some instruments, with nobody there."""
    instruments = tuple(instruments)
    return {kind: {there: MarketTopic() for there in instruments} for kind in get_args(MarketEvent)}


def bring_quote(quotes: MarketTopic, bar: Bar) -> None:
    """A quote that a bar brings along is told before it; whoever takes the bar first sees to that."""
    quote = bar.quote
    if quote is not None and quote is not quotes.last:
        quotes.tell(quote)


def topics_of(topics: Topics, instrument: Instrument) -> Mapping[type, MarketTopic]:
    """One instrument's topics, by type of event."""
    return {kind: by_instrument[instrument] for kind, by_instrument in topics.items()}


def _rank_of(joined: tuple[Rank, Take]) -> Rank:
    return joined[0]
