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
from framework.sandbox.bitget.refused import BitgetRefusal, unknown_symbol


class ListedProduct(StrEnum):
    """As V3 says it (`category`), and V2 of its futures (`productType`)."""

    SPOT = "SPOT"
    PERPETUAL = "USDT-FUTURES"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a pair's orders must fit now. It may be listed with others, none finer than at the start."""

    price_digits: int
    size_digits: int
    notional_min: Decimal
    tick_points: int = 1
    """In points of the listing's own grid, as is the next."""
    lot_points: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One pair of one product. Prices and sizes live on whole powers of ten."""

    product: ListedProduct
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

    def filters(
        self, price_digits: int | None = None, size_digits: int | None = None, notional_min: Decimal | None = None
    ) -> Filters:
        """Its filters, some of them others than at the start.

        Raises:
            BitgetRefusal: finer ones than those: books and orders live on that grid.
        """
        prices, sizes = self.price_digits, self.size_digits
        prices, sizes = prices if price_digits is None else price_digits, sizes if size_digits is None else size_digits
        if not (0 <= prices <= self.price_digits and 0 <= sizes <= self.size_digits):
            raise BitgetRefusal("40017", f"expected at most {self.price_digits} and {self.size_digits} decimals")
        least = Decimal(self.notional_min) if notional_min is None else notional_min
        return Filters(prices, sizes, least, 10 ** (self.price_digits - prices), 10 ** (self.size_digits - sizes))

    @property
    def is_spot(self) -> bool:
        """Else a perpetual."""
        return self.product is ListedProduct.SPOT

    @property
    def quote_digits(self) -> int:
        """`quotePrecision`: decimals of an amount in quote."""
        return self.price_digits + self.size_digits


LISTINGS: Final = (
    Listing(ListedProduct.SPOT, "BTC", "USDT", 2, 6, "1", "0.05", "0.001", "0.001", 400),
    Listing(ListedProduct.SPOT, "ETH", "USDT", 2, 4, "1", "0.05", "0.001", "0.001", 400),
    Listing(ListedProduct.PERPETUAL, "BTC", "USDT", 1, 4, "5", "0.05", "0.0002", "0.0006", 200, 125),
    Listing(ListedProduct.PERPETUAL, "ETH", "USDT", 2, 2, "5", "0.05", "0.0002", "0.0006", 200, 100),
)


def listed(product: ListedProduct, symbol: str, *, is_unified: bool = False) -> Listing:
    """The listing of a symbol.

    Raises:
        BitgetRefusal: there is none.
    """
    for listing in LISTINGS:
        if listing.product is product and listing.symbol == symbol:
            return listing
    raise unknown_symbol(symbol, is_unified=is_unified)


def product_of(category: str) -> ListedProduct | None:
    """SPOT or USDT-FUTURES in any case; None for products that exist but have no pairs here.

    Raises:
        BitgetRefusal: Bitget knows no such product.
    """
    name = category.upper()
    if name in {product.value for product in ListedProduct}:
        return ListedProduct(name)
    others = {"MARGIN", "COIN-FUTURES", "USDC-FUTURES", "SUSDT-FUTURES", "SCOIN-FUTURES", "SUSDC-FUTURES"}
    if name in others:
        return None
    raise BitgetRefusal("40020", "Parameter productType error")
