"""Topics: market events by type and instrument. Who takes an event is decided when somebody joins, not when it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from typing import Any, get_args

from framework.model.events import Bar, MarketEvent, Quote, Trade, touch_of
from framework.model.instrument import Instrument

Take = Callable[[Any], object]
"""Takes one market event of the type it is meant for."""


class Rank(IntEnum):
    """Who takes an event before whom; those of one rank in the order in which they came."""

    KILL_SWITCH = 0
    """Trouble of a feed is its business first."""
    JOURNAL = 1
    QUOTES = 2
    """The quote that a bar brings is told before the bar."""
    VENUE = 3
    """A simulated venue matches before the engine knows."""
    BOOKS = 4
    BARS = 5
    STRATEGIES = 6


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


class QuoteTopic(MarketTopic):
    """Quotes of one instrument: those that come by themselves, and those that bars bring.

    A bar's is made when somebody asks for the last quote, or takes quotes: nobody else need know the two apart. Bars of one
    instrument all bring a quote or none of them does; one that came by itself at the instant of such a bar is older.

    Args:
        trades, bars: the instrument's.
    """

    __slots__ = ("_bars", "_bringer", "_teller", "_told", "_trades")

    def __init__(self, trades: MarketTopic, bars: MarketTopic) -> None:
        super().__init__()
        self._trades = trades
        self._bars = bars
        self._bringer: Bar | None = None
        """The last bar that was looked at."""
        self._teller: Trade | None = None
        """The last trade that a quote was made of."""
        self._told: Quote | None = None
        """That quote: it is asked for several times before the next trade."""

    @property
    def quote(self) -> Quote | None:
        """The last quote; None before the first."""
        if self._bars.last is not self._bringer:
            self._look(self._bars.last)
        quote: Quote | None = self.last
        return quote

    def touch(self) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it. None before the first."""
        quote, trade = self.quote, self._trades.last
        if quote is not None or trade is None:
            return quote
        if trade is not self._teller:
            self._teller, self._told = trade, touch_of(trade)
        return self._told

    def _look(self, bar: Bar) -> None:
        """A bar came since somebody asked."""
        self._bringer = bar
        last: Quote | None = self.last
        if bar.bid_points and (last is None or last.ts_recv_ns <= bar.ts_recv_ns):
            self.last = bar.quote

    def _settle(self, joined: Iterable[tuple[Rank, Take]]) -> None:
        super()._settle(joined)
        if self.take is None:
            self._bars.leave(self._bring)
        else:
            self._bars.join(Rank.QUOTES, self._bring)

    def _bring(self, _bar: Bar) -> None:
        """A bar came, while somebody takes quotes."""
        known: Quote | None = self.last
        quote = self.quote
        if quote is not known:
            self.tell(quote)


Topics = Mapping[type, Mapping[Any, MarketTopic]]
"""Type of market event -> its instrument -> its topic."""


def topics_for(instruments: Iterable[Instrument]) -> Topics:
    """A topic for every market event of some instruments, with nobody there."""
    instruments = tuple(instruments)
    topics = {kind: {there: MarketTopic() for there in instruments} for kind in get_args(MarketEvent)}
    trades, bars = topics[Trade], topics[Bar]
    return topics | {Quote: {there: QuoteTopic(trades[there], bars[there]) for there in instruments}}


def quotes_of(topics: Mapping[type, MarketTopic]) -> QuoteTopic:
    """The quotes among one instrument's topics."""
    quotes = topics[Quote]
    assert isinstance(quotes, QuoteTopic), quotes
    return quotes


def topics_of(topics: Topics, instrument: Instrument) -> Mapping[type, MarketTopic]:
    """One instrument's topics, by type of event."""
    return {kind: by_instrument[instrument] for kind, by_instrument in topics.items()}


def _rank_of(joined: tuple[Rank, Take]) -> Rank:
    return joined[0]
