"""`@every` and `@cron`: methods that the Clock calls, in every mode, in UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Final, Literal, TypeVar

from framework.model.durations import duration_ns
from framework.model.errors import PluginError

MARK: Final = "_timer"
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
            return CronTrigger.from_crontab(self.line, timezone=UTC)
        except ValueError as error:
            raise PluginError(
                f'@cron: expected a crontab line of five fields such as "0 0 * * *", found "{self.line}": {error}'
            ) from error

    def next_after(self, ts_ns: int) -> int:
        """The first instant after `ts_ns`."""
        after = datetime.fromtimestamp(ts_ns // 1_000_000_000, UTC) + timedelta(microseconds=1)
        fires: datetime = self.trigger.get_next_fire_time(None, after)
        return int(fires.timestamp()) * 1_000_000_000


Timer = Every | Cron


def every(span: str, *, missed: Missed = "skip") -> Callable[[Method], Method]:
    """Call the method at every whole multiple of a span (`"15s"`, `"1m"`), UTC.

    Args:
        missed: what becomes of instants that passed while the daemon was down: `"skip"`, or `"once"` for one late call.
    """
    return _mark(Every(duration_ns(span, "@every"), missed))


def cron(line: str, *, missed: Missed = "skip") -> Callable[[Method], Method]:
    """Call the method at the instants of a crontab line (minute hour day month weekday), UTC.

    Args:
        missed: as for `every`.
    """
    return _mark(Cron(line, missed))


def _mark(timer: Timer) -> Callable[[Method], Method]:
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
