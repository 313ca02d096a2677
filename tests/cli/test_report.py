"""`run.py report` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.cli import DONE, USAGE, main


def test_it_says_where_the_report_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paper", "--speed", "max", "--only", "sma", "--json", "--folder", str(tmp_path)]) == DONE
    report = Path(json.loads(capsys.readouterr().out.splitlines()[-1])["report"])
    report.unlink()
    assert main(["report", str(report.parent)]) == DONE
    assert capsys.readouterr().out == f"report      {report}\n"
    assert report.is_file()


def test_a_missing_run_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path / "none")]) == USAGE
    assert "found no such place" in capsys.readouterr().err
