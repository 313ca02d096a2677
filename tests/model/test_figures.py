"""Figures are exact, and cannot be changed by who looks at them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.figures import Figures, Holding
from framework.model.instrument import Instrument

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6)


def test_figures_are_decimals_that_their_reader_cannot_change() -> None:
    one = Decimal(1)
    holding = Holding(BTC, 5, one, one, one)
    figures = Figures("USDT", one, one, one, one, one, one, one, one, (holding,))
    money = [getattr(figures, name) for name in Figures.__struct_fields__ if name not in ("asset", "holdings")]
    assert all(isinstance(value, Decimal) for value in money)
    with pytest.raises(AttributeError):
        figures.net = Decimal(2)  # type: ignore[misc]  # that is the test
    with pytest.raises(AttributeError):
        holding.position_points = 6  # type: ignore[misc]  # that is the test
