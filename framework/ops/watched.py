"""What a view may read of a run, and what a view is. Reports and views are strangers: these Protocols are their seam.

Every text that comes from here is already safe to print: no control characters, no line ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol


class Happening(Protocol):
    """One thing that happened."""

    @property
    def ts_ns(self) -> int:
        """When, on the run's clock."""
        ...

    @property
    def noun(self) -> str:
        """What many of its kind are called: `fill`."""
        ...

    @property
    def count(self) -> int:
        """How many of its kind it tells of."""
        ...

    @property
    def likeness(self) -> str:
        """The same for happenings that tell nothing new after one another; empty: each is news."""
        ...

    @property
    def text(self) -> str:
        """The same for people."""
        ...

    @property
    def json(self) -> str:
        """The same for programs: one object on one line, `{"event":"order.filled",...}`."""
        ...


class StrategyRow(Protocol):
    """One strategy, in words."""

    @property
    def name(self) -> str:
        """As in config."""
        ...

    @property
    def positions(self) -> Sequence[str]:
        """`+0.0012 BTC`, most valuable first; empty when flat."""
        ...

    @property
    def open(self) -> str:
        """How many of its orders are not done."""
        ...

    @property
    def fills(self) -> str:
        """How many fills it had."""
        ...

    @property
    def refused(self) -> str:
        """How many of its orders were refused."""
        ...

    @property
    def net(self) -> str:
        """Net profit, with its sign."""
        ...

    @property
    def fees(self) -> str:
        """Fees paid."""
        ...

    @property
    def is_quarantined(self) -> bool:
        """It was put aside."""
        ...


class Watched(Protocol):
    """A run, as views see it."""

    @property
    def mode(self) -> str:
        """`PAPER`."""
        ...

    @property
    def promise(self) -> str:
        """`no key, no real orders`."""
        ...

    @property
    def speed(self) -> str:
        """`x10`, or `real time`."""
        ...

    @property
    def basis(self) -> Sequence[str]:
        """What the figures rest on: tape, rules, fill model, latency."""
        ...

    @property
    def happenings(self) -> Sequence[Happening]:
        """The last ones, oldest first, gathered."""
        ...

    def gathered(self, happenings: Sequence[Any]) -> Sequence[Happening]:
        """What was heard, as people read it: the fills of an order within a second are one."""
        ...

    def hear(self, hearer: Callable[[Happening], None]) -> None:
        """Call back for everything that happens from now on."""
        ...

    def time(self, ts_ns: int) -> str:
        """An instant in the display zone: `00:02:10`."""
        ...

    def when(self, now_ns: int) -> str:
        """The run's time with its zone, and whose it is: `00:02:10 UTC tape time`."""
        ...

    def progress(self, now_ns: int) -> tuple[float | None, str]:
        """How far the tape is (0 to 1; None without an end), and the same in words: `477/651 s`."""
        ...

    def feed(self, now_ns: int) -> str:
        """`feed ok, last 0.1 s`."""
        ...

    def prices(self) -> Sequence[str]:
        """`BTC 61,655.00`, one for each instrument."""
        ...

    def equity(self) -> str:
        """`12,300.59 USDT`."""
        ...

    def net(self) -> str:
        """`-2.56 USDT`."""
        ...

    def rows(self) -> Sequence[StrategyRow]:
        """Every strategy, in the order of config."""
        ...

    def requests(self) -> str:
        """`212 sent, 388 one by one (saved 45%)`."""
        ...

    def headline(self) -> Sequence[str]:
        """What is about to run, a line each."""
        ...

    def headline_json(self) -> str:
        """The same for programs: one object, `run.started`."""
        ...

    def status(self, now_ns: int) -> str:
        """The run in one line."""
        ...

    def status_json(self, now_ns: int) -> str:
        """The same for programs: one object, `run.status`."""
        ...


class View(Protocol):
    """Something that shows a run while it goes on. No view has a thread; each writes only when called.

    All three raise `BrokenPipeError` (an `OSError`) when the reader of the output is gone: the caller stops the run as
    on Ctrl-C, writes its journal and report as always, and prints nothing more.
    """

    def start(self) -> None:
        """Before the first event."""
        ...

    def refresh(self, now_ns: int) -> None:
        """Called four or five times a second of the wall's clock, with the run's own time."""
        ...

    def stop(self) -> None:
        """After the last event; what is to be shown after it may then be written to the same place."""
        ...
