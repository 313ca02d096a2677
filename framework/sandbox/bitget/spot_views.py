"""V2 spot: how orders, fills and balances look. Its habits are kept: padding, JSON in text, `priceAvg` for the price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from framework.model.money import plain
from framework.sandbox.bitget.figures import averaged, padded
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order import AcceptedOrder, Execution


def order_view(member: Member, order: AcceptedOrder) -> dict[str, Any]:
    """As `orderInfo` and `history-orders` show it."""
    there = order.listing.instrument
    return {
        **_head(member, order),
        "price": padded(there.price_exact(order.core.price_points)),
        "size": padded(asked(order)),
        "orderType": "market" if order.wanted.is_market else "limit",
        "side": order.side,
        "status": order.status,
        "priceAvg": averaged(order.average),
        "baseVolume": padded(order.filled),
        "quoteVolume": padded(order.quote_filled),
        "enterPointSource": "API",
        "feeDetail": fee_text(order),
        "orderSource": "market" if order.wanted.is_market else "normal",
        "cancelReason": order.cancel_reason,
        "tpslType": "normal",
        "triggerPrice": None,
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
    }


def unfilled_view(member: Member, order: AcceptedOrder) -> dict[str, Any]:
    """As `unfilled-orders` shows it: `priceAvg` is the order's price there, `basePrice` the average (reference 6.4)."""
    there = order.listing.instrument
    return {
        **_head(member, order),
        "priceAvg": padded(there.price_exact(order.core.price_points)),
        "size": padded(asked(order)),
        "orderType": "market" if order.wanted.is_market else "limit",
        "side": order.side,
        "status": order.status,
        "basePrice": averaged(order.average),
        "baseVolume": padded(order.filled),
        "quoteVolume": padded(order.quote_filled),
        "enterPointSource": "API",
        "orderSource": "normal",
        "triggerPrice": None,
        "tpslType": "normal",
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
    }


def fill_view(member: Member, fill: Execution) -> dict[str, Any]:
    """A fill. Negative fees are paid."""
    order = fill.order
    return {
        "userId": member.uid,
        "symbol": order.listing.symbol,
        "orderId": order.id,
        "tradeId": fill.trade_id,
        "orderType": "market" if order.wanted.is_market else "limit",
        "side": order.side,
        "priceAvg": plain(fill.price),
        "size": plain(fill.size),
        "amount": plain(fill.amount),
        "feeDetail": {
            "deduction": "no",
            "feeCoin": fill.fee_coin,
            "totalDeductionFee": "",
            "totalFee": plain(-fill.fee),
        },
        "tradeScope": "maker" if fill.is_maker else "taker",
        "cTime": str(fill.ts_ms),
        "uTime": str(fill.ts_ms),
    }


def asset_view(coin: str, available: Decimal, frozen: Decimal, changed_ms: int) -> dict[str, str]:
    """What is held of a coin."""
    return {
        "coin": coin,
        "available": padded(available),
        "frozen": padded(frozen),
        "locked": padded(Decimal(0)),
        "limitAvailable": "0",
        "uTime": str(changed_ms),
    }


def asked(order: AcceptedOrder) -> Decimal:
    """The size that was asked for: in quote for a market buy."""
    if order.is_quote_sized:
        return Decimal(order.wanted.size)
    return order.listing.instrument.size_exact(order.core.size_points)


def fee_text(order: AcceptedOrder) -> str:
    """JSON within the JSON: empty while nothing is filled."""
    if not order.fees:
        return ""
    total = plain(-sum(order.fees.values(), Decimal(0)))
    new = f'"newFees":{{"c":0,"d":0,"deduction":false,"r":{total},"t":{total},"totalDeductionFee":0}}'
    coins = [
        f'"{coin}":{{"deduction":false,"feeCoinCode":"{coin}","totalDeductionFee":0,"totalFee":{plain(-fee)}}}'
        for coin, fee in order.fees.items()
    ]
    return "{" + ",".join([new, *coins]) + "}"


def _head(member: Member, order: AcceptedOrder) -> dict[str, str]:
    return {
        "userId": member.uid,
        "symbol": order.listing.symbol,
        "orderId": order.id,
        "clientOid": order.client_id,
    }
