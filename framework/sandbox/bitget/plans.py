"""Endpoints of trigger orders: V2 `*-plan-order`, spot and perpetuals, and V3 `*-strategy-order`."""

from __future__ import annotations

from typing import Any, Final

from framework.model.errors import GridError
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.order import Wanted
from framework.sandbox.bitget.order_entry import made_up
from framework.sandbox.bitget.pages import page
from framework.sandbox.bitget.plan_views import PREFIXES, mix_view, spot_view, strategy_view
from framework.sandbox.bitget.refused import BitgetRefusal, missing, order_absent, unknown_symbol, wrong
from framework.sandbox.bitget.triggers import Trigger
from framework.sandbox.bitget.wanted import mix_wanted, unified_wanted

ABSENT: Final = ("43025", "Plan order does not exist")
TPSL: Final = "tpsl"
STOPS: Final = ("loss_plan", "profit_plan")
"""What `orders-plan-pending` lists as `profit_loss`."""
BY_MARK: Final = {"mark", "mark_price"}
Row = dict[str, Any]


def place_spot(call: Call) -> Row:
    """V2 spot."""
    listing = call.listing(ListedProduct.SPOT)
    is_market = call.choice("orderType", "limit", "market") == "market"
    wanted = Wanted(
        listing,
        is_buy=call.choice("side", "buy", "sell") == "buy",
        is_market=is_market,
        force=call.choice("force", "gtc", "ioc", "fok", "post_only", default="gtc"),
        size=call.needed("size"),
        price="" if is_market else call.needed("executePrice"),
        stp=call.choice("stpMode", "none", "cancel_taker", "cancel_maker", "cancel_both", default="none"),
    )
    return _placed(call, wanted, "triggerPrice", call.text("triggerType", "fill_price"))


def place_mix(call: Call) -> Row:
    """V2 perpetuals: `price` is that of the order."""
    if call.product("productType") is not ListedProduct.PERPETUAL:
        raise unknown_symbol(call.text("symbol"), is_unified=False)
    wanted = mix_wanted(call, call.listing(ListedProduct.PERPETUAL))
    wanted.client_id = ""
    return _placed(call, wanted, "triggerPrice", call.text("triggerType", "mark_price"))


def place_stop(call: Call) -> Row:
    """V2 perpetuals: closes a position, or a part of it."""
    listing, is_hedged = call.listing(ListedProduct.PERPETUAL), call.member.is_hedged
    kind, price = call.choice("planType", *STOPS), call.text("executePrice")
    holds = call.choice("holdSide", *(("long", "short") if is_hedged else ("buy", "sell")))
    wanted = Wanted(
        listing,
        is_buy=holds in ("sell", "short"),
        is_market=not price or not float(price),
        force="gtc",
        size=call.needed("size"),
        price=price,
        stp=call.choice("stpMode", "none", "cancel_taker", "cancel_maker", "cancel_both", default="none"),
        reduce_only=not is_hedged,
        hold_side=holds if is_hedged else "net",
        closes=is_hedged,
    )
    return _placed(call, wanted, "triggerPrice", call.text("triggerType", "fill_price"), kind)


def place_tpsl(call: Call, wanted: Wanted) -> Row:
    """V2 spot, by the path of orders: `tpslType` is tpsl."""
    wanted.client_id = ""
    return _placed(call, wanted, "triggerPrice", "fill_price", TPSL)


def place_strategy(call: Call) -> Row:
    """V3: a trigger price, or a take-profit or stop-loss with its order's type and price."""
    name = next((one for one in PREFIXES if call.text(one)), "")
    if not name:
        raise missing("triggerPrice", is_unified=True)
    prefix = PREFIXES[name]
    order_price = "triggerOrderPrice" if prefix == "trigger" else f"{prefix}LimitPrice"
    by = call.text("triggerBy" if prefix == "trigger" else f"{prefix}TriggerBy", "market")
    shape = {"orderType": call.text(f"{prefix}OrderType", "market"), "price": call.text(order_price)}
    wanted = unified_wanted(call.within({**call.params, **shape}))
    wanted.client_id = ""
    return _placed(call, wanted, name, by)


def _placed(call: Call, wanted: Wanted, name: str, by: str, kind: str = "") -> Row:
    listing, by_mark = wanted.listing, by in BY_MARK
    triggers = call.venue.triggers[call.member.uid]
    points = _points(call, listing, call.needed(name))
    number = call.venue.next_number()
    is_rise = points > triggers.price(listing, by_mark=by_mark)
    client_id = call.text("clientOid") or made_up(number)
    kind = kind or ("trigger" if name == "triggerPrice" else name)
    triggers.add(Trigger(number, client_id, wanted, points, is_rise, by_mark, call.now_ms, call.now_ms, kind))
    return {"orderId": number, "clientOid": client_id}


def _points(call: Call, listing: Listing, text: str) -> int:
    try:
        points = listing.instrument.data_price(text)
    except GridError as error:
        raise wrong("triggerPrice", is_unified=call.is_unified) from error
    if not points:
        raise wrong("triggerPrice", is_unified=call.is_unified)
    return points


def modify_spot(call: Call) -> Row:
    """V2 spot: new trigger price, price or size."""
    trigger = _found(call)
    trigger.points = _points(call, trigger.listing, call.needed("triggerPrice"))
    trigger.wanted.price = call.text("executePrice", trigger.wanted.price)
    trigger.wanted.size = call.text("size", trigger.wanted.size)
    trigger.updated_ms = call.now_ms
    return {"orderId": trigger.id, "clientOid": trigger.client_id}


def modify_strategy(call: Call) -> Row:
    """V3: new prices or size."""
    trigger = _found(call)
    name = "triggerPrice" if trigger.kind == "trigger" else trigger.kind
    if call.text(name):
        trigger.points = _points(call, trigger.listing, call.needed(name))
    trigger.wanted.size = call.text("qty", trigger.wanted.size)
    trigger.updated_ms = call.now_ms
    return {"clientOid": trigger.client_id, "orderId": trigger.id}


def cancel_spot(call: Call) -> Row:
    """V2 spot."""
    _cancel(call, _found(call))
    return {"result": "success"}


def cancel_strategy(call: Call) -> None:
    """V3: answers nothing."""
    _cancel(call, _found(call))


def cancel_all_spot(call: Call) -> Row:
    """V2 spot: those of `symbolList`, or all."""
    symbols = call.params.get("symbolList") or []
    if not isinstance(symbols, list):
        raise wrong("symbolList")
    rows = call.venue.triggers[call.member.uid].of(ListedProduct.SPOT)
    return _cancelled(call, [one for one in rows if not symbols or one.listing.symbol in symbols])


def cancel_mix(call: Call) -> Row:
    """V2 perpetuals: those of `orderIdList`, else of the pair, else all."""
    entries, symbol = call.params.get("orderIdList"), call.text("symbol").upper()
    if entries is None:
        return _cancelled(
            call, _of_type(call, call.venue.triggers[call.member.uid].of(ListedProduct.PERPETUAL, symbol))
        )
    if not isinstance(entries, list):
        raise wrong("orderIdList")
    done, failed = [], []
    for entry in entries:
        one = call.within(entry)
        try:
            trigger = _found(one)
            _cancel(call, trigger)
            done.append({"orderId": trigger.id, "clientOid": trigger.client_id})
        except BitgetRefusal as refused:
            names = {"orderId": one.text("orderId"), "clientOid": one.text("clientOid")}
            failed.append({**names, "errorMsg": refused.message, "errorCode": refused.code})
    return {"successList": done, "failureList": failed}


def _cancelled(call: Call, rows: list[Trigger]) -> Row:
    for one in rows:
        _cancel(call, one)
    return {"successList": [{"orderId": one.id, "clientOid": one.client_id} for one in rows], "failureList": []}


def _cancel(call: Call, trigger: Trigger) -> None:
    call.venue.triggers[call.member.uid].cancel(trigger, call.now_ms)


def _found(call: Call) -> Trigger:
    order_id, client_id = call.text("orderId"), call.text("clientOid")
    if not order_id and not client_id:
        raise missing("orderId", is_unified=call.is_unified)
    found = call.venue.triggers[call.member.uid].find(order_id, client_id)
    if found is None:
        raise order_absent(is_spot=False, is_unified=True) if call.is_unified else BitgetRefusal(*ABSENT)
    return found


def spot_waiting(call: Call) -> Row:
    """V2 spot: those that wait."""
    return _spot_page(call, is_live=True)


def spot_done(call: Call) -> Row:
    """V2 spot: those that are done."""
    return _spot_page(call, is_live=False)


def _of_type(call: Call, rows: list[Trigger]) -> list[Trigger]:
    """Those of `planType`: one kind of stop, all of them, or what is none; without it, every one."""
    asked = call.text("planType")
    kinds = {"": None, "normal_plan": ("trigger",), "profit_loss": STOPS}.get(asked, (asked,))
    return [one for one in rows if kinds is None or one.kind in kinds]


def cancel_tpsl(call: Call) -> Row:
    """V2 spot, by the path of orders."""
    trigger = _found(call)
    _cancel(call, trigger)
    return {"orderId": trigger.id, "clientOid": trigger.client_id}


def tpsl_page(call: Call, *, is_live: bool) -> list[Row]:
    """V2 spot, by the paths of orders: a bare list."""
    found = call.venue.triggers[call.member.uid].of(ListedProduct.SPOT, call.text("symbol").upper(), is_live=is_live)
    return [spot_view(one) for one in _page(call, [one for one in found if one.kind == TPSL])]


def _page(call: Call, rows: list[Trigger], cursor: str = "idLessThan") -> list[Trigger]:
    return page(call, rows, lambda one: one.id, lambda one: one.created_ms, cursor=cursor)


def _rows(call: Call, product: ListedProduct, *, is_live: bool, cursor: str = "idLessThan") -> list[Trigger]:
    found = call.venue.triggers[call.member.uid].of(product, call.text("symbol").upper(), is_live=is_live)
    return _page(call, found, cursor)


def _spot_page(call: Call, *, is_live: bool) -> Row:
    rows = [spot_view(one) for one in _rows(call, ListedProduct.SPOT, is_live=is_live) if one.kind != TPSL]
    return {"nextFlag": False, "idLessThan": rows[-1]["orderId"] if rows else None, "orderList": rows}


def sub_orders(call: Call) -> list[Row]:
    """V2 spot: what one of them became."""
    trigger = call.venue.triggers[call.member.uid].all.get(call.needed("planOrderId"))
    if trigger is None or not trigger.order_id:
        return []
    kind = "market" if trigger.wanted.is_market else "limit"
    return [{"orderId": trigger.order_id, "price": trigger.wanted.price, "type": kind, "status": "success"}]


def mix_waiting(call: Call) -> Row:
    """V2 perpetuals: those that wait."""
    return _mix_page(call, is_live=True)


def mix_done(call: Call) -> Row:
    """V2 perpetuals: those that are done."""
    return _mix_page(call, is_live=False)


def _mix_page(call: Call, *, is_live: bool) -> Row:
    rows = [mix_view(one) for one in _of_type(call, _rows(call, ListedProduct.PERPETUAL, is_live=is_live))]
    return {"entrustedList": rows or None, "endId": rows[-1]["orderId"] if rows else None}


def strategies_waiting(call: Call) -> list[Row]:
    """V3: a bare list."""
    return [strategy_view(one) for one in _rows(call, _product(call), is_live=True, cursor="cursor")]


def strategies_done(call: Call) -> Row:
    """V3: a list with a cursor."""
    rows = [strategy_view(one) for one in _rows(call, _product(call), is_live=False, cursor="cursor")]
    return {"list": rows, "cursor": rows[-1]["orderId"] if rows else ""}


def _product(call: Call) -> ListedProduct:
    product = call.product("category")
    if product is None:
        raise wrong("category", is_unified=True)
    return product


def _spot(method: str, name: str, answer: Any) -> PlayedEndpoint:
    return PlayedEndpoint(method, f"/api/v2/spot/trade/{name}", answer, 20, "spot", method == "POST")


def _mix(method: str, name: str, answer: Any) -> PlayedEndpoint:
    return PlayedEndpoint(method, f"/api/v2/mix/order/{name}", answer, 10, "futures", method == "POST")


def _v3(method: str, name: str, answer: Any) -> PlayedEndpoint:
    return PlayedEndpoint(method, f"/api/v3/trade/{name}", answer, 10, "uta_trade", method == "POST")


ENDPOINTS: Final = (
    _spot("POST", "place-plan-order", place_spot),
    _spot("POST", "modify-plan-order", modify_spot),
    _spot("POST", "cancel-plan-order", cancel_spot),
    _spot("POST", "batch-cancel-plan-order", cancel_all_spot),
    _spot("GET", "current-plan-order", spot_waiting),
    _spot("GET", "history-plan-order", spot_done),
    _spot("GET", "plan-sub-order", sub_orders),
    _mix("POST", "place-plan-order", place_mix),
    _mix("POST", "place-tpsl-order", place_stop),
    _mix("POST", "cancel-plan-order", cancel_mix),
    _mix("GET", "orders-plan-pending", mix_waiting),
    _mix("GET", "orders-plan-history", mix_done),
    _v3("POST", "place-strategy-order", place_strategy),
    _v3("POST", "modify-strategy-order", modify_strategy),
    _v3("POST", "cancel-strategy-order", cancel_strategy),
    _v3("GET", "unfilled-strategy-orders", strategies_waiting),
    _v3("GET", "history-strategy-orders", strategies_done),
)
"""Limits a second and UID: reference 5.1."""
