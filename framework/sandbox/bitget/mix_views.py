"""V2 perpetuals: how orders, fills, positions and the account look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from framework.model.money import MONEY, ZERO, plain
from framework.sandbox.bitget.figures import averaged
from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order import AcceptedOrder, Execution
from framework.sandbox.bitget.position import AccountPosition


def order_view(member: Member, order: AcceptedOrder, status: str = "status") -> dict[str, Any]:
    """An order. `detail` calls its status `state`; hedge closes show the position's side (reference 7)."""
    there = order.listing.instrument
    return {
        "symbol": order.listing.symbol,
        "size": there.size_text(order.core.size_points),
        "orderId": order.id,
        "clientOid": order.client_id,
        "baseVolume": plain(order.filled),
        "fee": plain(-sum(order.fees.values(), ZERO)),
        "price": "" if order.wanted.is_market else there.price_text(order.core.price_points),
        "priceAvg": averaged(order.average) if order.core.filled_points else "",
        status: order.status,
        "side": shown_side(order),
        "force": order.wanted.force,
        "totalProfits": plain(order.profit),
        "posSide": hold_side(order),
        "marginCoin": order.listing.quote,
        "presetStopSurplusPrice": "",
        "presetStopLossPrice": "",
        "quoteVolume": plain(order.quote_filled),
        "orderType": "market" if order.wanted.is_market else "limit",
        "leverage": str(order.leverage),
        "marginMode": order.wanted.margin_mode,
        "reduceOnly": "YES" if order.wanted.reduce_only else "NO",
        "enterPointSource": "API",
        "tradeSide": trade_side(order),
        "posMode": pos_mode(member),
        "orderSource": "market" if order.wanted.is_market else "normal",
        "cancelReason": order.cancel_reason,
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
    }


def fill_view(member: Member, fill: Execution) -> dict[str, Any]:
    """A fill. Negative fees are paid."""
    order = fill.order
    return {
        "tradeId": fill.trade_id,
        "symbol": order.listing.symbol,
        "orderId": order.id,
        "price": plain(fill.price),
        "baseVolume": plain(fill.size),
        "feeDetail": [fee_row(fill)],
        "side": shown_side(order),
        "quoteVolume": plain(fill.amount),
        "profit": plain(fill.profit),
        "enterPointSource": "api",
        "tradeSide": trade_side(order),
        "posMode": pos_mode(member),
        "tradeScope": "maker" if fill.is_maker else "taker",
        "cTime": str(fill.ts_ms),
    }


def fee_row(fill: Execution) -> dict[str, str]:
    """The fee, negative when paid."""
    return {
        "deduction": "no",
        "feeCoin": fill.fee_coin,
        "totalDeductionFee": "0",
        "totalFee": plain(-fill.fee),
    }


def position_view(member: Member, position: AccountPosition, market: ListedMarket) -> dict[str, Any]:
    """A position."""
    mark = mark_of(market)
    gain = position.unrealised(mark)
    return {
        "marginCoin": position.listing.quote,
        "symbol": position.listing.symbol,
        "holdSide": position.side,
        "openDelegateSize": "0",
        "marginSize": averaged(position.margin),
        "available": plain(position.size),
        "locked": open_size(member, position),
        "total": plain(position.size),
        "leverage": str(position.leverage),
        "achievedProfits": plain(position.profit),
        "openPriceAvg": averaged(position.open_price),
        "marginMode": position.margin_mode,
        "posMode": pos_mode(member),
        "unrealizedPL": averaged(gain),
        "liquidationPrice": "0",
        "keepMarginRate": "0.004",
        "markPrice": plain(mark),
        "breakEvenPrice": averaged(position.open_price),
        "totalFee": plain(position.funding) if position.funding else "",
        "deductedFee": plain(position.fees),
        "marginRatio": "0",
        "cTime": str(position.created_ms),
        "uTime": str(position.updated_ms),
    }


def account_view(member: Member, gain: Decimal) -> dict[str, Any]:
    """The futures wallet."""
    wallet = member.wallets[ListedProduct.PERPETUAL]
    free, equity = wallet.free("USDT"), MONEY.add(wallet.held("USDT"), gain)
    return {
        "marginCoin": "USDT",
        "locked": plain(wallet.frozen.get("USDT", ZERO)),
        "available": plain(free),
        "crossedMaxAvailable": plain(free),
        "isolatedMaxAvailable": plain(free),
        "maxTransferOut": plain(free),
        "accountEquity": plain(equity),
        "usdtEquity": plain(equity),
        "btcEquity": "0",
        "crossedRiskRate": "0",
        "unrealizedPL": plain(gain),
        "coupon": "0",
        "crossedUnrealizedPL": plain(gain),
        "isolatedUnrealizedPL": "0",
        "assetMode": "single",
    }


def hold_side(order: AcceptedOrder) -> str:
    """long, short, or net in one-way mode."""
    return order.wanted.hold_side


def trade_side(order: AcceptedOrder) -> str:
    """open or close in hedge mode; `buy_single`, `sell_single` in one-way mode."""
    if order.wanted.hold_side == "net":
        return f"{order.side}_single"
    return "close" if order.wanted.closes else "open"


def shown_side(order: AcceptedOrder) -> str:
    """V2's side: the position's in hedge mode, the trade's else."""
    if order.wanted.hold_side == "net":
        return order.side
    return "buy" if order.wanted.hold_side == "long" else "sell"


def pos_mode(member: Member) -> str:
    """hedge_mode or one_way_mode."""
    return "hedge_mode" if member.is_hedged else "one_way_mode"


def mark_of(market: ListedMarket) -> Decimal:
    """The mark price: the middle of the book."""
    points = market.displayed.mid_doubled() // 2 or market.last_points
    return market.listing.instrument.price_exact(points)


def open_size(member: Member, position: AccountPosition) -> str:
    """What closing orders hold of a position."""
    listing: Listing = position.listing
    left = sum(
        order.core.left_points
        for order in member.open_of(listing.product, listing.symbol)
        if order.wanted.closes and order.wanted.hold_side == position.hold_side
    )
    return listing.instrument.size_text(left)
