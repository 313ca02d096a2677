"""What strategies name and the run has not is told before the start."""

from __future__ import annotations

from typing import Any

import pytest

from framework.app.assembly import PaperRun
from framework.config import Config
from framework.model.errors import ConfigError
from tests.app.conftest import MakeConfig


def changed(config: Config, name: str, **values: Any) -> Config:
    return config.model_copy(
        update={"strategy": {**config.strategy, name: config.strategy[name].model_copy(update=values)}}
    )


def refused(config: Config) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        PaperRun.of(config, lambda _: pytest.fail("a journal was begun"))
    return str(raised.value).splitlines()


def test_every_key_that_names_none_is_told_with_the_nearest_spelling_and_the_list(config: MakeConfig) -> None:
    settings = changed(config(), "grid", params={"instrument": "BTC/USTD@bitget"})
    settings = changed(settings, "mm", params={"instruments": ("ETH/USDT@bitget", "XRP/EUR@kraken")})
    settings = changed(settings, "sma", each=("BTC/USDT@bitget", "eth/usdt@bitget"), params_for={})
    mm, sma, grid, rest = refused(settings)
    assert rest == "the others can run without: --only rebalance"
    ids = "BTC/USDT@bitget, ETH/USDT@bitget"
    tape = "tape binance-2024-08-08"
    assert mm == (
        f"config/paper.toml: [strategy.mm] params.instruments: no instrument 'XRP/EUR@kraken' in {tape}; there are {ids}"
    )
    assert sma == f"config/paper.toml: [strategy.sma] each: no instrument 'eth/usdt@bitget' in {tape}; there are {ids}"
    assert grid == (
        f"config/paper.toml: [strategy.grid] params.instrument: no instrument 'BTC/USTD@bitget' in {tape}; "
        f"did you mean 'BTC/USDT@bitget'? There are {ids}"
    )


def test_a_plugins_own_default_is_named_as_such(config: MakeConfig, tmp_path: Any) -> None:
    candles = tmp_path / "prices.csv"
    rows = [f"{1_700_000_000 + 60 * n},100,101,99,100,5\n" for n in range(5)]
    candles.write_text("".join(["time,open,high,low,close,volume\n", *rows]))
    settings = changed(config(only=("grid",), tape=str(candles), symbol="ETH/USDT"), "grid", params={})
    (line,) = refused(settings)
    assert line.startswith("config/paper.toml: [strategy.grid] params.instrument (the default of grid): no instrument")
    assert line.endswith("did you mean 'ETH/USDT@bitget'? There are ETH/USDT@bitget")
