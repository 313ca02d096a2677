"""Spot of a classic account (V2): requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from framework.model.rules import SelfTrade
from framework.venues.bitget import endpoints as at
from framework.venues.bitget.asked import (
    Edit,
    Named,
    NewOrder,
    PlanOrder,
    Request,
    Terms,
    names_of,
    question,
    same_symbol,
)

TPSL: Final = "tpsl"
"""`tpslType` of take-profits and stop-losses: a namespace beside that of plan orders, reached by the paths of orders."""


class ClassicSpot:
    """Writes requests. See `dialect.Dialect`."""

    plan_kinds = ("", TPSL)
    perpetuals = None

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def place(self, orders: Sequence[NewOrder], *, batched: bool = False) -> Request:
        """New orders of one symbol."""
        symbol, window_ms = same_symbol(orders), self._terms.receive_window_ms
        written = [self._written(order) for order in orders]
        if len(written) == 1 and not batched:
            return Request(at.SPOT_PLACE, content=written[0], window_ms=window_ms)
        content = {"symbol": symbol, "batchMode": "single", "orderList": written}
        return Request(at.SPOT_PLACE_BATCH, content=content, window_ms=window_ms)

    def _written(self, order: NewOrder) -> dict[str, object]:
        # The size of a market buy is in quote, of everything else in base. Spot has no reduce-only: it sells what is held.
        written: dict[str, object] = {
            "symbol": order.symbol,
            "side": order.side,
            "orderType": order.order_type,
            "force": order.force,
            "size": order.size,
            "clientOid": order.client_order_id,
            **stp_field(self._terms.self_trade),
        }
        if order.price:
            written["price"] = order.price
        return written

    def cancel(self, names: Sequence[Named], *, batched: bool = False) -> Request:
        """Take orders of one symbol back. The answer says that it was heard, not that they are gone."""
        symbol = same_symbol(names)
        if len(names) == 1 and not batched:
            return Request(at.SPOT_CANCEL, content={"symbol": symbol, **names[0].name})
        content = {"symbol": symbol, "batchMode": "single", "orderList": names_of(names)}
        return Request(at.SPOT_CANCEL_BATCH, content=content)

    def cancel_symbol(self, symbol: str) -> Request:
        """Take every order of a symbol back, whoever placed it. Later than its answer: ask until none is left."""
        return Request(at.SPOT_CANCEL_SYMBOL, content={"symbol": symbol})

    def amend(self, edits: Sequence[Edit], *, batched: bool = False) -> Request:
        """Cancel-replace: the old order may be gone and the new one refused. Limit orders only."""
        written = [_edited(edit) for edit in edits]
        window_ms = self._terms.receive_window_ms
        if len(written) == 1 and not batched:
            return Request(at.SPOT_REPLACE, content=written[0], window_ms=window_ms)
        return Request(at.SPOT_REPLACE_BATCH, content={"orderList": written}, window_ms=window_ms)

    def order(self, named: Named) -> Request:
        """Ask after one order. By our id only orders of the last two hours are found."""
        return question(at.SPOT_ORDER, **_texts(named.name))

    def open_orders(self, symbol: str = "", before: str = "") -> Request:
        """Open orders, newest first, at most 100; the next page begins before the last order id."""
        return question(at.SPOT_OPEN, symbol=symbol, idLessThan=before, limit="100")

    def done_orders(self, symbol: str = "", before: str = "") -> Request:
        """Orders that are done, up to 90 days back."""
        return question(at.SPOT_DONE, symbol=symbol, idLessThan=before, limit="100")

    def fills(self, symbol: str = "", order_id: str = "", since_ms: int = 0, before: str = "") -> Request:
        """Our trades, newest first, at most 100."""
        since = str(since_ms) if since_ms else ""
        return question(at.SPOT_FILLS, symbol=symbol, orderId=order_id, startTime=since, idLessThan=before, limit="100")

    def balances(self) -> Request:
        """The spot wallet: what is held."""
        return question(at.SPOT_ASSETS)

    def plans(self, symbol: str = "") -> tuple[Request, ...]:
        """Trigger orders that wait, and take-profits and stop-losses: two namespaces of their own."""
        return tuple(self.waiting_plans(symbol, kind) for kind in self.plan_kinds)

    def waiting_plans(self, symbol: str, kind: str = "") -> Request:
        """Those of a namespace."""
        if kind == TPSL:
            return question(at.SPOT_OPEN, symbol=symbol, limit="100", tpslType=TPSL)
        return question(at.SPOT_PLANS, symbol=symbol, limit="100")

    def done_plans(self, symbol: str, kind: str = "") -> Request:
        """Trigger orders of a symbol and a namespace that are done, newest first."""
        if kind == TPSL:
            return question(at.SPOT_DONE, symbol=symbol, limit="100", tpslType=TPSL)
        return question(at.SPOT_PLANS_DONE, symbol=symbol, limit="100")

    def orders_of_plan(self, plan_id: str, kind: str) -> Request | None:
        """The orders that a trigger order became; of a take-profit or stop-loss nothing tells them."""
        return None if kind == TPSL else question(at.SPOT_PLAN_ORDERS, planOrderId=plan_id)

    def place_plan(self, plan: PlanOrder) -> Request:
        """A trigger order."""
        order = plan.order
        content = {
            "symbol": order.symbol,
            "side": order.side,
            "triggerPrice": plan.trigger_price,
            "orderType": order.order_type,
            **({"executePrice": order.price} if order.price else {}),
            "planType": "total" if order.is_quote_size else "amount",
            "size": order.size,
            "triggerType": "mark_price" if plan.is_on_mark else "fill_price",
            "clientOid": order.client_order_id,
            "force": order.force,
        }
        return Request(at.SPOT_PLAN_PLACE, content=content | stp_field(self._terms.self_trade))

    def change_plan(self, named: Named, plan: PlanOrder) -> Request:
        """Another trigger, price and size for a trigger order."""
        order = plan.order
        content = {
            **named.name,
            "triggerPrice": plan.trigger_price,
            "orderType": order.order_type,
            **({"executePrice": order.price} if order.price else {}),
            "size": order.size,
        }
        return Request(at.SPOT_PLAN_MODIFY, content=content)

    def cancel_plan(self, named: Named, kind: str = "") -> Request:
        """Take a trigger order of a namespace back."""
        if kind == TPSL:
            return Request(at.SPOT_CANCEL, content={"symbol": named.symbol, "tpslType": TPSL, **named.name})
        return Request(at.SPOT_PLAN_CANCEL, content=named.name)

    def cancel_plans(self, symbol: str) -> Request:
        """Take every trigger order of a symbol back."""
        return Request(at.SPOT_PLAN_CANCEL_ALL, content={"symbolList": [symbol]})


def _edited(edit: Edit) -> Mapping[str, object]:
    written: dict[str, object] = {
        "symbol": edit.named.symbol,
        "price": edit.price,
        "size": edit.size,
        **edit.named.name,
    }
    if edit.new_client_order_id:
        written["newClientOid"] = edit.new_client_order_id
    return written


def _texts(name: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in name.items()}


def stp_field(mode: SelfTrade) -> dict[str, object]:
    """What the venue is to do where two of our orders meet. Its default is `none`; it is said all the same."""
    return {"stpMode": mode.value}
