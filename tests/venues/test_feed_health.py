from __future__ import annotations

from framework.kernel.clock import ManualClock
from framework.model.events import FeedState, FeedStatus
from framework.venues.feed_health import FeedHealth
from framework.venues.mailbox import Mailbox
from tests.venues.bitget.public.samples import BOOK, TRADES


def test_a_market_is_live_again_when_every_channel_is() -> None:
    box = Mailbox(ManualClock(1))
    health = FeedHealth([BOOK, TRADES], box)
    health.good(BOOK)
    health.bad(BOOK, FeedState.GAP, "one")
    health.bad(TRADES, FeedState.GAP, "two")
    health.good(BOOK)
    health.bad(TRADES, FeedState.STALE, "three")
    health.good(TRADES)
    told = [event for event in box.take()[0] if isinstance(event, FeedStatus)]
    assert [(status.state, status.detail) for status in told] == [
        (FeedState.GAP, "one"),
        (FeedState.STALE, "three"),
        (FeedState.LIVE, "everything is heard again"),
    ]
