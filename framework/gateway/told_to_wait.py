"""What a venue's answers asked us to wait for, kept to by requests that wait for a connection meanwhile.

Budgets keep to it before a request is handed over; this is for those that were handed over before the answer came, and
for those that are in the instant before the router hears of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from framework.gateway.outcome import HeldBack, NotSent
from framework.model.batch import RequestKind
from framework.model.reasons import BANNED
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules


class Rest(NamedTuple):
    """A bucket rests: when that was told, and until when at least."""

    told_ns: int
    until_ns: int


class ToldToWait:
    """Of one account at one venue: a ban stops everything, a 429 what draws on its bucket, cancels as well."""

    def __init__(self, rules: VenueRules) -> None:
        self._rules = rules
        self._buckets = {kind: tuple([cost.bucket for cost in costs]) for kind, costs in rules.costs.items()}
        self._banned_until_ns = 0
        self._rests: dict[str, Rest] = {}

    def hear(self, kind: RequestKind, answer: RequestAnswer, now_ns: int) -> None:
        """An answer to a request of a kind."""
        self._banned_until_ns = max(self._banned_until_ns, answer.banned_until_ns)
        for bucket in self._rules.limited_by(kind) if answer.is_limited else ():
            self.rest(bucket.name, now_ns, answer.retry_after_ns or self._rules.pause_of(bucket))

    def rest(self, bucket: str, now_ns: int, pause_ns: int) -> None:
        """A 429 of a bucket, or of an endpoint that limits do not know."""
        before = self._rests.get(bucket)
        until_ns = now_ns + pause_ns
        self._rests[bucket] = Rest(now_ns, until_ns if before is None else max(before.until_ns, until_ns))

    def check(self, kind: RequestKind, handed_over_ns: int, now_ns: int) -> None:
        """Called where a request is built, when a connection is free; see `check_buckets`."""
        self.check_buckets(self._buckets[kind], handed_over_ns, now_ns)

    def check_buckets(self, buckets: Iterable[str], handed_over_ns: int, now_ns: int) -> None:
        """The same of a request that draws on these.

        What was handed over before its bucket was told to rest never leaves: how long that rests, and what goes first
        then, is the router's to say.

        Raises:
            HeldBack: it is not to leave; it may be asked for again.
        """
        if now_ns < self._banned_until_ns:
            raise HeldBack(NotSent(BANNED, "the venue banned us while it waited for a connection"))
        for bucket in buckets:
            rest = self._rests.get(bucket)
            if rest is not None and (handed_over_ns <= rest.told_ns or now_ns < rest.until_ns):
                raise HeldBack(NotSent("paused", "the venue asked us to wait while it waited for a connection"))
