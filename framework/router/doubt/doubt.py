"""One order in doubt: what was found of it so far, and when it is to be asked after again."""

from __future__ import annotations

from typing import Final

from framework.kernel.clock import NS_PER_S
from framework.model.orders import Order, OrderState, Pending
from framework.model.questions import Ask, Reply, SeenOrder
from framework.router.doubt.absence import APART_NS, Absence

BACKOFF_S: Final = (1, 2, 4, 8, 15, 30)
"""Between rounds; the last one goes on."""
STUCK_NS: Final = 60 * NS_PER_S
"""So long after the last moment of acceptance an order still in doubt alarms."""


class Doubt:
    """One order in doubt, and what was found of it so far."""

    __slots__ = (
        "absence",
        "current_ns",
        "is_told",
        "is_unknown",
        "missing",
        "next_ns",
        "order",
        "pending",
        "put_off",
        "seen",
        "tries",
    )

    def __init__(self, order: Order, absence: Absence, now_ns: int, first_ns: int) -> None:
        self.order = order
        self.absence = absence
        self.current_ns = now_ns
        """When it came into doubt, or a change of it was last answered: what was asked before shows an older picture."""
        self.pending = order.pending
        """What was asked of it when it came into doubt: that is in doubt as well."""
        self.seen: tuple[SeenOrder, Reply] | None = None
        """What the venue showed and is not believed yet: fills are missing."""
        self.missing: dict[Ask, None] = {}
        """Lists that lacked it since it was last seen."""
        self.tries = 0
        self.next_ns = now_ns + first_ns
        self.put_off = 0
        """How many rounds in a row gave way to questions that waited."""
        self.is_told = False
        self.is_unknown = order.state is OrderState.UNKNOWN
        """Its request has left and ended: `absence` counts from then."""

    def asked(self, now_ns: int, crowd: int) -> None:
        """A round asks after it, and so many with it: the next one comes later, but soon after the venue can accept it no more, and then twice."""
        until_ns, crowd_ns = self.absence.accepted_until_ns, crowd * NS_PER_S // 2
        if now_ns <= until_ns:
            wait_ns = BACKOFF_S[min(self.tries, len(BACKOFF_S) - 1)] * NS_PER_S + crowd_ns
            self.next_ns = min(now_ns + wait_ns, max(until_ns + NS_PER_S, now_ns + APART_NS))
        elif self.absence.is_possible and now_ns < until_ns + STUCK_NS:
            self.next_ns = now_ns + APART_NS + NS_PER_S + crowd_ns
        else:
            self.next_ns = now_ns + BACKOFF_S[-1] * NS_PER_S
        self.tries += 1
        self.put_off = 0

    def needs_time(self, floor_ns: int, latest_ns: int) -> bool:
        """Whether answers would count if the venue said how late it is.

        Args:
            floor_ns: what its clock showed at least when last asked; 0: nobody knows.
            latest_ns: what it may show now.
        """
        until_ns = self.absence.accepted_until_ns
        counts = self.absence.is_possible or self.order.pending is Pending.AMEND
        return counts and floor_ns <= until_ns and (not floor_ns or latest_ns > until_ns)
