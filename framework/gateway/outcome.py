"""What came of a request: answered, not sent, or unknown. Nobody has to guess from an exception."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Answered(Struct, frozen=True):
    """The venue answered, whole and well formed."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters; what came several times is joined by `, `."""
    body: bytes

    def __repr__(self) -> str:
        return f"Answered({self.status}, {len(self.body)} bytes)"


class NotSent(Struct, frozen=True):
    """No byte was handed over: it did not happen and may be asked again."""

    reason: str
    """A short stable word, for counting."""
    detail: str = ""


class Unknown(Struct, frozen=True):
    """Some byte may have left and no answer came: it may have happened. Ask the venue; never send it again."""

    reason: str
    detail: str = ""


Outcome = Answered | NotSent | Unknown
