from __future__ import annotations

import pytest

from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.venues.bitget.products import Product, product_of, wire_symbol


@pytest.mark.parametrize(
    ("symbol", "wire", "product"),
    [("BTC/USDT", "BTCUSDT", Product.SPOT), ("BTC/USDT:USDT", "BTCUSDT", Product.USDT_FUTURES)],
)
def test_the_product_tells_apart_what_the_symbol_does_not(symbol: str, wire: str, product: Product) -> None:
    assert wire_symbol(symbol) == wire
    assert product_of(Instrument(symbol, "bitget", 2, 6)) is product


def test_a_perpetual_of_another_coin_is_refused() -> None:
    with pytest.raises(ConfigError, match="settled in USDT"):
        product_of(Instrument("BTC/USD:BTC", "bitget", 1, 0))
