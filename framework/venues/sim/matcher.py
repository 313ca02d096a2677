"""Price-time matching of our orders against what the tape shows, for one instrument.

Marketable orders walk the displayed levels. Resting orders wait behind the displayed size at their price and fill by
public trades of an opposite aggressor: at their price after the queue, or through it. All our orders together never
fill more than the trade's size.

When the other side's *displayed* price reaches a resting order of ours, no trade need ever come: the tape's sellers
did not see our bid. Had they, whoever displayed that price would have traded with us, at our price, with us as the
maker. So such a quote counts as traded through, up to the size displayed, once it has stood for `SETTLED_NS` (a shorter
one may be the race between streams). What is filled so counts as taken: no later order gets it again.

Trades of our own side's aggressor never fill us, even through our price: in a fast market they are late prints of
prices that the quote has already left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from msgspec import Struct

from framework.kernel.topic import QuoteTopic
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Quote, ReportKind, Trade
from framework.model.instrument import Instrument
from framework.model.rules import SelfTrade
from framework.venues.sim.displayed import Displayed
from framework.venues.sim.orders import FOK, GTC, NOT_CROSSED, VenueOrder
from framework.venues.sim.queue import SETTLED_NS, PriceQueue, Queue

VOID: Final = frozenset({FeedState.SEAM, FeedState.GAP})
"""States of a feed that make void what it displayed before."""


class MatchOutcome(Protocol):
    """Who is told what becomes of orders, and moves the money: `Settlement`, or a venue of its own kind."""

    def acknowledge(self, order: VenueOrder) -> None:
        """The order rests, or ends without a fill."""
        ...

    def fill(self, order: VenueOrder, price_points: int, size_points: int, *, is_maker: bool) -> None:
        """The order trades; its `left_points` and `filled_points` are changed here."""
        ...

    def end(self, order: VenueOrder, kind: ReportKind, reason: str = "", detail: str = "") -> None:
        """The order ends with something left."""
        ...


class MatchStep(Struct, frozen=True):
    """What an arriving order meets next: displayed size, or (`maker`) a resting order of our own.

    In a plan, a maker with size 0 is cancelled instead of traded with.
    """

    price_points: int
    size_points: int
    maker: VenueOrder | None = None


class MatchPlan(Struct, frozen=True):
    """What an arriving order would do."""

    steps: tuple[MatchStep, ...] = ()
    is_stopped: bool = False
    """Self-trade prevention ends the arriving order there."""

    @property
    def size_points(self) -> int:
        """What it would trade in all."""
        return sum(step.size_points for step in self.steps)

    @property
    def takes(self) -> bool:
        """Whether it meets anything at all."""
        return bool(self.steps) or self.is_stopped


class Matcher:
    """One instrument's displayed book and our own orders in it.

    Args:
        quotes: where the quotes come along; None: each has to be told.
    """

    __slots__ = (
        "_settlement",
        "alerted",
        "buys",
        "displayed",
        "filled_points",
        "instrument",
        "is_alert",
        "self_trade",
        "sells",
    )

    def __init__(
        self, instrument: Instrument, self_trade: SelfTrade, settlement: MatchOutcome, quotes: QuoteTopic | None = None
    ) -> None:
        self.instrument = instrument
        self.self_trade = self_trade
        self._settlement = settlement
        self.displayed = Displayed(quotes)
        self.buys = Queue(is_buy=True)
        self.sells = Queue(is_buy=False)
        self.is_alert = False
        """Something was taken, or an order is crossed: every quote counts, however far."""
        self.alerted: Callable[[], None] = lambda: None
        """Told when an order rests or took something: what comes from now on may concern it."""
        self.filled_points = 0
        """Ours out of the volume of trades and bars."""

    @property
    def resting(self) -> int:
        """How many orders rest."""
        return self.buys.resting + self.sells.resting

    def plan(self, order: VenueOrder, now_ns: int) -> MatchPlan:
        """What the order would do if it arrived now. Nothing is carried out."""
        if not (self.sells if order.is_buy else self.buys).lines:
            return MatchPlan(self._walk(order))
        steps: list[MatchStep] = []
        left = order.left_points
        for offer in self._offers(order, now_ns):
            if not left:
                break
            if offer.maker is None or self.self_trade is SelfTrade.NONE:
                size = min(left, offer.size_points)
                left -= size
                steps.append(MatchStep(offer.price_points, size, offer.maker))
                continue
            if self.self_trade is not SelfTrade.CANCEL_TAKER:
                steps.append(MatchStep(offer.price_points, 0, offer.maker))
            if self.self_trade is not SelfTrade.CANCEL_MAKER:
                return MatchPlan(tuple(steps), is_stopped=True)
        return MatchPlan(tuple(steps))

    def enter(self, order: VenueOrder, plan: MatchPlan, now_ns: int) -> None:
        """Carry out the plan of an accepted order; what is left rests or expires."""
        if order.post_only and plan.takes:
            # Bitget accepts such an order and cancels it at once (notes on the venue, 6.3).
            self._expire(order, "post_only_would_take")
        elif order.tif is FOK and plan.size_points < order.left_points:
            self._expire(order, "fok_unfilled")
        else:
            for step in plan.steps:
                self._carry_out(order, step)
            if order.left_points:
                self._leave(order, plan, now_ns)

    def withdraw(self, order: VenueOrder) -> None:
        """Take a resting order out of its queue."""
        self._queue_of(order).remove(order)

    def quoted(self, quote: Quote) -> None:
        """A quote came. The guard: what does not reach our best prices cannot concern us."""
        self.displayed.show(quote)
        if self.is_alert or quote.bid_points <= self.buys.best_points or quote.ask_points >= self.sells.best_points:
            self._look(quote.ts_recv_ns)

    def deepened(self, depth: Depth) -> None:
        """Levels of the book came."""
        self.displayed.deepen(depth)
        if self.is_alert or self.buys.lines or self.sells.lines:
            self._look(depth.ts_recv_ns)

    def saw_trade(self, trade: Trade) -> None:
        """A public trade came. The guard: one that does not reach our best price costs next to nothing."""
        price = trade.price_points
        if price >= self.sells.best_points if trade.is_buy else price <= self.buys.best_points:
            self.traded(trade)

    def traded(self, trade: Trade) -> None:
        """A public trade reaches our best price: the opposite side's aggressor takes from us."""
        queue = self.sells if trade.is_buy else self.buys
        left = trade.size_points
        for price in queue.prices():
            if not left or not queue.reaches(price, trade.price_points):
                break
            line = queue.lines[price]
            line.settle(trade.ts_recv_ns)
            left = self._serve(line, left, is_through=price != trade.price_points)

    def barred(self, bar: Bar) -> None:
        """A closed bar came: orders that it traded through fill, up to its volume; a touch fills nothing.

        Where in the bar a price was reached is not known, so an order that came while the bar was open takes part.
        """
        left = bar.volume_points
        for queue, extreme in ((self.buys, bar.low_points), (self.sells, bar.high_points)):
            for price in queue.prices():
                if not left or price == extreme or not queue.reaches(price, extreme):
                    break
                left = self._serve(queue.lines[price], left, is_through=True)

    def fed(self, status: FeedStatus) -> None:
        """The feed's state changed."""
        if status.state in VOID:
            self.forget(status.ts_recv_ns)

    def forget(self, now_ns: int) -> None:
        """The feed has a seam or a gap: what was displayed is void, our orders keep their places."""
        self.displayed.forget()
        for queue in (self.buys, self.sells):
            queue.forget_seen(now_ns)
            for order in queue.orders():
                order.crossed_ns = NOT_CROSSED
        self.is_alert = False

    def _walk(self, order: VenueOrder) -> tuple[MatchStep, ...]:
        """The usual case: none of our own orders stands against it, so it takes displayed levels, the best first."""
        steps: list[MatchStep] = []
        left = order.left_points
        for price, available in self.displayed.available(is_bid=not order.is_buy):
            if not order.allows(price):
                break
            if left <= available:
                steps.append(MatchStep(price, left))
                break
            steps.append(MatchStep(price, available))
            left -= available
        return tuple(steps)

    def _offers(self, order: VenueOrder, now_ns: int) -> Iterator[MatchStep]:
        """What stands against an order, our own orders too, in the order in which it would trade."""
        lines = (self.sells if order.is_buy else self.buys).lines
        shown = dict(self.displayed.available(is_bid=not order.is_buy))
        for price in sorted({*shown, *lines}, reverse=not order.is_buy):
            if not order.allows(price):
                return
            left, passed = shown.get(price, 0), 0
            for maker in lines[price].settled(now_ns) if price in lines else ():
                before = min(left, max(0, maker.ahead_points - passed))
                if before:
                    left, passed = left - before, passed + before
                    yield MatchStep(price, before)
                yield MatchStep(price, maker.left_points, maker)
            if left:
                yield MatchStep(price, left)

    def _carry_out(self, order: VenueOrder, step: MatchStep) -> None:
        if step.maker is None:
            self.displayed.take(step.price_points, step.size_points, is_bid=not order.is_buy)
            if not self.is_alert:
                self.is_alert = True
                self.alerted()
            self._settlement.fill(order, step.price_points, step.size_points, is_maker=False)
        elif step.size_points:
            self._settlement.fill(order, step.price_points, step.size_points, is_maker=False)
            self._fill_resting(step.maker, step.size_points)
        else:
            self.withdraw(step.maker)
            self._expire(step.maker, "self_trade")

    def _leave(self, order: VenueOrder, plan: MatchPlan, now_ns: int) -> None:
        if plan.is_stopped:
            self._expire(order, "self_trade")
        elif order.is_market:
            self._expire(order, "no_liquidity")
        elif order.tif is not GTC:
            self._expire(order, "ioc_unfilled")
        else:
            self._rest(order, now_ns)

    def _rest(self, order: VenueOrder, now_ns: int) -> None:
        self._settlement.acknowledge(order)
        shown = self.displayed.size_at(order.price_points, is_bid=order.is_buy)
        self._queue_of(order).add(order, shown, now_ns)
        order.crossed_ns = now_ns if self._is_crossed(order) else NOT_CROSSED
        self.is_alert = self.is_alert or order.crossed_ns != NOT_CROSSED
        self.alerted()

    def _look(self, now_ns: int) -> None:
        """Hold our orders against what is displayed now."""
        displayed = self.displayed
        displayed.refresh()
        is_crossed = bool(self.buys.lines or self.sells.lines) and self._look_at_orders(now_ns)
        self.is_alert = is_crossed or bool(displayed.taken_bids or displayed.taken_asks)

    def _look_at_orders(self, now_ns: int) -> bool:
        """True while one of them is reached."""
        for queue in (self.buys, self.sells):
            for price, line in queue.lines.items():
                shown = self.displayed.seen_at(price, is_bid=queue.is_buy)
                if shown is not None:
                    line.see(shown, now_ns)
        crossed = [self._cross(order, now_ns) for queue in (self.buys, self.sells) for order in queue.orders()]
        return any(crossed)

    def _cross(self, order: VenueOrder, now_ns: int) -> bool:
        """Fill an order that the other side's displayed price has reached for long enough. True while it is reached."""
        if not self._is_crossed(order):
            order.crossed_ns = NOT_CROSSED
            return False
        if order.crossed_ns == NOT_CROSSED:
            order.crossed_ns = now_ns
        if now_ns - order.crossed_ns >= SETTLED_NS:
            for price, available in self.displayed.available(is_bid=not order.is_buy):
                size = min(available, order.left_points)
                if not size or not order.allows(price):
                    break
                self.displayed.take(price, size, is_bid=not order.is_buy)
                self._fill_resting(order, size)
        return True

    def _is_crossed(self, order: VenueOrder) -> bool:
        best = self.displayed.best(is_bid=not order.is_buy)
        return bool(best) and order.allows(best)

    def _serve(self, line: PriceQueue, volume_points: int, *, is_through: bool) -> int:
        """Let volume go down a line: what is ahead first, then our orders. What is left of it."""
        passed, left = 0, volume_points
        if is_through:
            for order in line.orders:
                order.ahead_points = 0
        for order in list(line.orders):
            ahead = min(left, order.ahead_points - passed)
            passed, left = passed + ahead, left - ahead
            size = min(left, order.left_points)
            if not size:
                break
            self._fill_resting(order, size)
            self.filled_points += size
            left -= size
        for order in line.orders:
            order.ahead_points -= passed
        return left

    def _fill_resting(self, order: VenueOrder, size_points: int) -> None:
        if size_points == order.left_points:
            self.withdraw(order)
        self._settlement.fill(order, order.price_points, size_points, is_maker=True)

    def _expire(self, order: VenueOrder, reason: str) -> None:
        self._settlement.end(order, ReportKind.EXPIRED, reason)

    def _queue_of(self, order: VenueOrder) -> Queue:
        return self.buys if order.is_buy else self.sells
