"""What goes wrong in a seed: each class of faults is off, or on by a scale of its own.

Faults that are always on hide each other. Every class draws from a stream of chance of its own, so that switching one
off leaves the others as they were: a failing seed shrinks that way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

from tests.simulation.chance import Chance, Streams

FAULTS: Final[Mapping[str, float]] = {
    "lose_request": 0.12,  # N1
    "lose_reply": 0.12,  # N2
    "late_request": 0.16,  # N3
    "reset": 0.10,  # N4, N5
    "slow_reply": 0.10,  # N7
    "garbage": 0.06,  # N13, N20
    "partial": 0.15,  # E8, E9
    "server_error": 0.12,  # E6, before and after processing
    "busy": 0.10,  # the pool has no connection for a while
    "stream_duplicate": 0.25,  # N15
    "stream_reorder": 0.25,  # N16
    "stream_lose": 0.04,  # N18, N25
    "stream_slow": 0.10,  # an answer overtakes it by far
    "query_lose": 0.15,
    "query_fail": 0.15,  # E24
    "crowd": 0.20,  # E5: 429 in spite of our own count
    "skew": 1.0,  # E29
    "freeze": 0.30,  # P26
    "feed": 0.25,  # feeds that stall
    "manual": 0.25,  # E22: a person cancels at the venue
    "foreign": 0.20,  # E21: orders that are not ours
    "slow_disk": 0.15,  # P30
    "raise": 0.5,  # P17
    "flood": 0.5,  # P18
    "kill": 1.0,  # O6
    "crash": 1.0,  # P1 to P6
    "disk": 0.03,  # P9, P12: syncs that fail, a full disk
    "clock": 0.06,  # P22, E29: clocks that are set
    "loop": 0.6,  # P16: a handler that does not return for a while
    "order": 0.3,  # S1: the loop wakes late, and what is ready by then runs in any order
}
"""Class -> how likely it strikes, where it may, at full scale."""
QUIET: Final = ("skew", "foreign", "slow_disk", "order")
"""Classes by which nothing is lost, late or wrong: they are no faults, whatever they bring about."""
OFF_SHARE: Final = 0.45
"""So many classes are off in a seed, on average."""
FOCUSED: Final = 3.0
"""Scale of the classes that a seed is focused on."""


class Swarm:
    """The faults of one seed.

    Args:
        off: classes that are off in any case.
        focus: the classes that are on, and strike far more often than they may otherwise; empty: as the seed draws.
    """

    def __init__(self, seed: int, off: Collection[str] = (), focus: Collection[str] = ()) -> None:
        chance = Chance(f"{seed}/swarm")
        self.scales: dict[str, float] = {}
        self.struck: Counter[str] = Counter()
        """Class -> how often it struck."""
        self._odds: dict[str, float] = {}
        """Class -> how likely it strikes; nothing does, once it is over."""
        self._chances = Streams(seed)
        self._is_healed = False
        for name in FAULTS:
            is_on, scale = chance.random() >= OFF_SHARE, 0.2 + 0.8 * chance.random()
            if focus:
                is_on, scale = name in focus, FOCUSED
            self.scales[name] = scale if is_on and name not in off else 0.0
            self._odds[name] = self.scales[name] * FAULTS[name]

    @property
    def on(self) -> list[str]:
        """The classes that are on."""
        return [name for name, scale in self.scales.items() if scale]

    def heal(self) -> None:
        """Nothing goes wrong from now on."""
        self._is_healed = True
        self._odds = dict.fromkeys(FAULTS, 0.0)

    @property
    def is_healed(self) -> bool:
        """Whether it is over."""
        return self._is_healed

    @property
    def faults(self) -> int:
        """How many there were so far."""
        return sum(count for name, count in self.struck.items() if name not in QUIET)

    def strikes(self, name: str) -> bool:
        """Whether a fault of a class happens here and now."""
        odds = self._odds[name]
        if not odds or self._chances[name].random() >= odds:
            return False
        self.struck[name] += 1
        return True

    def chance(self, name: str) -> Chance:
        """The chance of a class: how long, which, how much."""
        return self._chances[name]
