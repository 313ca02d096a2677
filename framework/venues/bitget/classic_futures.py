"""USDT-M perpetuals of a classic account (V2): requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Self

from framework.venues.bitget import endpoints as at
from framework.venues.bitget.account_seen import FUTURES_FUNDING
from framework.venues.bitget.asked import (
    Edit,
    HoldMode,
    Named,
    NewOrder,
    PlanOrder,
    Request,
    Terms,
    names_of,
    question,
    same_symbol,
)
from framework.venues.bitget.classic_spot import stp_field
from framework.venues.bitget.products import MARGIN_COIN, Product

PRODUCT: Final = {"productType": Product.USDT_FUTURES.value}
PLAN_TYPES: Final = ("normal_plan", "profit_loss")
"""What `orders-plan-pending` lists, one kind at a time."""


def position_side(order: NewOrder) -> str:
    """`side` in hedge mode is that of the position, not of the trade: closing a long is buy + close."""
    return order.side if not order.reduce_only else "sell" if order.is_buy else "buy"


class ClassicFutures:
    """Writes requests. See `dialect.Dialect`."""

    plan_kinds = PLAN_TYPES

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    @property
    def perpetuals(self) -> Self:
        """There is nothing else."""
        return self

    def place(self, orders: Sequence[NewOrder], *, batched: bool = False) -> Request:
        """New orders of one symbol."""
        head = {
            "symbol": same_symbol(orders),
            **PRODUCT,
            "marginMode": self._terms.margin_mode.value,
            "marginCoin": MARGIN_COIN,
        }
        written, window_ms = [self._written(order) for order in orders], self._terms.receive_window_ms
        if len(written) == 1 and not batched:
            return Request(at.FUTURES_PLACE, content=head | written[0], window_ms=window_ms)
        return Request(at.FUTURES_PLACE_BATCH, content={**head, "orderList": written}, window_ms=window_ms)

    def _written(self, order: NewOrder) -> dict[str, object]:
        written: dict[str, object] = {
            "size": order.size,
            **({"price": order.price} if order.price else {}),
            **self._sided(order),
            "orderType": order.order_type,
            "force": order.force,
            "clientOid": order.client_order_id,
        }
        return written | stp_field(self._terms.self_trade)

    def _sided(self, order: NewOrder) -> dict[str, object]:
        if self._terms.hold_mode is HoldMode.HEDGE:
            return {"side": position_side(order), "tradeSide": "close" if order.reduce_only else "open"}
        # Older reduce-only orders are cancelled when together they exceed the position, and the answer then names no id.
        return {"side": order.side, "reduceOnly": "YES" if order.reduce_only else "NO"}

    def cancel(self, names: Sequence[Named], *, batched: bool = False) -> Request:
        """Take orders of one symbol back."""
        head = {"symbol": same_symbol(names), **PRODUCT, "marginCoin": MARGIN_COIN}
        if len(names) == 1 and not batched:
            return Request(at.FUTURES_CANCEL, content=head | names[0].name)
        return Request(at.FUTURES_CANCEL_BATCH, content={**head, "orderIdList": names_of(names)})

    def cancel_symbol(self, symbol: str) -> Request:
        """Take every order of a symbol back: the batch cancel without a list."""
        return Request(at.FUTURES_CANCEL_BATCH, content={"symbol": symbol, **PRODUCT, "marginCoin": MARGIN_COIN})

    def cancel_category(self) -> Request:
        """Take every order of the product back, whoever placed it."""
        return Request(at.FUTURES_CANCEL_ALL, content={**PRODUCT, "marginCoin": MARGIN_COIN})

    def amend(self, edits: Sequence[Edit], *, batched: bool = False) -> Request:  # noqa: ARG002  # there is no batch
        """One order's new price and size, together; the venue cancels and enters it again under a new id of ours."""
        (edit,) = edits
        content = {
            "symbol": edit.named.symbol,
            **PRODUCT,
            **edit.named.name,
            "newClientOid": edit.new_client_order_id,
            "newSize": edit.size,
            "newPrice": edit.price,
        }
        return Request(at.FUTURES_MODIFY, content=content, window_ms=self._terms.receive_window_ms)

    def order(self, named: Named) -> Request:
        """Ask after one order."""
        name = {key: str(value) for key, value in named.name.items()}
        return question(at.FUTURES_ORDER, symbol=named.symbol, **PRODUCT, **name)

    def open_orders(self, symbol: str = "", before: str = "") -> Request:
        """Open orders, newest first, at most 100."""
        return question(at.FUTURES_OPEN, symbol=symbol, idLessThan=before, limit="100", **PRODUCT)

    def done_orders(self, symbol: str = "", before: str = "") -> Request:
        """Orders that are done."""
        return question(at.FUTURES_DONE, symbol=symbol, idLessThan=before, limit="100", **PRODUCT)

    def fills(self, symbol: str = "", order_id: str = "", since_ms: int = 0, before: str = "") -> Request:
        """Our trades, newest first, at most 100."""
        since = str(since_ms) if since_ms else ""
        return question(
            at.FUTURES_FILLS,
            symbol=symbol, orderId=order_id, startTime=since, idLessThan=before, limit="100", **PRODUCT,
        )  # fmt: skip

    def balances(self) -> Request:
        """The futures wallet."""
        return question(at.FUTURES_ACCOUNTS, **PRODUCT)

    def account(self, symbol: str) -> Request:
        """Leverage, margin and hold mode of a symbol: looked at, never set."""
        return question(at.FUTURES_ACCOUNT, symbol=symbol, marginCoin=MARGIN_COIN, **PRODUCT)

    def positions(self, symbol: str = "") -> Request:
        """Positions that are open, of one symbol or of all."""
        endpoint = at.FUTURES_POSITION if symbol else at.FUTURES_POSITIONS
        return question(endpoint, symbol=symbol, marginCoin=MARGIN_COIN, **PRODUCT)

    def funding(self, since_ms: int = 0) -> tuple[Callable[[str], Request], ...]:
        """Funding payments, newest first, at most 100: what asks for a page, by where it begins."""

        def page(before: str) -> Request:
            since = str(since_ms) if since_ms else ""
            return question(
                at.FUTURES_BILLS,
                businessType=FUTURES_FUNDING, startTime=since, idLessThan=before, limit="100", **PRODUCT,
            )  # fmt: skip

        return (page,)

    def plans(self, symbol: str = "") -> tuple[Request, ...]:
        """Trigger orders that wait, and stops of positions: two namespaces of their own."""
        return tuple(self.waiting_plans(symbol, kind) for kind in self.plan_kinds)

    def waiting_plans(self, symbol: str, kind: str = "") -> Request:
        """Those of a namespace."""
        return question(at.FUTURES_PLANS, symbol=symbol, planType=_namespace(kind), limit="100", **PRODUCT)

    def done_plans(self, symbol: str, kind: str = "") -> Request:
        """Trigger orders of a symbol and a namespace that are done, newest first."""
        return question(at.FUTURES_PLANS_DONE, symbol=symbol, planType=_namespace(kind), limit="100", **PRODUCT)

    def orders_of_plan(self, plan_id: str, kind: str) -> None:
        """Its row tells the order already."""

    def place_plan(self, plan: PlanOrder) -> Request:
        """A trigger order; one that reduces is a stop of the position."""
        order = plan.order
        return self._stop(plan) if order.reduce_only else self._plan(plan)

    def _plan(self, plan: PlanOrder) -> Request:
        order = plan.order
        content = {
            "symbol": order.symbol,
            **PRODUCT,
            "marginMode": self._terms.margin_mode.value,
            "marginCoin": MARGIN_COIN,
            "planType": "normal_plan",
            "size": order.size,
            **({"price": order.price} if order.price else {}),
            "triggerPrice": plan.trigger_price,
            "triggerType": "mark_price" if plan.is_on_mark else "fill_price",
            **self._sided(order),
            "orderType": order.order_type,
            "clientOid": order.client_order_id,
        }
        return Request(at.FUTURES_PLAN_PLACE, content=content | stp_field(self._terms.self_trade))

    def _stop(self, plan: PlanOrder) -> Request:
        order = plan.order
        # In one-way mode a long position is held "buy".
        one_way = self._terms.hold_mode is HoldMode.ONE_WAY
        holds = ("sell" if order.is_buy else "buy") if one_way else ("short" if order.is_buy else "long")
        content = {
            "symbol": order.symbol,
            **PRODUCT,
            "marginCoin": MARGIN_COIN,
            "planType": "loss_plan",
            "triggerPrice": plan.trigger_price,
            "triggerType": "mark_price" if plan.is_on_mark else "fill_price",
            **({"executePrice": order.price} if order.price else {}),
            "holdSide": holds,
            "size": order.size,
            "clientOid": order.client_order_id,
        }
        return Request(at.FUTURES_STOP_PLACE, content=content | stp_field(self._terms.self_trade))

    def cancel_plans(self, symbol: str, plan_type: str = "normal_plan") -> Request:
        """Take every trigger order of a symbol and type back."""
        return Request(at.FUTURES_PLAN_CANCEL, content={"symbol": symbol, **PRODUCT, "planType": plan_type})

    def cancel_plan(self, named: Named, kind: str = "") -> Request:
        """Take a trigger order of a namespace back."""
        plan_type = kind or PLAN_TYPES[0]
        content = {"symbol": named.symbol, **PRODUCT, "planType": plan_type, "orderIdList": [named.name]}
        return Request(at.FUTURES_PLAN_CANCEL, content=content)


def _namespace(kind: str) -> str:
    """Where a trigger order of this kind is listed: stops of positions, whatever their kind, together."""
    return PLAN_TYPES[kind not in ("", PLAN_TYPES[0])]
