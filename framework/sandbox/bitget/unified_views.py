"""V3: how orders, fills, positions and balances look. Fees that are paid are positive everywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from framework.model.money import MONEY, ZERO, plain
from framework.sandbox.bitget.figures import averaged
from framework.sandbox.bitget.listings import ListedProduct
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.mix_views import hold_side, mark_of, open_size, trade_side
from framework.sandbox.bitget.order import AcceptedOrder, Execution
from framework.sandbox.bitget.position import AccountPosition


def order_view(member: Member, order: AcceptedOrder) -> dict[str, Any]:
    """As queries show it."""
    there, is_spot = order.listing.instrument, order.listing.is_spot
    return {
        "orderId": order.id,
        "clientOid": order.client_id,
        "category": order.listing.product.value,
        "symbol": order.listing.symbol,
        "orderType": "market" if order.wanted.is_market else "limit",
        "side": order.side,
        "price": "" if order.wanted.is_market else there.price_text(order.core.price_points),
        "qty": "0" if order.is_quote_sized else there.size_text(order.core.size_points),
        "amount": order.wanted.size if order.is_quote_sized else "0",
        "cumExecQty": plain(order.filled),
        "cumExecValue": plain(order.quote_filled),
        "avgPrice": averaged(order.average),
        "timeInForce": order.wanted.force,
        "orderStatus": order.status,
        "posSide": "" if is_spot else hold_side(order),
        "holdMode": hold_mode(member),
        "reduceOnly": "YES" if order.wanted.reduce_only else "NO",
        "feeDetail": [{"feeCoin": coin, "fee": plain(fee)} for coin, fee in order.fees.items()]
        or [{"feeCoin": "", "fee": ""}],
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
        "cancelReason": order.cancel_reason,
        "execType": "normal",
        "delegateType": "normal",
        "tradeSide": "" if is_spot else trade_side(order),
        "marginMode": order.wanted.margin_mode,
        "stpMode": order.wanted.stp,
        **dict.fromkeys(
            ("tpTriggerBy", "slTriggerBy", "takeProfit", "stopLoss", "tpOrderType", "slOrderType", "tpLimitPrice"), None
        ),
        "slLimitPrice": None,
    }


def order_push(member: Member, order: AcceptedOrder) -> dict[str, Any]:
    """As the `order` topic shows it."""
    shown = order_view(member, order)
    for name in ("tpTriggerBy", "slTriggerBy", "takeProfit", "stopLoss", "tpOrderType", "slOrderType"):
        del shown[name]
    return {
        **{name: value for name, value in shown.items() if name not in ("tpLimitPrice", "slLimitPrice", "posSide")},
        "category": order.listing.product.value.lower(),
        "holdSide": "" if order.listing.is_spot else hold_side(order),
        "marginCoin": order.listing.quote,
        "reduceOnly": "yes" if order.wanted.reduce_only else "no",
        "totalProfit": plain(order.profit),
        "leverage": str(order.leverage),
    }


def fill_view(fill: Execution) -> dict[str, Any]:
    """A fill."""
    order = fill.order
    return {
        "execId": fill.trade_id,
        "execLinkId": fill.trade_id,
        "orderId": order.id,
        "clientOid": order.client_id,
        "category": order.listing.product.value,
        "symbol": order.listing.symbol,
        "orderType": "market" if order.wanted.is_market else "limit",
        "side": order.side,
        "execPrice": plain(fill.price),
        "execQty": plain(fill.size),
        "execValue": plain(fill.amount),
        "tradeScope": "maker" if fill.is_maker else "taker",
        "tradeSide": "" if order.listing.is_spot else trade_side(order),
        "feeDetail": [{"feeCoin": fill.fee_coin, "fee": plain(fill.fee)}],
        "createdTime": str(fill.ts_ms),
        "updatedTime": str(fill.ts_ms),
        "execPnl": plain(fill.profit),
        "isRPI": "no",
    }


def fill_push(fill: Execution) -> dict[str, Any]:
    """As the `fill` topic shows it."""
    shown = {name: value for name, value in fill_view(fill).items() if name != "createdTime"}
    side = "" if fill.order.listing.is_spot else hold_side(fill.order)
    return {**shown, "execTime": str(fill.ts_ms), "holdSide": side}


def position_view(member: Member, position: AccountPosition, market: ListedMarket) -> dict[str, Any]:
    """A position."""
    mark = mark_of(market)
    gain = position.unrealised(mark)
    return {
        "category": ListedProduct.PERPETUAL.value,
        "symbol": position.listing.symbol,
        "marginCoin": position.listing.quote,
        "holdMode": hold_mode(member),
        "posSide": position.side,
        "marginMode": position.margin_mode,
        "positionBalance": plain(position.margin),
        "available": plain(position.size),
        "frozen": open_size(member, position),
        "total": plain(position.size),
        "leverage": str(position.leverage),
        "curRealisedPnl": plain(position.profit),
        "avgPrice": averaged(position.open_price),
        "positionStatus": "normal" if position.points else "ended",
        "unrealisedPnl": averaged(gain),
        "liquidationPrice": "0",
        "mmr": "0.004",
        "profitRate": averaged(MONEY.divide(gain, position.margin)) if position.margin else "0",
        "markPrice": plain(mark),
        "breakEvenPrice": averaged(position.open_price),
        "totalFunding": plain(position.funding),
        "openFeeTotal": plain(-position.fees),
        "closeFeeTotal": "0",
        "createdTime": str(position.created_ms),
        "updatedTime": str(position.updated_ms),
    }


def assets_view(member: Member, worth: dict[str, Decimal], gain: Decimal) -> dict[str, Any]:
    """The one wallet. `balance` leaves out what positions have not realised."""
    wallet = member.wallets[ListedProduct.SPOT]
    rows = []
    total = gain
    for coin in wallet.available:
        held = wallet.held(coin)
        value = MONEY.multiply(held, worth.get(coin, ZERO))
        total = MONEY.add(total, value)
        rows.append(
            {
                "coin": coin,
                "equity": plain(held + gain if coin == "USDT" else held),
                "usdValue": averaged(value),
                "balance": plain(held),
                "available": plain(wallet.free(coin)),
                "debt": "0",
                "locked": plain(wallet.frozen.get(coin, ZERO)),
            }
        )
    bitcoin = worth.get("BTC", ZERO)
    return {
        "accountEquity": averaged(total),
        "usdtEquity": averaged(total),
        "btcEquity": averaged(MONEY.divide(total, bitcoin)) if bitcoin else "0",
        "unrealisedPnl": averaged(gain),
        "usdtUnrealisedPnl": averaged(gain),
        "btcUnrealizedPnl": "0",
        "effEquity": averaged(total),
        "mmr": "0",
        "imr": "0",
        "mgnRatio": "0",
        "positionMgnRatio": "0",
        "assets": rows,
    }


def account_push(member: Member, worth: dict[str, Decimal], gain: Decimal) -> dict[str, Any]:
    """As the `account` topic shows it: other names than the query has."""
    shown = assets_view(member, worth, gain)
    coins = [
        {**{name: row[name] for name in row if name != "debt"}, "debts": "0", "borrow": "0"} for row in shown["assets"]
    ]
    return {
        "unrealisedPnL": shown["unrealisedPnl"],
        "totalEquity": shown["accountEquity"],
        "positionMgnRatio": "0",
        "mmr": "0",
        "effEquity": shown["effEquity"],
        "imr": "0",
        "mgnRatio": "0",
        "coin": coins,
    }


def hold_mode(member: Member) -> str:
    """hedge_mode or one_way_mode."""
    return "hedge_mode" if member.is_hedged else "one_way_mode"
