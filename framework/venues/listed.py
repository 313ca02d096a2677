"""A row of a venue's table of markets."""

from __future__ import annotations

from decimal import Decimal

from framework.model.rules import MarketRules


def listed(
    symbol: str,
    tick: str,
    lot: str,
    source: str,
    *,
    size_max: str | Decimal,
    notional_min: str | Decimal,
    maker_fee: Decimal,
    taker_fee: Decimal,
    open_orders_max: int,
    price_band: str | Decimal,
) -> MarketRules:
    """A market whose least size is one lot, of the texts that the venue prints. `source` tells where they stand."""
    return MarketRules(
        symbol=symbol,
        tick=Decimal(tick),
        lot=Decimal(lot),
        size_min=Decimal(lot),
        size_max=Decimal(size_max),
        notional_min=Decimal(notional_min),
        maker_fee=maker_fee,
        taker_fee=taker_fee,
        open_orders_max=open_orders_max,
        source=source,
        price_band=Decimal(price_band),
    )
