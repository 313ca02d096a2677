"""Rate limits as the venue counts them: a second for each UID (or IP) and endpoint, and 6,000 a minute for each IP."""

from __future__ import annotations

from typing import Final

from framework.model.instants import MINUTE_NS, NS_PER_S
from framework.model.rules import Bucket, CountedBy
from framework.sandbox.bitget.refused import rate_refused
from framework.venues.sim.limits import SlidingWindow

IP_MINUTE: Final = 6_000  # reference 5: overall, per IP
ORDERS_PER_UNIT: Final = 10  # seed quick start: 10 orders of a pair in a batch count as one request
LEAD_TRADER: Final = 1  # reference 5: lead traders, place-order and batch endpoints
OLDEST: Final = 50_000


class Rates:
    """Everybody's windows.

    Args:
        is_strict: a batch costs a unit for every started ten orders of a pair, and limits that sources disagree on
            are the smaller; lenient: one call is one unit, and they are the larger.
    """

    def __init__(self, *, is_strict: bool = True) -> None:
        self.is_strict = is_strict
        self.lead_traders: set[str] = set()
        """UIDs that place one order a second."""
        self._windows: dict[tuple[str, str], SlidingWindow] = {}

    def units(self, orders: dict[str, int]) -> int:
        """What a batch costs: orders of each pair -> units."""
        if not self.is_strict:
            return 1
        return max(1, sum(-(-count // ORDERS_PER_UNIT) for count in orders.values()))

    def draw(self, who: str, address: str, path: str, limit: int, units: int, now_ns: int) -> int:
        """Count a request; what remains of its endpoint.

        Raises:
            BitgetRefusal: 429; nothing is counted then.
        """
        whole = self._window(address, "", IP_MINUTE, MINUTE_NS)
        own = self._window(who, path, limit, NS_PER_S)
        if whole.used(now_ns) + 1 > IP_MINUTE or own.used(now_ns) + units > own.bucket.limit:
            raise rate_refused()
        whole.draw(1, now_ns)
        own.draw(units, now_ns)
        return own.bucket.limit - own.used(now_ns)

    def _window(self, who: str, path: str, limit: int, window_ns: int) -> SlidingWindow:
        key = (who, path)
        if key not in self._windows:
            if len(self._windows) >= OLDEST:
                del self._windows[next(iter(self._windows))]
            self._windows[key] = SlidingWindow(Bucket(path, limit, window_ns, CountedBy.UID, "reference 5.1"))
        return self._windows[key]
