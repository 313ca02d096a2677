"""How long a message is on its way between us and the venue, one way."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

from framework.model.errors import ConfigError
from framework.model.money import plain, shorten

MS_NS: Final = 1_000_000
LATENCY_MS_MAX: Final = 60_000
NUMBER: Final = r"([0-9]{1,6}(?:\.[0-9]{1,6})?)"
PATTERN: Final = re.compile(rf"{NUMBER}(?: ?- ?{NUMBER})? ?ms", re.ASCII)
FILE_PREFIX: Final = "recorded:"
EXPECTED: Final = 'expected such as "25 ms", "20-60 ms" or "recorded:FILE"'


class Latency(Protocol):
    """One way, in nanoseconds. An order's answer comes after two of them: out and back."""

    def draw_ns(self, rng: random.Random) -> int:
        """The next message's time on its way; all chance comes from `rng`."""
        ...

    def describe(self) -> str:
        """For people: `20-60 ms`."""
        ...


@dataclass(frozen=True)
class Fixed:
    """Always the same."""

    ns: int

    def draw_ns(self, rng: random.Random) -> int:  # noqa: ARG002 - draws nothing
        """The same for every message."""
        return self.ns

    def describe(self) -> str:
        """For people: `25 ms`."""
        return f"{_ms(self.ns)} ms"


@dataclass(frozen=True)
class Uniform:
    """Anything between two bounds, equally likely."""

    low_ns: int
    high_ns: int

    def draw_ns(self, rng: random.Random) -> int:
        """A whole number of nanoseconds from `low_ns` to `high_ns`."""
        return self.low_ns + int(rng.random() * (self.high_ns - self.low_ns + 1))

    def describe(self) -> str:
        """For people: `20-60 ms`."""
        return f"{_ms(self.low_ns)}-{_ms(self.high_ns)} ms"


@dataclass(frozen=True)
class Recorded:
    """Drawn from measured times, each as likely as it was seen."""

    samples_ns: tuple[int, ...]
    name: str = "list"

    def draw_ns(self, rng: random.Random) -> int:
        """One of the samples."""
        return self.samples_ns[int(rng.random() * len(self.samples_ns))]

    def describe(self) -> str:
        """For people: `recorded, 1200 samples of ping.txt, median 31 ms`."""
        median = sorted(self.samples_ns)[len(self.samples_ns) // 2]
        return f"recorded, {len(self.samples_ns)} samples of {self.name}, median {_ms(median)} ms"


def parse_latency(text: str, where: str = "latency") -> Latency:
    """Read `"25 ms"`, `"20-60 ms"` or `"recorded:FILE"` (a file with one number of milliseconds a line).

    Args:
        where: file and key, for messages.

    Raises:
        ConfigError: anything else, a bound above a minute, or a file that does not hold such lines.
    """
    if isinstance(text, str) and text.startswith(FILE_PREFIX):
        return _recorded(Path(text.removeprefix(FILE_PREFIX).strip()), where)
    match = PATTERN.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ConfigError(f"{where}: {EXPECTED}, found {shorten(text)}")
    low_ns = _ns(match[1], where)
    if match[2] is None:
        return Fixed(low_ns)
    high_ns = _ns(match[2], where)
    if high_ns < low_ns:
        raise ConfigError(f"{where}: expected the lower bound first, found {shorten(text)}")
    return Uniform(low_ns, high_ns)


def _recorded(path: Path, where: str) -> Recorded:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: expected a readable text file at {path}: {error}") from error
    samples = tuple(
        _sample(line, f"{where}: {path} line {number}") for number, line in enumerate(lines, 1) if line.strip()
    )
    if not samples:
        raise ConfigError(f"{where}: expected one number of milliseconds a line in {path}, found no line")
    return Recorded(samples, path.name)


def _sample(line: str, where: str) -> int:
    if re.fullmatch(NUMBER, line.strip(), re.ASCII) is None:
        raise ConfigError(f"{where}: expected a number of milliseconds, found {shorten(line)}")
    return _ns(line.strip(), where)


def _ns(ms_text: str, where: str) -> int:
    ms = Decimal(ms_text)
    if ms > LATENCY_MS_MAX:
        raise ConfigError(f"{where}: expected at most {LATENCY_MS_MAX} ms, found {ms_text} ms")
    return int(ms * MS_NS)


def _ms(ns: int) -> str:
    return plain(Decimal(ns) / MS_NS)
