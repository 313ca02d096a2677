"""Words of Bitget's answers and what they mean to us, in small letters: the venue's own case varies."""

from __future__ import annotations

from typing import Final

from framework.model.orders import TimeInForce
from framework.venues.bitget.asked import HoldMode, MarginMode
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row

# Old names of closing sides in hedge mode appear on some pages; what they add is told by `tradeSide` too.
SIDES: Final = {"buy": True, "sell": False}
TYPES: Final = {"limit": False, "market": True}
FORCES: Final = {
    "gtc": TimeInForce.GTC, "normal": TimeInForce.GTC, "post_only": TimeInForce.GTC,
    "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK,
}  # fmt: skip
ROLES: Final = {"maker": True, "m": True, "taker": False, "t": False}
"""Of a fill: whether ours rested."""
YES: Final = {"yes": True, "no": False, "true": True, "false": False}
PRODUCTS: Final = {"spot": Product.SPOT, "usdt-futures": Product.USDT_FUTURES}
HOLDS: Final = {"one_way_mode": HoldMode.ONE_WAY, "hedge_mode": HoldMode.HEDGE}
MARGINS: Final = {"crossed": MarginMode.CROSSED, "cross": MarginMode.CROSSED, "isolated": MarginMode.ISOLATED}
CLOSES: Final = frozenset({"close"})


def force_of(row: Row, name: str) -> tuple[TimeInForce, bool]:
    """Time in force, and whether it is post-only; market orders may have none."""
    return row.word(name, FORCES, TimeInForce.GTC), row.text(name, "").lower() == "post_only"


def is_hedged(row: Row, name: str) -> bool:
    """Whether an order or fill is of a perpetual with a position for each side."""
    return row.word(name, HOLDS, HoldMode.ONE_WAY) is HoldMode.HEDGE


def traded_buy(row: Row) -> bool:
    """Whether a V2 futures order or fill buys: in hedge mode `side` is that of the position, turned round by a close."""
    is_buy = row.word("side", SIDES)
    is_close = row.text("tradeSide", "").lower() in CLOSES
    return not is_buy if is_close and is_hedged(row, "posMode") else is_buy
