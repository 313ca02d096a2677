"""The market of a seed: prices wander, others trade, and now and then our feed of it stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from framework.model.events import FeedState, FeedStatus, Quote, Trade
from framework.model.instrument import Instrument
from tests.simulation.wire import MS

if TYPE_CHECKING:
    from tests.simulation.world import World

MIDDLES: Final = (12_000, 20_000)
"""Where the prices of the pairs begin, in points."""
SIZE_POINTS: Final = 100_000
"""What stands on either side."""


class Market:
    """What the venue shows to everybody."""

    def __init__(self, world: World) -> None:
        self.is_over = False
        self._world = world
        self._chance = world.chance("market")
        self._feed_time = world.chance("feed time")
        self._feed_away = world.chance("feed away")
        self._middles = dict(zip(world.instruments, MIDDLES, strict=True))
        self._away: dict[Instrument, int] = {}
        """Pair -> until when our feed of it stands still."""

    def act(self) -> None:
        """Prices move, and will again, also after a process that dies of it."""
        if self.is_over:
            return
        try:
            self._move()
        finally:
            self._world.timeline.after(self._chance.randrange(60, 540) * MS, self.act)

    def _move(self) -> None:
        chance, venue, now_ns = self._chance, self._world.exchange.venue, self._world.timeline.clock.now_ns
        there = chance.choice(self._world.instruments)
        leap = 8 if chance.random() < 0.98 else 300  # now and then far enough to fill all that rests
        middle = self._middles[there] = max(1_000, self._middles[there] + chance.randrange(-leap, leap + 1))
        half = chance.choice((1, 2, 5))
        venue.observe(Quote(there, now_ns, middle - half, SIZE_POINTS, middle + half, SIZE_POINTS))
        is_buy = chance.random() < 0.5
        price, traded = middle + half if is_buy else middle - half, chance.randrange(100, 4_000)
        if chance.random() < 0.7:
            reach = chance.choice((0, 0, 5, 20, 60))
            price += reach if is_buy else -reach
            venue.observe(Trade(there, now_ns, price, traded, is_buy))
        if not (self._world.swarm.scales["feed"] and self._is_feed_away(there)):
            self._feed(there, middle - half, middle + half)

    def _feed(self, there: Instrument, bid: int, ask: int) -> None:
        process = self._world.process
        self._world.timeline.after(
            self._feed_time.randrange(1, 30) * MS,
            lambda: process.play(lambda now_ns: Quote(there, now_ns, bid, SIZE_POINTS, ask, SIZE_POINTS)),
            "feed",
        )

    def _is_feed_away(self, there: Instrument) -> bool:
        """A feed stands still for a while, and says so."""
        away, world = self._away, self._world
        now_ns = world.timeline.clock.now_ns
        if there in away:
            if now_ns < away[there] and not world.swarm.is_healed:
                return True
            del away[there]
            world.process.play(lambda now: FeedStatus(there, now, FeedState.LIVE))
        elif self._feed_away.random() < 0.02 and world.swarm.strikes("feed"):
            away[there] = now_ns + self._feed_away.randrange(500, 4_000) * MS
            world.process.play(lambda now: FeedStatus(there, now, FeedState.STALE, "silent"))
        return False
