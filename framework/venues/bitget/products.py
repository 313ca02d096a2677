"""Bitget's two kinds of account and its products, and the words that each API has for them."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import Final

from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.model.money import shorten


class AccountKind(StrEnum):
    """Two incompatible APIs: a key of one kind cannot use the paths of the other."""

    CLASSIC = "classic"
    """REST and WebSocket V2; separate wallets."""
    UNIFIED = "unified"
    """REST and WebSocket V3; one wallet."""


class Product(StrEnum):
    """What is traded. The value is the V2 `instType` and, with `productType` or `category`, what V3 calls it."""

    SPOT = "SPOT"
    USDT_FUTURES = "USDT-FUTURES"


MARGIN_COIN: Final = "USDT"
"""Of every perpetual that we trade."""
SYMBOLS_MAX: Final = 4_096
"""Names that are remembered: each order asks for the same few."""


def product_of(instrument: Instrument) -> Product:
    """The product of an instrument.

    Raises:
        ConfigError: a perpetual that is not settled in USDT.
    """
    return product_named(instrument.symbol)


@lru_cache(maxsize=SYMBOLS_MAX)
def product_named(symbol: str) -> Product:
    """The product of a unified symbol.

    Raises:
        ConfigError: a perpetual that is not settled in USDT.
    """
    _, _, settled = symbol.partition(":")
    if not settled:
        return Product.SPOT
    if settled == MARGIN_COIN:
        return Product.USDT_FUTURES
    raise ConfigError(f"instrument: expected spot or a perpetual settled in USDT, found {shorten(symbol)}")


@lru_cache(maxsize=SYMBOLS_MAX)
def wire_symbol(symbol: str) -> str:
    """`BTC/USDT` and `BTC/USDT:USDT` -> `BTCUSDT`: the product tells them apart."""
    return symbol.partition(":")[0].replace("/", "")
