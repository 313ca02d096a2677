"""Strategies made from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.seated import seat_strategies
from framework.config import load_config
from framework.model.errors import PluginError
from tests.app.conftest import MakeConfig


def test_seats_of_one_plugin_share_its_class(config: MakeConfig) -> None:
    first, second = seat_strategies(config(only=("sma",)))[0]
    assert (first.name, second.name) == ("sma/BTC", "sma/ETH")
    assert type(first.strategy) is type(second.strategy)


def test_a_digest_is_kept_for_each_plugin_in_use(config: MakeConfig) -> None:
    assert list(seat_strategies(config(only=("mm", "sma")))[1]) == ["market_maker", "sma_cross"]


def test_all_wrong_parameters_of_what_is_enabled_are_told_at_once_with_lines(tmp_path: Path) -> None:
    """As `run.py check` tells them; of a disabled table nothing, and beside them what else is wrong."""
    file = tmp_path / "own.toml"
    file.write_text(
        '[strategy.a]\nuse = "sma_cross"\ncapital = "1 USDT"\n[strategy.a.params]\nfsat = 5\nslow = "soon"\n'
        '[strategy.b]\nuse = "sma_cros"\ncapital = "1 USDT"\n'
        '[strategy.c]\nuse = "grid"\ncapital = "1 USDT"\nenabled = false\nparams.x = 1\n'
    )
    with pytest.raises(PluginError) as error:
        seat_strategies(load_config(file))
    first, second, third = str(error.value).splitlines()
    assert first.startswith(f"{file.as_posix()}:5: [strategy.a] params.fsat: SmaCross has no parameter 'fsat'")
    assert second.startswith(f"{file.as_posix()}:6: [strategy.a] params.slow: expected a whole number, found 'soon'")
    assert third.startswith(f"{file.as_posix()}: [strategy.b]: no plugin 'sma_cros'")
