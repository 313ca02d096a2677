"""The room of all buckets, in shares: (used + drawn) / limit, made whole, so that buckets can be compared exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import lcm

from framework.router.budget.gauge import Gauge, Room
from framework.router.planning.packing import Ceiling, Packing

Rooms = Mapping[str, Room | Gauge]
"""What is left of every bucket, by name."""


@lru_cache(maxsize=64)
def scales(limits: tuple[int, ...]) -> tuple[int, ...]:
    """For each bucket, one unit as a share: in parts of a number that all limits divide, so that shares are whole."""
    whole = lcm(*limits)
    return tuple([whole // limit for limit in limits])


class Headroom:
    """The room of all buckets."""

    def __init__(self, rooms: Sequence[Room | Gauge]) -> None:
        self._rooms = rooms
        self._scales = scales(tuple([room.limit for room in rooms]))
        self.base = max([room.used * scale for room, scale in zip(rooms, self._scales, strict=True)])
        """Share of the fullest bucket before anything is drawn."""
        self.full = max(self._scales[0] * rooms[0].limit, self.base)
        """Share of a bucket that is full (the same of each: that is what a scale is), or of one fuller than it may be."""

    def ceilings(self, share: int) -> list[Ceiling]:
        """What may be drawn while no bucket passes the share."""
        ceilings = []
        for there, scale in zip(self._rooms, self._scales, strict=True):
            most = 0 if there.is_paused else max(min(there.limit, share // scale) - there.used, 0)
            ceilings.append(Ceiling(most, max(min(most, there.limit - there.reserve - there.used), 0)))
        return ceilings

    def share(self, packing: Packing) -> int:
        """Of the fullest bucket, once all is drawn."""
        rooms = zip(self._rooms, packing.drawn, self._scales, strict=True)
        return max([(room.used + drawn) * scale for room, drawn, scale in rooms])

    def next_above(self, share: int, reach: Mapping[int, int]) -> int:
        """The next share above one that some bucket can come to."""
        shares = []
        for bucket, units in reach.items():
            scale = self._scales[bucket]
            if share // scale < min(self._rooms[bucket].used + units, self._rooms[bucket].limit):
                shares.append((share // scale + 1) * scale)
        return min(shares, default=self.full)
