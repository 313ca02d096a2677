"""What we want to reach. Lower is better everywhere; peers were measured on 2026-11-21, in the same unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Target(NamedTuple):
    """Two marks for one figure: what it must be, and what it should be.

    In steps where the figure is a time of single things; in its own unit otherwise.
    """

    must: float
    goal: float
    peers: str = ""

    def verdict(self, found: float) -> str:
        """In words."""
        if found <= self.goal:
            return "goal reached"
        return "must reached" if found <= self.must else "not reached"


TARGETS: Final[Mapping[str, Target]] = {
    "ticks_trading": Target(10, 5, "vn.py 11, nautilus 73-85, basana 78, backtrader 250"),
    "bars_trading": Target(10, 5, "vn.py 10, basana 80, jesse 93, nautilus 201, backtrader 239, freqtrade 327"),
    "ticks_order": Target(300, 100, "basana 1,700, nautilus 6,000-7,900"),
    "order_road_sent": Target(600, 450, "nautilus HTTP layer 821, basana 1,387, ccxt 1,629, hummingbot 3,600-21,000"),
    "order_road_sent_async": Target(600, 450, "as above, none of them keeps a journal"),
    "order_road_sync_fdatasyncs": Target(1.5, 1.1, "nobody"),
    "feed_trade": Target(15, 8, "basana 33-42, nautilus 36 (parse alone), ccxt 129"),
    "feed_book": Target(50, 35, "ccxt 182, hummingbot 193, nautilus 875"),
    "tick_bytes_p50": Target(100, 60, "nobody end to end; the least that can be done 45"),
    "order_road_one_of_10": Target(150, 60, "ccxt 882"),
    "ticks_peak_rss": Target(120, 80, "basana 331, nautilus 695, vn.py 1,928"),
    "first_event": Target(2.5, 1.7, "in s: backtrader 0.48, basana 0.50, vn.py 0.80, nautilus 1.32, jesse 2.85"),
    "first_event_paper": Target(2.5, 1.7),
    "paper_idle_rss": Target(65, 55, "basana 38 (imported only), hummingbot 93, ccxt 101, freqtrade 283, nautilus 295"),
    "kill_gate_closed_p99": Target(1, 0.1),
    "kill_confirmed_p99": Target(50, 25),
    "kill_stalled_loop_closed_p99": Target(100, 60),
    "kill_swept": Target(2_000, 1_100),
    "router_100_on_1_units": Target(10, 10, "100 everywhere; ccxt 10 where the caller groups by hand"),
    "router_100_on_3_units": Target(12, 12),
    "router_100_on_10_units": Target(10, 10),
    "router_1000_on_1_units": Target(100, 100),
    "router_1000_on_3_units": Target(102, 102),
    "router_1000_on_10_units": Target(100, 100),
}
