"""`run.py check`: what it prints, and its exit code."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path

import pytest

from framework.cli import check

ROOT = Path(__file__).parents[2]
PLUGIN = "from framework import Strategy\nclass X(Strategy):\n    fast: int = 3\n"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().startswith("BOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir()
    Path("config").mkdir()
    Path("strategies/x.py").write_text(PLUGIN)
    Path("config/paper.toml").write_text('[strategy.a]\nuse = "x"\ncapital = "1 USDT"\n')


def run(*argv: str) -> int:
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    return check.run(parser.parse_args(argv))


def test_a_sound_project_gives_0(capsys: pytest.CaptureFixture[str]) -> None:
    Path("config/paper.local.toml").write_text("[paper]\nseed = 3\n")
    assert run() == 0
    assert capsys.readouterr().out == "No fault in the plugins and in config/paper.toml.\n"


def test_the_bundled_project_gives_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert run() == 0


def test_faults_of_plugins_and_settings_are_printed_together_and_give_1(capsys: pytest.CaptureFixture[str]) -> None:
    Path("strategies/y.py").write_text("import ccxt\n")
    Path("config/paper.toml").write_text("[paper]\nsped = 1\n")
    Path("config/second.toml").write_text("[papr]\n")
    assert run() == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" ")[0] for line in lines[:3]] == [
        "strategies/y.py:1:",
        "config/paper.toml:2:",
        "config/second.toml:1:",
    ]
    assert lines[3] == "3 faults, 0 warnings in the plugins and in config/paper.toml, config/second.toml."


def test_warnings_alone_give_0(capsys: pytest.CaptureFixture[str]) -> None:
    Path("strategies/x.py").write_text(f"{PLUGIN}    seen = []\n    def on_stop(self): self.seen.append(1)\n")
    assert run() == 0
    assert "0 faults, 1 warning in" in capsys.readouterr().out


def test_json_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    Path("strategies/y.py").write_text("import ccxt\n")
    assert run("--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["errors"], answer["warnings"]) == (1, 0)
    (fault,) = answer["faults"]
    assert (fault["file"], fault["line"], fault["severity"]) == ("strategies/y.py", 1, "error")
    assert fault["what"] == "imports ccxt"
    assert fault["fix"]


def test_settings_and_folder_may_be_named() -> None:
    Path("elsewhere").mkdir()
    shutil.copy(ROOT / "strategies/sma_cross.py", "elsewhere/mine.py")
    Path("other.toml").write_text('[strategy.mine]\nuse = "mine"\ncapital = "10 USDT"\n')
    Path("strategies/bad.py").write_text("import ccxt\n")
    assert run("--config", "other.toml", "--strategies", "elsewhere") == 0
    assert run("--config", "missing.toml", "--strategies", "elsewhere") == 1


def test_limits_that_the_tape_cannot_hold_are_faults(capsys: pytest.CaptureFixture[str]) -> None:
    limits = '[limits]\nmax_loss = "5 EUR"\n[limits.instrument."BTC/USDC@bitget"]\nmax_open_orders = 1\n'
    settings = '[strategy.a]\nuse = "x"\ncapital = "1 USDT"\n'
    Path("config/paper.toml").write_text(settings + limits)
    assert run() == 1
    out = capsys.readouterr().out
    assert "config/paper.toml: [limits] max_loss: no market of this run values its money in EUR" in out
    assert "no such instrument in this run; did you mean 'BTC/USDT@bitget'?" in out


def test_what_a_start_would_find_is_found(capsys: pytest.CaptureFixture[str]) -> None:
    Path("strategies/x.py").write_text(PLUGIN + '    def on_start(self):\n        self.quotes("BTC/USDC@bitget")\n')
    assert run() == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[0].startswith("config/paper.toml: a would be put aside at its start: ")
    assert told.err == ""  # not in the log as well
    assert (
        "no instrument 'BTC/USDC@bitget' in this run; did you mean 'BTC/USDT@bitget'? (x.py:5)"
        in told.out.splitlines()[0]
    )


def test_a_key_in_the_environment_is_no_fault_and_a_wrong_variable_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOT_SECRETS", "/home/anna/.bot-secrets")
    monkeypatch.setenv("BOT_BITGET_KEY", "bg_0123456789abcdef")
    shutil.copy("config/paper.toml", "config/second.toml")
    assert run() == 0
    monkeypatch.setenv("BOT_PAPR__SPEED", "max")
    assert run() == 1
    told = capsys.readouterr().out
    assert told.count("BOT_PAPR__SPEED") == 1
    assert "1 fault, " in told


def test_in_a_folder_that_is_no_bots_nothing_is_said_to_be_sound(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run() == 1
    assert "nothing to check: no settings there, no plugins in strategies (go to the folder" in capsys.readouterr().out
