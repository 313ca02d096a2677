"""Bars of one timeframe, built for those who subscribed to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from framework.engine.bars import BarBuilder
from framework.engine.host import Host, Subscription
from framework.kernel.clock import Clock
from framework.kernel.tape_loop import BAR_PRIORITY
from framework.kernel.topic import MarketTopic, Rank
from framework.model.errors import ConfigError
from framework.model.events import Bar, Trade
from framework.ports import Schedule


class BarStream:
    """Takes the trades and closed bars of one instrument from its first subscription on.

    Args:
        topics: type of event -> the instrument's topic.
        host: puts strategies aside.
        schedule: hands back bars that the clock ends.
        dropped: told when the feed's bars are such that these cannot be built.
    """

    __slots__ = (
        "_clock",
        "_dropped",
        "_host",
        "_length_ns",
        "_schedule",
        "_timeframe",
        "_topics",
        "_whole_ns",
        "builder",
        "subscriptions",
    )

    def __init__(
        self,
        builder: BarBuilder,
        topics: Mapping[type, MarketTopic],
        host: Host,
        clock: Clock,
        schedule: Schedule,
        dropped: Callable[[BarStream], None],
    ) -> None:
        self.builder = builder
        self.subscriptions: list[Subscription] = []
        self._timeframe, self._length_ns = builder.timeframe, builder.length_ns
        self._whole_ns = 0
        """End of the last bar that came whole: one that begins there is on the grid, and need not be divided to know it."""
        self._topics = topics
        self._host = host
        self._clock = clock
        self._schedule = schedule
        self._dropped = dropped
        topics[Trade].join(Rank.BARS, self._take_trade)
        topics[Bar].join(Rank.BARS, self._take_bar)

    def _take_trade(self, trade: Trade) -> None:
        builder = self.builder
        if trade.ts_recv_ns < builder.closes_at_ns:
            builder.push(trade)
            return
        self._tell(builder.push(trade))
        self._schedule.at(builder.closes_at_ns, BAR_PRIORITY, self._close)

    def _take_bar(self, bar: Bar) -> None:
        """A closed bar of the feed: one of these already, or a piece of one."""
        open_ns = bar.ts_open_ns
        if bar.timeframe != self._timeframe or (open_ns != self._whole_ns and open_ns % self._length_ns):
            self._build(bar)
            return
        self._whole_ns = open_ns + self._length_ns
        for subscription in self.subscriptions:
            subscription.take(bar)

    def _build(self, piece: Bar) -> None:
        """A larger bar grows by a smaller one."""
        builder = self.builder
        closes_ns = builder.closes_at_ns
        try:
            closed = builder.push_bar(piece)
        except ConfigError as error:
            self._drop(error)
            return
        if builder.closes_at_ns > closes_ns:
            self._schedule.at(builder.closes_at_ns, BAR_PRIORITY, self._close)
        self._tell(closed)

    def _drop(self, error: ConfigError) -> None:
        """Bars that this feed cannot give: those who asked for them are put aside, the others go on."""
        self._topics[Trade].leave(self._take_trade)
        self._topics[Bar].leave(self._take_bar)
        self._dropped(self)
        for subscription in self.subscriptions:
            self._host.put_aside(subscription.seat, error)

    def _close(self) -> None:
        self._tell(self.builder.close(self._clock.now_ns))

    def _tell(self, bar: Bar | None) -> None:
        """A bar closed, if one did: call the handlers."""
        if bar is not None:
            for subscription in self.subscriptions:
                subscription.take(bar)
