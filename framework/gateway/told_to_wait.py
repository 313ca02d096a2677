"""What a venue's answers asked us to wait for, kept to by requests that wait for a connection meanwhile.

Budgets keep to it before a request is handed over; this is for those that were handed over before the answer came.
"""

from __future__ import annotations

from framework.gateway.outcome import HeldBack, NotSent
from framework.model.batch import BatchKind
from framework.model.request_answer import RequestAnswer


class ToldToWait:
    """Of one account at one venue: a ban stops everything, a 429 with its time what creates orders of its kind."""

    def __init__(self) -> None:
        self._banned_until_ns = 0
        self._kinds_until_ns: dict[BatchKind, int] = {}

    def hear(self, kind: BatchKind, answer: RequestAnswer, now_ns: int) -> None:
        """An answer to a request of a kind."""
        self._banned_until_ns = max(self._banned_until_ns, answer.banned_until_ns)
        if answer.retry_after_ns and kind is not BatchKind.CANCEL:  # cancels are never held up by less than a ban
            until_ns = now_ns + answer.retry_after_ns
            self._kinds_until_ns[kind] = max(self._kinds_until_ns.get(kind, 0), until_ns)

    def check(self, kind: BatchKind, now_ns: int) -> None:
        """Called where a request is built, when a connection is free.

        Raises:
            HeldBack: it is not to leave now; it may be asked for again.
        """
        if now_ns < self._banned_until_ns:
            raise HeldBack(NotSent("banned", "the venue banned us while it waited for a connection"))
        if now_ns < self._kinds_until_ns.get(kind, 0):
            raise HeldBack(NotSent("paused", "the venue asked us to wait while it waited for a connection"))
