"""I13: what is bounded in a process, looked at after every event."""

from __future__ import annotations

from typing import Final

from framework.core import Core
from tests.simulation.history import Broken, History

HEAP_MAX: Final = 20_000
ORDERS_MAX: Final = 3_000
QUESTIONS_SPARE: Final = 40
QUESTIONS_EACH: Final = 2
"""Questions to a venue that may wait: a round of all orders in doubt at most twice, and what others ask."""
EVENTS_MAX: Final = 400_000


def check_bounds(history: History, core: Core) -> None:
    """Fail where a queue is longer than it ever should be."""
    scheduled, waiting = len(core.loop._heap), core.router.sender.waiting
    if scheduled >= HEAP_MAX:
        raise Broken("I13", f"{scheduled} things scheduled")
    if waiting >= ORDERS_MAX:
        raise Broken("I13", f"{waiting} orders wait")
    questions = sum(map(len, core.enquiries._waiting.values()))
    if questions > QUESTIONS_SPARE:
        doubts = len(core.doubts._doubts)
        if questions > QUESTIONS_SPARE + QUESTIONS_EACH * doubts:
            raise Broken("I13", f"{questions} questions wait for {doubts} orders in doubt")
    if history.events >= EVENTS_MAX:
        raise Broken("I13", "the world does not come to an end")
