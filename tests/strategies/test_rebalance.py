"""When the portfolio invests, and what midnight does."""

from __future__ import annotations

import pytest

from framework import trial
from framework.model.errors import PluginError
from framework.testing import Trial
from strategies.rebalance import Rebalance

BTC, ETH = "BTC/USDT@bitget", "ETH/USDT@bitget"


def portfolio(**parameters: object) -> Trial:
    return trial(Rebalance(**parameters), balances={"USDT": "10000"}, start="2024-08-08 23:55")


def invested(**parameters: object) -> Trial:
    t = portfolio(**parameters)
    t.quote(BTC, 50000, 50001)
    t.quote(ETH, 2500, 2501)
    t.advance("15s")
    return t


def weight(t: Trial, instrument: str) -> float:
    return t.strategy.inventory(instrument) / t.strategy.equity("USDT")


def test_it_invests_once_everything_has_a_price() -> None:
    t = portfolio()
    t.quote(BTC, 50000, 50001)
    t.advance("15s")
    assert t.intents == []
    t.quote(ETH, 2500, 2501)
    t.advance("15s")
    assert weight(t, BTC) == pytest.approx(0.4, abs=0.001)
    assert weight(t, ETH) == pytest.approx(0.3, abs=0.001)
    assert len(t.intents) == 2

    t.quote(ETH, 2600, 2601)
    t.advance("15s")
    assert len(t.intents) == 2, "between its hours it does nothing"


def test_at_midnight_it_sells_what_rose_and_leaves_what_is_near() -> None:
    t = invested()
    t.quote(BTC, 55000, 55001)
    t.clear()
    t.at("2024-08-09 00:00")
    assert [intent.instrument.id for intent in t.intents] == [BTC]
    assert weight(t, BTC) == pytest.approx(0.4, abs=0.002)


def test_at_midnight_it_buys_what_fell() -> None:
    t = invested()
    before = t.position(ETH)
    t.quote(ETH, 2000, 2001)
    t.at("2024-08-09 00:00")
    assert t.position(ETH) > before * 1.1


def test_within_the_band_midnight_does_nothing() -> None:
    t = invested(band=0.02)
    t.quote(BTC, 50500, 50501)
    t.clear()
    t.at("2024-08-09 00:00")
    assert t.intents == []


def test_a_restart_does_not_invest_again() -> None:
    t = invested()
    t.restart()
    t.clear()
    t.quote(BTC, 60000, 60001)
    t.quote(ETH, 2500, 2501)
    t.advance("15s")
    assert t.intents == []


def test_what_is_refused_is_asked_for_again_and_what_is_held_is_not() -> None:
    t = portfolio()
    t.quote(BTC, 50000, 50001)
    t.quote(ETH, 2500, 2501)
    t.refuse_next("busy")
    t.advance("15s")
    assert (t.position(BTC), t.strategy.state.is_invested) == (0.0, False)
    assert weight(t, ETH) == pytest.approx(0.3, abs=0.001)
    t.clear()
    t.advance("15s")
    assert [intent.instrument.id for intent in t.intents] == [BTC]
    assert weight(t, BTC) == pytest.approx(0.4, abs=0.001)
    assert t.strategy.state.is_invested


def test_weights_are_drawn() -> None:
    t = invested()
    t.advance("30s")
    assert len(t.plots[f"weight {BTC}"]) == 3
    assert t.plots[f"weight {ETH}"][-1][1] == pytest.approx(0.3, abs=0.001)


def test_as_many_weights_as_instruments_are_needed() -> None:
    with pytest.raises(PluginError, match="zip"):
        invested(weights=(0.5,))
