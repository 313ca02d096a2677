"""A unified account (V3), spot or USDT-M perpetuals: requests. The product is told in each, the paths are the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Self

from framework.venues.bitget import endpoints as at
from framework.venues.bitget.account_seen import PAID, RECEIVED
from framework.venues.bitget.asked import Edit, HoldMode, Named, NewOrder, PlanOrder, Request, Terms, names_of, question
from framework.venues.bitget.classic_spot import stp_field
from framework.venues.bitget.products import Product


class Unified:
    """Writes requests. See `dialect.Dialect`."""

    plan_kinds = ("",)

    def __init__(self, product: Product, terms: Terms) -> None:
        self._category = product.value
        self._product = product
        self._terms = terms

    @property
    def is_spot(self) -> bool:
        """It is about spot."""
        return self._product is Product.SPOT

    @property
    def perpetuals(self) -> Self | None:
        """Itself, where it is not about spot."""
        return None if self.is_spot else self

    def place(self, orders: Sequence[NewOrder], *, batched: bool = False) -> Request:
        """New orders. A batch is a bare list."""
        written, window_ms = [self._written(order) for order in orders], self._terms.receive_window_ms
        if len(written) == 1 and not batched:
            return Request(at.PLACE, content=written[0], window_ms=window_ms)
        return Request(at.PLACE_BATCH, content=written, window_ms=window_ms)

    def _written(self, order: NewOrder) -> dict[str, object]:
        written: dict[str, object] = {
            "category": self._category,
            "symbol": order.symbol,
            "qty": order.size,
            **({"price": order.price} if order.price else {}),
            "side": order.side,
            "orderType": order.order_type,
            "timeInForce": order.force,
            **self._sided(order),
            "clientOid": order.client_order_id,
        }
        return written | stp_field(self._terms.self_trade)

    def _sided(self, order: NewOrder) -> dict[str, object]:
        if self.is_spot:
            return {}
        written: dict[str, object] = {"marginMode": self._terms.margin_mode.value}
        if self._terms.hold_mode is HoldMode.HEDGE:
            # Here `side` is that of the trade: closing a long is sell + long.
            is_long = order.is_buy is not order.reduce_only
            return written | {"posSide": "long" if is_long else "short"}
        return written | {"reduceOnly": "yes" if order.reduce_only else "no"}

    def cancel(self, names: Sequence[Named], *, batched: bool = False) -> Request:
        """Take orders back."""
        if len(names) == 1 and not batched:
            (named,) = names
            return Request(at.CANCEL, content=self._where(named.symbol) | named.name)
        listed = zip(names, names_of(names), strict=True)
        return Request(at.CANCEL_BATCH, content=[self._where(named.symbol) | name for named, name in listed])

    def _where(self, symbol: str) -> dict[str, object]:
        return {"category": self._category, "symbol": symbol}

    def cancel_symbol(self, symbol: str) -> Request:
        """Take every order of a symbol back, whoever placed it; strategy orders may stay."""
        return Request(at.CANCEL_SYMBOL, content=self._where(symbol))

    def cancel_category(self) -> Request:
        """Take every order of the product back, whoever placed it."""
        return Request(at.CANCEL_SYMBOL, content={"category": self._category})

    def amend(self, edits: Sequence[Edit], *, batched: bool = False) -> Request:
        """New prices and sizes. Orders keep their ids."""
        written = [
            {
                **self._where(edit.named.symbol),
                **edit.named.name,
                "qty": edit.size,
                "price": edit.price,
                "autoCancel": "no",
            }
            for edit in edits
        ]
        window_ms = self._terms.receive_window_ms
        if len(written) == 1 and not batched:
            return Request(at.MODIFY, content=written[0], window_ms=window_ms)
        return Request(at.MODIFY_BATCH, content=written, window_ms=window_ms)

    def order(self, named: Named) -> Request:
        """Ask after one order."""
        return question(at.ORDER, **{key: str(value) for key, value in named.name.items()})

    def open_orders(self, symbol: str = "", before: str = "") -> Request:
        """Open orders, newest first, at most 100."""
        return question(at.OPEN, category=self._category, symbol=symbol, cursor=before, limit="100")

    def done_orders(self, symbol: str = "", before: str = "") -> Request:
        """Orders that are done."""
        return question(at.DONE, category=self._category, symbol=symbol, cursor=before, limit="100")

    def fills(self, order_id: str = "", since_ms: int = 0, before: str = "") -> Request:
        """Our trades of the product, newest first, at most 100. The venue takes no symbol here."""
        since = str(since_ms) if since_ms else ""
        return question(
            at.FILLS, category=self._category, orderId=order_id, startTime=since, cursor=before, limit="100"
        )

    def balances(self) -> Request:
        """The one wallet."""
        return question(at.ASSETS)

    def settings(self) -> Request:
        """Leverage, margin and hold mode: looked at, never set. A classic key is refused here with 40084."""
        return question(at.SETTINGS)

    def positions(self, symbol: str = "") -> Request:
        """Positions that are open."""
        return question(at.POSITIONS, category=self._category, symbol=symbol)

    def funding(self, since_ms: int = 0) -> tuple[Callable[[str], Request], ...]:
        """Funding payments, newest first, at most 100: what asks for a page of each direction, by where it begins."""

        def page(kind: str, before: str) -> Request:
            since = str(since_ms) if since_ms else ""
            return question(at.RECORDS, category=self._category, type=kind, startTime=since, cursor=before, limit="100")

        return partial(page, RECEIVED), partial(page, PAID)

    def plans(self, symbol: str = "") -> tuple[Request, ...]:
        """Strategy orders that wait: a namespace of their own."""
        return (self.waiting_plans(symbol),)

    def waiting_plans(self, symbol: str, kind: str = "") -> Request:  # noqa: ARG002 - as below
        """The same: there is one namespace."""
        return question(at.PLANS, category=self._category, symbol=symbol)

    def done_plans(self, symbol: str, kind: str = "") -> Request:  # noqa: ARG002 - there is one namespace
        """Strategy orders of a symbol that are done, newest first."""
        return question(at.PLANS_DONE, category=self._category, symbol=symbol, limit="100")

    def orders_of_plan(self, plan_id: str, kind: str) -> None:
        """Nothing tells them."""

    def place_plan(self, plan: PlanOrder) -> Request:
        """A trigger order."""
        order = plan.order
        content: dict[str, object] = {
            **self._where(order.symbol),
            "qty": order.size,
            "side": order.side,
            **self._sided(order),
            "type": "trigger",
            "triggerBy": "mark" if plan.is_on_mark else "market",
            "triggerPrice": plan.trigger_price,
            "triggerOrderType": order.order_type,
            **({"triggerOrderPrice": order.price} if order.price else {}),
            "clientOid": order.client_order_id,
        }
        return Request(at.PLAN_PLACE, content=content)

    def cancel_plan(self, named: Named, kind: str = "") -> Request:  # noqa: ARG002 - as above
        """Take a strategy order back."""
        return Request(at.PLAN_CANCEL, content=named.name)

    def countdown(self, seconds: int) -> Request:
        """The dead-man's switch: without another such request in time the venue cancels EVERY order of the account.

        Manual ones too, so it is off unless asked for; and the venue must have granted it. 0 disarms.
        """
        assert seconds == 0 or 5 <= seconds <= 60, seconds
        return Request(at.COUNTDOWN, content={"countdown": str(seconds)})
