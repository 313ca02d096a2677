"""The plain writer: what it says it wrote is there, and what it could not write is said."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.kernel.journal import JournalWriter, frames, read_journal
from framework.kernel.journal.reading import Reading
from framework.kernel.records import StrategyQuarantined, Turn
from framework.model.errors import DataError, InvariantError
from tests.kernel.journal.examples import BEGIN, RECORDS, written
from tests.simulation.disk import SimulatedDisk

PATH = Path("run") / "journal.bin"


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal", "r1")
    for record in RECORDS:
        writer.write(record)
        writer.flush()
        assert writer.sha256 == hashlib.sha256((tmp_path / "journal").read_bytes()).hexdigest()
    writer.close()
    assert writer.sha256 == hashlib.sha256((tmp_path / "journal").read_bytes()).hexdigest()


def test_what_was_flushed_is_there_before_the_journal_is_closed(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "journal", "r1") as writer:
        writer.write(RECORDS[0])
        writer.flush()
        assert list(read_journal(tmp_path / "journal")) == RECORDS[:1]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    written(tmp_path / "a" / "b" / "journal", *RECORDS)
    assert list(read_journal(tmp_path / "a" / "b" / "journal")) == RECORDS


# What cannot be written.


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    before = written(tmp_path / "journal", *RECORDS)
    with pytest.raises(DataError, match=r"expected to write, found: File exists; .* give another folder"):
        JournalWriter(tmp_path / "journal", "r1")
    assert (tmp_path / "journal").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=rf"journal {tmp_path}/file/journal: expected to write, found: "):
        JournalWriter(tmp_path / "file" / "journal", "r1")


@pytest.mark.fault("P9")
@pytest.mark.parametrize("act", [JournalWriter.flush, JournalWriter.close], ids=["flush", "close"])
def test_a_full_disk_is_a_data_error_with_the_remedy(act: Callable[[JournalWriter], None]) -> None:
    disk = SimulatedDisk()
    writer = JournalWriter(PATH, "r1", disk)
    writer.write(RECORDS[0])
    disk.faults.room_bytes = 20
    with pytest.raises(DataError, match=r"found: No space left on device; nothing is traded without .* make room"):
        act(writer)
    size = disk.size_bytes(PATH)
    disk.faults.room_bytes = None
    with pytest.raises(DataError, match="No space left on device"):
        writer.flush()
    writer.close()
    assert disk.size_bytes(PATH) == size, "nothing may be written behind a torn record"


@pytest.mark.fault("P9")
@pytest.mark.parametrize("room", [0, 5, BEGIN - 1])
def test_a_disk_that_is_full_from_the_start_is_a_data_error(room: int) -> None:
    disk = SimulatedDisk()
    disk.faults.room_bytes = room
    with pytest.raises(DataError, match=r"found: No space left on device"):
        JournalWriter(PATH, "r1", disk)


def test_no_room_for_the_end_leaves_every_record(tmp_path: Path) -> None:
    disk = SimulatedDisk()
    writer = JournalWriter(PATH, "r1", disk)
    writer.write(RECORDS[0])
    writer.flush()
    disk.faults.room_bytes = 3
    with pytest.raises(DataError, match="No space left on device"):
        writer.close()
    assert list(Reading(PATH, disk.read(PATH)).records()) == RECORDS[:1]


def test_closing_twice_closes_once(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal", "r1")
    writer.close()
    digest = writer.sha256
    writer.close()
    assert writer.sha256 == digest


LIMITED = """
import resource, signal, sys
from pathlib import Path
from framework.kernel.journal import JournalWriter
from framework.kernel.records import Turn
from framework.model.errors import DataError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with JournalWriter(Path(sys.argv[1]), "r1") as writer:
        for number in range(100_000):
            writer.write(Turn(number, number))
except DataError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a matter of Unix")
def test_what_was_written_before_the_disk_was_full_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith(f"journal {path}: expected to write, found: File too large; ")
    assert run.stderr == ""
    kept = list(read_journal(path))
    assert kept == [Turn(number, number) for number in range(len(kept))]
    assert len(kept) > 4_000
    assert path.stat().st_size == 100_000


def test_a_record_that_no_reader_would_take_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "RECORD_BYTES_MAX", 100)
    with pytest.raises(InvariantError, match="expected records of at most 100 bytes"):
        written(tmp_path / "journal", Turn(1, 1), StrategyQuarantined("mm", "x" * 100), Turn(2, 2))
    assert list(read_journal(tmp_path / "journal")) == [Turn(1, 1)]
