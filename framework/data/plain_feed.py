"""The plain dialect's public feed: its markets are those of a rule table, and it keeps no history."""

from __future__ import annotations

from collections.abc import Sequence

from framework.data.live_feed import LiveFeed
from framework.model.events import Bar
from framework.model.instrument import Instrument
from framework.venues.http import PublicHttp
from framework.venues.plain.public import PlainCodec
from framework.venues.streams import Channel, Codec, Topic


class PlainFeed(LiveFeed):
    """The public feed of a venue that speaks the plain dialect."""

    ws_path = "/market"
    topics = (Topic.QUOTES, Topic.TRADES)

    def _topics_of(self, instrument: Instrument) -> Sequence[Topic]:  # noqa: ARG002 - as its base
        return self.topics

    def _codec(self, channels: Sequence[Channel], heard_trades: dict[Instrument, int]) -> Codec:  # noqa: ARG002 - as its base
        return PlainCodec(dict.fromkeys(channel.instrument for channel in channels))

    async def _markets(self, http: PublicHttp) -> list[Instrument]:  # noqa: ARG002 - as its base
        return [self._rules.instrument(symbol) for symbol in self._symbols]

    def _history(self, start_ns: int, instrument: Instrument, timeframe: str, count: int) -> Sequence[Bar]:  # noqa: ARG002 - as its base
        return ()
