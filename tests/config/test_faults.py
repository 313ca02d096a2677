"""Faults: all at once, in the order of the file, in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework.config import Config, ConfigFaults
from framework.config.faults import told_at
from framework.model.errors import ConfigError

Load = Callable[..., Config]
FaultsOf = Callable[..., list[str]]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'


def test_every_fault_is_told_at_once_in_the_order_of_the_file(faults_of: FaultsOf) -> None:
    assert faults_of(
        """
        bott = "x"
        [paper]
        sped = 3
        loop = "perhaps"
        rules = 7
        [strategy.sma]
        us = "sma_cross"
        capital = "1000"
        """,
    ) == [
        "config/paper.toml: bott: unknown key; did you mean 'bot'?",
        "config/paper.toml: [paper] sped: unknown key; did you mean 'speed'?",
        "config/paper.toml: [paper] loop: expected a valid boolean, found 'perhaps'",
        "config/paper.toml: [paper] rules: expected a valid string, found 7",
        """config/paper.toml: [strategy.sma] use: missing; name the plugin, such as use = "sma_cross\"""",
        "config/paper.toml: [strategy.sma] us: unknown key; did you mean 'use'?",
        """config/paper.toml: [strategy.sma] capital: expected a number and an asset such as "200 USDT", found '1000'""",
    ]


def test_faults_keep_their_lines_for_check(load: Load) -> None:
    with pytest.raises(ConfigFaults) as caught:
        load(f"{SMA}\n[paper]\n\nsped = 1\n")
    assert [(fault.where, fault.line) for fault in caught.value.faults] == [("config/paper.toml", 7)]


def test_what_is_refused_elsewhere_is_told_with_file_and_key() -> None:
    with pytest.raises(ConfigError) as raised, told_at("own.toml", ("paper", "tape")):
        raise ConfigError("tape: expected one, found none\n[paper] symbol: expected none")
    assert str(raised.value).splitlines() == [
        "own.toml: [paper] tape: expected one, found none",
        "own.toml: [paper] symbol: expected none",
    ]
