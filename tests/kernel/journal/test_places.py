"""Where a journal is, from what a person names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from framework.kernel.clock import ManualClock
from framework.kernel.journal import Chain, JournalWriter, encode
from framework.kernel.journal.places import find_journal, records_of, run_named
from framework.kernel.records import Turn
from framework.model.errors import ConfigError, DataError


def test_the_journal_of_a_tape_run_is_found_by_its_folder_and_by_its_file(tmp_path: Path) -> None:
    file = tmp_path / "journal.bin"
    with JournalWriter(file, "r1") as writer:
        writer.write(Turn(1, 1))
    for place in (tmp_path, file):
        assert find_journal(place) == file
        assert list(records_of(find_journal(place))) == [Turn(1, 1)]


def test_the_journal_of_a_daemon_is_found_by_either_folder(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "journal", "r1", ManualClock())
    chain.append(encode(Turn(1, 1)), 1)
    chain.close()
    for place in (tmp_path, tmp_path / "journal"):
        assert find_journal(place) == tmp_path / "journal"
        assert list(records_of(find_journal(place))) == [Turn(1, 1)]


@pytest.mark.parametrize("place", [".", "empty"])
def test_no_journal_is_said_in_words(tmp_path: Path, place: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"expected a journal's file, or a folder with journal.bin .* found no"):
        find_journal(tmp_path / place)


def test_no_such_place_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found no such place"):
        find_journal(tmp_path / "none")


def write_at(journal: Path, instant_ns: int) -> None:
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.touch()
    os.utime(journal, ns=(instant_ns, instant_ns))


def test_last_is_the_run_whose_journal_was_written_last(tmp_path: Path) -> None:
    account = tmp_path / "live" / "plain-main"
    write_at(tmp_path / "paper" / "20240809-1" / "journal.bin", 1)
    write_at(account / "journal" / "journal-000001.bin", 2)
    write_at(account / "journal" / "journal-000002.bin", 4)
    write_at(tmp_path / "paper" / "20240810-1" / "journal.bin", 3)
    (tmp_path / "paper" / "20240811-1").mkdir()  # without a journal
    assert run_named("last", tmp_path) == account
    write_at(tmp_path / "paper" / "20240809-1" / "journal.bin", 5)
    assert run_named("last", tmp_path) == tmp_path / "paper" / "20240809-1"
    assert run_named("else", tmp_path) == Path("else")


def test_runs_written_at_one_instant_go_by_name(tmp_path: Path) -> None:
    for name in ("20240810-1", "20240811-1", "20240809-1"):
        write_at(tmp_path / "paper" / name / "journal.bin", 1)
    assert run_named("last", tmp_path) == tmp_path / "paper" / "20240811-1"
    with pytest.raises(ConfigError, match="no run in"):
        run_named("last", tmp_path / "paper")
