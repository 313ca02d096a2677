"""The journal file: what was written is read again, a torn tail is told from damage, and damage is never taken for truth."""

from __future__ import annotations

import errno
import hashlib
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.kernel import journal
from framework.kernel.clock import ManualClock
from framework.kernel.journal import FRAME, MAGIC, JournalWriter, TurnJournal, encode, read_journal, torn_bytes
from framework.kernel.records import (
    FORMAT,
    FeedNoted,
    IntentTaken,
    OrderMade,
    Record,
    ReportTaken,
    RequestSent,
    RunStarted,
    RunStopped,
    StrategyQuarantined,
    Turn,
)
from framework.model.errors import DataError, InvariantError
from framework.model.events import Fill, OrderReport, ReportKind, Source

FILL = Fill("t1", 6_165_512, 1_000, Decimal("0.0006165512"), "USDT", is_maker=True)
RECORDS: list[Record] = [
    RunStarted(FORMAT, "r1", "0.1.0", "3.11", "paper", "sample", "00", b"{}", {"mm": "11"}, 5),
    Turn(10, 3),
    IntentTaken("mm", "ladder", "BTC/USDT@bitget", "ladder 2"),
    OrderMade("id-1", "mm", "BTC/USDT@bitget", True, 1_000, 6_165_512, "gtc", True, False, ""),
    RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "place", ("id-1", "id-2"), ((1, 2),)),
    ReportTaken(OrderReport("id-1", 12, ReportKind.FILLED, Source.VENUE, "v1", fill=FILL)),
    FeedNoted("BTC/USDT@bitget", "gap", "3 trades missing"),
    StrategyQuarantined("mm", "ValueError: no"),
    RunStopped(20, 4, "end of tape"),
]

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(max_size=20)
MONEY = st.decimals(allow_nan=False, allow_infinity=False)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Everything that a field of that type may hold."""
    known = {int: NUMBERS, str: TEXTS, Decimal: MONEY}
    if kind in known:
        return known[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return structs(kind)
    parts = get_args(kind)
    if parts and type(None) in parts:
        return st.none() | values(parts[0])
    if parts and getattr(kind, "__origin__", None) is tuple:
        inner = values(parts[0])
        return st.lists(inner, max_size=4).map(tuple) if parts[-1] is ... else st.tuples(*map(values, parts))
    if parts and getattr(kind, "__origin__", None) is dict:
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=4)
    return st.from_type(kind)


def structs(kind: type[Any]) -> st.SearchStrategy[Any]:
    fields = {name: values(hint) for name, hint in get_type_hints(kind).items()}
    if kind is RunStarted:
        fields["format"] = st.just(FORMAT)
    return st.builds(kind, **fields)


def written(path: Path, *records: Record) -> bytes:
    """A journal with these records, and its bytes."""
    with JournalWriter(path) as writer:
        for record in records:
            writer.write(record)
    return path.read_bytes()


def frame_ends(records: list[Record]) -> list[int]:
    """Where each frame ends, the header first."""
    ends = [len(MAGIC)]
    for record in records:
        ends.append(ends[-1] + len(encode(record)))
    return ends


@pytest.mark.parametrize("kind", get_args(Record), ids=lambda kind: kind.__name__)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_record_is_read_as_it_was_written(kind: type[Any], tmp_path: Path, data: st.DataObject) -> None:
    records = data.draw(st.lists(structs(kind), min_size=1, max_size=3))
    path = tmp_path / "journal"
    path.unlink(missing_ok=True)
    written(path, *records)
    assert list(read_journal(path)) == records
    assert torn_bytes(path) == 0


def test_every_kind_of_record_is_among_the_examples() -> None:
    assert {type(record) for record in RECORDS} == set(get_args(Record))


def test_records_of_all_kinds_keep_their_order(tmp_path: Path) -> None:
    written(tmp_path / "journal", *RECORDS)
    assert list(read_journal(tmp_path / "journal")) == RECORDS


def test_a_journal_without_records_is_one(tmp_path: Path) -> None:
    assert written(tmp_path / "journal") == MAGIC
    assert list(read_journal(tmp_path / "journal")) == []
    assert torn_bytes(tmp_path / "journal") == 0


def test_the_bytes_of_a_frame_are_length_checksum_and_record() -> None:
    frame = encode(RECORDS[1])
    length, checksum = struct.unpack("<II", frame[:8])
    assert (length, checksum) == (len(frame) - 8, zlib.crc32(frame[8:]))
    assert msgspec.msgpack.decode(frame[8:]) == ["turn", 10, 3]


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal")
    for record in RECORDS:
        writer.write(record)
        writer.flush()
        assert writer.sha256 == hashlib.sha256((tmp_path / "journal").read_bytes()).hexdigest()
    writer.close()
    assert writer.sha256 == hashlib.sha256((tmp_path / "journal").read_bytes()).hexdigest()


def test_what_was_flushed_is_there_before_the_journal_is_closed(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "journal") as writer:
        writer.write(RECORDS[0])
        writer.flush()
        assert list(read_journal(tmp_path / "journal")) == RECORDS[:1]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    written(tmp_path / "a" / "b" / "journal", *RECORDS)
    assert list(read_journal(tmp_path / "a" / "b" / "journal")) == RECORDS


# Torn and damaged.


def test_torn_at_any_byte_exactly_the_whole_records_are_read(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", *RECORDS)
    ends = frame_ends(RECORDS)
    assert ends[-1] == len(whole)
    torn = tmp_path / "torn"
    for length in range(len(whole) + 1):
        torn.write_bytes(whole[:length])
        kept = sum(end <= length for end in ends[1:])
        assert list(read_journal(torn)) == RECORDS[:kept], length
        assert torn_bytes(torn) == length - (ends[kept] if length >= len(MAGIC) else 0), length


@pytest.mark.parametrize("zeros", [1, 7, 8, 9, 4096])
def test_zeros_at_the_end_are_a_torn_tail(tmp_path: Path, zeros: int) -> None:
    """After a power cut a file may have its new length and not its new bytes."""
    path = tmp_path / "journal"
    path.write_bytes(written(tmp_path / "whole", *RECORDS) + bytes(zeros))
    assert list(read_journal(path)) == RECORDS
    assert torn_bytes(path) == zeros


def test_zeros_in_the_middle_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(written(tmp_path / "whole", *RECORDS[:2]) + bytes(64) + encode(RECORDS[2]))
    at = frame_ends(RECORDS[:2])[-1]
    with pytest.raises(DataError, match=rf"at byte {at}, "):
        list(read_journal(path))


def test_a_flipped_bit_before_the_last_frame_is_named(tmp_path: Path) -> None:
    """In a length, a checksum or a record: whole records behind it tell damage from a torn tail."""
    whole = written(tmp_path / "whole", *RECORDS)
    ends, path = frame_ends(RECORDS), tmp_path / "flipped"
    for place in range(len(MAGIC), ends[-2]):
        frame = sum(end <= place for end in ends) - 1
        for bit in range(8):
            flipped = bytearray(whole)
            flipped[place] ^= 1 << bit
            path.write_bytes(flipped)
            found, error = read_until_error(path)
            assert found == RECORDS[:frame], (place, bit)
            assert error is not None, (place, bit)
            assert f"at byte {ends[frame]}, " in str(error), (place, bit)


def read_until_error(path: Path) -> tuple[list[Record], DataError | None]:
    found: list[Record] = []
    try:
        for record in read_journal(path):
            found.append(record)
    except DataError as error:
        return found, error
    return found, None


def test_a_flipped_bit_in_the_last_frame_is_a_torn_tail(tmp_path: Path) -> None:
    whole = bytearray(written(tmp_path / "whole", *RECORDS))
    whole[-1] ^= 1
    (tmp_path / "torn").write_bytes(whole)
    assert list(read_journal(tmp_path / "torn")) == RECORDS[:-1]
    assert torn_bytes(tmp_path / "torn") == len(encode(RECORDS[-1]))


def test_a_length_beyond_all_sense_is_damage_and_not_a_torn_tail(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(written(tmp_path / "whole", *RECORDS) + FRAME.pack(2**31, 0) + bytes(100))
    with pytest.raises(DataError, match=r"found a record of 2147483648 bytes; restore it from a copy"):
        list(read_journal(path))


@pytest.mark.parametrize("payload", [b"\xc1", b"\x90", msgspec.msgpack.encode(["what", 1]), b"\x93\xa4turn\x01\xa1x"])
def test_a_whole_frame_that_is_no_record_is_named_by_its_first_byte(tmp_path: Path, payload: bytes) -> None:
    path = tmp_path / "journal"
    frame = FRAME.pack(len(payload), zlib.crc32(payload)) + payload
    path.write_bytes(written(tmp_path / "whole", RECORDS[0]) + frame + encode(RECORDS[1]))
    at = frame_ends(RECORDS[:1])[-1]
    with pytest.raises(DataError, match=rf"at byte {at}, found a record this version cannot read"):
        list(read_journal(path))


@pytest.mark.parametrize("data", [b"t_us,k,a,b,c,d\n", b"BOTJRNX\n", b"X", b"\x00" * 20, b"botjrnl\n"])
def test_a_file_of_another_kind_is_no_journal(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "journal"
    path.write_bytes(data)
    for act in (lambda: list(read_journal(path)), lambda: torn_bytes(path)):
        with pytest.raises(DataError, match=r"expected to begin with .*; it is not a journal"):
            act()


def test_another_format_is_refused(tmp_path: Path) -> None:
    started = RECORDS[0]
    assert isinstance(started, RunStarted)
    written(tmp_path / "journal", msgspec.structs.replace(started, format=FORMAT + 1))
    with pytest.raises(DataError, match=rf"expected format {FORMAT}, found {FORMAT + 1}"):
        list(read_journal(tmp_path / "journal"))


def test_fields_that_a_later_version_adds_are_passed_over(tmp_path: Path) -> None:
    payload = msgspec.msgpack.encode(["turn", 10, 3, "new"])
    path = tmp_path / "journal"
    path.write_bytes(MAGIC + FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
    assert list(read_journal(path)) == [Turn(10, 3)]


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        for act in (lambda path=path: list(read_journal(path)), lambda path=path: torn_bytes(path)):
            with pytest.raises(DataError, match=rf"journal {path}: expected a readable file, found: "):
                act()


# What cannot be written.


def test_an_existing_file_is_never_written_over(tmp_path: Path) -> None:
    before = written(tmp_path / "journal", *RECORDS)
    with pytest.raises(DataError, match=r"expected to write, found: File exists; .* give another folder"):
        JournalWriter(tmp_path / "journal")
    assert (tmp_path / "journal").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DataError, match=rf"journal {tmp_path}/file/journal: expected to write, found: "):
        JournalWriter(tmp_path / "file" / "journal")


class FullDisk:
    """A file on a disk without room."""

    def fail(self, *_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write = flush = close = fail


@pytest.mark.parametrize(
    "act",
    [lambda writer: writer.write(RECORDS[0]), JournalWriter.flush, JournalWriter.close],
    ids=["write", "flush", "close"],
)
def test_a_full_disk_is_a_data_error_with_the_remedy(
    act: Callable[[JournalWriter], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = JournalWriter(tmp_path / "journal")
    writer.close()
    monkeypatch.setattr(writer, "_file", FullDisk())
    digest = writer.sha256
    with pytest.raises(DataError, match=r"found: No space left on device; nothing is traded without .* make room"):
        act(writer)
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
    with JournalWriter(Path(sys.argv[1])) as writer:
        for number in range(100_000):
            writer.write(Turn(number, number))
except DataError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a matter of Unix")
def test_what_was_written_before_the_disk_was_full_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    root = Path(__file__).parents[2]
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
    monkeypatch.setattr(journal, "RECORD_BYTES_MAX", 100)
    with pytest.raises(InvariantError, match="expected records of at most 100 bytes"):
        written(tmp_path / "journal", StrategyQuarantined("mm", "x" * 100))
    assert (tmp_path / "journal").read_bytes() == MAGIC


# Turns.


def test_each_instant_with_records_has_one_turn_before_them() -> None:
    records: list[Record] = []
    clock, cursor = ManualClock(10), [0]
    turns = TurnJournal(records.append, clock, lambda: cursor[0])
    note = RECORDS[6]
    turns.write(note)
    cursor[0] = 2
    turns.write(note)
    clock.now_ns = 20  # an instant in which nothing happens
    clock.now_ns, cursor[0] = 30, 5
    turns.write(note)
    assert records == [Turn(10, 0), note, note, Turn(30, 5), note]


def test_the_instant_0_has_a_turn_too() -> None:
    records: list[Record] = []
    TurnJournal(records.append, ManualClock(0), lambda: 0).write(RECORDS[6])
    assert records == [Turn(0, 0), RECORDS[6]]
