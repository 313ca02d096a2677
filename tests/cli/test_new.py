"""`run.py new`: three things that work together, or nothing at all."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from framework.cli import check, new
from framework.config import load_config
from framework.model.errors import ConfigError
from framework.plugins import load_plugin

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("BOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "config", "config", ignore=shutil.ignore_patterns("*.local.toml"))
    shutil.copytree(ROOT / "strategies", "strategies", ignore=shutil.ignore_patterns("__pycache__"))


def make(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    new.add_arguments(parser)
    return new.run(parser.parse_args(argv))


def outcome() -> str:
    """What the generated tests say; they must pass."""
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir=.", "tests"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([".", str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout
    return answer.stdout


def files() -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in sorted(Path().rglob("*")) if path.is_file()}


def test_plugin_test_and_settings_are_made_and_check_finds_no_fault(capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("config/paper.toml").read_text()
    assert make("my_idea") == 0
    assert "Made strategies/my_idea.py, tests/strategies/test_my_idea.py" in capsys.readouterr().out
    assert load_plugin("my_idea").__name__ == "MyIdea"
    config = load_config(Path("config/paper.toml"))
    assert config.seats()[-1].use == "my_idea"
    assert config.strategy["my_idea"].enabled
    assert Path("config/paper.toml").read_text().startswith(before), "what was there is untouched"

    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    assert check.run(parser.parse_args([])) == 0


def test_it_says_what_to_do_next_in_commands_that_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    make("my_idea")
    said = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1] for line in said[2:]] == [
        "python3 run.py paper --only my_idea",
        "edit strategies/my_idea.py",
        "python3 run.py check",
        'make test ARGS="tests/strategies/test_my_idea.py"',
    ]
    assert max(map(len, said[1:])) <= 110
    Path("own.toml").write_text(Path("config/paper.toml").read_text().replace("my_idea", "mine"))
    make("second", "--config", "own.toml")
    assert "python3 run.py paper --only second --config own.toml" in capsys.readouterr().out


def test_the_generated_test_passes() -> None:
    make("my_idea")
    assert "2 passed" in outcome()


def test_it_takes_market_currency_and_bars_of_the_settings() -> None:
    """The minute tape has BTC/USD in candles, and the account holds USD alone."""
    assert make("minute_idea", "--config", "config/paper-minute.toml") == 0
    config = load_config(Path("config/paper-minute.toml"))
    assert [str(amount) for amount in config.seats()[-1].capital] == ["500 USD"]
    assert config.seats()[-1].parameters == {"instrument": "BTC/USD@bitget"}
    assert load_plugin("minute_idea")().timeframe == "1m"
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    assert check.run(parser.parse_args(["--config", "config/paper-minute.toml"])) == 0
    assert "2 passed" in outcome()


def test_the_generated_strategy_is_short() -> None:
    make("my_idea")
    lines = Path("strategies/my_idea.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 24


def test_several_fit_the_balances_until_they_are_used_up() -> None:
    for number in range(5):
        make(f"idea_{number}")
    Path("config/paper.local.toml").write_text('[strategy.mm]\ncapital = "9500 USDT"\n')
    before = files()
    with pytest.raises(ConfigError, match=r"capital: expected at most the 20000 USDT of \[paper\] balances"):
        make("one_more")
    assert files() == before


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("My-Idea", "expected a name of 1 to 24"),
        ("../evil", "expected a name of 1 to 24"),
        ("1st", "expected a name of 1 to 24"),
        ("_hidden", "expected a name of 1 to 24"),
        ("x" * 25, "expected a name of 1 to 24"),
        ("class", "a word of Python's own"),
        ("strategy", "Strategy is a name of framework's own; choose another, such as my_strategy"),
        ("sma_cross", "strategies/sma_cross.py.* is there already and stays as it is"),
        ("mm", r"config/paper\.toml has a \[strategy\.mm\] already"),
    ],
)
def test_names_that_cannot_be_used_change_nothing(name: str, complaint: str) -> None:
    before = files()
    with pytest.raises(ConfigError, match=complaint):
        make(name)
    assert files() == before


def test_faulty_settings_are_told_and_nothing_is_made() -> None:
    Path("config/paper.toml").write_text("[paper]\nsped = 1\n")
    before = files()
    with pytest.raises(ConfigError, match="did you mean 'speed'"):
        make("my_idea")
    assert files() == before


def test_settings_that_cannot_take_a_table_are_told_and_nothing_is_made() -> None:
    Path("config/paper.toml").write_text('strategy = { a = { use = "x", capital = "1 USDT" } }\n')
    before = files()
    with pytest.raises(ConfigError, match="cannot take a table at its end"):
        make("my_idea")
    assert files() == before


def test_a_test_that_is_there_is_never_written_over() -> None:
    path = Path("tests/strategies/test_my_idea.py")
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"tests/strategies/test_my_idea\.py is there already"):
        make("my_idea")
    assert path.read_text() == "mine"
