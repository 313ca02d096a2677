"""Layers: file, local file, environment, command line; each fault is charged to its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from framework.config import Config, check_capital, load_config
from framework.model.errors import ConfigError
from framework.model.money import Amount

Load = Callable[..., Config]
FaultsOf = Callable[..., list[str]]
ROOT = Path(__file__).parents[2]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'


def test_the_bundled_settings_load_and_their_capital_fits() -> None:
    for name in ("paper.toml", "paper-minute.toml"):
        config = load_config(ROOT / "config" / name)
        check_capital(config.seats(), config.paper.balances)
        assert config.seats()


def test_layers_are_file_then_local_file_then_environment_then_command_line(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "[paper]\nseed = 1\nspeed = 1\nloop = false\nrules = 'a'\n"
    load("")
    Path("config/paper.local.toml").write_text("[paper]\nseed = 2\nspeed = 2\nloop = true\n")
    monkeypatch.setenv("BOT_PAPER__SEED", "3")
    monkeypatch.setenv("BOT_PAPER__SPEED", "3")
    config = load(text, {"paper": {"speed": "max"}})
    assert (config.paper.rules, config.paper.loop, config.paper.seed, config.paper.speed) == ("a", True, 3, "max")


def test_the_environment_reaches_strategies_and_needs_no_json_for_text(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_STRATEGY__SMA__PARAMS__FAST", "5")
    monkeypatch.setenv("BOT_STRATEGY__SMA__PARAMS__TIMEFRAME", "5s")
    monkeypatch.setenv("BOT_STRATEGY__SMA__PARAMS__INSTRUMENTS", '["BTC/USDT@bitget"]')
    monkeypatch.setenv("BOT_STRATEGY__SMA__CAPITAL", "500 USDT, 0.1 BTC")
    monkeypatch.setenv("BOT_PAPER__BALANCES", '["1 BTC"]')
    monkeypatch.setenv("BOT_REPORT_CURRENCY", "EUR")
    config = load(SMA)
    (seat,) = config.seats()
    assert seat.parameters == {"fast": "5", "timeframe": "5s", "instruments": ["BTC/USDT@bitget"]}
    assert [str(amount) for amount in seat.capital] == ["500 USDT", "0.1 BTC"]
    assert config.paper.balances == (Amount(Decimal(1), "BTC"),)
    assert config.report_currency == "EUR"


@pytest.mark.fault("O1")
def test_unknown_variables_are_faults_with_the_nearest_spelling(
    faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_PAPR__SEED", "1")
    monkeypatch.setenv("BOT_PAPER__SEDE", "1")
    monkeypatch.setenv("BOT_STRATEGY__SMA__CAPITOL", "1 USDT")
    monkeypatch.setenv("BOT_NO_BOOTSTRAP", "1")
    monkeypatch.setenv("BOT_SET_UP_ENDED", "1:2.5")
    monkeypatch.setenv("OTHER_PAPER", "1")
    assert faults_of(SMA) == [
        "environment: BOT_PAPR__SEED: unknown variable; did you mean 'BOT_PAPER'?",
        "environment: BOT_PAPER__SEDE: unknown key; did you mean 'seed'?",
        "environment: BOT_STRATEGY__SMA__CAPITOL: unknown key; did you mean 'capital'?",
    ]


def test_faults_are_charged_to_the_layer_that_set_them(faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PAPER__SEED", "many")
    assert faults_of("[paper]\nseed = 1\n", {"paper": {"speed": "quick"}}) == [
        "environment: BOT_PAPER__SEED: expected a valid integer, found 'many'",
        "command line: [paper] speed: expected a whole number from 1 to 1000000, or \"max\", found 'quick'",
    ]


@pytest.fixture
def _usual_depth() -> Iterator[None]:
    """The interpreter's own limit: a property test of the same worker may have left a higher one."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("_usual_depth")
def test_settings_nested_without_end_are_said_in_words(tmp_path: Path) -> None:
    for number, text in enumerate((f"x = {'[' * 5000}{']' * 5000}", f"{'a.' * 5000}a = 1")):
        file = tmp_path / f"deep{number}.toml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError, match="a few levels deep"):
            load_config(file)


def test_what_said_a_key_is_known_for_messages(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_PAPER__RULES", "bitget-spot")
    config = load("[paper]\nseed = 1\n" + SMA, {"paper": {"tape": "x"}}).only(["sma"])
    assert config.place_of("paper", "seed") == "config/paper.toml"
    assert config.place_of("paper", "rules") == "environment"
    assert config.place_of("paper", "tape") == "command line"
