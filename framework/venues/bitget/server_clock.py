"""The venue's clock against ours: what the quickest of several answers says.

An answer left between our asking and our hearing of it. The shorter that was, the nearer its time is to ours: so of
several only the one with the shortest round trip counts, and half of it is how far off it may be.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from framework.model.errors import OddAnswer


class ClockSample(Struct, frozen=True):
    """One asking after the time, ns."""

    asked_ns: int
    """Our clock when the question left."""
    heard_ns: int
    """Our clock when the answer was whole."""
    server_ns: int
    """What it said."""

    @property
    def round_trip_ns(self) -> int:
        """From asking to hearing."""
        return self.heard_ns - self.asked_ns


class ClockSkew(Struct, frozen=True):
    """How far the venue's clock is ahead of ours, ns; below 0: behind."""

    ahead_ns: int
    error_ns: int
    """It may be this much more or less."""

    def server_ms(self, now_ns: int) -> int:
        """The venue's clock when ours says so, in ms."""
        return (now_ns + self.ahead_ns) // 1_000_000


def skew_of(samples: Iterable[ClockSample]) -> ClockSkew:
    """The skew that the quickest of some samples shows.

    Raises:
        OddAnswer: no sample, or one that was heard before it was asked for.
    """
    listed = [sample for sample in samples if sample.round_trip_ns >= 0]
    if not listed:
        raise OddAnswer("server time: expected at least one answer, found none; is the venue reachable?")
    best = min(listed, key=lambda sample: sample.round_trip_ns)
    middle_ns = best.asked_ns + best.round_trip_ns // 2
    return ClockSkew(best.server_ns - middle_ns, best.round_trip_ns // 2 + 1)
