"""`@every` and `@cron`: methods that the Clock calls, in every mode, in UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, Literal, TypeVar, get_args

from framework.model.durations import duration_ns
from framework.model.errors import PluginError
from framework.model.money import shorten

MARK: Final = "_timer"
WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NUMBERED: Final = re.compile(r"(?:([0-9])(?:-([0-9]))?|\*(?=/))(?:/([0-9]))?", re.ASCII)
"""A part of a field of weekdays that counts them: first, last, step."""
Method = TypeVar("Method", bound=Callable[..., Any])
Missed = Literal["skip", "once"]


@dataclass(frozen=True)
class Every:
    """A fixed span. Instants are whole multiples of it since 1970, so every run agrees on them."""

    span_ns: int
    missed: Missed = "skip"

    def next_after(self, ts_ns: int) -> int:
        """The first instant after `ts_ns`."""
        return ts_ns - ts_ns % self.span_ns + self.span_ns


@dataclass(frozen=True)
class Cron:
    """A crontab line of five fields, in UTC. APScheduler's trigger computes the dates and nothing else."""

    line: str
    missed: Missed = "skip"

    @cached_property
    def trigger(self) -> Any:
        """The trigger behind the line; imported on first use, since few strategies have one.

        Raises:
            PluginError: not a crontab line.
        """
        from apscheduler.triggers.cron import CronTrigger

        try:
            *rest, weekdays = self.line.split()
            return CronTrigger.from_crontab(" ".join([*rest, weekday_names(weekdays)]), timezone=UTC)
        except (ValueError, AttributeError) as error:
            raise PluginError(
                f'@cron: expected a crontab line of five fields such as "0 0 * * *", found {shorten(self.line)}: {error}'
            ) from error

    def next_after(self, ts_ns: int) -> int:
        """The first instant after `ts_ns`.

        Raises:
            PluginError: not a crontab line, or a day that never comes.
        """
        after = datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC) + timedelta(microseconds=1)
        fires: datetime | None = self.trigger.get_next_fire_time(None, after)
        if fires is None:
            raise PluginError(f"@cron: expected a date that comes, found {shorten(self.line)}; mend day and month")
        return int(fires.timestamp()) * 1_000_000_000


Timer = Every | Cron


def weekday_names(field: str) -> str:
    """The weekdays of a crontab line by name: crontab counts from Sunday (0 or 7), APScheduler from Monday.

    Raises:
        ValueError: a number that is no weekday.
    """
    parts: dict[str, None] = {}
    for part in field.split(","):
        match = NUMBERED.fullmatch(part)
        parts |= dict.fromkeys([part] if match is None else _days(part, match))
    return ",".join(parts)


def _days(part: str, match: re.Match[str]) -> list[str]:
    first, last, step = match[1] or "0", match[2], match[3]
    until = int(last or (6 if step or not match[1] else first))
    if not int(first) <= until <= 7 or step == "0":
        raise ValueError(f"weekdays are 0 (Sunday) to 7 (Sunday), found {part}")
    return [WEEKDAYS[day % 7] for day in range(int(first), until + 1, int(step or 1))]


def every(span: str, *, missed: Missed = "skip") -> Callable[[Method], Method]:
    """Call the method at every whole multiple of a span (`"15s"`, `"1m"`), UTC.

    Args:
        missed: what becomes of instants that passed while the daemon was down: `"skip"`, or `"once"` for one late call
            at its restart. A tape misses none, so there both are the same.

    Raises:
        GridError: not a span.
        PluginError: another `missed`.
    """
    return _mark(Every(duration_ns(span, "@every"), missed))


def cron(line: str, *, missed: Missed = "skip") -> Callable[[Method], Method]:
    """Call the method at the instants of a crontab line (minute hour day month weekday), UTC.

    Weekdays are 0 to 7, both ends Sunday, or mon to sun. Where a day and a weekday are given, both must hold.

    Args:
        missed: as for `every`.
    """
    return _mark(Cron(line, missed))


def _mark(timer: Timer) -> Callable[[Method], Method]:
    if timer.missed not in get_args(Missed):
        raise PluginError(f'timer: expected missed="skip" or missed="once", found {shorten(timer.missed)}')

    def mark(method: Method) -> Method:
        setattr(method, MARK, timer)
        return method

    return mark


def timers_of(strategy: type) -> dict[str, Timer]:
    """The timers of a strategy class by method name, in the order of definition, bases first."""
    found: dict[str, Timer] = {}
    for base in reversed(strategy.__mro__):
        for name, value in vars(base).items():
            timer = getattr(value, MARK, None)
            if timer is not None:
                found[name] = timer
            else:
                found.pop(name, None)
    return found
