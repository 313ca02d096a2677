"""Trigger orders as the lists of V2 and V3 show them, and as their channels push them."""

from __future__ import annotations

from typing import Any, Final

from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.mix_views import pos_mode
from framework.sandbox.bitget.triggers import Trigger

PREFIXES: Final = {"stopLoss": "sl", "takeProfit": "tp", "triggerPrice": "trigger"}
"""What a strategy order is set off by -> how the names of its other fields begin."""
SHORT_KINDS: Final = {"trigger": "pl", "loss_plan": "sl", "profit_plan": "tp"}
"""Kinds of V2's perpetuals as their channel calls them."""
Row = dict[str, Any]


def spot_view(one: Trigger) -> Row:
    """V2 spot."""
    is_total = one.wanted.is_market and one.wanted.is_buy
    return {
        "orderId": one.id,
        "clientOid": one.client_id,
        "symbol": one.listing.symbol,
        "size": one.wanted.size,
        "planType": "total" if is_total else "amount",
        "executePrice": one.wanted.price,
        "triggerPrice": one.listing.instrument.price_text(one.points),
        "status": one.status,
        "orderType": "market" if one.wanted.is_market else "limit",
        "side": "buy" if one.wanted.is_buy else "sell",
        "triggerType": "mark_price" if one.by_mark else "fill_price",
        "enterPointSource": "API",
        "cTime": str(one.created_ms),
        "uTime": str(one.updated_ms),
    }


def mix_view(one: Trigger) -> Row:
    """V2 perpetuals."""
    is_single = one.wanted.hold_side == "net"
    shown = spot_view(one)
    return {
        **{name: value for name, value in shown.items() if name != "status"},
        "planStatus": one.status,
        "planType": "normal_plan" if one.kind == "trigger" else one.kind,
        "price": one.wanted.price,
        "callbackRatio": "",
        "executeOrderId": one.order_id,
        "posSide": one.wanted.hold_side,
        "tradeSide": shown["side"] + "_single" if is_single else "close" if one.wanted.closes else "open",
        "marginMode": one.wanted.margin_mode,
        "marginCoin": one.listing.quote,
        "reduceOnly": "YES" if one.wanted.reduce_only else "NO",
    }


def strategy_view(one: Trigger) -> Row:
    """V3."""
    price, order_type = one.listing.instrument.price_text(one.points), "market" if one.wanted.is_market else "limit"
    by = "mark" if one.by_mark else "market"
    shown: Row = {
        "orderId": one.id,
        "clientOid": one.client_id,
        "category": one.listing.product.value,
        "symbol": one.listing.symbol,
        "qty": one.wanted.size,
        "posSide": "" if one.listing.is_spot else one.wanted.hold_side,
        "status": {"live": "pending", "executed": "success", "fail_execute": "fail"}.get(one.status, one.status),
        "createdTime": str(one.created_ms),
        "updatedTime": str(one.updated_ms),
        "side": "buy" if one.wanted.is_buy else "sell",
    }
    for name, prefix in PREFIXES.items():
        is_it = name == (one.kind if one.kind in PREFIXES else "triggerPrice")
        price_name = "triggerOrderPrice" if prefix == "trigger" else f"{prefix}LimitPrice"
        shown[name] = price if is_it else ""
        shown["triggerBy" if prefix == "trigger" else f"{prefix}TriggerBy"] = by if is_it else ""
        shown[f"{prefix}OrderType"] = order_type if is_it else ""
        shown[price_name] = one.wanted.price if is_it else ""
    return shown


def spot_push(one: Trigger) -> Row:
    """V2 `orders-algo`, spot."""
    shown = spot_view(one)
    shown["instId"] = shown.pop("symbol")
    return {**shown, "price": shown["executePrice"], "actualSize": _made(one)}


def mix_push(member: Member, one: Trigger) -> Row:
    """V2 `orders-algo`, perpetuals: a channel that calls kinds by two letters."""
    shown = mix_view(one)
    for name in ("callbackRatio", "executeOrderId", "marginMode", "reduceOnly", "executePrice"):
        del shown[name]
    shown["instId"], shown["status"] = shown.pop("symbol"), shown.pop("planStatus")
    shown["planType"] = SHORT_KINDS[one.kind]
    triggered = {"triggerTime": str(one.updated_ms), "actualSize": _made(one), "posMode": pos_mode(member)}
    return {**shown, **triggered, "stopSurplusTriggerType": "fill_price", "stopLossTriggerType": "fill_price"}


def strategy_push(one: Trigger) -> Row:
    """V3 `strategy-order`."""
    shown = strategy_view(one)
    kind = "trigger" if one.kind == "trigger" else "tpsl"
    shown["category"], shown["reduceOnly"] = shown["category"].lower(), "yes" if one.wanted.reduce_only else "no"
    return {**shown, "type": kind, "triggerType": one.kind}


def _made(one: Trigger) -> str:
    return one.wanted.size if one.order_id else "0"
