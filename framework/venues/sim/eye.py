"""The simulated venue's eye on one instrument: which of its market data the matcher is shown, and when.

While nothing of ours can be concerned, no trade, bar or quote is: the last quote is there to be read when an order comes.
"""

from __future__ import annotations

from collections.abc import Mapping

from framework.kernel.topic import MarketTopic, Rank, quotes_of
from framework.model.events import Bar, Depth, FeedStatus, Quote, Trade
from framework.venues.sim.matcher import Matcher


class Eye:
    """Stands on the topics of one instrument for its matcher, where and as long as it has to.

    Args:
        topics: type of event -> the instrument's topic.
    """

    __slots__ = ("_bars", "_follows_quotes", "_follows_trades", "_matcher", "_quotes", "_trades")

    def __init__(self, matcher: Matcher, topics: Mapping[type, MarketTopic]) -> None:
        self._matcher = matcher
        self._trades, self._quotes, self._bars = topics[Trade], quotes_of(topics), topics[Bar]
        self._follows_trades = self._follows_quotes = False
        matcher.alerted = self._follow
        topics[Depth].join(Rank.VENUE, matcher.deepened)
        topics[FeedStatus].join(Rank.VENUE, matcher.fed)

    def open(self) -> None:
        """A request is here: it meets what was told last."""
        if self._trades.last is not None and not self._matcher.displayed.has_book:
            self._matcher.displayed.show_trade()

    @property
    def _has_orders(self) -> bool:
        return bool(self._matcher.buys.lines or self._matcher.sells.lines)

    def _follow(self) -> None:
        """What comes may concern an order."""
        if not self._follows_quotes:
            self._follows_quotes = True
            self._quotes.join(Rank.VENUE, self._quoted)
        if self._has_orders and not self._follows_trades:
            self._follows_trades = True
            self._trades.join(Rank.VENUE, self._traded)
            self._bars.join(Rank.VENUE, self._barred)

    def _quoted(self, quote: Quote) -> None:
        self._matcher.quoted(quote)
        if not (self._matcher.is_alert or self._has_orders):
            self._follows_quotes = False
            self._quotes.leave(self._quoted)

    def _traded(self, trade: Trade) -> None:
        self._matcher.saw_trade(trade)
        self._rest_from_trades()

    def _barred(self, bar: Bar) -> None:
        self._matcher.barred(bar)
        self._rest_from_trades()

    def _rest_from_trades(self) -> None:
        if not self._has_orders:
            self._follows_trades = False
            self._trades.leave(self._traded)
            self._bars.leave(self._barred)
