"""What every happening of a run can do, once it has a name and facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from framework.reports.encoding import event_line


class Tellable(Protocol):
    """What a happening tells for programs."""

    @property
    def ts_ns(self) -> int:
        """When, UTC."""
        ...

    @property
    def event(self) -> str:
        """Its name in JSON lines: `order.filled`."""
        ...

    @property
    def facts(self) -> Mapping[str, object]:
        """Its values, exact."""
        ...


class Seen(Struct, frozen=True):
    """A happening. What it is adds `ts_ns`, `event` (its name in JSON lines), `noun` (what many are called), `text`, `facts`."""

    @property
    def count(self) -> int:
        """How many of its kind it tells of."""
        return 1

    @property
    def likeness(self) -> str:
        """The same for happenings that tell nothing new after one another; empty: each is news."""
        return ""

    @property
    def json(self: Tellable) -> str:
        """The same for programs, as one object on one line."""
        return event_line(self.event, {"ts_ns": self.ts_ns, **self.facts})
