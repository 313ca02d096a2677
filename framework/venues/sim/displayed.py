"""The book as the tape shows it, less what our own orders already took from it."""

from __future__ import annotations

from framework.kernel.topic import MarketTopic, QuoteTopic
from framework.model.events import Depth, Level, Quote


class Displayed:
    """The last depth, and over it the quote where that came later.

    The quote speaks for the best prices: levels better than its best are gone, its best level has its size, and
    deeper levels are those of the depth. A depth that comes later speaks for all. The tape knows nothing of our own
    orders, so what they took is remembered by level until the tape shows less there: `taken` is never more than what
    is displayed, and a level that is no longer shown is forgotten.

    Args:
        quotes: where the quotes come along: the last is read when it is needed; None: `show` is told of them.
    """

    __slots__ = ("_has_depth", "_quotes", "_told", "_void", "asks", "bids", "taken_asks", "taken_bids")

    def __init__(self, quotes: QuoteTopic | None = None) -> None:
        self._quotes = quotes or QuoteTopic(MarketTopic(), MarketTopic())
        self._void: Quote | None = None
        """A quote that came before what is known now."""
        self._told: Quote | None = None
        """What the last trade tells, where there are no quotes."""
        self._has_depth = False
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}
        self.taken_bids: dict[int, int] = {}
        self.taken_asks: dict[int, int] = {}

    def quote(self) -> Quote | None:
        """The last quote; None before the first, and when a depth came later."""
        last = self._quotes.quote
        if last is None:
            return self._told
        return None if last is self._void else last

    @property
    def has_book(self) -> bool:
        """A quote or a depth came, be it void by now: of such a tape no trade is taken for what is displayed."""
        return self._has_depth or self._quotes.quote is not None

    def show(self, quote: Quote) -> None:
        """A quote came."""
        self._quotes.last = quote

    def show_trade(self) -> None:
        """On a tape of trades alone the last one is all that is displayed: its size on both sides, a tick apart."""
        self._told = self._quotes.touch()
        self.refresh()

    def forget(self) -> None:
        """Nothing is known any more: the feed has a seam or a gap."""
        self._void, self._told = self._quotes.quote, None
        for levels in (self.bids, self.asks, self.taken_bids, self.taken_asks):
            levels.clear()

    def deepen(self, depth: Depth) -> None:
        """Take a snapshot, or the changes of a delta."""
        self._void, self._told, self._has_depth = self._quotes.quote, None, True
        if depth.is_snapshot:
            self.bids, self.asks = dict(depth.bids), dict(depth.asks)
        else:
            _change(self.bids, depth.bids)
            _change(self.asks, depth.asks)

    def best(self, *, is_bid: bool) -> int:
        """Best displayed price of a side; 0 where nothing is shown."""
        quote = self.quote()
        if quote is not None:
            return quote.bid_points if is_bid else quote.ask_points
        return max(self.bids, default=0) if is_bid else min(self.asks, default=0)

    def mid_doubled(self) -> int:
        """Bid + ask; 0 while one of them is missing."""
        quote = self.quote()
        if quote is None:
            bid, ask = self.best(is_bid=True), self.best(is_bid=False)
        else:
            bid, ask = quote.bid_points, quote.ask_points
        return bid + ask if bid and ask else 0

    def size_at(self, price_points: int, *, is_bid: bool) -> int | None:
        """Size displayed at a price: 0 inside the spread and in holes, None beyond the deepest level shown."""
        levels, quote = self.bids if is_bid else self.asks, self.quote()
        if quote is not None:
            at_best = _at_best(quote, price_points, is_bid)
            if at_best is not None:
                return at_best
        if price_points in levels:
            return levels[price_points]
        deepest = min(levels, default=None) if is_bid else max(levels, default=None)
        if deepest is None:
            return None
        return 0 if _is_better(price_points, deepest, is_bid) else None

    def seen_at(self, price_points: int, *, is_bid: bool) -> int | None:
        """As `size_at`, but only what the last event itself shows: a quote says nothing of prices behind its best."""
        quote = self.quote()
        if quote is not None:
            return _at_best(quote, price_points, is_bid)
        return self.size_at(price_points, is_bid=is_bid)

    def available(self, *, is_bid: bool) -> list[Level]:
        """What an order may take, best first: displayed less taken, empty levels left out."""
        deep, taken = (self.bids, self.taken_bids) if is_bid else (self.asks, self.taken_asks)
        quote = self.quote()
        if quote is None:
            return _left(sorted(deep.items(), reverse=is_bid), taken)
        if is_bid:
            best, size = quote.bid_points, quote.bid_size_points
        else:
            best, size = quote.ask_points, quote.ask_size_points
        if not best:
            return []
        left = size - taken.get(best, 0)
        levels = [(best, left)] if left > 0 else []
        if deep:
            behind = [level for level in deep.items() if _is_better(best, level[0], is_bid)]
            levels += _left(sorted(behind, reverse=is_bid), taken)
        return levels

    def take(self, price_points: int, size_points: int, *, is_bid: bool) -> None:
        """One of our orders took this from a level."""
        taken = self.taken_bids if is_bid else self.taken_asks
        taken[price_points] = taken.get(price_points, 0) + size_points

    def refresh(self) -> None:
        """After new data: what was taken is at most what is displayed now."""
        if self.taken_bids:
            self._refresh(self.taken_bids, is_bid=True)
        if self.taken_asks:
            self._refresh(self.taken_asks, is_bid=False)

    def _refresh(self, taken: dict[int, int], *, is_bid: bool) -> None:
        for price, size in list(taken.items()):
            shown = self.size_at(price, is_bid=is_bid)
            if not shown:
                del taken[price]
            elif shown < size:
                taken[price] = shown


def _at_best(quote: Quote, price_points: int, is_bid: bool) -> int | None:
    best = quote.bid_points if is_bid else quote.ask_points
    if price_points == best:
        return quote.bid_size_points if is_bid else quote.ask_size_points
    return 0 if not best or _is_better(price_points, best, is_bid) else None


def _left(levels: list[Level], taken: dict[int, int]) -> list[Level]:
    return [(price, left) for price, size in levels if (left := size - taken.get(price, 0)) > 0]


def _is_better(price_points: int, than_points: int, is_bid: bool) -> bool:
    return price_points > than_points if is_bid else price_points < than_points


def _change(levels: dict[int, int], changes: tuple[Level, ...]) -> None:
    for price, size in changes:
        if size:
            levels[price] = size
        else:
            levels.pop(price, None)
