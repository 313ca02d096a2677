"""How long a message is on its way between us and a venue, one way: the words, and how people write them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from msgspec import Struct

from framework.model.errors import GridError
from framework.model.money import plain, shorten

UNITS_NS: Final = {"us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
LATENCY_NS_MAX: Final = 60 * UNITS_NS["s"]
SAMPLES_MAX: Final = 10_000
"""All of them stand in the journal's first record, so that a replay needs no file."""

NUMBER: Final = r"[0-9]{1,8}(?:\.[0-9]{1,9})?"
FIXED: Final = re.compile(rf"({NUMBER}) ?(us|ms|s)", re.ASCII)
UNIFORM: Final = re.compile(rf"({NUMBER}) ?- ?({NUMBER}) ?(us|ms|s)", re.ASCII)
LISTED: Final = re.compile(rf"({NUMBER}(?: ?, ?{NUMBER})+) ?(us|ms|s)", re.ASCII)
SAMPLE: Final = re.compile(NUMBER, re.ASCII)
FILE_PREFIX: Final = "recorded:"
EXPECTED: Final = 'expected such as "25 ms", "500 us", "20-60 ms", "12.5, 31, 40 ms" or "recorded:FILE"'


class Fixed(Struct, frozen=True):
    """Always the same."""

    ns: int

    def draw_ns(self, rng: random.Random) -> int:  # noqa: ARG002 - draws nothing
        """The same for every message."""
        return self.ns

    def __str__(self) -> str:
        return f"{_ms(self.ns)} ms"

    def describe(self) -> str:
        """For people: `25 ms`."""
        return str(self)


class Uniform(Struct, frozen=True):
    """Anything between two bounds, equally likely."""

    low_ns: int
    high_ns: int

    def draw_ns(self, rng: random.Random) -> int:
        """A whole number of nanoseconds from `low_ns` to `high_ns`."""
        return self.low_ns + int(rng.random() * (self.high_ns - self.low_ns + 1))

    def __str__(self) -> str:
        return f"{_ms(self.low_ns)}-{_ms(self.high_ns)} ms"

    def describe(self) -> str:
        """For people: `20-60 ms`."""
        return str(self)


class Recorded(Struct, frozen=True):
    """Drawn from measured times, each as likely as it was seen."""

    samples_ns: tuple[int, ...]

    def draw_ns(self, rng: random.Random) -> int:
        """One of the samples."""
        return self.samples_ns[int(rng.random() * len(self.samples_ns))]

    def __str__(self) -> str:
        return f"{', '.join(map(_ms, self.samples_ns))} ms"

    def describe(self) -> str:
        """For people: `recorded, 1,200 samples, median 31 ms`."""
        median = sorted(self.samples_ns)[len(self.samples_ns) // 2]
        return f"recorded, {len(self.samples_ns):,} samples, median {_ms(median)} ms"


Latency = Fixed | Uniform | Recorded
"""One way. `str` writes it so that `parse_latency` reads the same again; an answer comes after two of them."""


def parse_latency(text: str, read: Callable[[str], str]) -> Latency:
    """Read `"25 ms"`, `"20-60 ms"`, `"12.5, 31, 40 ms"` (each as likely) or `"recorded:FILE"`; units us, ms or s.

    Args:
        read: the text of a file that holds one number of milliseconds a line.

    Raises:
        GridError: anything else, a time above a minute, or finer than a nanosecond.
    """
    text = text.strip()
    if text.startswith(FILE_PREFIX):
        path = text.removeprefix(FILE_PREFIX).strip()
        return _recorded(read(path), path)
    if match := FIXED.fullmatch(text):
        return Fixed(_ns(match[1], match[2]))
    if match := UNIFORM.fullmatch(text):
        low_ns, high_ns = _ns(match[1], match[3]), _ns(match[2], match[3])
        if low_ns > high_ns:
            raise GridError(f"expected the smaller number first, found {shorten(text)}")
        return Uniform(low_ns, high_ns)
    if match := LISTED.fullmatch(text):
        return _of([_ns(number.strip(), match[2]) for number in match[1].split(",")], "the list")
    raise GridError(f"{EXPECTED}, found {shorten(text)}")


def _recorded(text: str, path: str) -> Recorded:
    samples = []
    for number, line in enumerate(text.splitlines(), 1):
        if sample := line.strip():
            if SAMPLE.fullmatch(sample) is None:
                raise GridError(f"{path} line {number}: expected a number of milliseconds, found {shorten(line)}")
            samples.append(_ns(sample, "ms"))
    if not samples:
        raise GridError(f"expected one number of milliseconds a line in {path}, found no line")
    return _of(samples, path)


def _of(samples_ns: list[int], where: str) -> Recorded:
    if len(samples_ns) > SAMPLES_MAX:
        raise GridError(f"expected at most {SAMPLES_MAX:,} samples in {where}, found {len(samples_ns):,}; take fewer")
    return Recorded(tuple(samples_ns))


def _ns(number: str, unit: str) -> int:
    ns = Decimal(number) * UNITS_NS[unit]
    if ns > LATENCY_NS_MAX:
        raise GridError(f"expected at most 60 s, found {number} {unit}")
    if ns != int(ns):
        raise GridError(f"expected whole nanoseconds, found {number} {unit}")
    return int(ns)


def _ms(ns: int) -> str:
    return plain(Decimal(ns) / UNITS_NS["ms"])
