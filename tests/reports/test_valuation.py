"""Which assets the markets of a run can value."""

from __future__ import annotations

import pytest

from framework.model.instrument import Instrument
from framework.reports.valuation import currencies, is_valued, unvalued_quotes

BTC = Instrument("BTC/USDT", "bitget", 2, 6)
ETH = Instrument("ETH/BTC", "bitget", 6, 4)
SOL = Instrument("SOL/EUR", "bitget", 2, 4)


@pytest.mark.parametrize(
    ("owned", "currency", "expected"),
    [
        ("USDT", "USDT", True),
        ("EUR", "EUR", True),
        ("BTC", "USDT", True),
        ("USDT", "BTC", True),
        ("ETH", "USDT", True),
        ("SOL", "USDT", False),
        ("USDT", "EUR", False),
        ("DOGE", "USDT", False),
    ],
)
def test_a_value_is_found_by_one_pair_or_by_two(owned: str, currency: str, expected: bool) -> None:
    assert is_valued((BTC, ETH, SOL), owned, currency) is expected


def test_currencies_are_those_that_every_profit_can_be_told_in() -> None:
    assert currencies((BTC, ETH)) == ["USDT", "BTC", "ETH"]
    assert currencies((BTC, SOL)) == []
    assert unvalued_quotes((BTC, ETH), "EUR") == ["USDT", "BTC"]
