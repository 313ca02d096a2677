"""What the sandbox lists: grid, filters and fees of its pairs. Its own data, so that no misreading is shared.

Sources: recorded answers of spot/public/symbols and mix/market/contracts (items kept by a client library, release
4.5.90), V3 market/instruments of 2026; fees where no account rate is known: 0.1 % spot, 0.02 % / 0.06 % perpetuals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from framework.model.instrument import Instrument
from framework.sandbox.bitget.refused import Refused, unknown_symbol


class Product(StrEnum):
    """As V3 says it (`category`), and V2 of its futures (`productType`)."""

    SPOT = "SPOT"
    PERPETUAL = "USDT-FUTURES"


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One pair of one product. Prices and sizes live on whole powers of ten."""

    product: Product
    base: str
    quote: str
    price_digits: int
    size_digits: int
    notional_min: str
    band: str
    maker_fee: str
    taker_fee: str
    open_orders_max: int
    lever_max: int = 0
    symbol: str = field(init=False)
    """`BTCUSDT`, on the wire."""
    instrument: Instrument = field(init=False)

    def __post_init__(self) -> None:
        pair = f"{self.base}/{self.quote}"
        there = Instrument(
            symbol=pair if self.is_spot else f"{pair}:{self.quote}",
            venue="bitget",
            price_digits=self.price_digits,
            size_digits=self.size_digits,
            notional_min=Decimal(self.notional_min),
            price_band=Decimal(self.band),
            maker_fee=Decimal(self.maker_fee),
            taker_fee=Decimal(self.taker_fee),
            open_orders_max=self.open_orders_max,
        )
        object.__setattr__(self, "symbol", f"{self.base}{self.quote}")
        object.__setattr__(self, "instrument", there)

    @property
    def is_spot(self) -> bool:
        """Else a perpetual."""
        return self.product is Product.SPOT

    @property
    def quote_digits(self) -> int:
        """`quotePrecision`: decimals of an amount in quote."""
        return self.price_digits + self.size_digits


LISTINGS: Final = (
    Listing(Product.SPOT, "BTC", "USDT", 2, 6, "1", "0.05", "0.001", "0.001", 400),
    Listing(Product.SPOT, "ETH", "USDT", 2, 4, "1", "0.05", "0.001", "0.001", 400),
    Listing(Product.PERPETUAL, "BTC", "USDT", 1, 4, "5", "0.05", "0.0002", "0.0006", 200, 125),
    Listing(Product.PERPETUAL, "ETH", "USDT", 2, 2, "5", "0.05", "0.0002", "0.0006", 200, 100),
)


def listed(product: Product, symbol: str, *, is_unified: bool = False) -> Listing:
    """The listing of a symbol.

    Raises:
        Refused: there is none.
    """
    for listing in LISTINGS:
        if listing.product is product and listing.symbol == symbol:
            return listing
    raise unknown_symbol(symbol, is_unified=is_unified)


def product_of(category: str) -> Product | None:
    """SPOT or USDT-FUTURES in any case; None for products that exist but have no pairs here.

    Raises:
        Refused: Bitget knows no such product.
    """
    name = category.upper()
    if name in {product.value for product in Product}:
        return Product(name)
    others = {"MARGIN", "COIN-FUTURES", "USDC-FUTURES", "SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES"}
    if name in others:
        return None
    raise Refused("40020", "Parameter productType error")
