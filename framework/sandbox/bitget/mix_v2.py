"""V2 USDT-M perpetuals, private: account, positions, orders and fills of a classic account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from framework.sandbox.bitget import pushes
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.mix_views import account_view, fill_view, order_view, pos_mode, position_view
from framework.sandbox.bitget.order import AcceptedOrder, Wanted
from framework.sandbox.bitget.pages import page
from framework.sandbox.bitget.refused import BitgetRefusal, missing, order_absent, unknown_symbol, wrong
from framework.sandbox.bitget.wanted import closing, found, mix_wanted

BATCH_MAX: Final = 50  # reference 5.2
PERPETUAL: Final = ListedProduct.PERPETUAL


def accounts(call: Call) -> list[dict[str, Any]]:
    """The futures wallet, where the product is played here."""
    if call.product("productType") is not PERPETUAL:
        return []
    return [account_view(call.member, pushes.gain(call.venue, call.member))]


def account(call: Call) -> dict[str, Any]:
    """The futures wallet with a pair's leverage and modes."""
    listing, member = _listing(call), call.member
    lever = str(member.leverage(listing))
    return {
        **account_view(member, pushes.gain(call.venue, member)),
        "crossedMarginLeverage": lever,
        "isolatedLongLever": str(member.leverage(listing, "long")),
        "isolatedShortLever": str(member.leverage(listing, "short")),
        "marginMode": member.margin_modes.get(listing, "crossed"),
        "posMode": pos_mode(member),
    }


def set_leverage(call: Call) -> dict[str, str]:
    """For a pair; `holdSide` for one side of it."""
    listing = _listing(call)
    lever = call.number("leverage", 0)
    if not 1 <= lever <= listing.lever_max:
        raise wrong("leverage")
    side = call.text("holdSide").lower() or "net"
    call.member.leverages[listing, side] = lever
    return {
        "symbol": listing.symbol,
        "marginCoin": listing.quote,
        "longLeverage": str(call.member.leverage(listing, "long")),
        "shortLeverage": str(call.member.leverage(listing, "short")),
        "crossMarginLeverage": str(call.member.leverage(listing)),
        "marginMode": call.member.margin_modes.get(listing, "crossed"),
    }


def set_margin_mode(call: Call) -> dict[str, str]:
    """For a pair without orders and positions."""
    listing = _listing(call)
    _check_idle(call, listing.symbol)
    call.member.margin_modes[listing] = mode = call.choice("marginMode", "isolated", "crossed")
    return {
        "symbol": listing.symbol,
        "marginCoin": listing.quote,
        "longLeverage": str(call.member.leverage(listing, "long")),
        "shortLeverage": str(call.member.leverage(listing, "short")),
        "marginMode": mode,
    }


def set_position_mode(call: Call) -> dict[str, str]:
    """For the product, while there are neither orders nor positions."""
    _check_idle(call, "")
    mode = call.choice("posMode", "one_way_mode", "hedge_mode")
    call.member.is_hedged = mode == "hedge_mode"
    return {"posMode": mode}


def _check_idle(call: Call, symbol: str) -> None:
    held = [one for one in call.member.held_positions(PERPETUAL) if symbol in ("", one.listing.symbol)]
    if held or call.member.open_of(PERPETUAL, symbol):
        raise BitgetRefusal("40920", "Position or order exists, the position mode cannot be adjusted")


def positions(call: Call) -> list[dict[str, Any]]:
    """All of the product, or those of a pair."""
    if call.product("productType") is not PERPETUAL:
        return []
    symbol = call.text("symbol").upper()
    held = [one for one in call.member.held_positions(PERPETUAL) if symbol in ("", one.listing.symbol)]
    return [position_view(call.member, one, call.venue.market(one.listing)) for one in held]


def place(call: Call) -> dict[str, str]:
    """One order. A reduce-only one in one-way mode is answered without its id (reference 7)."""
    order = call.order_entry.place(mix_wanted(call, _listing(call)))
    return {"orderId": "" if order.wanted.reduce_only else order.id, "clientOid": order.client_id}


def batch_place(call: Call) -> dict[str, Any]:
    """Orders of one pair."""
    listing, mode = _listing(call), call.needed("marginMode")

    def act(one: Call) -> AcceptedOrder:
        one.params = {**one.params, "marginMode": mode}
        return call.order_entry.place(mix_wanted(one, listing))

    return _each(call, call.list_of("orderList", BATCH_MAX), act)


def cancel(call: Call) -> dict[str, str]:
    """Take one back."""
    order = found(call, PERPETUAL, _listing(call).symbol)
    call.order_entry.cancel(order)
    return {"orderId": order.id, "clientOid": order.client_id}


def batch_cancel(call: Call) -> dict[str, Any]:
    """Those of the list; without one all of the pair, or all."""
    _check_product(call)
    symbol = call.text("symbol").upper()

    def act(one: Call) -> AcceptedOrder:
        order = found(one, PERPETUAL, symbol)
        call.order_entry.cancel(order)
        return order

    if call.params.get("orderIdList") is not None:
        return _each(call, call.list_of("orderIdList", BATCH_MAX), act)
    return _each(call, [{"orderId": order.id} for order in call.member.open_of(PERPETUAL, symbol)], act)


def modify(call: Call) -> dict[str, str]:
    """Cancels and enters anew under the new client id (reference 7)."""
    listing = _listing(call)
    old = found(call, PERPETUAL, listing.symbol)
    new_id, size, price = call.needed("newClientOid"), call.text("newSize"), call.text("newPrice")
    if not size or not price:
        raise missing("newPrice" if size else "newSize")
    before = old.wanted
    wanted = Wanted(
        listing,
        before.is_buy,
        is_market=False,
        force=before.force,
        size=size,
        price=price,
        client_id=new_id,
        stp=before.stp,
        reduce_only=before.reduce_only,
        hold_side=before.hold_side,
        closes=before.closes,
        margin_mode=before.margin_mode,
    )
    call.order_entry.cancel(old)
    order = call.order_entry.place(wanted)
    return {"orderId": order.id, "clientOid": order.client_id}


def close_positions(call: Call) -> dict[str, Any]:
    """Market orders that close what is held, of a pair or of all."""
    _check_product(call)
    symbol, side = call.text("symbol").upper(), call.text("holdSide").lower()
    done, failed = [], []
    for position in call.member.held_positions(PERPETUAL):
        if symbol not in ("", position.listing.symbol) or side not in ("", position.side):
            continue
        try:
            order = call.order_entry.place(closing(call, position.listing, position.hold_side, position.points))
            done.append({"orderId": order.id, "clientOid": order.client_id})
        except BitgetRefusal as refused:
            failed.append({"orderId": "", "clientOid": "", "errorMsg": refused.message, "errorCode": refused.code})
    return {"successList": done, "failureList": failed}


def detail(call: Call) -> dict[str, Any]:
    """One order; its status is called `state` here."""
    _check_product(call)
    order = call.member.find(call.text("orderId"), call.text("clientOid"))
    if order is None or order.listing.product is not PERPETUAL:
        raise BitgetRefusal("40109", "The data of the order cannot be found, please confirm the order number")
    return order_view(call.member, order, "state")


def pending(call: Call) -> dict[str, Any]:
    """Open orders; the list is null where there are none."""
    return _orders(call, call.member.open_of(PERPETUAL, call.text("symbol").upper()))


def history(call: Call) -> dict[str, Any]:
    """Orders that are done."""
    return _orders(call, call.member.done_of(PERPETUAL, call.text("symbol").upper()))


def _orders(call: Call, rows: list[AcceptedOrder]) -> dict[str, Any]:
    _check_product(call)
    wanted = call.text("orderId")
    rows = [order for order in rows if wanted in ("", order.id)]
    shown = page(call, rows, lambda order: order.id, lambda order: order.created_ms)
    made = [order_view(call.member, order) for order in shown]
    return {"entrustedList": made or None, "endId": shown[-1].id if shown else None}


def fills(call: Call) -> dict[str, Any]:
    """Fills of a pair, of an order, or all."""
    _check_product(call)
    symbol, order_id = call.text("symbol").upper(), call.text("orderId")
    rows = [
        fill
        for fill in call.member.fills
        if fill.order.listing.product is PERPETUAL
        and symbol in ("", fill.order.listing.symbol)
        and order_id in ("", fill.order.id)
    ]
    shown = page(call, rows, lambda fill: fill.trade_id, lambda fill: fill.ts_ms)
    made = [fill_view(call.member, fill) for fill in shown]
    return {"fillList": made or None, "endId": shown[-1].trade_id if shown else None}


def position_history(call: Call) -> dict[str, Any]:
    """Not kept here."""
    _check_product(call)
    return {"list": [], "endId": None}


def _each(call: Call, entries: list[Any], act: Callable[[Call], AcceptedOrder]) -> dict[str, Any]:
    done, failed = [], []
    for entry in entries:
        one = call.within(entry)
        try:
            order = act(one)
            done.append({"orderId": order.id, "clientOid": order.client_id})
        except BitgetRefusal as refused:
            names = {"orderId": one.text("orderId"), "clientOid": one.text("clientOid")}
            failed.append({**names, "errorMsg": refused.message, "errorCode": refused.code})
    return {"successList": done, "failureList": failed}


def _check_product(call: Call) -> None:
    if call.product("productType") is not PERPETUAL:
        raise order_absent(is_spot=False, is_unified=False)


def _listing(call: Call) -> Listing:
    if call.product("productType") is not PERPETUAL:
        raise unknown_symbol(call.text("symbol"), is_unified=False)
    return call.listing(PERPETUAL)


def _row(method: str, name: str, answer: Any, limit: int, lenient: int = 0, batch: str = "") -> PlayedEndpoint:
    scope = "position" if name.startswith(("position/", "account/set")) else "futures"
    return PlayedEndpoint(method, f"/api/v2/mix/{name}", answer, limit, scope, method == "POST", lenient, batch)


ENDPOINTS: Final = (
    _row("GET", "account/account", account, 10),
    _row("GET", "account/accounts", accounts, 10),
    _row("POST", "account/set-leverage", set_leverage, 5),
    _row("POST", "account/set-margin-mode", set_margin_mode, 5),
    _row("POST", "account/set-position-mode", set_position_mode, 5),
    _row("GET", "position/all-position", positions, 5),
    _row("GET", "position/single-position", positions, 10),
    _row("GET", "position/history-position", position_history, 20),
    _row("POST", "order/place-order", place, 10),
    _row("POST", "order/batch-place-order", batch_place, 5, 10, "orderList"),
    _row("POST", "order/cancel-order", cancel, 10),
    _row("POST", "order/batch-cancel-orders", batch_cancel, 10, batch="orderIdList"),
    _row("POST", "order/cancel-all-orders", batch_cancel, 1, 10),
    _row("POST", "order/modify-order", modify, 10),
    _row("POST", "order/close-positions", close_positions, 1),
    _row("GET", "order/detail", detail, 10),
    _row("GET", "order/orders-pending", pending, 10),
    _row("GET", "order/orders-history", history, 10),
    _row("GET", "order/fills", fills, 10),
    _row("GET", "order/fill-history", fills, 10),
)
"""Limits a second and UID: reference 5.1."""
