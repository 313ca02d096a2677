"""V2 market data: no key needed."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from framework.model.money import plain
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.candles import rows_of
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.figures import Day, levels_text
from framework.sandbox.bitget.funding import HOURS, next_funding_ms, rate_row
from framework.sandbox.bitget.listings import LISTINGS, Filters, ListedProduct, Listing
from framework.sandbox.bitget.market import ListedMarket

BOOK_MAX: Final = 150


def server_time(call: Call) -> dict[str, str]:
    """The venue's clock."""
    return {"serverTime": str(call.now_ms)}


def symbols(call: Call) -> list[dict[str, str]]:
    """Spot pairs and their rules."""
    return [
        _spot_symbol(listing, call.venue.market(listing).filters) | {"status": call.venue.market(listing).status}
        for listing in _asked(call, ListedProduct.SPOT)
    ]


def _spot_symbol(listing: Listing, filters: Filters) -> dict[str, str]:
    return {
        "symbol": listing.symbol,
        "baseCoin": listing.base,
        "quoteCoin": listing.quote,
        "minTradeAmount": "0",
        "maxTradeAmount": "10000000000",
        "takerFeeRate": listing.taker_fee,
        "makerFeeRate": listing.maker_fee,
        "pricePrecision": str(filters.price_digits),
        "quantityPrecision": str(filters.size_digits),
        "quotePrecision": str(listing.quote_digits),
        "minTradeUSDT": plain(filters.notional_min),
        "buyLimitPriceRatio": listing.band,
        "sellLimitPriceRatio": listing.band,
        "areaSymbol": "no",
        "orderQuantity": str(listing.open_orders_max),
        "openTime": "1532454360000",
        "offTime": "",
    }


def contracts(call: Call) -> list[dict[str, Any]]:
    """Perpetuals and their rules; nothing for products that are not played here."""
    if call.product("productType") is not ListedProduct.PERPETUAL:
        return []
    return [_contract(listing, call.venue.market(listing).filters) for listing in _asked(call, ListedProduct.PERPETUAL)]


def _contract(listing: Listing, filters: Filters) -> dict[str, Any]:
    there = listing.instrument
    return {
        "symbol": listing.symbol,
        "baseCoin": listing.base,
        "quoteCoin": listing.quote,
        "buyLimitPriceRatio": listing.band,
        "sellLimitPriceRatio": listing.band,
        "feeRateUpRatio": "0.005",
        "makerFeeRate": listing.maker_fee,
        "takerFeeRate": listing.taker_fee,
        "openCostUpRatio": "0.01",
        "supportMarginCoins": [listing.quote],
        "minTradeNum": there.size_text(filters.lot_points),
        "priceEndStep": "1",
        "volumePlace": str(filters.size_digits),
        "pricePlace": str(filters.price_digits),
        "sizeMultiplier": there.size_text(filters.lot_points),
        "symbolType": "perpetual",
        "minTradeUSDT": plain(filters.notional_min),
        "maxSymbolOrderNum": str(listing.open_orders_max),
        "maxProductOrderNum": "400",
        "maxPositionNum": "150",
        "symbolStatus": "normal",
        "offTime": "-1",
        "limitOpenTime": "-1",
        "deliveryTime": "",
        "deliveryStartTime": "",
        "deliveryPeriod": "",
        "launchTime": "",
        "fundInterval": str(HOURS),
        "minLever": "1",
        "maxLever": str(listing.lever_max),
        "posLimit": "0.05",
        "maintainTime": "",
    }


def coins(call: Call) -> list[dict[str, Any]]:
    """Coins with one chain each, none of which can be deposited or withdrawn here."""
    wanted = call.text("coin").upper()
    return [
        {"coinId": str(number), "coin": coin, "transfer": "true", "chains": [_chain(coin)]}
        for number, coin in enumerate(("BTC", "ETH", "USDT", "BGB"), 1)
        if wanted in ("", coin)
    ]


def _chain(coin: str) -> dict[str, str]:
    return {
        "chain": coin,
        "needTag": "false",
        "withdrawable": "false",
        "rechargeable": "false",
        "withdrawFee": "0",
        "extraWithdrawFee": "0",
        "depositConfirm": "1",
        "withdrawConfirm": "1",
        "minDepositAmount": "0.001",
        "minWithdrawAmount": "0.001",
        "browserUrl": "",
        "contractAddress": "",
        "withdrawStep": "0",
        "withdrawMinScale": "8",
    }


def spot_tickers(call: Call) -> list[dict[str, str]]:
    """Spot, one pair or all."""
    return [spot_ticker(call.venue.market(listing), call.now_ms) for listing in _asked(call, ListedProduct.SPOT)]


def spot_ticker(market: ListedMarket, now_ms: int) -> dict[str, str]:
    """A row."""
    day = Day(market, now_ms * 1_000_000)
    return {
        "symbol": market.listing.symbol,
        **_ticker(day),
        "open": day.open,
        "openUtc": day.open,
        "changeUtc24h": day.change,
        "change24h": day.change,
        "ts": day.ts,
    }


def _ticker(day: Day) -> dict[str, str]:
    return {
        "high24h": day.high,
        "low24h": day.low,
        "lastPr": day.last,
        "quoteVolume": day.quote_volume,
        "baseVolume": day.base_volume,
        "usdtVolume": day.quote_volume,
        "bidPr": day.bid,
        "askPr": day.ask,
        "bidSz": day.bid_size,
        "askSz": day.ask_size,
    }


def mix_tickers(call: Call) -> list[dict[str, Any]]:
    """Perpetuals, one or all."""
    if call.product("productType") is not ListedProduct.PERPETUAL:
        return []
    return [mix_ticker(call.venue.market(listing), call.now_ms) for listing in _asked(call, ListedProduct.PERPETUAL)]


def mix_ticker(market: ListedMarket, now_ms: int) -> dict[str, Any]:
    """A row."""
    day = Day(market, now_ms * 1_000_000)
    return {
        "symbol": market.listing.symbol,
        **_ticker(day),
        "ts": day.ts,
        "change24h": day.change,
        "changeUtc24h": day.change,
        "openUtc": day.open,
        "open24h": day.open,
        "indexPrice": day.mark,
        "fundingRate": f"{market.funding_rate:f}",
        "holdingAmount": "1000",
        "deliveryStartTime": None,
        "deliveryTime": None,
        "deliveryStatus": "",
        "markPrice": day.mark,
    }


def order_book(call: Call, product: ListedProduct) -> dict[str, Any]:
    """The book, at most 150 levels."""
    market = _market(call, product)
    limit = call.text("limit", str(BOOK_MAX))
    most = BOOK_MAX if limit == "max" else max(1, call.number("limit", BOOK_MAX, BOOK_MAX))
    asks = levels_text(market.listing, market.levels(is_bid=False, most=most))
    bids = levels_text(market.listing, market.levels(is_bid=True, most=most))
    return {"asks": asks, "bids": bids, "ts": str(call.now_ms)}


def merge_depth(call: Call, product: ListedProduct) -> dict[str, Any]:
    """The book with its precision."""
    step = _market(call, product).listing.instrument.price_text(1)
    book = order_book(call, product)
    if product is ListedProduct.PERPETUAL:  # its page shows numbers, where spot shows texts
        book |= {
            side: [[msgspec.Raw(text.encode()) for text in level] for level in book[side]] for side in ("asks", "bids")
        }
    return {**book, "scale": step, "precision": "scale0", "isMaxPrecision": "NO"}


def candles(call: Call, product: ListedProduct, most: int) -> list[list[str]]:
    """Candles, oldest first. Spot rows have the volume in USDT before that in quote: eight columns."""
    rows = rows_of(call, _market(call, product), call.needed("granularity"), most)
    return [[*row, row[-1]] for row in rows] if product is ListedProduct.SPOT else rows


def fills(call: Call, product: ListedProduct, most: int) -> list[dict[str, str]]:
    """The last public trades, newest first."""
    market = _market(call, product)
    there, limit = market.listing.instrument, max(1, call.number("limit", 100, most))
    below = call.number("idLessThan", 2**62)
    rows = [trade for trade in reversed(market.trades) if trade.trade_id < below]
    return [
        {
            "symbol": market.listing.symbol,
            "tradeId": str(trade.trade_id),
            "side": "buy" if trade.is_buy else "sell",
            "price": there.price_text(trade.price_points),
            "size": there.size_text(trade.size_points),
            "ts": str(trade.ts_recv_ns // 1_000_000),
        }
        for trade in rows[:limit]
    ]


def symbol_price(call: Call) -> list[dict[str, str]]:
    """Last, index and mark price of a perpetual."""
    day = Day(_market(call, ListedProduct.PERPETUAL), call.now_ms * 1_000_000)
    symbol = call.needed("symbol").upper()
    return [{"symbol": symbol, "price": day.last, "indexPrice": day.mark, "markPrice": day.mark, "ts": day.ts}]


def funding_rate(call: Call) -> list[dict[str, str]]:
    """The rate that is due next."""
    return [rate_row(call.venue.market(listing), call.now_ms) for listing in _asked(call, ListedProduct.PERPETUAL)]


def funding_time(call: Call) -> list[dict[str, str]]:
    """When it is due."""
    symbol = call.listing(ListedProduct.PERPETUAL).symbol
    due = str(next_funding_ms(call.now_ms))
    return [{"symbol": symbol, "nextFundingTime": due, "ratePeriod": str(HOURS)}]


def funding_history(call: Call) -> list[dict[str, str]]:
    """Rates that were due, newest first."""
    listing, limit = call.listing(ListedProduct.PERPETUAL), max(1, call.number("pageSize", 20, 100))
    return [
        {"symbol": listing.symbol, "fundingRate": rate, "fundingTime": due}
        for due, rate in call.venue.funding.past(listing, call.now_ms, limit)
    ]


def open_interest(call: Call) -> dict[str, Any]:
    """Made up: always the same."""
    symbol = call.listing(ListedProduct.PERPETUAL).symbol
    return {"openInterestList": [{"symbol": symbol, "size": "1000"}], "ts": str(call.now_ms)}


def tiers(call: Call) -> list[dict[str, str]]:
    """Leverage by size: one tier here."""
    listing = call.listing(ListedProduct.PERPETUAL)
    row = {"symbol": listing.symbol, "level": "1", "startUnit": "0", "endUnit": "10000000"}
    return [{**row, "leverage": str(listing.lever_max), "keepMarginRate": "0.004"}]


def nothing(call: Call) -> list[Any]:  # noqa: ARG001 - as every endpoint is called
    """There is none of it here."""
    return []


def _asked(call: Call, product: ListedProduct) -> list[Listing]:
    """The pair that is named, or all of the product."""
    if call.text("symbol"):
        return [call.listing(product)]
    return [listing for listing in LISTINGS if listing.product is product]


def _market(call: Call, product: ListedProduct) -> ListedMarket:
    if product is ListedProduct.PERPETUAL and call.product("productType") is not product:
        call.params = {**call.params, "symbol": f"{call.text('symbol')}?"}  # no such pair in that product
    return call.venue.market(call.listing(product))


def _public(path: str, answer: Any, limit: int = 20) -> PlayedEndpoint:
    return PlayedEndpoint("GET", f"/api/v2/{path}", answer, limit)


def _of_both(name: str, answer: Any, **bound: Any) -> tuple[PlayedEndpoint, PlayedEndpoint]:
    return (
        _public(f"spot/market/{name}", partial(answer, product=ListedProduct.SPOT, **bound)),
        _public(f"mix/market/{name}", partial(answer, product=ListedProduct.PERPETUAL, **bound)),
    )


ENDPOINTS: Final = (
    _public("public/time", server_time),
    _public("spot/public/symbols", symbols),
    _public("spot/public/coins", coins, 3),
    _public("margin/currencies", nothing),
    _public("spot/market/tickers", spot_tickers),
    _public("spot/market/orderbook", partial(order_book, product=ListedProduct.SPOT)),
    *_of_both("merge-depth", merge_depth),
    *_of_both("candles", candles, most=1_000),
    *_of_both("history-candles", candles, most=200),
    *_of_both("fills", fills, most=500),
    *_of_both("fills-history", fills, most=1_000),
    _public("mix/market/contracts", contracts),
    _public("mix/market/ticker", mix_tickers),
    _public("mix/market/tickers", mix_tickers),
    _public("mix/market/symbol-price", symbol_price),
    _public("mix/market/current-fund-rate", funding_rate),
    _public("mix/market/funding-time", funding_time),
    _public("mix/market/history-fund-rate", funding_history),
    _public("mix/market/open-interest", open_interest),
    _public("mix/market/query-position-lever", tiers),
)
"""Limits a second and IP: reference 5.1."""
