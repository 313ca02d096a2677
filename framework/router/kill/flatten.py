"""Flattening: the positions of a tripped scope are sold, or bought back, in slices, through the same router and gate.

What its strategies hold against each other is netted in the books (`framework.router.kill.netting`). The orders for the
rest are immediate-or-cancel, and priced no further than a collar from the quote; reduce-only where they bring the
account's position down too, for what a strategy beside the scope, or nobody, holds against it a venue has no such word. Nothing else passes
the gate of a tripped scope, and no limit of risk holds them back. Where an order of ours is as good as anybody's, that
one is taken back. While a scope that tripped beside it, or a wider one, keeps them in, none is made; nor while fills of an
order that ended may still come, for the position is not known then. What is left below the smallest order is dust, and
stays, where nobody in the scope has it on the other side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, Decimal
from functools import partial
from typing import Final

from framework.kernel.book_records import PositionsNetted
from framework.kernel.clock import Clock
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.events import Quote
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState, TimeInForce
from framework.model.scopes import Scope
from framework.ports import Desk, Schedule
from framework.router.kill.netting import OpenPosition, nettings

SLICES: Final = 4
SLICE_NS: Final = 250_000_000
"""Between two slices of a position."""
COLLAR: Final = Decimal("0.005")
"""A slice is priced at most half a percent beyond the quote; what does not trade there is tried again."""
REJECTED_NS_MAX: Final = 5_000_000_000
"""What a venue rejects is tried again later and later, with so much time between two tries at most."""
STILL_NS: Final = 1_000_000_000
"""Between two rounds while all that it waits for will be told: the end of an order, or a scope that is armed."""
TRIES_NS: Final = 600_000_000_000
"""Ten minutes of trying; then a person must look. Time in which the loop stood still is none of them."""
TAG: Final = "flatten"


class Flatten:
    """Brings the positions of a scope down.

    Args:
        positions: what is held there now.
        standing: other orders of the scope that are open still: until a strategy's own have gone from a market, nobody knows
            what is to be sold of its position there, even where it holds nothing yet.
        unsettled: orders there that ended, and of which fills may still come; asks after them.
        keeps_in: the scopes by which nothing of a strategy may leave for an instrument now, not even this.
        place: takes an order, past the strategies.
        net: has two strategies close against each other, in the books alone.
        clear_way: takes back what keeps one of its orders from leaving.
        next_id: names an order of a strategy.
        given_up: told what is left when it has tried for long enough.
        ended: told when it is over, in either way.
    """

    def __init__(
        self,
        *,
        positions: Callable[[], Sequence[OpenPosition]],
        standing: Callable[[], Sequence[Order]],
        unsettled: Callable[[], Sequence[Order]],
        keeps_in: Callable[[str, Instrument], tuple[Scope, ...]],
        desk: Desk,
        place: Callable[[Order], None],
        net: Callable[[PositionsNetted], None],
        clear_way: Callable[[Order], None],
        next_id: Callable[[str], str],
        given_up: Callable[[str], None],
        ended: Callable[[], None],
        clock: Clock,
        schedule: Schedule,
    ) -> None:
        self.orders: dict[str, Order] = {}
        """Its own orders: the only ones that pass the gate."""
        self.is_over = False
        self.is_resting = False
        """The session ended before it: the next one goes on."""
        self._positions = positions
        self._standing = standing
        self._unsettled = unsettled
        self._keeps_in = keeps_in
        self._desk = desk
        self._place = place
        self._net = net
        self._clear_way = clear_way
        self._given_up = given_up
        self._ended = ended
        self._next_id = next_id
        self._clock = clock
        self._schedule = schedule
        self._slices: dict[tuple[str, Instrument], int] = {}
        self._tried_ns = 0
        self._round_ns = clock.now_ns
        """When its last round was."""
        self._next_ns = 0
        """When its next one is."""
        self._last: dict[tuple[str, Instrument], Order] = {}
        self._rejected: dict[tuple[str, Instrument], int] = {}
        """How many slices of a position were rejected one after the other."""
        self._wake(clock.now_ns)

    def hurry(self) -> None:
        """An order of its scope has ended, or a scope was armed: the next round comes as soon as a slice may."""
        soon_ns = max(self._clock.now_ns, self._round_ns + SLICE_NS)
        if not self.is_over and soon_ns < self._next_ns:
            self._wake(soon_ns)

    def _wake(self, ts_ns: int) -> None:
        self._next_ns = ts_ns
        self._schedule.at(ts_ns, SENDER_PRIORITY, partial(self._woken, ts_ns))

    def _woken(self, ts_ns: int) -> None:
        if ts_ns == self._next_ns and not self.is_over:
            self._round()

    def waits_for(self) -> tuple[Scope, ...]:
        """The scopes that keep something of it in."""
        left = [] if self.is_over else [held for held in self._positions() if not self._is_dust(held)]
        return tuple(dict.fromkeys(scope for held in left for scope in self._keeps_in(held.strategy, held.instrument)))

    def unanswered(self) -> list[Order]:
        """The orders of which the last word is to come before the position behind them, or what they fill, is brought down."""
        return [] if self.is_over else list(self._standing())

    def rest(self) -> None:
        """No slice more, for the session ends: the latch still says that positions are to go, and the next one goes on."""
        self.is_resting = not self.is_over
        self.is_over = True

    def left_behind(self) -> list[str]:
        """What it leaves to the next session."""
        held = [each for each in self._positions() if not self._is_dust(each)] if self.is_resting else []
        return [f"{each.strategy} {each.instrument.id}" for each in held]

    def _round(self) -> None:
        """One slice of every position, and again until nothing is left to sell."""
        now_ns = self._clock.now_ns
        self._tried_ns += min(now_ns - self._round_ns, STILL_NS)
        self._round_ns = now_ns
        out = {(order.strategy, order.instrument): order for order in self.orders.values() if not order.is_done}
        queued = [order for order in out.values() if order.state is OrderState.QUEUED]
        for waiting in queued:
            self._clear_way(waiting)
        unsettled = dict.fromkeys((order.strategy, order.instrument) for order in self._unsettled())
        standing = dict.fromkeys((order.strategy, order.instrument) for order in self._standing())
        positions = self._positions()
        held = dict.fromkeys((each.strategy, each.instrument) for each in positions if not self._is_dust(each))
        left = held | unsettled | standing  # a cancel may come too late: what its order fills is brought down too
        has_tried = self._tried_ns >= TRIES_NS
        if has_tried and left:
            self._given_up(", ".join([f"{strategy} {instrument.id}" for strategy, instrument in left]))
        self.is_over = has_tried or not (left or out)
        busy = {*out, *unsettled, *standing}
        is_free = self._bring_down([each for each in positions if (each.strategy, each.instrument) not in busy])
        if self.is_over:
            self._ended()
            return
        self._wake(now_ns + (SLICE_NS if is_free or queued or unsettled else STILL_NS))

    def _bring_down(self, positions: Sequence[OpenPosition]) -> bool:
        """Net what can be netted, dust too; of the rest, a slice of each, unless it is over. False: all was held up, or dust."""
        free = [held for held in positions if not self._keeps_in(held.strategy, held.instrument)]
        netted: set[tuple[str, str]] = set()
        for each in nettings(free, self._desk):
            netted |= {(each.buyer, each.instrument), (each.seller, each.instrument)}
            self._net(each)
        for held in [] if self.is_over else free:
            is_next = (held.strategy, held.instrument.id) not in netted and not self._is_dust(held)
            order = self._slice(held) if is_next and not self._rests(held) else None
            if order is not None:
                self.orders[order.client_order_id] = self._last[held.strategy, held.instrument] = order
                self._place(order)
        return bool(netted) or not all(self._is_dust(held) for held in free)

    def _rests(self, held: OpenPosition) -> bool:
        """Whether the venue has rejected the last slice of a position a moment ago."""
        whose = held.strategy, held.instrument
        last, tries = self._last.get(whose), self._rejected.get(whose, 0)
        if last is None or last.state is not OrderState.REJECTED:
            self._rejected[whose] = 0
            return False
        if self._clock.now_ns - last.ts_created_ns < min(SLICE_NS << min(tries + 1, 8), REJECTED_NS_MAX):
            return True
        self._rejected[whose] = tries + 1
        return False

    def _is_dust(self, held: OpenPosition) -> bool:
        """Whether nothing of a position can be traded. Without a quote nobody knows."""
        quote = self._desk.quote(held.instrument)
        size = _on_lot(held)
        return not size or (quote is not None and size < _least(held, quote))

    def _slice(self, held: OpenPosition) -> Order | None:
        """The next order of a position; None while there is no quote."""
        there, quote = held.instrument, self._desk.quote(held.instrument)
        if quote is None:
            return None
        is_buy = held.points < 0
        price = collared(quote.ask_points if is_buy else quote.bid_points, there, is_buy=is_buy)
        size, least = _on_lot(held), _least(held, quote)
        share = self._slices.setdefault((held.strategy, there), -(-size // SLICES))
        cut = max(share - share % there.lot_points, least)
        cut = size if size - cut < least else cut  # no rest that could not be traded any more
        return Order(
            client_order_id=self._next_id(held.strategy),
            strategy=held.strategy,
            instrument=there,
            is_buy=is_buy,
            size_points=cut,
            price_points=price,
            tif=TimeInForce.IOC,
            reduce_only=self._reduces(there, cut, is_buy=is_buy),
            tag=TAG,
            ts_created_ns=self._clock.now_ns,
        )

    def _reduces(self, there: Instrument, size_points: int, *, is_buy: bool) -> bool:
        """Whether an order brings the account's position down, those that are out counted in; on spot it always does."""
        if there.is_spot:
            return True
        held = self._desk.account_points(there)
        out = sum(
            order.left_points
            for order in self._desk.open_orders(there)
            if order.is_buy is is_buy and order.client_order_id in self.orders
        )
        return out + size_points <= (-held if is_buy else held)


class Flattenings(dict[Scope, Flatten]):
    """All of a run, by scope."""

    are_resting = False
    """The session ends: from now on nothing is placed, not even to flatten."""

    def go_on(self) -> bool:
        """Whether positions are being brought down, and no other scope keeps them."""
        return any(not each.is_over and not each.waits_for() for each in self.values())

    def rest(self) -> None:
        """End them all for this session."""
        self.are_resting = True
        for each in self.values():
            each.rest()

    def left_behind(self) -> list[str]:
        """What is left to the next session."""
        return list(dict.fromkeys(left for each in self.values() for left in each.left_behind()))


def collared(points: int, there: Instrument, *, is_buy: bool) -> int:
    """The worst price of a slice, on the tick: half a percent beyond the quote."""
    worst = int(points * (1 + COLLAR if is_buy else 1 - COLLAR))
    return max(worst - worst % there.tick_points, there.tick_points)


def _on_lot(held: OpenPosition) -> int:
    """The whole lots of a position."""
    return abs(held.points) - abs(held.points) % held.instrument.lot_points


def _least(held: OpenPosition, quote: Quote) -> int:
    """The smallest slice: a sell is worth least at its collar, a buy that stops before an order of ours at the quote."""
    there = held.instrument
    worst = quote.ask_points if held.points < 0 else collared(quote.bid_points, there, is_buy=False)
    return max(there.size_min_points, there.lot_points, _notional_least(there, worst))


def _notional_least(there: Instrument, price_points: int) -> int:
    """The smallest size, on the lot, that is worth the venue's minimum."""
    worth = there.notional(price_points, there.lot_points)
    lots = (there.notional_min / worth).to_integral_value(ROUND_CEILING) if worth else Decimal(0)
    return int(lots) * there.lot_points
