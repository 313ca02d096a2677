"""Strategies made from the settings."""

from __future__ import annotations

from framework.app.seated import seat_strategies
from tests.app.conftest import MakeConfig


def test_seats_of_one_plugin_share_its_class(config: MakeConfig) -> None:
    first, second = seat_strategies(config(only=("sma",)))[0]
    assert (first.name, second.name) == ("sma/BTC", "sma/ETH")
    assert type(first.strategy) is type(second.strategy)


def test_a_digest_is_kept_for_each_plugin_in_use(config: MakeConfig) -> None:
    assert list(seat_strategies(config(only=("mm", "sma")))[1]) == ["market_maker", "sma_cross"]
