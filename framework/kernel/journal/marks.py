"""Where a segment begins and ends. A checksum finds bytes that changed; these find what is not there."""

from __future__ import annotations

from msgspec import Struct


class SegmentOpened(Struct, frozen=True, array_like=True, tag="segment"):
    """First frame of a segment: whose it is, and what came before it."""

    format: int
    run_id: str
    number: int
    """1 for the first of a journal."""
    previous: str = ""
    """SHA-256, hex, of the bytes of the segment before that count; empty for the first."""
    previous_bytes: int = 0
    """How many bytes of the segment before count: what stands behind them was torn, or is written again here."""
    opened_ns: int = 0
    """UTC of the run's clock; 0: a tape's, whose records say it."""
    is_checkpoint: bool = False
    """Its first record is a checkpoint: a restart need not read what is older."""
    original: str = ""
    """Of a thinned segment: the digest that it had, which the next one names; empty when it was not thinned."""
    original_bytes: int = 0


class SegmentClosed(Struct, frozen=True, array_like=True, tag="end"):
    """Last frame of a segment that was closed; one without it was cut off."""

    records: int
    sha256: str
    """Of all bytes before this frame, hex."""


Mark = SegmentOpened | SegmentClosed
