"""Rules and instruments that tapes are opened with."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.instrument import Instrument
from framework.model.rules import MarketRules, SelfTrade, VenueRules

TAPE_TOML = """
title = "Mine"
licence = "none"
format = "ticks"
start_epoch_us = 1723161253937085
[[symbols]]
symbol = "BTC/USDT"
path = "ticks.csv"
price_digits = 1
end_us = 10
"""
"""The least that a `tape.toml` says."""


def market(symbol: str, tick: str = "0.01", lot: str = "0.000001") -> MarketRules:
    return MarketRules(
        symbol=symbol,
        tick=Decimal(tick),
        lot=Decimal(lot),
        size_min=Decimal(lot),
        size_max=Decimal(1_000_000),
        notional_min=Decimal(1),
        maker_fee=Decimal("0.001"),
        taker_fee=Decimal("0.001"),
        open_orders_max=100,
        source="test",
    )


@pytest.fixture
def rules() -> VenueRules:
    return VenueRules(
        name="bitget-spot",
        title="Bitget spot",
        venue="bitget",
        as_of="2026-01-01",
        buckets=(),
        costs={},
        batch_max={},
        markets=(market("BTC/USDT"), market("ETH/USDT"), market("BTC/EUR", "0.1")),
        self_trade=SelfTrade.NONE,
        source="test",
    )


@pytest.fixture
def btc() -> Instrument:
    return Instrument("BTC/USDT", "bitget", 2, 5)


@pytest.fixture
def eth() -> Instrument:
    return Instrument("ETH/USDT", "bitget", 2, 4)
