"""V3, private: the one wallet of a unified account, its orders, fills and positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from framework.model.money import plain
from framework.sandbox.bitget import pushes
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.order import AcceptedOrder
from framework.sandbox.bitget.pages import page
from framework.sandbox.bitget.refused import BitgetRefusal, missing, order_absent, wrong
from framework.sandbox.bitget.unified_views import assets_view, fill_view, hold_mode, order_view, position_view
from framework.sandbox.bitget.wanted import closing, found, unified_wanted

BATCH_MAX: Final = 20  # reference 5.2: unsure
COUNTDOWNS: Final = range(5, 61)  # reference 8.3


def info(call: Call) -> dict[str, Any]:
    """Whose key it is and what it may do; every key may ask."""
    assert call.key is not None
    return {
        "userId": call.member.uid,
        "inviterId": "",
        "parentId": "",
        "channelCode": "",
        "channel": "",
        "ips": ",".join(call.key.ips),
        "permType": "read-and-write" if call.key.may_write else "read-only",
        "permissions": call.key.permissions,
        "regisTime": "1704067200000",
    }


def settings(call: Call) -> dict[str, Any]:
    """Modes and leverages."""
    rows = [
        {
            "category": listing.product.value,
            "symbol": listing.symbol,
            "marginMode": call.member.margin_modes.get(listing, "crossed"),
            "leverage": str(call.member.leverage(listing)),
        }
        for listing in LISTINGS
        if not listing.is_spot
    ]
    return {
        "uid": call.member.uid,
        "accountMode": "unified",
        "assetMode": "multi_assets",
        "accountLevel": "advanced",
        "holdMode": hold_mode(call.member),
        "stpMode": "none",
        "symbolConfigList": rows,
        "coinConfigList": [{"coin": "USDT", "leverage": "3"}],
    }


def assets(call: Call) -> dict[str, Any]:
    """Everything that is held."""
    return assets_view(call.member, pushes.worth(call.venue), pushes.gain(call.venue, call.member))


def funding_assets(call: Call) -> list[dict[str, str]]:  # noqa: ARG001 - as every endpoint is called
    """The funding wallet: empty."""
    return [{"coin": "USDT", "available": "0", "frozen": "0", "balance": "0"}]


def fee_rate(call: Call) -> dict[str, str]:
    """Fee rates of a pair."""
    there = call.listing(_product(call)).instrument
    return {"makerFeeRate": plain(there.maker_fee), "takerFeeRate": plain(there.taker_fee)}


def set_leverage(call: Call) -> str:
    """For a pair; `posSide` for one side of it."""
    listing = call.listing(_product(call))
    lever = call.number("leverage", 0)
    if not 1 <= lever <= listing.lever_max:
        raise wrong("leverage", is_unified=True)
    call.member.leverages[listing, call.text("posSide").lower() or "net"] = lever
    return "success"


def set_hold_mode(call: Call) -> str:
    """While there are neither orders nor positions."""
    product = ListedProduct.PERPETUAL
    if call.member.held_positions(product) or call.member.open_of(product):
        raise BitgetRefusal("25200", "Position or order exists, the hold mode cannot be adjusted")
    call.member.is_hedged = call.choice("holdMode", "one_way_mode", "hedge_mode") == "hedge_mode"
    return "success"


def place(call: Call) -> dict[str, str]:
    """One order."""
    order = call.order_entry.place(unified_wanted(call))
    return {"orderId": order.id, "clientOid": order.client_id}


def place_batch(call: Call) -> list[dict[str, str]]:
    """Up to twenty; one flat list in their order, an entry that failed with its code."""
    return _each(call, _entries(call), lambda one: call.order_entry.place(unified_wanted(one)))


def cancel(call: Call) -> dict[str, str]:
    """Take one back."""
    order = _cancelled(call)
    return {"orderId": order.id, "clientOid": order.client_id}


def cancel_batch(call: Call) -> list[dict[str, str]]:
    """Take several back."""
    return _each(call, _entries(call), _cancelled)


def cancel_symbol(call: Call) -> dict[str, Any]:
    """All of a pair; without one all of the category."""
    product, symbol = _product(call), call.text("symbol").upper()
    rows = [{"orderId": order.id} for order in call.member.open_of(product, symbol)]
    return {"list": _each(call, rows, _cancelled)}


def modify(call: Call) -> dict[str, str]:
    """Price, size or both; the id stays. `autoCancel`: an order that cannot be changed is cancelled."""
    order = _changed(call)
    return {"orderId": order.id, "clientOid": order.client_id}


def modify_batch(call: Call) -> list[dict[str, str]]:
    """Several; each stands and falls on its own."""
    return _each(call, _entries(call), _changed)


def _changed(call: Call) -> AcceptedOrder:
    order = found(call)
    if not call.text("qty") and not call.text("price"):
        raise missing("qty", is_unified=True)
    try:
        call.order_entry.change(order, call.text("price"), call.text("qty"))
    except BitgetRefusal:
        if call.choice("autoCancel", "yes", "no", default="no") == "yes" and order.is_open:
            call.order_entry.cancel(order)
        raise
    return order


def close_positions(call: Call) -> dict[str, Any]:
    """Market orders that close what is held."""
    symbol, side, rows = call.text("symbol").upper(), call.text("posSide").lower(), []
    for position in call.member.held_positions(_product(call)):
        if symbol not in ("", position.listing.symbol) or side not in ("", position.side):
            continue
        order = call.order_entry.place(closing(call, position.listing, position.hold_side, position.points))
        rows.append({"orderId": order.id, "clientOid": order.client_id})
    return {"list": rows}


def countdown(call: Call) -> str:
    """The dead-man's switch: all orders go when it is not set again in time; 0 disarms it."""
    member, entry, venue = call.member, call.order_entry, call.venue
    seconds = call.number("countdown", 0)
    if seconds and seconds not in COUNTDOWNS:
        raise wrong("countdown", is_unified=True)
    due_ns = venue.countdowns[member.uid] = venue.clock.now_ns + seconds * 1_000_000_000 if seconds else 0

    def run_out() -> None:
        if venue.countdowns.get(member.uid) == due_ns:
            venue.countdowns[member.uid] = 0
            for order in list(member.open.values()):
                entry.cancel(order, "countdown_cancel")

    if seconds:
        venue.later(seconds * 1_000_000_000, run_out)
    return "success"


def order_info(call: Call) -> dict[str, Any]:
    """One order."""
    order_id, client_id = call.text("orderId"), call.text("clientOid")
    if not order_id and not client_id:
        raise missing("orderId", is_unified=True)
    order = call.member.find(order_id, client_id)
    if order is None:
        raise order_absent(is_spot=False, is_unified=True)
    return order_view(call.member, order)


def unfilled(call: Call) -> dict[str, Any]:
    """Open orders, of a category or of all."""
    products = [_product(call)] if call.text("category") else list(ListedProduct)
    symbol = call.text("symbol").upper()
    return _orders(call, [order for product in products for order in call.member.open_of(product, symbol)])


def history(call: Call) -> dict[str, Any]:
    """Orders that are done, of a category."""
    return _orders(call, call.member.done_of(_product(call), call.text("symbol").upper()))


def fills(call: Call) -> dict[str, Any]:
    """Fills of a category, of an order, or all."""
    products = [_product(call)] if call.text("category") else list(ListedProduct)
    order_id, symbol = call.text("orderId"), call.text("symbol").upper()
    rows = [
        fill
        for fill in call.member.fills
        if fill.order.listing.product in products
        and order_id in ("", fill.order.id)
        and symbol in ("", fill.order.listing.symbol)
    ]
    shown = page(call, rows, lambda fill: fill.trade_id, lambda fill: fill.ts_ms, cursor="cursor")
    return {"list": [fill_view(fill) for fill in shown], "cursor": shown[-1].trade_id if shown else ""}


def positions(call: Call) -> dict[str, Any]:
    """What is held of a category."""
    product = call.product("category")
    held = call.member.held_positions(product) if product is not None else []
    symbol = call.text("symbol").upper()
    found_here = [one for one in held if symbol in ("", one.listing.symbol)]
    return {"list": [position_view(call.member, one, call.venue.market(one.listing)) for one in found_here]}


def empty_list(call: Call) -> dict[str, Any]:  # noqa: ARG001 - as every endpoint is called
    """There is none of it here."""
    return {"list": [], "cursor": ""}


def _orders(call: Call, rows: list[AcceptedOrder]) -> dict[str, Any]:
    shown = page(call, rows, lambda order: order.id, lambda order: order.created_ms, cursor="cursor")
    return {"list": [order_view(call.member, order) for order in shown], "cursor": shown[-1].id if shown else ""}


def _product(call: Call) -> ListedProduct:
    product = call.product("category")
    if product is None:
        raise wrong("category", is_unified=True)
    return product


def _cancelled(one: Call) -> AcceptedOrder:
    order = found(one)
    one.order_entry.cancel(order)
    return order


def _entries(call: Call) -> list[Any]:
    if not call.entries:
        raise missing("orders", is_unified=True)
    if len(call.entries) > BATCH_MAX:
        raise BitgetRefusal("40306", f"Batch processing orders can only process up to {BATCH_MAX}")
    return call.entries


def _each(call: Call, entries: list[Any], act: Callable[[Call], AcceptedOrder]) -> list[dict[str, str]]:
    rows = []
    for entry in entries:
        one = call.within(entry)
        try:
            order = act(one)
            rows.append({"orderId": order.id, "clientOid": order.client_id})
        except BitgetRefusal as refused:
            names = {"orderId": one.text("orderId"), "clientOid": one.text("clientOid")}
            rows.append({**names, "code": refused.code, "msg": refused.message})
    return rows


def _row(method: str, name: str, answer: Any, limit: int, scope: str, batch: str = "") -> PlayedEndpoint:
    return PlayedEndpoint(method, f"/api/v3/{name}", answer, limit, scope, method == "POST", batch=batch)


ENDPOINTS: Final = (
    _row("GET", "account/info", info, 5, "any"),
    _row("GET", "account/settings", settings, 20, "uta_mgt"),
    _row("GET", "account/assets", assets, 20, "uta_mgt"),
    _row("GET", "account/funding-assets", funding_assets, 20, "uta_mgt"),
    _row("GET", "account/fee-rate", fee_rate, 3, "uta_mgt"),
    _row("POST", "account/set-leverage", set_leverage, 10, "uta_mgt"),
    _row("POST", "account/set-hold-mode", set_hold_mode, 10, "uta_mgt"),
    _row("POST", "trade/place-order", place, 10, "uta_trade"),
    _row("POST", "trade/place-batch", place_batch, 5, "uta_trade", "[]"),
    _row("POST", "trade/cancel-order", cancel, 10, "uta_trade"),
    _row("POST", "trade/cancel-batch", cancel_batch, 5, "uta_trade", "[]"),
    _row("POST", "trade/cancel-symbol-order", cancel_symbol, 5, "uta_trade"),
    _row("POST", "trade/modify-order", modify, 10, "uta_trade"),
    _row("POST", "trade/batch-modify-order", modify_batch, 10, "uta_trade", "[]"),
    _row("POST", "trade/close-positions", close_positions, 5, "uta_trade"),
    _row("POST", "trade/countdown-cancel-all", countdown, 1, "uta_trade"),
    _row("GET", "trade/order-info", order_info, 20, "uta_trade"),
    _row("GET", "trade/unfilled-orders", unfilled, 20, "uta_trade"),
    _row("GET", "trade/history-orders", history, 20, "uta_trade"),
    _row("GET", "trade/fills", fills, 20, "uta_trade"),
    _row("GET", "position/current-position", positions, 20, "uta_trade"),
    _row("GET", "position/history-position", empty_list, 20, "uta_trade"),
)
"""Limits a second and UID: reference 5.1."""
