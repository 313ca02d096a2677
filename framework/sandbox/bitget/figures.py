"""How the venue writes numbers: padded, plain, times as text."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

from framework.model.events import Level
from framework.model.money import MONEY, plain
from framework.sandbox.bitget.listings import Listing
from framework.sandbox.bitget.market import ListedMarket

PADDED: Final = Decimal(1).scaleb(-16)
AVERAGED: Final = Decimal(1).scaleb(-8)


def padded(value: Decimal) -> str:
    """With sixteen decimals, as spot order queries have it: `25000.0000000000000000`."""
    return f"{value.quantize(PADDED, ROUND_HALF_EVEN, MONEY):f}"


def averaged(value: Decimal) -> str:
    """An average: at most eight decimals, `0` for none."""
    return plain(value.quantize(AVERAGED, ROUND_HALF_EVEN, MONEY))


def levels_text(listing: Listing, levels: list[Level]) -> list[list[str]]:
    """Levels of a book as pairs of text, prices with all decimals of the pair."""
    there = listing.instrument
    return [[f"{there.price_exact(price):f}", f"{there.size_exact(size):f}"] for price, size in levels]


def fixed(value: Decimal, digits: int) -> str:
    """With so many decimals."""
    return f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, MONEY):f}"


class Day:
    """The last 24 hours of a market, for tickers."""

    def __init__(self, market: ListedMarket, now_ns: int) -> None:
        there, listing = market.listing.instrument, market.listing
        rows = market.minutes.candles(60_000_000_000, now_ns)[-1_440:]
        price, size = there.price_text, there.size_text
        (bid, bid_size), (ask, ask_size) = market.best()
        last = market.last_points or 1
        opened = rows[0].open if rows else last
        self.last = price(last)
        self.open = price(opened)
        self.high = price(max((row.high for row in rows), default=last))
        self.low = price(min((row.low for row in rows), default=last))
        self.bid, self.bid_size, self.ask, self.ask_size = price(bid), size(bid_size), price(ask), size(ask_size)
        self.base_volume = size(sum(row.size_points for row in rows))
        self.quote_volume = fixed(there.notional(1, sum(row.quote_points for row in rows)), listing.price_digits)
        self.change = fixed(MONEY.divide(Decimal(last - opened), opened), 5)
        middle = market.displayed.mid_doubled() // 2 or last
        self.mark = price(middle)
        self.ts = str(now_ns // 1_000_000)
