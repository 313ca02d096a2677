"""An order that waits alone: by itself or in a batch of one, and whether there is room. The short way for the usual case."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from framework.model.batch import REQUESTS, BatchKind, RequestKind
from framework.model.rules import VenueRules
from framework.router.planning.headroom import Rooms, scales
from framework.router.planning.tariffs import Tariff, shrink_tariff, tariffs, unpriced

NO_ROOM: Final = -1
"""Instead of a share."""


class LoneDraw(NamedTuple):
    """What an order that waits alone draws from some buckets."""

    units: tuple[tuple[str, int, int], ...]
    """Bucket, units drawn from it, and one of its units as a share (`headroom.scales`)."""
    keeps_reserve: bool

    def share(self, room: Rooms) -> int:
        """Of the fullest of these buckets, once it is drawn; `NO_ROOM` where one has none."""
        units, keeps_reserve = self
        fullest = 0
        for bucket, drawn, scale in units:
            there = room[bucket]
            used = there.used + drawn
            if there.is_paused or used > (there.limit - there.reserve if keeps_reserve else there.limit):
                return NO_ROOM
            share = used * scale
            if share > fullest:  # noqa: PLR1730 - a call of `max` costs as much as the rest of the loop
                fullest = share
        return fullest


class Ways(NamedTuple):
    """One order by itself, or in a batch of one where the venue has batches."""

    either: LoneDraw
    """What it draws in both forms alike."""
    single: RequestKind
    by_itself: LoneDraw
    """Beside it."""
    batch: RequestKind | None
    in_batch: LoneDraw
    least: int
    """The share of the fullest bucket of `in_batch` if nothing else is drawn from it."""


class LoneOrders:
    """The ways of a lone order of each kind, at one venue."""

    def __init__(self, rules: VenueRules) -> None:
        self._rules = rules
        self._buckets = tuple(bucket.name for bucket in rules.buckets)
        self._scales = scales(tuple([bucket.limit for bucket in rules.buckets]))
        self._ways = {kind: self._ways_of(tariff, *REQUESTS[kind][:2]) for kind, tariff in tariffs(rules).items()}
        shrinks = shrink_tariff(rules)
        self._shrink = None if shrinks is None else self._ways_of(shrinks, RequestKind.SHRINK)

    def way(self, kind: BatchKind, room: Rooms, *, is_shrink: bool = False) -> RequestKind | None:
        """How a lone order goes: what the best plan for it would be; None: not now.

        Raises:
            InvariantError: the venue takes no requests of its kind.
        """
        ways = self._shrink if is_shrink else self._ways.get(kind)
        if ways is None:
            raise unpriced(self._rules, kind)
        either, single, by_itself, batch, in_batch, least = ways
        shared = either.share(room)
        if shared == NO_ROOM:
            return None
        alone = by_itself.share(room)
        if batch is not None and (alone == NO_ROOM or (alone > shared and alone > least)):
            other = in_batch.share(room)
            if other != NO_ROOM and (alone == NO_ROOM or alone > max(other, self._base(room))):
                return batch
        return None if alone == NO_ROOM else single

    def _ways_of(self, tariff: Tariff, single: RequestKind, batch: RequestKind | None = None) -> Ways:
        """A lone order by itself and, where a batch may hold more than one, in a batch."""
        alone = [(draw.bucket, draw.single) for draw in tariff.draws]
        batch = batch if tariff.batch_orders > 1 else None
        batched = [(draw.bucket, draw.batch + draw.step + draw.order) for draw in tariff.draws] if batch else []
        either = self._draws(tariff, [drawn for drawn in alone if drawn in batched])
        by_itself = self._draws(tariff, [drawn for drawn in alone if drawn not in batched])
        in_batch = self._draws(tariff, [drawn for drawn in batched if drawn not in alone])
        least = max([units * scale for _, units, scale in in_batch.units], default=0)
        return Ways(either, single, by_itself, batch, in_batch, least)

    def _draws(self, tariff: Tariff, drawn: Iterable[tuple[int, int]]) -> LoneDraw:
        units = tuple([(self._buckets[at], units, self._scales[at]) for at, units in drawn if units])
        return LoneDraw(units, keeps_reserve=not tariff.is_cancel)

    def _base(self, room: Rooms) -> int:
        """Share of the fullest bucket before anything is drawn."""
        return max([room[name].used * scale for name, scale in zip(self._buckets, self._scales, strict=True)])
