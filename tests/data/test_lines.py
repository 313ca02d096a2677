"""Lines of plain, gzipped and zipped files, and what is said of files that are none."""

from __future__ import annotations

import gzip
import zipfile
from itertools import chain
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.data.lines import BLOCK_BYTES, LINE_BYTES_MAX, decoded, first_lines, line_blocks
from framework.model.errors import DataError

LONG = [f"{number},some text to fill the line" for number in range(20_000)]


def lines(path: Path) -> list[str]:
    return [line for block in line_blocks(path) for line in block]


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "\n".join(LONG))
    return path


def test_plain_gzip_and_zip_give_the_same_lines(tmp_path: Path) -> None:
    raw = "\n".join(LONG).encode()
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_bytes(raw)
    packed.write_bytes(gzip.compress(raw))
    assert lines(plain) == lines(packed) == lines(zipped(tmp_path / "a.zip", "a.csv")) == LONG


def test_a_packed_file_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(b"a\nb"))
    assert lines(path) == ["a", "b"]


def test_blocks_stay_small_however_long_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress("\n".join(LONG * 20).encode()))
    assert max(sum(map(len, block)) for block in line_blocks(path)) < 2 * BLOCK_BYTES


def test_gzip_members_follow_one_another(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"a\nb\n") + gzip.compress(b"c\n"))
    assert lines(path) == ["a", "b", "c"]


@given(
    st.lists(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=30), max_size=30),
    st.booleans(),
)
def test_line_ends_of_every_system_are_taken_away(
    tmp_path_factory: pytest.TempPathFactory, found: list[str], windows: bool
) -> None:
    path = tmp_path_factory.mktemp("ends") / "a.csv"
    end = "\r\n" if windows else "\n"
    path.write_bytes("".join(line + end for line in found).encode())
    assert lines(path) == found


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbftime,open\n")
    assert lines(path) == ["time,open"]


def test_the_last_line_needs_no_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\nb")
    assert lines(path) == ["a", "b"]


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_gzip_cut_off_gives_its_lines_and_then_says_so(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "cut.csv.gz"
    packed = gzip.compress("\n".join(LONG).encode())
    path.write_bytes(packed[: int(len(packed) * keep)])
    found: list[str] = []
    with pytest.raises(DataError, match=r"cut\.csv\.gz: expected a whole gzip file.*copy or download it again"):
        found.extend(chain.from_iterable(line_blocks(path)))
    assert found == LONG[: len(found)]
    assert len(found) > keep * 0.5 * len(LONG)


def test_a_damaged_gzip_gives_what_comes_before_and_then_says_so(tmp_path: Path) -> None:
    path = tmp_path / "bad.gz"
    packed = bytearray(gzip.compress(Random(1).randbytes(300_000).hex().encode().replace(b"a", b"\n")))
    packed[len(packed) // 2 :] = bytes(len(packed) // 2)
    path.write_bytes(packed)
    found: list[str] = []
    with pytest.raises(DataError, match=r"bad\.gz: expected"):
        found.extend(chain.from_iterable(line_blocks(path)))
    assert len(found) > 1000


def test_a_zip_must_hold_one_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"two\.zip: expected one file in the zip, found 2"):
        lines(zipped(tmp_path / "two.zip", "a", "b"))


def test_a_damaged_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(b"PK\x03\x04" + b"x" * 100)
    with pytest.raises(DataError, match=r"bad\.zip: expected a readable zip"):
        lines(path)


@pytest.mark.parametrize(
    "raw", [b"a,b\n\x00\x01\x02\n", b"\x89PNG\r\n\x1a\n\xff", "time,open".encode("utf-16"), b"x" * (LINE_BYTES_MAX + 1)]
)
def test_a_binary_file_is_named(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(raw)
    with pytest.raises(DataError, match=r"picture\.csv: expected .*\?$"):
        lines(path)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    for number, raw in enumerate([b"", b"\n \n", gzip.compress(b"")]):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(raw)
        with pytest.raises(DataError, match=rf"{number}\.csv: expected rows of data, found an empty file"):
            first_lines(path, 1)


def test_the_head_skips_blank_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n\na\n\nb\nc\n")
    assert first_lines(path, 2) == ["a", "b"]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: expected a recording, found nothing there"):
        lines(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"expected a file, found a folder"):
        lines(tmp_path)


def test_a_file_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"secret\.csv: expected to read it, found no permission; allow it"):
        lines(tmp_path / "secret.csv")


def test_text_that_is_not_utf8_names_the_byte(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found the byte 0xe9"):
        decoded("caf\xe9".encode("latin-1"), tmp_path)
