"""`run.py replay` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.app.replay.session import TOO_OLD
from framework.cli import DONE, FAILED, USAGE, main
from framework.cli.replay import NOT_WHOLE
from tests.app.replay.test_sessions import journal_of, session

KEPT = Path(__file__).parents[1] / "replays"


@pytest.fixture
def run_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A finished run."""
    assert main(["paper", "--speed", "max", "--only", "sma", "--json", "--folder", str(tmp_path)]) == DONE
    return Path(json.loads(capsys.readouterr().out.splitlines()[-1])["journal"]).parent


def test_it_says_identical(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(run_folder)]) == DONE
    assert "identical" in capsys.readouterr().out
    assert main(["replay", str(run_folder / "journal.bin"), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["is_identical"] is True


def test_a_flipped_bit_is_said_in_words(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = run_folder / "journal.bin"
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    assert main(["replay", str(run_folder)]) == FAILED
    assert "expected a whole record at byte" in capsys.readouterr().err


def test_a_daemons_folder_replays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(KEPT / "kill"), "--with-changes"]) == DONE
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 of 2 sessions identical")
    assert main(["replay", str(KEPT / "kill" / "journal"), "--with-changes", "--json"]) == DONE
    assert [each["is_identical"] for each in json.loads(capsys.readouterr().out)["sessions"]] == [True, True]
    old = journal_of(tmp_path / "journal", session("a", 1))
    assert main(["replay", str(old)]) == NOT_WHOLE
    assert TOO_OLD in capsys.readouterr().out


def test_a_tape_is_refused_where_the_journal_holds_what_was_heard(capsys: pytest.CaptureFixture[str]) -> None:
    for verb, *more in (["replay"], ["replay", "--what-if", "mm.spread_bps=4"], ["report"]):
        assert main([verb, str(KEPT / "kill"), "--tape", "elsewhere", *more]) == USAGE
        told = capsys.readouterr().err
        assert "--tape elsewhere: expected a run on a tape, found a daemon's" in told
        assert told.endswith("its journal holds what it heard; leave --tape out\n")


def test_what_if_tells_the_intents_that_would_differ(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(run_folder), "--what-if", "sma/ETH.fast=6"]) == DONE
    assert capsys.readouterr().out.splitlines()[-1] == "no intent differs"
    changed = ["replay", str(run_folder), "--what-if", "sma/ETH.fast=3", "--what-if", "sma/ETH.slow=9", "--show", "1"]
    assert main(changed) == FAILED
    out = capsys.readouterr().out
    assert "what if sma/ETH.fast=3 sma/ETH.slow=9" in out
    assert out.count("  what if  ") == 1
    assert main([*changed, "--json"]) == FAILED
    assert len(json.loads(capsys.readouterr().out)["differences"]) == 1
    assert main(["replay", str(KEPT / "kill"), "--what-if", "mm.spread_bps=4", "--json"]) == FAILED
    assert len(json.loads(capsys.readouterr().out)["sessions"]) == 2


@pytest.mark.parametrize("text", ["sma", "smo.fast=3", "sma.fats=3"])
def test_a_parameter_that_is_not_there_is_usage(
    run_folder: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(run_folder), "--what-if", text]) == USAGE
    assert "expected STRATEGY" in (err := capsys.readouterr().err) or "did you mean" in err


def test_of_code_that_changed_the_intents_that_differ_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Path("config/paper.toml").read_text(encoding="utf-8").replace('"sma_cross"', '"mine"')
    code = Path("strategies/sma_cross.py").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    Path("strategies").mkdir()
    Path("strategies/mine.py").write_text(code, encoding="utf-8")
    Path("own.toml").write_text(settings, encoding="utf-8")
    assert main(["paper", "--config", "own.toml", "--speed", "max", "--only", "sma", "--json", "--folder", "v"]) == DONE
    capsys.readouterr()
    Path("strategies/mine.py").write_text(code.replace("fast > slow", "fast < slow"), encoding="utf-8")
    assert main(["replay", "last", "--folder", "v", "--with-changes", "--show", "1"]) == FAILED
    out = capsys.readouterr().out
    assert "journal: IntentTaken" in out
    assert "what if it had the code of today" in out
    assert "sma/BTC" in out.splitlines()[-2]
