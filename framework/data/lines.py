"""The lines of a text file, plain, gzipped or zipped, a block at a time: memory stays flat however long the file is."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO, Final

from framework.model.errors import DataError

BLOCK_BYTES: Final = 1 << 16
LINE_BYTES_MAX: Final = 1 << 20
"""A longer line means that the file is not text."""

GZIP_MAGIC: Final = b"\x1f\x8b"
ZIP_MAGIC: Final = b"PK\x03\x04"
GZIP_WINDOW: Final = 31
"""zlib's number for a gzip wrapper and its largest window."""


def line_blocks(path: Path) -> Iterator[list[str]]:
    """The file's lines without their ends, in lists of some hundreds. Never gives an empty list.

    Raises:
        DataError: missing, not readable, damaged, cut off, or not text. Lines before the damage are given first.
    """
    rest = b""
    for block in byte_blocks(path):
        whole, end, rest_of_block = block.rpartition(b"\n")
        if end:
            yield decoded(rest + whole, path).split("\n")
            rest = rest_of_block
        else:
            rest += block
        if len(rest) > LINE_BYTES_MAX:
            raise DataError(f"{path}: expected lines of text, found one of more than 1 MiB; is it a text file?")
    if rest:
        yield [decoded(rest, path)]


def first_lines(path: Path, lines: int) -> list[str]:
    """The first lines of a file that are not blank, as many as there are.

    Raises:
        DataError: as `line_blocks`; or nothing is in it.
    """
    found: list[str] = []
    for line in chain.from_iterable(line_blocks(path)):
        if line.strip():
            found.append(line)
        if len(found) == lines:
            break
    if not found:
        raise DataError(f"{path}: expected rows of data, found an empty file; copy or download it again")
    return found


def decoded(raw: bytes, path: Path) -> str:
    """UTF-8 text with plain line ends.

    Raises:
        DataError: not UTF-8, or with NUL bytes.
    """
    try:
        decoded = raw.decode("utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: expected UTF-8 text, found the byte 0x{raw[error.start]:02x}; is it a csv file?"
        ) from error
    if "\0" in decoded:
        raise DataError(f"{path}: expected text, found binary data; is it a csv file?")
    return decoded.replace("\r\n", "\n").removesuffix("\r")


def byte_blocks(path: Path) -> Iterator[bytes]:
    """The file's content, unpacked, in blocks.

    Raises:
        DataError: as `line_blocks`.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(4)
            file.seek(0)
            if magic.startswith(GZIP_MAGIC):
                yield from gunzipped(file, path)
            elif magic == ZIP_MAGIC:
                yield from unzipped(file, path)
            else:
                while block := file.read(BLOCK_BYTES):
                    yield block
    except OSError as error:
        raise unreadable(path, error) from error


def gunzipped(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """The content of a gzip file, members one after the other.

    Raises:
        DataError: damaged, or cut off.
    """
    unpacker = zlib.decompressobj(GZIP_WINDOW)
    packed = file.read(BLOCK_BYTES)
    while packed:
        try:
            block = unpacker.decompress(packed, BLOCK_BYTES)
        except zlib.error as error:
            raise DataError(f"{path}: expected gzip data, found damage ({error}); copy or download it again") from error
        if block:
            yield block
        packed = unpacker.unconsumed_tail or unpacker.unused_data or file.read(BLOCK_BYTES)
        if unpacker.eof and packed:
            unpacker = zlib.decompressobj(GZIP_WINDOW)
    if not unpacker.eof:
        raise DataError(f"{path}: expected a whole gzip file, found its end missing; copy or download it again")


def unzipped(file: IO[bytes], path: Path) -> Iterator[bytes]:
    """The content of the one file in a zip.

    Raises:
        DataError: damaged, encrypted, or more than one file in it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise DataError(f"{path}: expected one file in the zip, found {len(names)}; unpack it and name one")
            with archive.open(names[0]) as member:
                while block := member.read(BLOCK_BYTES):
                    yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(
            f"{path}: expected a readable zip, found damage ({error}); copy or download it again"
        ) from error


def unreadable(path: Path, error: OSError) -> DataError:
    """What to tell a person about a file that does not open."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{path}: expected a recording, found nothing there; check the path")
    if isinstance(error, PermissionError):
        return DataError(
            f"{path}: expected to read it, found no permission; allow it (chmod u+r) or choose another file"
        )
    if isinstance(error, IsADirectoryError):
        return DataError(f"{path}: expected a file, found a folder; name a file in it")
    return DataError(f"{path}: expected to read it, found {error.strerror or error}; check the disk and the path")
