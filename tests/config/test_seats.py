"""Seats: one for each strategy instance, and capital that must be there."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from framework.config import Config, StrategySeat, check_capital
from framework.model.errors import ConfigError
from framework.model.money import Amount

Load = Callable[..., Config]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'


def test_each_makes_a_seat_for_every_instrument_with_its_own_parameters(load: Load) -> None:
    config = load(
        SMA
        + """
        each = ["BTC/USDT@bitget", "ETH/USDT@bitget"]
        params = { fast = 5, slow = 20 }
        params_for."ETH/USDT@bitget" = { fast = 6 }
        [strategy.off]
        use = "grid"
        enabled = false
        capital = "1 USDT"
        """
    )
    capital = (Amount(Decimal(1000), "USDT"),)
    where = "config/paper.toml: [strategy.sma]"
    assert config.seats() == (
        StrategySeat("sma/BTC", "sma_cross", capital, {"fast": 5, "slow": 20, "instrument": "BTC/USDT@bitget"}, where),
        StrategySeat("sma/ETH", "sma_cross", capital, {"fast": 6, "slow": 20, "instrument": "ETH/USDT@bitget"}, where),
    )


@pytest.mark.parametrize(
    ("each", "names"),
    [
        (["BTC/USDT@a", "BTC/USDC@a"], ["sma/BTC-USDT", "sma/BTC-USDC"]),
        (["BTC/USDT@a", "BTC/USDT:USDT@a"], ["sma/BTC-USDT-a", "sma/BTC-USDT-USDT-a"]),
        (["BTC/USDT@a", "BTC/USDT@b"], ["sma/BTC-USDT-a", "sma/BTC-USDT-b"]),
    ],
)
def test_seats_of_one_base_get_longer_names(load: Load, each: list[str], names: list[str]) -> None:
    assert [seat.name for seat in load(f"{SMA}each = {json.dumps(each)}").seats()] == names


def test_capital_above_the_balances_names_asset_sum_and_balance(load: Load) -> None:
    config = load(f'{SMA}each = ["BTC/USDT@x", "ETH/USDT@x"]\n[strategy.mm]\nuse = "m"\ncapital = "1 BTC"\n')
    check_capital(config.seats(), [Amount(Decimal(2000), "USDT"), Amount(Decimal(1), "BTC")])
    with pytest.raises(ConfigError) as caught:
        check_capital(config.seats(), [Amount(Decimal("1999.99"), "USDT")])
    assert str(caught.value).replace("; lower a capital or raise the balance", "").splitlines() == [
        "capital: expected at most the 1999.99 USDT of [paper] balances, found 2000 USDT (sma/BTC 1000, sma/ETH 1000)",
        "capital: expected at most the 0 BTC of [paper] balances, found 1 BTC (mm 1)",
    ]
