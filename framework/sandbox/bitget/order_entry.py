"""Takes new orders and takes them back: the checks of one order in the venue's order, then the book."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from framework.kernel.clock import Clock
from framework.model.errors import GridError
from framework.model.instants import HOUR_NS
from framework.model.money import MONEY, ZERO, plain
from framework.model.orders import TimeInForce
from framework.model.rules import SelfTrade
from framework.sandbox.bitget.clearing import Clearing
from framework.sandbox.bitget.listings import Listing
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order import AcceptedOrder, Wanted
from framework.sandbox.bitget.refused import BitgetRefusal, missing, order_absent, order_refusal, wrong
from framework.venues.sim.matcher import Matcher, MatchPlan
from framework.venues.sim.orders import VenueOrder

CLIENT_ID: Final = re.compile(r"[.A-Z:/a-z0-9_-]{1,32}")  # reference 8.3; longer ones are accepted on spot V2
CLIENT_ID_SPOT: Final = re.compile(r"[^\s]{1,64}")  # clients send UUIDs of 36 characters on V2 spot
DUPLICATE_NS: Final = 6 * HOUR_NS
TIFS: Final = {"gtc": TimeInForce.GTC, "post_only": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}


class BitgetOrderEntry:
    """Of one account."""

    def __init__(
        self, member: Member, clock: Clock, market: Callable[[Listing], ListedMarket], next_id: Callable[[], str]
    ) -> None:
        self.member = member
        self._clock = clock
        self._market = market
        self._next_id = next_id
        self.clearing = Clearing(member, clock, next_id)

    def place(self, wanted: Wanted) -> AcceptedOrder:
        """Take an order.

        Raises:
            BitgetRefusal: why not, in the venue's words.
        """
        self._check_identity(wanted)
        price, size = self._points(wanted)
        matcher = self._matcher(wanted.listing)
        if wanted.is_market and wanted.is_buy and wanted.listing.is_spot:
            size = self._affordable(wanted, matcher)
        if wanted.reduce_only or wanted.closes:
            size = self._closable(wanted, size)
        self._check_filters(wanted, price, size, matcher)
        order = self._order(wanted, price, size)
        matcher.self_trade = SelfTrade(wanted.stp)
        plan = matcher.plan(order.core, self._clock.now_ns)
        self._fund(order, plan)
        self._accept(order)
        matcher.enter(order.core, plan, self._clock.now_ns)
        return order

    def cancel(self, order: AcceptedOrder, reason: str = "normal_cancel") -> None:
        """Take an order back. One that is done stays so.

        Raises:
            BitgetRefusal: it is done.
        """
        if not order.is_open:
            raise order_absent(is_spot=order.listing.is_spot, is_unified=self.member.is_unified)
        self.member.matchers[order.listing].withdraw(order.core)
        self.clearing.cancel(order, reason)

    def change(self, order: AcceptedOrder, price_text: str, size_text: str) -> None:
        """V3 modify: the order keeps its id and goes to the end of its queue.

        Raises:
            BitgetRefusal: it is done, or cannot be so; nothing has changed then.
        """
        if not order.is_open:
            raise order_absent(is_spot=order.listing.is_spot, is_unified=self.member.is_unified)
        old, there = order.wanted, order.listing.instrument
        price = price_text or there.price_text(order.core.price_points)
        size = size_text or there.size_text(order.core.size_points)
        wanted = Wanted(order.listing, old.is_buy, old.is_market, old.force, size, price)
        price_points, size_points = self._points(wanted)
        left = size_points - order.core.filled_points
        if left <= 0:
            raise self._no("size_min", listing=order.listing)
        matcher = self._matcher(order.listing)
        self._check_filters(wanted, price_points, left, matcher, is_new=False)
        need, coin = self._need(order, price_points, left)
        if self.member.wallet(order.listing).free(coin) + order.frozen < need:
            raise self._no("balance", listing=order.listing)
        matcher.withdraw(order.core)
        order.core.price_points, order.core.size_points, order.core.left_points = price_points, size_points, left
        order.wanted.size, order.wanted.price, order.updated_ms = size, price, self._clock.now_ns // 1_000_000
        self.clearing.freeze(order, coin, need)
        self.member.told_order(order, None)
        matcher.enter(order.core, matcher.plan(order.core, self._clock.now_ns), self._clock.now_ns)

    def _no(self, reason: str, value: object = "", *, listing: Listing) -> BitgetRefusal:
        return order_refusal(reason, value, is_spot=listing.is_spot, is_unified=self.member.is_unified)

    def _check_identity(self, wanted: Wanted) -> None:
        name, listing = wanted.client_id, wanted.listing
        if not name:
            return
        shape = CLIENT_ID_SPOT if listing.is_spot and not self.member.is_unified else CLIENT_ID
        if shape.fullmatch(name) is None:
            raise self._no("client_id", listing=listing)
        since_ms = (self._clock.now_ns - DUPLICATE_NS) // 1_000_000
        found = self.member.find("", name)
        if found is not None and found.is_open and found.created_ms > since_ms:
            raise self._no("duplicate", listing=listing)

    def _points(self, wanted: Wanted) -> tuple[int, int]:
        """Price points (0 for a market order) and size points."""
        listing, is_unified = wanted.listing, self.member.is_unified
        there, filters = listing.instrument, self._market(listing).filters
        if not wanted.size:
            raise missing("qty" if is_unified else "size", is_unified=is_unified)
        if not wanted.is_market and not wanted.price:
            raise missing("price", is_unified=is_unified)
        try:
            price = 0 if wanted.is_market else there.data_price(wanted.price)
        except GridError as error:
            raise self._no("price_scale", wanted.price, listing=listing) from error
        if not wanted.is_market and not price:
            raise wrong("price", is_unified=is_unified)
        if price % filters.tick_points:
            raise self._no("price_scale", wanted.price, listing=listing)
        if wanted.is_market and wanted.is_buy and listing.is_spot:
            return 0, 0
        scale = f"{wanted.size} checkScale={filters.size_digits}"
        try:
            size = there.data_size(wanted.size)
        except GridError as error:
            raise self._no("size_scale", scale, listing=listing) from error
        if size % filters.lot_points:
            raise self._no("size_scale", scale, listing=listing)
        return price, size

    def _affordable(self, wanted: Wanted, matcher: Matcher) -> int:
        """Size points that an amount of quote buys from the displayed book."""
        there = wanted.listing.instrument
        try:
            left = Decimal(wanted.size)
        except ArithmeticError as error:
            raise wrong("size", is_unified=self.member.is_unified) from error
        if not left.is_finite() or left <= 0:
            raise wrong("size", is_unified=self.member.is_unified)
        least = self._market(wanted.listing).filters.notional_min
        if left < least:
            raise self._no("notional", plain(least), listing=wanted.listing)
        points = 0
        for price, size in matcher.displayed.available(is_bid=False):
            most = int(MONEY.divide(left, there.notional(price, 1)).to_integral_value(ROUND_FLOOR))
            taken = min(size, most)
            points, left = points + taken, MONEY.subtract(left, there.notional(price, taken))
            if taken < size:
                break
        return points

    def _closable(self, wanted: Wanted, size: int) -> int:
        """What of a closing order finds a position. Older reduce-only orders make way for a new one (reference 7)."""
        listing = wanted.listing
        position = self.member.position(listing, wanted.hold_side)
        held = position.reduces(size if wanted.is_buy else -size) if position is not None else 0
        if position is None or not held:
            raise self._no("no_position", listing=listing)
        if wanted.closes:
            return held
        rivals = [order for order in self.member.open_of(listing.product, listing.symbol) if order.wanted.reduce_only]
        for order in rivals:
            if sum(one.core.left_points for one in rivals if one.is_open) + held <= abs(position.points):
                break
            self.cancel(order, "reduce_only")
        return held

    def _check_filters(self, wanted: Wanted, price: int, size: int, matcher: Matcher, *, is_new: bool = True) -> None:
        listing, mid_doubled = wanted.listing, matcher.displayed.mid_doubled()
        there = listing.instrument
        if size <= 0:
            raise self._no("size_min", listing=listing)
        value = there.notional(price, size) if price else there.notional(mid_doubled, size) / 2
        least = self._market(listing).filters.notional_min
        if value < least and not (wanted.is_market and wanted.is_buy and listing.is_spot):
            raise self._no("notional", plain(least), listing=listing)
        band = there.price_band
        if price and mid_doubled and band is not None:
            middle = MONEY.divide(there.price_exact(mid_doubled), 2)
            if wanted.is_buy and there.price_exact(price) > middle * (1 + band):
                raise self._no("price_high", plain(middle * (1 + band)), listing=listing)
            if not wanted.is_buy and there.price_exact(price) < middle * (1 - band):
                raise self._no("price_low", plain(middle * (1 - band)), listing=listing)
        most = there.open_orders_max
        if is_new and len(self.member.open_of(listing.product, listing.symbol)) >= most:
            raise self._no("crowded", most, listing=listing)

    def _order(self, wanted: Wanted, price: int, size: int) -> AcceptedOrder:
        number, now_ms = self._next_id(), self._clock.now_ns // 1_000_000
        core = VenueOrder(
            client_order_id=number,
            instrument=wanted.listing.instrument,
            is_buy=wanted.is_buy,
            size_points=size,
            left_points=size,
            price_points=price,
            tif=TIFS[wanted.force],
            post_only=wanted.force == "post_only",
        )
        leverage = 0 if wanted.listing.is_spot else self.member.leverage(wanted.listing, wanted.hold_side)
        return AcceptedOrder(number, wanted, core, wanted.client_id or made_up(number), now_ms, now_ms, leverage)

    def _fund(self, order: AcceptedOrder, plan: MatchPlan) -> None:
        if order.is_quote_sized:
            need, coin = Decimal(order.wanted.size), order.listing.quote
        else:
            price = order.core.price_points or max((step.price_points for step in plan.steps), default=0)
            need, coin = self._need(order, price, order.core.left_points)
        free = self.member.wallet(order.listing).free(coin)
        if free < need:
            sells = order.listing.is_spot and not order.core.is_buy
            raise self._no("sellable" if sells else "balance", f"{plain(free)}{coin}", listing=order.listing)
        self.clearing.freeze(order, coin, need)

    def _need(self, order: AcceptedOrder, price: int, size: int) -> tuple[Decimal, str]:
        """What an order holds back, and of which coin."""
        there, wanted = order.listing.instrument, order.wanted
        if order.listing.is_spot:
            if order.core.is_buy:
                return there.notional(price, size), there.quote
            return there.size_exact(size), there.base
        if wanted.reduce_only or wanted.closes:
            return ZERO, there.quote
        position = self.member.position(order.listing, wanted.hold_side)
        opened = size - (position.reduces(size if order.core.is_buy else -size) if position is not None else 0)
        return MONEY.divide(there.notional(price, opened), order.leverage), there.quote

    def _accept(self, order: AcceptedOrder) -> None:
        self.member.keep(order)
        self.member.told_order(order, None)
        self.member.told_money(order.listing.product)

    def _matcher(self, listing: Listing) -> Matcher:
        found = self.member.matchers.get(listing)
        if found is None:
            found = Matcher(listing.instrument, SelfTrade.NONE, self.clearing)
            market = self._market(listing)
            if market.depth is not None:
                found.deepened(market.depth)
            if market.quote is not None:
                found.quoted(market.quote)
            self.member.matchers[listing] = found
        return found


def made_up(number: str) -> str:
    """The client id that the venue gives an order without one: shaped as a UUID, made of its number."""
    digits = f"{int(number):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
