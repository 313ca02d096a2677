"""A run as lines: plain ones for pipes, screen readers and logs, and JSON, one object a line."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

from framework.kernel.screen import say
from framework.ops.watched import Happening, Watched

LINES_MAX: Final = 5
"""Happenings written at one refresh; the rest is counted in one line."""

LOUD: Final = ("quarantine", "feed event", "kill step")
"""Kinds that do not give way to a flood of fills, up to `LOUD_MAX` at one refresh."""
LOUD_MAX: Final = 20

STATUS_NS: Final = 30_000_000_000
"""A status line this often on the run's clock."""


def wants_terminal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream can show the live view: a terminal that can move its cursor."""
    return stream.isatty() and environment.get("TERM", "") not in ("", "dumb", "unknown")


class Lines(ABC):
    """Writes a head, what happened, and now and then a status.

    Args:
        out: where to; flushed after every call that wrote. Open it with `errors="backslashreplace"`: names may hold
            letters that its encoding has not.
    """

    def __init__(self, watched: Watched, out: TextIO) -> None:
        self._watched = watched
        self._out = out
        self._waiting: list[Happening] = []
        self._status_at_ns: int | None = None

    def start(self) -> None:
        """Write what is about to run."""
        self._watched.hear(self._waiting.append)
        self._write(self._head())

    def refresh(self, now_ns: int) -> None:
        """Write what happened since, and the status when it is time."""
        lines = self._taken()
        if self._status_at_ns is None:
            self._status_at_ns = now_ns + STATUS_NS
        elif now_ns >= self._status_at_ns:
            self._status_at_ns = now_ns + STATUS_NS
            lines.append(self._status(now_ns))
        self._write(lines)

    def stop(self) -> None:
        """Write what is left."""
        self._write(self._taken())

    def _taken(self) -> list[str]:
        lines = self._said(self._waiting)
        self._waiting.clear()
        return lines

    def _write(self, lines: Sequence[str]) -> None:
        if lines:
            self._out.write("\n".join(lines) + "\n")
            self._out.flush()

    @abstractmethod
    def _head(self) -> Sequence[str]: ...

    @abstractmethod
    def _said(self, waiting: Sequence[Happening]) -> list[str]: ...

    @abstractmethod
    def _status(self, now_ns: int) -> str: ...


class PlainLines(Lines):
    """For people: what runs, a line for what happens (one for all fills of an order in a second), a status each 30 s.

    What was told since the last status, such as the same refusal again, is counted, and told with the next one.
    """

    def __init__(self, watched: Watched, out: TextIO) -> None:
        super().__init__(watched, out)
        self._told: dict[str, None] = {}
        self._again: Counter[str] = Counter()
        self._again_ns = 0

    def stop(self) -> None:
        """Write what is left, and what was only counted."""
        super().stop()
        self._write(self._counted())

    def _head(self) -> Sequence[str]:
        return self._watched.headline()

    def _write(self, lines: Sequence[str]) -> None:
        if lines:
            say("\n".join(lines), self._out)

    def _said(self, waiting: Sequence[Happening]) -> list[str]:
        shown, rest = polite(self._news(self._watched.gathered(waiting)))
        lines = [f"{self._watched.time(happening.ts_ns)} {happening.text}" for happening in shown]
        if rest:
            lines.append(f"{self._watched.time(waiting[-1].ts_ns)} ... and {rest}")
        return lines

    def _status(self, now_ns: int) -> str:
        counted = self._counted()
        self._told.clear()
        return "\n".join([*counted, f"{self._watched.time(now_ns)} -- {self._watched.status(now_ns)}"])

    def _news(self, waiting: Sequence[Happening]) -> list[Happening]:
        """Without those whose like was told at an earlier refresh: these are counted."""
        news = [happening for happening in waiting if happening.likeness not in self._told]
        for happening in waiting:
            if happening.likeness in self._told:
                self._again[happening.noun] += happening.count
                self._again_ns = happening.ts_ns
        self._told.update((happening.likeness, None) for happening in news if happening.likeness)
        return news

    def _counted(self) -> list[str]:
        """What was counted and not told, as a line."""
        lines = [f"{self._watched.time(self._again_ns)} ... and {in_words(self._again)}"] if self._again else []
        self._again.clear()
        return lines


class JsonLines(Lines):
    """For programs: `run.started` first, then every happening, nothing left out, and `run.status` each 30 s.

    The caller writes the summary (`run.ended`) last, after `stop`.
    """

    def _head(self) -> Sequence[str]:
        return [self._watched.headline_json()]

    def _said(self, waiting: Sequence[Happening]) -> list[str]:
        return [happening.json for happening in waiting]

    def _status(self, now_ns: int) -> str:
        return self._watched.status_json(now_ns)


def polite(waiting: Sequence[Happening]) -> tuple[list[Happening], str]:
    """What to show of many happenings, in order, and the rest in words: `12 more fills, 3 more refusals`."""
    left = {True: LOUD_MAX, False: LINES_MAX}
    shown: list[Happening] = []
    rest: Counter[str] = Counter()
    for happening in waiting:
        is_loud = happening.noun in LOUD
        if left[is_loud]:
            left[is_loud] -= 1
            shown.append(happening)
        else:
            rest[happening.noun] += happening.count
    return shown, in_words(rest)


def in_words(rest: Mapping[str, int]) -> str:
    """`12 more fills, 3 more refusals`."""
    return ", ".join(f"{count:,} more {noun}{'s' if count > 1 else ''}" for noun, count in rest.items())
