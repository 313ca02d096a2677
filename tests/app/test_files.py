"""A run's folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.app.files import NOTE, RunFiles, fresh_folder, read_note
from framework.kernel.clock import ManualClock
from framework.kernel.logging import get_logger
from framework.model.errors import ConfigError, DataError
from tests.app.conftest import MakeConfig


def test_each_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    folders = {fresh_folder(tmp_path, "0123456789abcdef") for _ in range(3)}
    assert len(folders) == 3
    assert all("01234567" in folder.name for folder in folders)


def test_a_file_in_the_place_of_the_folder_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"expected a folder to write to, found: .*name another with --folder"):
        fresh_folder(tmp_path / "var", "0123456789abcdef")


def test_the_note_tells_how_it_was_played(config: MakeConfig) -> None:
    files = RunFiles(config(speed=7))
    files.open("0123456789abcdef")
    files.close()
    assert read_note(files.journal) == {
        "tape": "binance-2024-08-08",
        "speed": 7,
        "config": "config/paper.toml",
    }


def test_no_note_is_an_empty_one(tmp_path: Path) -> None:
    assert read_note(tmp_path / "journal.bin") == {}


def test_a_damaged_note_is_an_error(tmp_path: Path) -> None:
    (tmp_path / NOTE).write_text("[", encoding="utf-8")
    with pytest.raises(DataError, match="expected JSON"):
        read_note(tmp_path / "journal.bin")
    for note in ([1], {"tape": 5}, {"tape": None}):
        (tmp_path / NOTE).write_text(json.dumps(note), encoding="utf-8")
        with pytest.raises(DataError, match="whose tape is a text"):
            read_note(tmp_path / "journal.bin")


def test_the_log_goes_to_the_folder_with_the_clock_of_the_run(config: MakeConfig) -> None:
    files = RunFiles(config())
    files.open("0123456789abcdef")
    files.begin_log(ManualClock(3_723_000_000_000))
    get_logger().warning("order.sent", order="x", api_key="canary")
    files.close()
    text = (files.folder / "run.log").read_text(encoding="utf-8")
    assert text == "01:02:03 warning order.sent api_key=[hidden] order=x\n"
