"""Records of markets: as their venue listed them at the start, and whenever it lists other filters."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct


class MarketListed(Struct, frozen=True, array_like=True, tag="market"):
    """A market of a live feed as its venue listed it at the start (`framework.model.instrument.Instrument`)."""

    symbol: str
    venue: str
    price_digits: int
    size_digits: int
    tick_points: int
    lot_points: int
    size_min_points: int
    size_max_points: str
    """A text: it may be beyond 64 bits."""
    notional_min: Decimal
    price_band: Decimal | None
    maker_fee: Decimal
    taker_fee: Decimal
    open_orders_max: int


class FiltersListed(Struct, frozen=True, array_like=True, tag="filters"):
    """A venue lists other filters of a market than it did: an input of a live run."""

    market: MarketListed
