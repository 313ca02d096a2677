"""All markets: instruments by id, what is known of each, and who takes its events."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from framework.engine.books import OrderBook
from framework.engine.host import Host, Subscription
from framework.engine.market import Market
from framework.kernel.clock import Clock
from framework.kernel.topic import Rank, Topics, topics_of
from framework.model.errors import PluginError
from framework.model.events import Depth, Pulse, Quote
from framework.model.instrument import Instrument
from framework.model.spelling import nearest
from framework.ports import Schedule


class Markets:
    """Every instrument of the run.

    Args:
        topics: where market events go.
        host: puts strategies aside.
        schedule: hands back bars that the clock ends.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        topics: Topics,
        host: Host,
        clock: Clock,
        schedule: Schedule,
    ) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self._markets = {
            there: Market(there, topics_of(topics, there), host, clock, schedule, self._price_came)
            for there in self.instruments.values()
        }
        self.priced: Callable[[Instrument, Decimal], None] = lambda instrument, mid: None  # noqa: ARG005
        """Told of the first price of an instrument."""

    def _price_came(self, instrument: Instrument, mid: Decimal) -> None:
        self.priced(instrument, mid)

    # Reading.

    def __getitem__(self, instrument: Instrument) -> Market:
        """All that is known of an instrument."""
        return self._markets[instrument]

    def find(self, id_: str, who: str) -> Instrument:
        """The instrument of an id.

        Raises:
            PluginError: this run has none; says who asked, and the nearest spelling.
        """
        found = self.instruments.get(id_)
        if found is None:
            raise PluginError(f"{who}: no instrument {id_!r} in this run{nearest(str(id_), self.instruments)}")
        return found

    def knows(self, instrument: Instrument) -> bool:
        """Whether it is one of this run's own, and no copy."""
        return instrument in self._markets

    def quote(self, instrument: Instrument) -> Quote | None:
        """The last quote; on a tape of trades alone what the last trade tells of it."""
        return self._markets[instrument].quotes.touch()

    def pulse(self, instrument: Instrument) -> Pulse:
        """How its feed does: its state, and when its last quote or trade came."""
        market = self._markets[instrument]
        heard = [event for event in (market.quotes.quote, market.trades.last) if event is not None]
        if not heard:
            return Pulse(market.feed_state, 0)
        last = max(heard, key=lambda event: event.ts_recv_ns)
        skew_ns = last.ts_recv_ns - last.ts_venue_ns if last.ts_venue_ns else 0
        return Pulse(market.feed_state, last.ts_recv_ns, skew_ns)

    def book(self, instrument: Instrument) -> OrderBook | None:
        """The order book, where a strategy asked for one."""
        return self._markets[instrument].book

    def mid(self, instrument: Instrument) -> Decimal | None:
        """Middle of the last quote, exact; None before the first price."""
        return self._markets[instrument].mid()

    # Subscriptions.

    def subscribe(self, instrument: Instrument, event: type, subscription: Subscription) -> None:
        """Call a handler for events of a type; once, however often it is asked for."""
        market = self._markets[instrument]
        if event is Depth:
            market.keep_book()
        market.hearers[event].join(Rank.STRATEGIES, subscription.take)

    def subscribe_bars(self, instrument: Instrument, timeframe: str, subscription: Subscription) -> None:
        """Call a handler for the closed bars of a timeframe."""
        subscriptions = self._markets[instrument].keep_bars(timeframe).subscriptions
        if subscription not in subscriptions:
            subscriptions.append(subscription)
