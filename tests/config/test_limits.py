"""`[limits]`: units in values, faults in words, and what live trading lacks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from framework.config import Config
from framework.config.limits import REQUIRED, LimitsTable, missing_limits, run_faults
from framework.model.money import Amount

Load = Callable[..., Config]
FaultsOf = Callable[..., list[str]]
STRATEGY = '[strategy.sma]\nuse = "x"\ncapital = "1 USDT"\neach = ["BTC/USDT@bitget"]\n'


def test_limits_are_read_with_their_units(load: Load) -> None:
    limits = load(
        STRATEGY
        + """
[limits]
max_order_size = ["0.5 BTC", "7 ETH"]
max_order_notional = "500 USDT"
message_rate = "5/s"
price_collar = "2%"
max_feed_age = "3s"
[limits.strategy.sma]
max_loss = "50 USDT"
loss_window = "12h"
[limits.instrument."BTC/USDT@bitget"]
max_position = "1 BTC"
[limits.account.main]
max_open_orders = 20
instruments = ["BTC/USDT@bitget"]
"""
    ).limits
    assert limits.max_order_size == (Amount(Decimal("0.5"), "BTC"), Amount(Decimal(7), "ETH"))
    assert (str(limits.message_rate), limits.price_collar) == ("5/s", Decimal("0.02"))
    assert limits.strategy["sma"].loss_window == "12h"
    assert limits.limited == ("max_order_size", "max_order_notional", "price_collar", "message_rate", "max_feed_age")
    assert [path for path, _ in limits.tables()] == [
        ("limits", "account", "main"),
        ("limits", "instrument", "BTC/USDT@bitget"),
        ("limits", "strategy", "sma"),
    ]
    assert len(limits.of_strategy("sma/BTC")) == 1
    assert not limits.is_empty
    assert LimitsTable().is_empty


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("max_los = '1 USDT'", "[limits] max_los: unknown key; did you mean 'max_loss'?"),
        ("[limits.strategy.sma]\nmax_los = '1 USDT'", "[limits.strategy.sma] max_los: unknown key; did you mean"),
        ("[limits.strategi.sma]", "[limits] strategi: unknown key; did you mean 'strategy'?"),
        ("[limits.strategy.sam]", "[limits.strategy.sam]: no such strategy; did you mean 'sma'?"),
        ("max_loss = 50", "[limits] max_loss: expected an amount such as"),
        ("max_loss = '50 USDT, 1 BTC'", "[limits] max_loss: expected one amount"),
        ("max_loss = '-50 USDT'", "[limits] max_loss: expected an amount above 0"),
        ("max_order_notional = 'nan USDT'", "[limits] max_order_notional: expected a finite number"),
        ("message_rate = 5", "[limits] message_rate: rate: expected a whole number"),
        ("price_collar = 0.02", "[limits] price_collar: share: expected a share"),
        ("max_open_orders = 0", "[limits] max_open_orders: expected a number from 1, found 0"),
        ("max_open_orders = 1.5", "[limits] max_open_orders: expected a whole number, found 1.5"),
        ("max_feed_age = '3'", "[limits] max_feed_age: duration: expected a whole number and ms, s, m"),
        ("instruments = ['BTC']", "[limits] instruments: expected an instrument such as"),
        ("[limits.instrument.BTC]", "[limits.instrument]: expected an instrument such as"),
        ("[limits.instrument.'BTC/USDT@bitget']\ninstruments = []", "instruments: unknown key; known: "),
    ],
)
def test_a_fault_says_where_what_was_expected_and_what_was_found(faults_of: FaultsOf, text: str, fault: str) -> None:
    (line,) = faults_of(f"{STRATEGY}\n[limits]\n{text}\n")
    assert fault in line


def test_limits_decide_the_run_and_survive_its_journal(load: Load) -> None:
    bare = load(STRATEGY)
    assert b"limits" not in bare.canonical()
    limited = load(STRATEGY + '[limits.strategy."sma/BTC"]\nmax_loss = "5 USDT"\nprice_collar = "0.5%"\n')
    again = Config.from_canonical(limited.canonical())
    assert again.limits == limited.limits
    assert again.canonical() == limited.canonical()


def test_limits_of_strategies_that_do_not_play_are_no_part_of_the_run(load: Load) -> None:
    other = '[strategy.mm]\nuse = "x"\ncapital = "1 USDT"\nenabled = false\n[limits.strategy.mm]\nmax_loss = "1 USDT"\n'
    config = load(STRATEGY + other)
    assert b"limits" not in config.canonical()
    assert config.canonical() == config.only(["sma"]).canonical()


def test_a_limit_that_a_run_could_not_hold_is_a_fault() -> None:
    limits = LimitsTable.model_validate(
        {
            "max_loss": "5 EUR",
            "max_position": "1 BTC",
            "instruments": ["BTC/USDC@bitget"],
            "instrument": {"ETH/USDT@bitget": {"max_open_orders": 1}},
            "account": {"man": {"max_open_orders": 1}},
        }
    )
    found = dict(run_faults(limits, ["BTC/USDT@bitget"], ["main"], lambda asset: asset == "USDT"))
    assert found == {
        ("limits", "max_loss"): "no market of this run values its money in EUR",
        ("limits", "instruments"): "BTC/USDC@bitget: no such instrument in this run; did you mean 'BTC/USDT@bitget'?",
        ("limits", "instrument", "ETH/USDT@bitget"): "no such instrument in this run; did you mean 'BTC/USDT@bitget'?",
        ("limits", "account", "man"): "no such account in this run; did you mean 'main'?",
    }


@pytest.mark.fault("O4")
def test_live_trading_is_told_what_it_lacks() -> None:
    assert len(missing_limits(LimitsTable(), ["a", "b"])) == 2 * len(REQUIRED)
    limits = {
        "instruments": ["BTC/USDT@bitget"],
        "price_collar": "2%",
        "max_order_notional": "1 USDT",
        "message_rate": "1/s",
        "strategy": {"a": {"max_loss": "1 USDT", "max_position": "1 BTC"}, "b": {"max_loss": "1 USDT"}},
    }
    assert missing_limits(LimitsTable.model_validate(limits), ["a/BTC", "b"]) == [
        "[limits.strategy.b] max_position: missing; live trading needs it there or in [limits]"
    ]
