from __future__ import annotations

import asyncio

from framework.data.live_feed import Hosts
from framework.data.plain_feed import PlainFeed
from framework.kernel.clock import RealClock
from framework.model.events import MarketEvent, Quote
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.venue import PlainServer, serving
from framework.venues.named import rules_named
from tests.wired import quote

RULES = rules_named("bitget-spot")


async def test_a_feed_of_the_plain_dialect_has_the_markets_of_its_rules_and_what_it_hears() -> None:
    there = RULES.instrument("BTC/USDT")
    venue = LoopbackVenue(RULES, [there], {}, RealClock())
    async with serving(PlainServer(venue)) as port:
        venue.observe(quote(there, 1, 6_000_000, 6_000_100))
        hosts = Hosts(f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")
        feed = PlainFeed("plain", ("BTC/USDT",), RULES, hosts, RealClock(), 1, "f.toml")
        tape = feed.start()
        try:
            assert [market.id for market in tape.instruments] == ["BTC/USDT@bitget"]
            heard: list[MarketEvent] = []
            async with asyncio.timeout(10):
                while not heard:
                    heard += [event for event in tape.mailbox.take()[0] if isinstance(event, Quote)]
                    await asyncio.sleep(0)
            assert heard[0].bid_points == 6_000_000
            assert tape.history(there, "1m", 5) == ()
        finally:
            feed.stop()
