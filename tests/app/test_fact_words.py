"""Facts of a run in words."""

from __future__ import annotations

import platform
from decimal import Decimal
from pathlib import Path

import msgspec

from framework.app.fact_words import SAMPLES, fees_words, strategy_words, versions
from framework.model.instrument import Instrument
from framework.model.money import Amount


def test_a_strategy_and_its_fees_in_words() -> None:
    capital = (Amount.parse("4000 USDT", ""), Amount.parse("0.06 BTC", ""))
    assert strategy_words("market_maker", capital) == "market_maker, capital 4000 USDT, 0.06 BTC"
    cheap, same, dear = (
        Instrument(symbol, "bitget", 2, 6, maker_fee=Decimal(maker), taker_fee=Decimal("0.001"))
        for symbol, maker in (("BTC/USDT", "0.00015"), ("ETH/USDT", "0.00015"), ("XRP/USDT", "0.001"))
    )
    assert fees_words([cheap, same]) == "maker 0.015 %, taker 0.1 %"
    assert fees_words([dear, cheap]) == "maker 0.015 %, taker 0.1 %; maker 0.1 %, taker 0.1 %"


def test_samples_are_the_plugins_that_come_along() -> None:
    assert set(SAMPLES) == {path.stem for path in Path("strategies").glob("*.py")} - {"__init__"}


def test_versions_are_those_that_run() -> None:
    told = versions()
    assert told["python"] == platform.python_version()
    assert told["msgspec"] == msgspec.__version__
