"""What stands in for the world where a live session is played again: nothing is sent, asked or kept."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from framework.app.live.gateways import Ties
from framework.app.replay.comparison import Comparison
from framework.core import Core
from framework.kernel.latch import LatchPage
from framework.kernel.records import LatchFailed, Record
from framework.model.batch import Cleared
from framework.model.orders import Order
from framework.model.questions import Question
from framework.ports import OrderPort, Query


class NoPort:
    """An `OrderPort` and a `Query` that lead nowhere: answers are in the journal."""

    def send(self, cleared: Cleared) -> None:
        """Nothing is sent."""

    def ask(self, question: Question) -> None:
        """Nobody is asked."""


class NoWay:
    """See `framework.app.live.gateways.CoreWay`."""

    def join(self, core: Core, ties: Ties) -> tuple[OrderPort, Query]:  # noqa: ARG002 - as `CoreWay`
        """A way that leads nowhere."""
        port = NoPort()
        return port, port

    def know(self, orders: Iterable[Order]) -> None:
        """Nothing to know."""


class ReadLatch:
    """A latch as it was found when the session began (`framework.router.kill.trips.LatchPort`).

    Args:
        peek: the record that comes next in the journal.
    """

    def __init__(self, page: LatchPage | None, peek: Callable[[], Record | None]) -> None:
        self._page = page
        self._peek = peek

    def read(self) -> LatchPage | None:
        """What stood there."""
        return self._page

    def keep_trip(self, page: LatchPage) -> str:  # noqa: ARG002 - as `LatchPort`
        """Nothing is kept."""
        return ""

    def keep_arm(self, page: LatchPage) -> str:  # noqa: ARG002 - as `LatchPort`
        """Nothing is kept, and what went wrong then does again."""
        record = self._peek()
        return record.fault if isinstance(record, LatchFailed) else ""

    @property
    def fault(self) -> str:
        """There is no disk."""
        return ""


class ComparedJournal:
    """A session's journal that compares (`framework.app.live.run.SessionJournal`)."""

    def __init__(self, comparison: Comparison) -> None:
        self.written = 0
        """Records of the session."""
        self.waiting: deque[Callable[[int], None]] = deque()
        """What waits for the disk: the journal says when each went on."""
        self._comparison = comparison

    def write(self, record: Record) -> None:
        """Hold one record against the journal. Raises `Differs`."""
        self.written += 1
        self._comparison.write(record)

    def mended(self) -> str:
        """There is no disk."""
        return ""

    def when_durable(self, action: Callable[[int], None]) -> None:
        """See `framework.router.sending.awaiting.WhenDurable`."""
        self.waiting.append(action)
