from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.app.live.canary import caps_words, loss_words, with_caps
from framework.model.errors import ConfigError
from tests.app.live_house import settings


def held(tmp_path: Path, **table: Any) -> Any:
    config = with_caps(settings(tmp_path, 1, limits={"account": {"main": table}} if table else {}))
    return config, config.limits.account["main"]


def test_caps_hold_for_the_whole_account_over_whatever_limits_say(tmp_path: Path) -> None:
    config, table = held(tmp_path)
    assert (str(table.max_order_notional), str(table.max_position), table.max_open_orders) == (
        "100 USDT",
        "500 USDT",
        40,
    )
    assert str(config.limits.max_loss) == "20 USDT"  # what a person set stays beside them
    assert caps_words(config).startswith("stage canary: at most order notional 100 USDT, position 500 USDT")
    assert list(loss_words(config)) == ["20 USDT in 24h (all)", "50 USDT in 24h (account.main)"]


def test_the_stricter_of_cap_and_limit_holds(tmp_path: Path) -> None:
    _, table = held(tmp_path, max_order_notional="30 USDT", max_position="9000 USDT", max_open_orders=3)
    assert (str(table.max_order_notional), str(table.max_position), table.max_open_orders) == ("30 USDT", "500 USDT", 3)


def test_a_limit_that_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\[limits.account.main\] max_position: expected an amount of USDT"):
        held(tmp_path, max_position="0.5 BTC")
