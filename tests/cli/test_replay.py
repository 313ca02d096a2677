"""`run.py replay` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli import DONE, FAILED, main


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
