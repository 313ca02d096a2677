"""Which of Bitget's dialects an account and an instrument need, and our orders in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from framework.model.instrument import Instrument
from framework.model.orders import Order, TimeInForce, market_buy_points
from framework.venues.bitget.asked import Edit, Named, NewOrder, PlanOrder, Request, Terms
from framework.venues.bitget.classic_futures import ClassicFutures
from framework.venues.bitget.classic_spot import ClassicSpot
from framework.venues.bitget.products import AccountKind, Product, product_of, wire_symbol
from framework.venues.bitget.unified import Unified


class Dialect(Protocol):
    """Writes requests of one product of one kind of account.

    Several orders go by a request for several; one goes alone, unless it is `batched`: counted as a batch, whose limit is
    another one.
    """

    @property
    def plan_kinds(self) -> tuple[str, ...]:
        """The namespaces of trigger orders."""
        ...

    @property
    def perpetuals(self) -> Perpetuals | None:
        """What asks after positions; None: spot has none."""
        ...

    def place(self, orders: Sequence[NewOrder], *, batched: bool = False) -> Request:
        """New orders."""
        ...

    def cancel(self, names: Sequence[Named], *, batched: bool = False) -> Request:
        """Take orders back."""
        ...

    def cancel_symbol(self, symbol: str) -> Request:
        """Take every order of a symbol back, whoever placed it."""
        ...

    def amend(self, edits: Sequence[Edit], *, batched: bool = False) -> Request:
        """New prices and sizes."""
        ...

    def order(self, named: Named) -> Request:
        """Ask after one order."""
        ...

    def open_orders(self, symbol: str = "", before: str = "") -> Request:
        """Ask after those that rest."""
        ...

    def done_orders(self, symbol: str = "", before: str = "") -> Request:
        """Ask after those that are done."""
        ...

    def fills(self, *, since_ms: int = 0, before: str = "") -> Request:
        """Ask after our trades."""
        ...

    def plans(self, symbol: str = "") -> tuple[Request, ...]:
        """Ask after trigger orders, which no list of open orders names: a question for each of their namespaces."""
        ...

    def waiting_plans(self, symbol: str, kind: str = "") -> Request:
        """Ask after those of a namespace alone."""
        ...

    def done_plans(self, symbol: str, kind: str = "") -> Request:
        """Ask after those of a namespace that wait no more."""
        ...

    def orders_of_plan(self, plan_id: str, kind: str) -> Request | None:
        """Ask after the orders that a trigger order of a namespace became; None: nothing tells of them."""
        ...

    def place_plan(self, plan: PlanOrder) -> Request:
        """A trigger order."""
        ...

    def cancel_plan(self, named: Named, kind: str = "") -> Request:
        """Take a trigger order of a namespace back: no cancel of orders reaches it."""
        ...

    def balances(self) -> Request:
        """Ask after the wallet."""
        ...


class Perpetuals(Protocol):
    """Writes the questions that a product with positions knows beside all others."""

    def positions(self, symbol: str = "") -> Request:
        """Positions that are open."""
        ...

    def funding(self, since_ms: int = 0) -> tuple[Callable[[str], Request], ...]:
        """Funding payments, newest first: what asks for a page of each list, by where it begins."""
        ...


def dialect_of(account: AccountKind, product: Product, terms: Terms) -> Dialect:
    """The dialect of a product of an account."""
    if account is AccountKind.UNIFIED:
        return Unified(product, terms)
    return ClassicSpot(terms) if product is Product.SPOT else ClassicFutures(terms)


def named(order: Order) -> Named:
    """An order by the names that it has."""
    there = order.instrument
    return Named(product_of(there), wire_symbol(there.symbol), order.client_order_id, order.venue_order_id)


def new_order(order: Order, ask_points: int) -> NewOrder | None:
    """An order as the venue takes it; None: a market buy on spot, and nothing tells what it may cost.

    The venue sizes a market buy on spot in the quote coin, so it would buy more or less than was asked for. It leaves as
    a limit order at the most that is set aside for it, immediate or cancelled: never more of the base than asked for,
    never dearer than reserved.

    Args:
        ask_points: the best ask now; 0: none is known.
    """
    there = order.instrument
    product, price_points, tif = product_of(there), order.price_points, order.tif
    if order.is_market and order.is_buy and product is Product.SPOT:
        if ask_points <= 0:
            return None
        price_points, tif = on_tick(there, market_buy_points(ask_points)), TimeInForce.IOC
    return NewOrder(
        product=product,
        symbol=wire_symbol(there.symbol),
        client_order_id=order.client_order_id,
        is_buy=order.is_buy,
        size=there.size_text(order.left_points),  # what another of ours took before it left is not asked for again
        price=there.price_text(price_points) if price_points else "",
        tif=tif,
        post_only=order.post_only,
        reduce_only=order.reduce_only and product is not Product.SPOT,
    )


def on_tick(there: Instrument, points: int) -> int:
    """The tick at or below a price: what is set aside is never exceeded."""
    return points - points % there.tick_points
