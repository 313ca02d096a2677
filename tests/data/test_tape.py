"""A tape: the order of its events, its digest, and playing it again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.data.tape import Chunk, Tape, merged
from framework.model.errors import DataError
from framework.model.events import Trade
from framework.model.instrument import Instrument
from framework.ports import Feed

ONE = Instrument("A/USDT", "test", 0, 0)
TWO = Instrument("B/USDT", "test", 0, 0)


class Recording:
    """A source whose chunks are given."""

    step_ns = 1
    assumptions: Sequence[str] = ("It is made up.",)

    def __init__(
        self, instrument: Instrument, chunks: list[list[int]], files: Sequence[Path] = (), *, breaks: bool = False
    ) -> None:
        self.instrument = instrument
        self.files = files
        self.start_ns = 0
        self.end_ns = 100
        self._chunks = chunks
        self._breaks = breaks

    def chunks(self) -> Iterator[Chunk]:
        number = 0
        for times in self._chunks:
            chunk: Chunk = []
            for ts_ns in times:
                number += 1
                chunk.append(Trade(self.instrument, ts_ns, 1, 1, True, number))
            yield chunk
        if self._breaks:
            raise DataError("broken.csv: cut off")


def split(times: list[int], sizes: list[int]) -> list[list[int]]:
    chunks = []
    for size in sizes:
        if times:
            chunks.append(times[:size])
            times = times[size:]
    return [*chunks, times] if times else chunks


streams = st.lists(
    st.builds(
        split,
        st.lists(st.integers(0, 12), max_size=25).map(sorted),
        st.lists(st.integers(1, 6), max_size=10),
    ),
    min_size=1,
    max_size=4,
)


@given(streams)
def test_events_come_by_time_and_ties_by_source_and_row(chunks: list[list[list[int]]]) -> None:
    instruments = [Instrument(f"A{number}/USDT", "test", 0, 0) for number in range(len(chunks))]
    sources = [Recording(*each) for each in zip(instruments, chunks, strict=True)]
    everything = [event for source in sources for chunk in source.chunks() for event in chunk]
    found = [event for chunk in merged([source.chunks() for source in sources]) for event in chunk]
    assert found == sorted(everything, key=lambda event: event.ts_recv_ns)


@given(streams)
def test_no_chunk_is_empty_and_none_holds_more_than_was_read(chunks: list[list[list[int]]]) -> None:
    sources = [Recording(ONE, each) for each in chunks]
    largest = max((len(chunk) for each in chunks for chunk in each), default=0)
    sizes = [len(chunk) for chunk in merged([source.chunks() for source in sources])]
    assert all(sizes)
    assert max(sizes, default=0) <= largest * len(chunks)


def test_a_broken_source_fails_only_after_what_could_be_read() -> None:
    good, broken = Recording(ONE, [[1, 4], [5, 9]]), Recording(TWO, [[2, 3], [6]], breaks=True)
    found = []
    tape = Tape("t", "T", "MIT", [good, broken])
    with pytest.raises(DataError, match=r"broken\.csv"):
        found.extend(tape)
    assert [event.ts_recv_ns for event in found] == [1, 2, 3, 4, 5, 6]


def test_a_tape_is_a_feed_and_can_be_played_again() -> None:
    tape: Feed = Tape("t", "T", "MIT", [Recording(ONE, [[1, 2]]), Recording(TWO, [[1]])])
    assert tape.instruments == (ONE, TWO)
    assert list(tape) == list(tape)
    assert [event.instrument for event in tape] == [ONE, TWO, ONE]


def test_what_is_assumed_is_said_once() -> None:
    tape = Tape("t", "T", "MIT", [Recording(ONE, []), Recording(TWO, [])], ["First."])
    assert tape.assumptions == ("First.", "It is made up.")


def test_the_digest_is_of_names_and_bytes(tmp_path: Path) -> None:
    def digest(name: str, raw: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(raw)
        return Tape("t", "T", "MIT", [Recording(ONE, [], [path])]).digest

    expected = hashlib.sha256(f"a.csv\0{hashlib.sha256(b'one').hexdigest()}\n".encode()).hexdigest()
    assert digest("a.csv", b"one") == expected
    assert len({expected, digest("a.csv", b"two"), digest("b.csv", b"one")}) == 3


def test_the_digest_of_a_missing_file_names_it(tmp_path: Path) -> None:
    tape = Tape("t", "T", "MIT", [Recording(ONE, [], [tmp_path / "none.csv"])])
    with pytest.raises(DataError, match=r"none\.csv: expected a recording, found nothing there"):
        _ = tape.digest
