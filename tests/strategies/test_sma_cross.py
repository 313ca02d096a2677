"""When the trend follower holds, and when it lets go."""

from __future__ import annotations

import pytest

from framework import trial
from framework.testing import Trial
from strategies.sma_cross import SmaCross

BTC = "BTC/USDT@bitget"


def following() -> Trial:
    return trial(SmaCross(fast=2, slow=3, notional="600 USDT"), balances={"USDT": "1000"})


def test_it_buys_its_notional_when_the_fast_mean_is_above_the_slow() -> None:
    t = following()
    for close in (60000, 60000, 60000):
        t.bar(BTC, close)
    assert t.position(BTC) == 0, "equal means are no trend"
    t.bar(BTC, 60100)
    assert t.position(BTC) == pytest.approx(0.01, rel=0.01)


def test_it_sells_everything_when_the_fast_mean_falls_below() -> None:
    t = following()
    for close in (60000, 60000, 60100, 60200):
        t.bar(BTC, close)
    t.bar(BTC, 59000)
    t.bar(BTC, 58000)
    assert 0 <= t.position(BTC) < 0.00002, "what is left is dust"


def test_holding_costs_no_orders_while_the_trend_lasts() -> None:
    t = following()
    for close in range(60000, 60500, 100):
        t.bar(BTC, close)
    requests = len(t.requests)
    for close in range(60500, 61500, 100):
        t.bar(BTC, close)
    assert requests == len(t.requests) == 1


def test_it_waits_until_the_slow_mean_is_known() -> None:
    t = following()
    t.bar(BTC, 60000)
    t.bar(BTC, 61000)
    assert t.intents == []
    assert t.plots == {}


def test_history_counts_and_trades_nothing() -> None:
    t = trial(SmaCross(fast=2, slow=3, notional="600 USDT"), history={BTC: [60000, 60000, 60000]})
    assert t.intents == []
    t.bar(BTC, 60100)
    assert t.position(BTC) > 0
    assert list(t.plots) == ["fast", "slow"]
