"""A part of a checkpoint, as what it was written from."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from framework.kernel.records import Checkpoint
from framework.model.errors import DataError

T = TypeVar("T")


def part_of(checkpoint: Checkpoint, name: str, kind: type[T], absent: bytes = b"") -> T:
    """Read one part.

    Args:
        absent: stands for a part that is not there; empty: it must be there.

    Raises:
        DataError: another version wrote it.
    """
    try:
        return msgspec.msgpack.decode(checkpoint.state.get(name, absent), type=kind)
    except msgspec.MsgspecError as error:
        raise DataError(
            f"journal, checkpoint of {checkpoint.ts_ns} ns: expected its part {name!r} as this version writes it, found "
            f"{error}: go on with the version that wrote this journal, stop it, and start this one with a new journal"
        ) from error
