"""Faults that a sandbox plays on request: a list, gone through as requests come, from a file or by its control door."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from framework.model.errors import ConfigError


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP_BEFORE = "drop_before"
    """The connection ends before the request was looked at."""
    DROP_AFTER = "drop_after"
    """The request is carried out, and the connection ends without an answer."""
    HOLD_BEFORE = "hold_before"
    """Never looked at and never answered; the connection stays up."""
    HOLD_AFTER = "hold_after"
    """Carried out and never answered; the connection stays up."""
    DELAY_BEFORE = "delay_before"
    """Looked at `delay_ms` later: it may be too old by then."""
    DELAY_AFTER = "delay_after"
    """Carried out now, answered `delay_ms` later."""
    STATUS = "status"
    """Answered with `status` and no order's result; carried out where `is_processed`."""
    CLOSE_MID_BODY = "close_mid_body"
    """Carried out; the connection ends after `keep` bytes of the answer's body."""
    GARBAGE = "garbage"
    """Carried out; the answer is no HTTP."""
    PARTIAL = "partial"
    """Carried out; only the first `keep` entries of the answer are there."""
    DUPLICATE_REPORTS = "duplicate_reports"
    """What the request causes is told twice on the stream."""
    DROP_REPORTS = "drop_reports"
    """What the request causes is not told on the stream."""
    ERROR = "error"
    """Bitget: answered with `code` and `message`; carried out where `is_processed`."""
    HTML = "html"
    """Bitget: answered with a page of HTML and `status`; carried out where `is_processed`."""
    NO_PONG = "no_pong"
    """Bitget, path `ws:ping`: a ping is not answered."""
    CUT = "cut"
    """Bitget, path `ws:public` or `ws:private`: connections end without a word."""
    CLOSE = "close"
    """Bitget, the same paths: connections are closed politely, as after 24 hours."""
    BOOK_GAP = "book_gap"
    """Bitget, path `ws:books`: a push is missing."""
    WRONG_CHECKSUM = "wrong_checksum"
    """Bitget, path `ws:books`: a push carries a wrong checksum."""
    REORDER = "reorder"
    """Bitget, path `ws:orders`, `ws:fill`, `ws:account`: a push comes after the next one."""
    CHANGE = "change"
    """Bitget: before the request is looked at, `door` of `/control` is told `content`."""


class Fault(Struct, frozen=True, forbid_unknown_fields=True):
    """One fault. It waits for `skip` requests of its path to pass, then plays `times` times."""

    kind: FaultKind
    path: str = ""
    """`/orders`; empty: any request about orders."""
    skip: Annotated[int, Meta(ge=0)] = 0
    times: Annotated[int, Meta(ge=1)] = 1
    delay_ms: Annotated[int, Meta(ge=0, le=600_000)] = 0
    status: Annotated[int, Meta(ge=400, le=599)] = 503
    retry_after_s: Annotated[int, Meta(ge=0)] = 0
    is_processed: bool = False
    keep: Annotated[int, Meta(ge=0)] = 0
    code: str = "40010"
    """Of an ERROR."""
    message: str = "Request timed out"
    door: str = ""
    """Of a CHANGE: `keys`, `address`, `skew`..."""
    content: dict[str, Any] = {}


DECODER: Final = msgspec.json.Decoder(list[Fault])


def read_faults(data: bytes, where: str) -> list[Fault]:
    """Faults from JSON.

    Raises:
        ConfigError: it is no list of faults; the message names the place in it.
    """
    try:
        return DECODER.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{where}: expected a JSON list of faults, found {error}") from error


def fault_file(path: Path) -> list[Fault]:
    """Faults from a file. Raises as `read_faults`, and where it cannot be read."""
    try:
        return read_faults(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigError(
            f"{path}: expected a file of faults, found none that can be read: {error.strerror}"
        ) from error


class FaultList:
    """Faults still to come, the first that fits plays."""

    def __init__(self, faults: list[Fault] | None = None) -> None:
        self._left: list[Fault] = list(faults or [])
        self.played = 0

    @property
    def left(self) -> tuple[Fault, ...]:
        """What has not been played."""
        return tuple(self._left)

    def add(self, faults: list[Fault]) -> None:
        """Put more behind those that are there."""
        self._left += faults

    def clear(self) -> None:
        """Play none of the rest."""
        self._left.clear()

    def take(self, path: str) -> Fault | None:
        """What happens to a request of this path: the first fault that fits and has let enough pass."""
        return self._take(("", path))

    def take_named(self, path: str) -> Fault | None:
        """As `take`, but only a fault that names this path."""
        return self._take((path,)) if self._left else None

    def _take(self, paths: tuple[str, ...]) -> Fault | None:
        for at, fault in enumerate(self._left):
            if fault.path not in paths:
                continue
            if fault.skip:
                self._left[at] = msgspec.structs.replace(fault, skip=fault.skip - 1)
                continue
            if fault.times > 1:
                self._left[at] = msgspec.structs.replace(fault, times=fault.times - 1)
            else:
                del self._left[at]
            self.played += 1
            return fault
        return None
