"""Rows of the private channels: what is told of an order, a fill, the money and the positions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from framework.model.money import MONEY, ZERO, plain
from framework.sandbox.bitget import mix_views, unified_views
from framework.sandbox.bitget.figures import averaged
from framework.sandbox.bitget.listings import ListedProduct
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.mix_views import mark_of
from framework.sandbox.bitget.order import AcceptedOrder, Execution
from framework.sandbox.bitget.spot_views import asked
from framework.sandbox.bitget.venue import BitgetVenue


def spot_order(order: AcceptedOrder, fill: Execution | None) -> dict[str, Any]:
    """V2 `orders`, spot: `size` is the notional there, `newSize` the size (reference 9.5)."""
    there = order.listing.instrument
    size = asked(order)
    notional = size if order.is_quote_sized else there.notional(order.core.price_points, order.core.size_points)
    row = {
        "instId": order.listing.symbol,
        "orderId": order.id,
        "clientOid": order.client_id,
        "size": plain(notional),
        "newSize": plain(size),
        "notional": plain(notional),
        "orderType": "market" if order.wanted.is_market else "limit",
        "force": order.wanted.force,
        "side": order.side,
        "accBaseVolume": plain(order.filled),
        "priceAvg": averaged(order.average),
        "status": order.status,
        "cTime": str(order.created_ms),
        "uTime": str(order.updated_ms),
        "stpMode": order.wanted.stp,
        "feeDetail": [{"feeCoin": coin, "fee": plain(-fee)} for coin, fee in order.fees.items()],
        "enterPointSource": "API",
    }
    if not order.wanted.is_market:
        row["price"] = there.price_text(order.core.price_points)
    return row | (_filled(fill) if fill is not None else {})


def mix_order(member: Member, order: AcceptedOrder, fill: Execution | None) -> dict[str, Any]:
    """V2 `orders`, perpetuals."""
    there = order.listing.instrument
    row = {
        "accBaseVolume": plain(order.filled),
        "cTime": str(order.created_ms),
        "clientOid": order.client_id,
        "enterPointSource": "API",
        "feeDetail": [{"feeCoin": coin, "fee": plain(-fee)} for coin, fee in order.fees.items()],
        "force": order.wanted.force,
        "instId": order.listing.symbol,
        "leverage": str(order.leverage),
        "marginCoin": order.listing.quote,
        "marginMode": order.wanted.margin_mode,
        "notionalUsd": plain(there.notional(order.core.price_points, order.core.size_points)),
        "orderId": order.id,
        "orderType": "market" if order.wanted.is_market else "limit",
        "posMode": mix_views.pos_mode(member),
        "posSide": mix_views.hold_side(order),
        "price": there.price_text(order.core.price_points),
        "priceAvg": averaged(order.average),
        "reduceOnly": "yes" if order.wanted.reduce_only else "no",
        "side": mix_views.shown_side(order),
        "size": there.size_text(order.core.size_points),
        "status": order.status,
        "stpMode": order.wanted.stp,
        "tradeSide": mix_views.trade_side(order),
        "uTime": str(order.updated_ms),
    }
    if fill is None:
        return row
    return row | _filled(fill) | {"fillNotionalUsd": plain(fill.amount), "pnl": plain(fill.profit)}


def _filled(fill: Execution) -> dict[str, str]:
    return {
        "fillPrice": plain(fill.price),
        "tradeId": fill.trade_id,
        "baseVolume": plain(fill.size),
        "fillTime": str(fill.ts_ms),
        "fillFee": plain(-fill.fee),
        "fillFeeCoin": fill.fee_coin,
        "tradeScope": "M" if fill.is_maker else "T",
    }


def spot_fill(fill: Execution) -> dict[str, Any]:
    """V2 `fill`, spot: fees that are paid are positive here, and nowhere else in V2 (reference 9.5)."""
    order = fill.order
    return {
        "orderId": order.id,
        "tradeId": fill.trade_id,
        "symbol": order.listing.symbol,
        "orderType": "market" if order.wanted.is_market else "limit",
        "side": order.side,
        "priceAvg": plain(fill.price),
        "size": plain(fill.size),
        "amount": plain(fill.amount),
        "tradeScope": "maker" if fill.is_maker else "taker",
        "feeDetail": [{**mix_views.fee_row(fill), "totalFee": plain(fill.fee)}],
        "cTime": str(fill.ts_ms),
        "uTime": str(fill.ts_ms),
    }


def mix_fill(member: Member, fill: Execution) -> dict[str, Any]:
    """V2 `fill`, perpetuals: negative fees are paid."""
    shown = mix_views.fill_view(member, fill)
    kind = "market" if fill.order.wanted.is_market else "limit"
    return {**shown, "orderType": kind, "uTime": shown["cTime"]}


def spot_account(member: Member, coins: list[str]) -> list[dict[str, str]]:
    """V2 `account`, spot: the coins that changed."""
    wallet = member.wallets[ListedProduct.SPOT]
    return [
        {
            "coin": coin,
            "available": plain(wallet.free(coin)),
            "frozen": plain(wallet.frozen.get(coin, ZERO)),
            "locked": "0",
            "limitAvailable": "0",
            "uTime": str(wallet.changed_ms.get(coin, 0)),
        }
        for coin in coins
    ]


def mix_account(member: Member, gain: Decimal) -> dict[str, str]:
    """V2 `account`, perpetuals."""
    shown = mix_views.account_view(member, gain)
    return {
        "marginCoin": "USDT",
        "frozen": shown["locked"],
        "available": shown["available"],
        "maxOpenPosAvailable": shown["available"],
        "maxTransferOut": shown["available"],
        "equity": shown["accountEquity"],
        "usdtEquity": shown["usdtEquity"],
        "unrealizedPL": shown["unrealizedPL"],
    }


def mix_positions(venue: BitgetVenue, member: Member) -> list[dict[str, Any]]:
    """V2 `positions`: all of them each time; one that is closed is no longer there."""
    rows = []
    for position in member.held_positions(ListedProduct.PERPETUAL):
        shown = mix_views.position_view(member, position, venue.market(position.listing))
        shown["instId"], shown["posId"] = shown.pop("symbol"), str(position.created_ms)
        shown["frozen"], shown["leverage"] = shown.pop("locked"), position.leverage
        shown |= {"unrealizedPLR": "0", "marginRate": shown.pop("marginRatio"), "autoMargin": "off"}
        rows.append(shown)
    return rows


def unified_positions(venue: BitgetVenue, member: Member) -> list[dict[str, Any]]:
    """V3 `position`."""
    rows = []
    for position in member.positions.values():
        shown = unified_views.position_view(member, position, venue.market(position.listing))
        shown["size"], shown["marginSize"] = shown["total"], shown.pop("positionBalance")
        shown["liqPrice"], shown["totalFundingFee"] = shown.pop("liquidationPrice"), shown.pop("totalFunding")
        rows.append(shown)
    return rows


def worth(venue: BitgetVenue) -> dict[str, Decimal]:
    """Coin -> its price in USDT, where there is one."""
    found = {"USDT": Decimal(1)}
    for listing, market in venue.markets.items():
        if listing.is_spot and market.last_points:
            found[listing.base] = mark_of(market)
    return found


def gain(venue: BitgetVenue, member: Member) -> Decimal:
    """What all positions would bring if they were closed."""
    total = ZERO
    for position in member.held_positions(ListedProduct.PERPETUAL):
        total = MONEY.add(total, position.unrealised(mark_of(venue.market(position.listing))))
    return total
