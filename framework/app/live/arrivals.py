"""What comes from a gateway, until the drive takes it: each report, answer and reply is a turn of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from framework.core import Core
from framework.kernel.records import AnswerTaken
from framework.model.events import OrderReport
from framework.model.questions import Reply
from framework.model.request_answer import RequestAnswer

Action = Callable[[], object]


class Arrivals:
    """A queue in the loop's thread. It is a `ReportSink` and a `ReplySink`; nothing of it is ever dropped.

    What waits is bounded by what the venue may say of requests and orders that are out.

    Args:
        woken: called when something was put in.
    """

    def __init__(self, woken: Callable[[], None]) -> None:
        self._woken = woken
        self._actions: deque[Action] = deque()
        self._core: Core | None = None

    def lead_to(self, core: Core) -> None:
        """Everything goes to this core, from what waits already on."""
        self._core = core

    def report(self, report: OrderReport) -> None:
        """See `ReportSink`."""
        self.put(partial(self._there.report, report))

    def answered(self, answer: RequestAnswer) -> None:
        """See `ReportSink`."""
        self.put(partial(self._answered, answer))

    def replied(self, reply: Reply) -> None:
        """See `ReplySink`."""
        self.put(partial(self._there.replied, reply))

    def put(self, action: Action) -> None:
        """Have something done in a turn of its own."""
        self._actions.append(action)
        self._woken()

    def take(self) -> Action | None:
        """What is to be done next; None: nothing."""
        return self._actions.popleft() if self._actions else None

    def _answered(self, answer: RequestAnswer) -> None:
        """Journaled here: of what comes from a venue it is the one thing that leaves no other record."""
        self._there.journal.write(AnswerTaken(answer))
        self._there.answered(answer)

    @property
    def _there(self) -> Core:
        assert self._core is not None, "nothing was asked before there is a core"
        return self._core
