"""`tape.toml`: what a folder of recordings says of itself."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from framework.data.lines import unreadable
from framework.model.errors import DataError

FILE_NAME: Final = "tape.toml"

Text = Annotated[str, Meta(min_length=1)]
Digits = Annotated[int, Meta(ge=0, le=18)]


class Format(StrEnum):
    """How the files are written."""

    TICKS = "ticks"
    """`framework/data/ticks.py`"""
    MINUTES = "minutes"
    """`framework/data/minutes.py`"""
    CANDLES = "candles"
    """`framework/data/candles.py`"""


class Recording(Struct, frozen=True, forbid_unknown_fields=True):
    """One instrument of a tape."""

    symbol: Text
    path: Text
    """Of the file or folder, from where `tape.toml` stands."""
    plays_as: tuple[Text, ...] = ()
    """Symbols to play it as where the venue's rules do not know its own, the best first."""
    price_digits: Digits = 0
    """Decimals of the prices; candles: found in the file."""
    size_digits: Digits = 0
    end_us: Annotated[int, Meta(ge=0)] = 0
    """Ticks: `t_us` of the last row."""
    timeframe: str = ""
    """Candles: their length; empty: found in the file."""


class Descriptor(Struct, frozen=True, forbid_unknown_fields=True):
    """A tape."""

    title: Text
    licence: Text
    format: Format
    symbols: Annotated[tuple[Recording, ...], Meta(min_length=1)]
    source: str = ""
    recorded_at: str = ""
    """The venue, for people."""
    start_epoch_us: Annotated[int, Meta(ge=0)] = 0
    """Ticks: UTC microseconds of `t_us` 0."""
    notes: tuple[str, ...] = ()
    """Sentences for people, about how it was recorded."""


def descriptor_of(folder: Path) -> Descriptor:
    """Read a folder's `tape.toml`.

    Raises:
        DataError: it cannot be read, or a key is missing, unknown or of the wrong kind.
    """
    path = folder / FILE_NAME
    try:
        descriptor = msgspec.convert(tomllib.loads(path.read_bytes().decode()), Descriptor)
    except OSError as error:
        raise unreadable(path, error) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise DataError(f"{path}: {error}; the bundled tapes hold examples of this file") from error
    if descriptor.format is Format.TICKS and not descriptor.start_epoch_us:
        raise DataError(f"{path}: expected start_epoch_us (UTC microseconds of t_us 0), found none; add it")
    symbols = [recording.symbol for recording in descriptor.symbols]
    if len(dict.fromkeys(symbols)) < len(symbols):
        raise DataError(f"{path}: expected each symbol once, found {', '.join(symbols)}; join the files of a symbol")
    return descriptor
