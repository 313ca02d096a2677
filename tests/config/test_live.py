from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.config import Config, LiveTable, load_config
from framework.model.errors import ConfigError

SETTINGS = Path(__file__).resolve().parents[2] / "config"
EXAMPLE = SETTINGS / "live.example.toml"


def loaded(**live: Any) -> Config:
    return load_config(EXAMPLE, {"live": live})


def test_the_example_is_whole() -> None:
    live = loaded().live
    assert (live.venue, live.account, live.stage, live.on_stop) == ("plain", "main", "canary", "cancel")
    assert loaded(key_name="mine").live.key_name == "mine"


@pytest.mark.parametrize(
    ("live", "says"),
    [
        ({"stage": "full"}, "stage: expected 'canary', found 'full'"),
        ({"venue": "bitgett"}, "venue: expected '', 'plain' or 'bitget'"),
        ({"account": "../x"}, "account: expected"),
        ({"markets": []}, "expected markets beside venue"),
        ({"markets": ["BTC/USDT", "ETH/USDT@binance"]}, "found ETH/USDT@binance; a daemon trades at one venue"),
        ({"demo": True}, 'beside venue = "bitget" alone'),
        ({"alone": True}, 'beside venue = "bitget" alone'),
        ({"venue": "bitget", "dead_man": "4s"}, "dead_man: expected 5s to 60s, found 4s"),
        ({"venue": "bitget", "dead_man": "soon"}, "dead_man: expected a whole number"),
        ({"on_stop": "leave"}, "on_stop: expected 'cancel' or 'keep'"),
    ],
)
def test_what_does_not_fit_is_refused(live: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(**live)
    assert says in str(error.value)


def test_a_dead_mans_switch_is_off_unless_it_is_said() -> None:
    assert loaded().live.dead_man_s == 0
    assert loaded(venue="bitget", dead_man="30s").live.dead_man_s == 30


def test_what_decides_the_run_is_in_its_canonical_form_and_comes_back() -> None:
    config = loaded()
    assert loaded(host="127.0.0.1:1").canonical() == config.canonical()
    assert loaded(seed=2).canonical() != config.canonical()
    assert Config.from_canonical(config.canonical()).live.markets == ("BTC/USDT",)
    assert b'"live"' not in load_config(SETTINGS / "paper.toml").canonical()


def test_nothing_is_live_unless_it_is_said() -> None:
    assert LiveTable().venue == ""
