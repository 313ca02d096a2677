"""What is wrong with a settings file, parameters included, with lines."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.plugins import Library
from framework.plugins.check import check_settings

ROOT = Path(__file__).parents[3]
PLUGIN = "from framework import Strategy\nclass X(Strategy):\n    fast: int = 3\n    instrument: str = ''\n"
Check = Callable[[str], list[str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    """The findings of settings beside a plugin `x` and one without `instrument`, `y`."""
    for name in list(os.environ):
        if name.upper().startswith("BOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir()
    Path("strategies/x.py").write_text(PLUGIN)
    Path("strategies/y.py").write_text(PLUGIN.partition("    instrument")[0])
    Path("strategies/broken.py").write_text("1 / 0\n")

    def texts(text: str) -> list[str]:
        Path("paper.toml").write_text(text)
        return [finding.text for finding in check_settings(Path("paper.toml"), Library(Path("strategies")))]

    return texts


def test_the_bundled_settings_have_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for name in ("paper.toml", "paper-minute.toml"):
        assert check_settings(Path("config") / name, Library(Path("strategies"))) == []


def test_unknown_parameters_come_with_line_and_nearest_spelling(check: Check) -> None:
    assert check(
        """
        [strategy.a]
        use = "x"
        capital = "1 USDT"
        each = ["BTC/USDT@b"]
        params = { fsat = 5 }
        params_for."BTC/USDT@b" = { fast = "soon" }
        [strategy.b]
        use = "x"
        enabled = false
        capital = "1 USDT"
        [strategy.b.params]
        fast = 4
        slow = 5
        """
    ) == [
        "paper.toml:6: [strategy.a] params.fsat: X has no parameter 'fsat'; did you mean 'fast'?",
        "paper.toml:7: [strategy.a] params_for.BTC/USDT@b.fast: expected a whole number, found 'soon'",
        "paper.toml:14: [strategy.b] params.slow: X has no parameter 'slow'; known: fast, instrument",
    ]


def test_a_plugin_that_is_not_there_comes_with_the_nearest(check: Check) -> None:
    (text,) = check('[strategy.a]\ncapital = "1 USDT"\nuse = "brokn"\n')
    assert text.startswith("paper.toml:3: [strategy.a] use: no plugin 'brokn' in strategies")
    assert text.endswith("did you mean 'broken'?")


def test_a_plugin_that_does_not_import_is_told_where_it_stands_and_not_here(check: Check) -> None:
    assert check('[strategy.a]\ncapital = "1 USDT"\nuse = "broken"\nparams.z = 3\n') == []


def test_each_needs_a_parameter_to_set(check: Check) -> None:
    (text,) = check('[strategy.a]\ncapital = "1 USDT"\nuse = "y"\neach = ["BTC/USDT@b"]\n')
    assert text == "paper.toml:4: [strategy.a] each: X has no parameter instrument for it to set"


def test_faults_of_the_settings_have_their_lines(check: Check) -> None:
    assert check("[paper]\nsped = 3\n") == ["paper.toml:2: [paper] sped: unknown key; did you mean 'speed'?"]
    assert check("[paper\n")[0].startswith("paper.toml: expected TOML: ")


def test_capital_above_the_balances_is_found(check: Check) -> None:
    (text,) = check('[strategy.a]\ncapital = "10001 USDT"\nuse = "x"\n')
    assert text.startswith("paper.toml: capital: expected at most the 10000 USDT of [paper] balances, found 10001 USDT")


@pytest.mark.parametrize("text", ["", "[strategy.a]\nenabled = false\ncapital = '1 USDT'\nuse = 'x'\n"])
def test_settings_without_an_enabled_strategy_are_found(check: Check, text: str) -> None:
    assert check(text) == ["paper.toml: expected at least one enabled [strategy.NAME] table, found none"]


def test_live_settings_without_limits_are_found_and_their_capital_is_the_venues_business(check: Check) -> None:
    live = '[live]\nvenue = "plain"\nmarkets = ["BTC/USDT"]\n[strategy.a]\ncapital = "99999 USDT"\nuse = "x"\n'
    assert "paper.toml: [limits.strategy.a] max_loss: missing; live trading needs it there or in [limits]" in check(
        live
    )
    assert not [line for line in check(live) if "balances" in line]


def test_a_strategy_that_cannot_be_made_is_a_finding(check: Check) -> None:
    Path("strategies/odd.py").write_text(
        "from framework import Strategy\nclass Odd(Strategy):\n    def __init__(self, **p):\n        raise SystemExit(3)\n"
    )
    (finding,) = check('[strategy.a]\nuse = "odd"\ncapital = "1 USDT"\n')
    assert "strategies/odd.py:4: SystemExit: 3" in finding
    assert finding.startswith("paper.toml:1")
