"""V3 market data: no key needed."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from framework.model.money import plain
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.candles import rows_of
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.figures import Day, levels_text
from framework.sandbox.bitget.funding import HOURS, rate_row
from framework.sandbox.bitget.listings import LISTINGS, Filters, ListedProduct, Listing
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.refused import unknown_symbol

DEPTH_MAX: Final = 200


def instruments(call: Call) -> list[dict[str, Any]]:
    """Pairs of a category and their rules."""
    return [_instrument(listing, call.venue.market(listing).filters) for listing in _asked(call)]


def _instrument(listing: Listing, filters: Filters) -> dict[str, Any]:
    there = listing.instrument
    shared = {
        "symbol": listing.symbol,
        "category": listing.product.value,
        "baseCoin": listing.base,
        "quoteCoin": listing.quote,
        "buyLimitPriceRatio": listing.band,
        "sellLimitPriceRatio": listing.band,
        "minOrderQty": there.size_text(filters.lot_points),
        "maxOrderQty": "0" if listing.is_spot else "",
        "pricePrecision": str(filters.price_digits),
        "quantityPrecision": str(filters.size_digits),
        "minOrderAmount": plain(filters.notional_min),
        "maxSymbolOrderNum": str(listing.open_orders_max),
        "maxProductOrderNum": "400",
        "status": "online",
        "maintainTime": "",
        "launchTime": "",
        "maxPositionNum": "150",
    }
    if listing.is_spot:
        shared |= {"isRwa": "NO", "symbolType": "crypto"}
        return {**shared, "quotePrecision": str(listing.quote_digits), "areaSymbol": "no", "isReality": "no"}
    return {
        **shared,
        "quotePrecision": None,
        "feeRateUpRatio": "0.005",
        "makerFeeRate": listing.maker_fee,
        "takerFeeRate": listing.taker_fee,
        "openCostUpRatio": "0.01",
        "priceMultiplier": there.price_text(filters.tick_points),
        "quantityMultiplier": there.size_text(filters.lot_points),
        "type": "perpetual",
        "isRwa": "NO",
        "symbolType": "crypto",
        "maxMarketOrderQty": "",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "deliveryPeriod": "",
        "fundInterval": str(HOURS),
        "minLeverage": "1",
        "maxLeverage": str(listing.lever_max),
    }


def tickers(call: Call) -> list[dict[str, str]]:
    """One pair of a category, or all."""
    rows = []
    for listing in _asked(call):
        head = {"category": listing.product.value, "symbol": listing.symbol, "ts": str(call.now_ms)}
        rows.append({**head, **ticker(call.venue.market(listing), call.now_ms)})
    return rows


def ticker(market: ListedMarket, now_ms: int) -> dict[str, str]:
    """A row, without its names."""
    day = Day(market, now_ms * 1_000_000)
    shown = {
        "lastPrice": day.last,
        "openPrice24h": day.open,
        "highPrice24h": day.high,
        "lowPrice24h": day.low,
        "ask1Price": day.ask,
        "bid1Price": day.bid,
        "bid1Size": day.bid_size,
        "ask1Size": day.ask_size,
        "price24hPcnt": day.change,
        "volume24h": day.base_volume,
        "turnover24h": day.quote_volume,
    }
    if market.listing.is_spot:
        return shown
    rate = f"{market.funding_rate:f}"
    futures = {"indexPrice": day.mark, "markPrice": day.mark, "fundingRate": rate, "openInterest": "1000"}
    return shown | futures | {"deliveryStartTime": "", "deliveryTime": "", "deliveryStatus": ""}


def order_book(call: Call) -> dict[str, Any]:
    """The book; prices and sizes are JSON numbers here, as its page shows (reference 8.1)."""
    listing, market = _one(call)
    most = max(1, call.number("limit", 5, DEPTH_MAX))
    asks, bids = (
        [
            [msgspec.Raw(text.encode()) for text in level]
            for level in levels_text(listing, market.levels(is_bid=side, most=most))
        ]
        for side in (False, True)
    )
    return {"a": asks, "b": bids, "ts": str(call.now_ms)}


def candles(call: Call) -> list[list[str]]:
    """Candles, oldest first."""
    _, market = _one(call)
    return rows_of(call, market, call.needed("interval"), 1_000)


def fills(call: Call) -> list[dict[str, str]]:
    """The last public trades, newest first."""
    listing, market = _one(call)
    there, limit = listing.instrument, max(1, call.number("limit", 100, 100))
    return [
        {
            "execId": str(trade.trade_id),
            "execLinkId": str(trade.trade_id),
            "price": there.price_text(trade.price_points),
            "size": there.size_text(trade.size_points),
            "side": "buy" if trade.is_buy else "sell",
            "ts": str(trade.ts_recv_ns // 1_000_000),
            "isRPI": "no",
        }
        for trade in list(reversed(market.trades))[:limit]
    ]


def funding_rate(call: Call) -> list[dict[str, str]]:
    """The rate that is due next."""
    return [rate_row(call.venue.market(call.listing(ListedProduct.PERPETUAL)), call.now_ms)]


def funding_history(call: Call) -> dict[str, list[dict[str, str]]]:
    """Rates that were due, newest first."""
    listing, limit = call.listing(ListedProduct.PERPETUAL), max(1, call.number("limit", 100, 100))
    rows = [
        {"symbol": listing.symbol, "fundingRate": rate, "fundingRateTimestamp": due}
        for due, rate in call.venue.funding.past(listing, call.now_ms, limit)
    ]
    return {"resultList": rows}


def _asked(call: Call) -> list[Listing]:
    product = call.product("category")
    if product is None:
        return []
    if call.text("symbol"):
        return [call.listing(product)]
    return [listing for listing in LISTINGS if listing.product is product]


def _one(call: Call) -> tuple[Listing, ListedMarket]:
    product = call.product("category")
    if product is None:
        raise unknown_symbol(call.needed("symbol"), is_unified=True)
    listing = call.listing(product)
    return listing, call.venue.market(listing)


def _public(name: str, answer: Any) -> PlayedEndpoint:
    return PlayedEndpoint("GET", f"/api/v3/market/{name}", answer, 20)


ENDPOINTS: Final = (
    _public("instruments", instruments),
    _public("tickers", tickers),
    _public("orderbook", order_book),
    _public("candles", candles),
    _public("history-candles", candles),
    _public("fills", fills),
    _public("current-fund-rate", funding_rate),
    _public("history-fund-rate", funding_history),
)
"""Limits a second and IP: reference 5.1."""
