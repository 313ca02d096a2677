"""I13: what is bounded in a process, looked at after every event."""

from __future__ import annotations

from typing import Final

from framework.core import Core
from tests.simulation.history import History

HEAP_MAX: Final = 20_000
ORDERS_MAX: Final = 3_000
QUESTIONS_SPARE: Final = 40
QUESTIONS_EACH: Final = 2
"""Questions to a venue that may wait: a round of all orders in doubt at most twice, and what others ask."""
EVENTS_MAX: Final = 400_000


def check_bounds(history: History, core: Core) -> None:
    """Fail where a queue is longer than it ever should be."""
    scheduled, waiting = len(core.loop._heap), core.router.sender.waiting
    history.hold("I13", scheduled < HEAP_MAX, lambda: f"{scheduled} things scheduled")
    history.hold("I13", waiting < ORDERS_MAX, lambda: f"{waiting} orders wait")
    questions, doubts = sum(map(len, core.enquiries._waiting.values())), len(core.doubts.orders)
    most = QUESTIONS_SPARE + QUESTIONS_EACH * doubts
    history.hold("I13", questions <= most, lambda: f"{questions} questions wait for {doubts} orders in doubt")
    history.hold("I13", history.counts["events"] < EVENTS_MAX, lambda: "the world does not come to an end")
