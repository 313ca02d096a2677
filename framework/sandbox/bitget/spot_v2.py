"""V2 spot, private: the account, orders and fills of a classic account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from framework.model.instants import HOUR_NS
from framework.model.money import ZERO, plain
from framework.sandbox.bitget import plans
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.doorman import check_window
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.order import AcceptedOrder, Execution, Wanted
from framework.sandbox.bitget.pages import page
from framework.sandbox.bitget.refused import BitgetRefusal, missing, order_absent
from framework.sandbox.bitget.spot_views import asset_view, fill_view, order_view, unfilled_view

BATCH_MAX: Final = 50  # reference 5.2
BY_CLIENT_ID_MS: Final = 2 * HOUR_NS // 1_000_000  # reference 6.4: by clientOid only orders of the last two hours
CANCEL_SYMBOL_NS: Final = 300_000_000  # asynchronous; how long it takes is not documented
STP: Final = ("none", "cancel_taker", "cancel_maker", "cancel_both")


def info(call: Call) -> dict[str, Any]:
    """Whose key it is and what it may do."""
    assert call.key is not None
    return {
        "userId": call.member.uid,
        "inviterId": "",
        "parentId": 0,
        "traderType": "not_trader",
        "channelCode": "",
        "channel": "",
        "ips": ",".join(call.key.ips),
        "regisTime": "1600000000000",
        "authorities": call.key.authorities,
    }


def assets(call: Call) -> list[dict[str, str]]:
    """Balances: those above 0, or all."""
    wallet = call.member.wallets[ListedProduct.SPOT]
    wanted, is_all = call.text("coin").upper(), call.text("assetType") == "all"
    return [
        asset_view(coin, wallet.free(coin), wallet.frozen.get(coin, ZERO), wallet.changed_ms.get(coin, 0))
        for coin in wallet.available
        if wanted in ("", coin) and (is_all or wanted or wallet.held(coin))
    ]


def bills(call: Call) -> list[dict[str, str]]:
    """The ledger, made of the fills: what came in and what went out of each."""
    wanted = call.text("coin").upper()
    fills = [fill for fill in call.member.fills if fill.order.listing.is_spot]
    rows = [row for fill in page(call, fills, lambda one: one.trade_id, lambda one: one.ts_ms) for row in _bills(fill)]
    return [row for row in rows if wanted in ("", row["coin"])]


def _bills(fill: Execution) -> list[dict[str, str]]:
    there, is_buy = fill.order.listing.instrument, fill.order.core.is_buy
    base, quote = (fill.size, -fill.amount) if is_buy else (-fill.size, fill.amount)
    both = ((there.base, base, "buy" if is_buy else "sell"), (there.quote, quote, "buy" if is_buy else "sell"))
    return [
        {
            "cTime": str(fill.ts_ms),
            "coin": coin,
            "groupType": "transaction",
            "businessType": kind,
            "size": plain(size),
            "balance": "0",
            "fees": plain(-fill.fee) if coin == fill.fee_coin else "0",
            "billId": f"{fill.trade_id}{number}",
        }
        for number, (coin, size, kind) in enumerate(both)
    ]


def trade_rate(call: Call) -> dict[str, str]:
    """Fee rates of a pair."""
    product = (
        ListedProduct.PERPETUAL if call.choice("businessType", "spot", "mix", "margin") == "mix" else ListedProduct.SPOT
    )
    there = call.listing(product).instrument
    return {"makerFeeRate": plain(there.maker_fee), "takerFeeRate": plain(there.taker_fee)}


def place(call: Call) -> dict[str, str]:
    """One order."""
    check_window(call.text("requestTime"), call.text("receiveWindow"), call.now_ms)
    wanted = _wanted(call, call.listing(ListedProduct.SPOT))
    if _is_tpsl(call):
        return plans.place_tpsl(call, wanted)
    order = call.order_entry.place(wanted)
    return {"orderId": order.id, "clientOid": order.client_id}


def _is_tpsl(call: Call) -> bool:
    return call.choice("tpslType", "normal", plans.TPSL, default="normal") == plans.TPSL


def batch_place(call: Call) -> dict[str, Any]:
    """Up to fifty orders; each stands and falls on its own."""
    return _batch(call, lambda one, listing: call.order_entry.place(_wanted(one, listing)))


def cancel(call: Call) -> dict[str, str]:
    """Take one back."""
    if _is_tpsl(call):
        return plans.cancel_tpsl(call)
    order = _found(call, call.listing(ListedProduct.SPOT))
    call.order_entry.cancel(order)
    return {"orderId": order.id, "clientOid": order.client_id}


def batch_cancel(call: Call) -> dict[str, Any]:
    """Take several back. Where some entries name `orderId`, those that name a `clientOid` alone fail (reference 5.2)."""
    entries = call.list_of("orderList", BATCH_MAX)
    is_mixed = any(isinstance(entry, dict) and entry.get("orderId") for entry in entries)

    def take_back(one: Call, listing: Listing) -> AcceptedOrder:
        if is_mixed and not one.text("orderId"):
            raise missing("orderId")
        order = _found(one, listing)
        call.order_entry.cancel(order)
        return order

    return _batch(call, take_back)


def cancel_symbol(call: Call) -> dict[str, str]:
    """Asynchronous: answers at once, takes the orders that are open then back a moment later."""
    listing = call.listing(ListedProduct.SPOT)
    member, entry = call.member, call.order_entry

    def later() -> None:
        for order in member.open_of(ListedProduct.SPOT, listing.symbol):
            entry.cancel(order)

    call.venue.later(CANCEL_SYMBOL_NS, later)
    return {"symbol": listing.symbol}


def cancel_replace(call: Call) -> dict[str, Any]:
    """Cancel, then place: not atomic. A new order that is refused leaves the old one cancelled (reference 6.3)."""
    listing = call.listing(ListedProduct.SPOT)
    old = _found(call, listing)
    wanted = Wanted(
        listing,
        old.wanted.is_buy,
        is_market=False,
        force=old.wanted.force,
        size=call.needed("size"),
        price=call.needed("price"),
        client_id=call.text("newClientOid"),
        stp=old.wanted.stp,
    )
    call.order_entry.cancel(old)
    try:
        new = call.order_entry.place(wanted)
    except BitgetRefusal as refused:
        return {"orderId": "", "clientOid": old.client_id, "success": "failure", "msg": refused.message}
    by_client_id = not call.text("orderId")
    return {
        "orderId": "" if by_client_id else new.id,
        "clientOid": old.client_id if by_client_id else new.client_id,
        "success": "success",
        "msg": None,
    }


def batch_cancel_replace(call: Call) -> list[dict[str, Any]]:
    """Several of them: a flat list."""
    made = []
    for entry in call.list_of("orderList", BATCH_MAX):
        one = call.within(entry)
        try:
            made.append(cancel_replace(one))
        except BitgetRefusal as refused:
            made.append(
                {
                    "orderId": one.text("orderId"),
                    "clientOid": one.text("clientOid"),
                    "success": "failure",
                    "msg": refused.message,
                }
            )
    return made


def order_info(call: Call) -> list[dict[str, Any]]:
    """A list of one order, or an empty one."""
    check_window(call.text("requestTime"), call.text("receiveWindow"), call.now_ms)
    order_id, client_id = call.text("orderId"), call.text("clientOid")
    if not order_id and not client_id:
        raise missing("orderId")
    found = call.member.find(order_id, client_id)
    if found is None or not found.listing.is_spot:
        return []
    if not order_id and call.now_ms - found.created_ms > BY_CLIENT_ID_MS:
        return []
    return [order_view(call.member, found)]


def unfilled(call: Call) -> list[dict[str, Any]]:
    """Open orders."""
    if _is_tpsl(call):
        return plans.tpsl_page(call, is_live=True)
    rows = call.member.open_of(ListedProduct.SPOT, call.text("symbol").upper())
    return [unfilled_view(call.member, order) for order in _page(call, rows)]


def history(call: Call) -> list[dict[str, Any]]:
    """Orders that are done."""
    if _is_tpsl(call):
        return plans.tpsl_page(call, is_live=False)
    rows = call.member.done_of(ListedProduct.SPOT, call.text("symbol").upper())
    return [order_view(call.member, order) for order in _page(call, rows)]


def fills(call: Call) -> list[dict[str, Any]]:
    """Fills of a pair, or of all, or of an order."""
    symbol, order_id = call.text("symbol").upper(), call.text("orderId")
    rows = [
        fill
        for fill in call.member.fills
        if fill.order.listing.is_spot and symbol in ("", fill.order.listing.symbol) and order_id in ("", fill.order.id)
    ]
    found = page(call, rows, lambda fill: fill.trade_id, lambda fill: fill.ts_ms)
    return [fill_view(call.member, fill) for fill in found]


def _page(call: Call, rows: list[AcceptedOrder]) -> list[AcceptedOrder]:
    wanted = call.text("orderId")
    rows = [order for order in rows if wanted in ("", order.id)]
    return page(call, rows, lambda order: order.id, lambda order: order.created_ms)


def _wanted(call: Call, listing: Listing) -> Wanted:
    is_market = call.choice("orderType", "limit", "market") == "market"
    force = call.choice("force", "gtc", "ioc", "fok", "post_only", default="gtc" if is_market else "")
    return Wanted(
        listing,
        is_buy=call.choice("side", "buy", "sell") == "buy",
        is_market=is_market,
        force=force,
        size=call.needed("size"),
        price=call.text("price"),
        client_id=call.text("clientOid"),
        stp=call.choice("stpMode", *STP, default="none"),
    )


def _found(call: Call, listing: Listing) -> AcceptedOrder:
    order_id, client_id = call.text("orderId"), call.text("clientOid")
    if not order_id and not client_id:
        raise missing("orderId")
    found = call.member.find(order_id, client_id)
    if found is None or found.listing is not listing or not found.is_open:
        raise order_absent(is_spot=True, is_unified=False)
    return found


def _batch(call: Call, act: Callable[[Call, Listing], AcceptedOrder]) -> dict[str, Any]:
    """Do it to each entry of `orderList`; a list of those that went well, and one of those that did not."""
    is_multiple = call.choice("batchMode", "single", "multiple", default="single") == "multiple"
    outer = None if is_multiple else call.listing(ListedProduct.SPOT)
    done, failed = [], []
    for entry in call.list_of("orderList", BATCH_MAX):
        one = call.within(entry)
        try:
            order = act(one, outer or one.listing(ListedProduct.SPOT))
            done.append({"orderId": order.id, "clientOid": order.client_id})
        except BitgetRefusal as refused:
            failed.append(
                {
                    "orderId": one.text("orderId"),
                    "clientOid": one.text("clientOid"),
                    "errorMsg": refused.message,
                    "errorCode": refused.code,
                }
            )
    return {"successList": done, "failureList": failed}


def _spot(method: str, name: str, answer: Any, limit: int, lenient: int = 0, batch: str = "") -> PlayedEndpoint:
    return PlayedEndpoint(method, f"/api/v2/spot/{name}", answer, limit, "spot", method == "POST", lenient, batch)


ENDPOINTS: Final = (
    _spot("GET", "account/info", info, 1),
    _spot("GET", "account/assets", assets, 10),
    _spot("GET", "account/bills", bills, 10),
    PlayedEndpoint("GET", "/api/v2/common/trade-rate", trade_rate, 10, "spot"),
    _spot("POST", "trade/place-order", place, 10),
    _spot("POST", "trade/batch-orders", batch_place, 5, batch="orderList"),
    _spot("POST", "trade/cancel-order", cancel, 10),
    _spot("POST", "trade/batch-cancel-order", batch_cancel, 5, 10, "orderList"),
    _spot("POST", "trade/cancel-symbol-order", cancel_symbol, 5),
    _spot("POST", "trade/cancel-replace-order", cancel_replace, 5, 10),
    _spot("POST", "trade/batch-cancel-replace-order", batch_cancel_replace, 5, batch="orderList"),
    _spot("GET", "trade/orderInfo", order_info, 20),
    _spot("GET", "trade/unfilled-orders", unfilled, 20),
    _spot("GET", "trade/history-orders", history, 20),
    _spot("GET", "trade/fills", fills, 10),
)
"""Limits a second and UID: reference 5.1."""
