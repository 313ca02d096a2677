"""I13: what is bounded in a process, looked at after every event."""

from __future__ import annotations

from typing import Final

from framework.core import Core
from tests.simulation.history import Broken

HEAP_MAX: Final = 20_000
ORDERS_MAX: Final = 3_000
QUESTIONS_SPARE: Final = 40
QUESTIONS_EACH: Final = 2
"""Questions to a venue that may wait: a round of all orders in doubt at most twice, and what others ask."""
EVENTS_MAX: Final = 400_000


class Bounds:
    """The queues of a core."""

    def __init__(self, core: Core) -> None:
        self._scheduled = core.loop._heap
        self._sender = core.router.sender
        self._questions = core.enquiries._waiting
        self._doubts = core.doubts._doubts

    def check(self, events: int) -> None:
        """Fail where one is longer than it ever should be.

        Args:
            events: how much has happened in the world.
        """
        if len(self._scheduled) >= HEAP_MAX:
            raise Broken("I13", f"{len(self._scheduled)} things scheduled")
        if self._sender.waiting >= ORDERS_MAX:
            raise Broken("I13", f"{self._sender.waiting} orders wait")
        questions = 0
        for waiting in self._questions.values():
            questions += len(waiting)
        if questions > QUESTIONS_SPARE and questions > QUESTIONS_SPARE + QUESTIONS_EACH * len(self._doubts):
            raise Broken("I13", f"{questions} questions wait for {len(self._doubts)} orders in doubt")
        if events >= EVENTS_MAX:
            raise Broken("I13", "the world does not come to an end")
