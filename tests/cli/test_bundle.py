from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from framework.cli import main
from tests.app.test_bundle import run_of


def test_a_bundle_says_what_stands_in_it_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, out = run_of(tmp_path / "run"), tmp_path / "for-support.zip"
    assert main(["bundle", str(run), "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "steps.jsonl" in said and f"{out}: read it before you publish it" in said
    assert zipfile.is_zipfile(out)
    assert main(["bundle", str(run), "--out", str(out)]) == 1
    assert "cannot be written: File exists" in capsys.readouterr().err


def test_no_run_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "last", "--folder", str(tmp_path)]) == 2
    assert "no run in" in capsys.readouterr().err
