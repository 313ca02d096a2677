from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from framework import trial
from framework.app.live.canary import CAPS, caps_words, loss_words, with_caps
from framework.config import load_config
from framework.model.errors import ConfigError
from framework.model.events import ReportKind
from strategies.market_maker import MarketMaker
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


def test_the_examples_limits_and_the_canary_caps_let_its_own_strategy_quote_two_levels() -> None:
    """Until it stands at `max_inventory`, where it withdraws its bids by itself."""
    file = Path(__file__).parents[3] / "config/live.example.toml"
    limits, (seat,) = tomllib.loads(file.read_text())["limits"], load_config(file).seats()
    limits["account"] = {"main": {"max_position": f"{CAPS['max_position']} USDT"}}
    balances = {amount.asset: amount.value for amount in seat.capital}
    t = trial(MarketMaker(**seat.parameters), balances=balances, limits=limits)
    bids = []
    for step in range(12):
        t.quote("BTC/USDT@bitget", 59_999 + 40 * step, 60_001 + 40 * step)
        bids.append(len(t.orders.bids))
        t.advance("1s")
        if t.orders.bids:
            t.fill(t.orders.bids[0])
    assert bids == [2] * 3 + [0] * 9
    assert not [report.detail for _, report in t.reports if report.kind is ReportKind.REFUSED]
