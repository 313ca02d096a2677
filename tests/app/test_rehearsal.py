"""A start without a run finds what a start would."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.app.rehearsal import rehearse
from framework.config import load_config
from framework.model.errors import ConfigError
from framework.plugins import Library, time_limit

CANDLES = "time,open,high,low,close,volume\n" + "".join(f"{1_700_000_000 + 60 * n},1,2,1,1,5\n" for n in range(5))
SETTINGS = '[paper]\ntape = "prices.csv"\nsymbol = "BTC/USDT"\nbalances = ["100 USDT"]\n[strategy.x]\nuse = "x"\n'
HEAD = "from framework import Bar, Sma, Strategy\nclass X(Strategy):\n    length: int = 3\n    def on_start(self):\n"
BOOKS = '        self.bars("BTC/USDT@bitget", "1m")\n'


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("BOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    Path("prices.csv").write_text(CANDLES)


def rehearsed(body: str, settings: str = SETTINGS) -> list[tuple[str, str]]:
    Path("mine/x.py").write_text(HEAD + body)
    Path("own.toml").write_text(f'{settings}capital = "50 USDT"\n')
    return list(rehearse(load_config(Path("own.toml")), Library(Path("mine"))))


def test_a_sound_start_finds_nothing() -> None:
    assert rehearsed(BOOKS) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('        self.quotes("BTC/USDC@bitget")\n', "no instrument 'BTC/USDC@bitget' in this run; did you mean"),
        (f"{BOOKS}        self.mean = Sma(self.length - 3)\n", "Sma: expected length to be a whole number from 1"),
        (f"{BOOKS}        self.mean = Sma(period=3)\n", "unexpected keyword argument 'period' (x.py:6)"),
    ],
)
def test_what_on_start_raises_is_found_with_its_place(body: str, reason: str) -> None:
    ((strategy, found),) = rehearsed(body)
    assert strategy == "x"
    assert reason in found
    assert "(x.py:" in found


def test_bars_that_cannot_be_built_of_the_tapes_candles_are_found() -> None:
    """A run would put it aside at its first candle."""
    ((strategy, found),) = rehearsed('        self.bars("BTC/USDT@bitget", "5s")\n')
    assert strategy == "x"
    assert "5s cannot be built from the 1m bars of the feed; expected a whole multiple of 1m" in found
    assert rehearsed('        self.bars("BTC/USDT@bitget", "5m")\n') == []
    minutes = SETTINGS.replace('"prices.csv"\nsymbol = "BTC/USDT"', '"coinbase-2018-04"').replace("USDT", "USD")
    Path("mine/x.py").write_text(f'{HEAD}        self.bars("ETH/USD@bitget", "90s")\n')
    Path("own.toml").write_text(f'report_currency = "USD"\n{minutes}capital = "50 USD"\n')
    ((_, found),) = rehearse(load_config(Path("own.toml")), Library(Path("mine")))
    assert "90s cannot be built from the 1m bars" in found


def test_a_start_that_does_not_end_is_ended_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "SECONDS_MAX", 0.05)
    ((_, found),) = rehearsed("        while True:\n            pass\n")
    assert "still running after 0.05 s" in found
    assert "(x.py:" in found


def test_what_a_run_would_refuse_is_raised() -> None:
    body = f'{BOOKS}    instrument: str = "ETH/USDT@bitget"\n'
    with pytest.raises(ConfigError, match=r"no instrument 'ETH/USDT@bitget' in tape prices\.csv"):
        rehearsed(body)


def test_a_live_feeds_start_is_rehearsed_without_a_network() -> None:
    feed = SETTINGS.replace('tape = "prices.csv"\nsymbol = "BTC/USDT"\n', 'feed = "bitget"\nmarkets = ["NEW/USDT"]\n')
    with pytest.raises(ConfigError, match=r"in \[paper\] markets"):
        rehearsed('        pass\n    instrument: str = "BTC/USDT@bitget"\n', feed)
    assert rehearsed('        self.quotes("NEW/USDT@bitget")\n', feed) == []
