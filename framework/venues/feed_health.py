"""What of a feed can be trusted, market by market: told to the strategies when it changes, and only then."""

from __future__ import annotations

from collections.abc import Iterable

from framework.model.events import FeedState, FeedStatus
from framework.model.instrument import Instrument
from framework.venues.mailbox import Mailbox
from framework.venues.streams import Channel


class FeedHealth:
    """A market is live while each of its channels is."""

    def __init__(self, channels: Iterable[Channel], mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self.channels = tuple(channels)
        """More of a market may be heard later: it is one of those that are heard from the beginning."""
        self._bad: dict[Instrument, dict[Channel, FeedState]] = {channel.instrument: {} for channel in self.channels}

    def bad(self, channel: Channel, state: FeedState, detail: str) -> None:
        """A channel cannot be trusted. A worse state than was told is told."""
        bad = self._bad[channel.instrument]
        is_news = state not in bad.values()
        bad[channel] = state
        if is_news:
            self._tell(channel.instrument, state, detail)

    def good(self, channel: Channel) -> None:
        """A channel can be trusted again, from the events that follow on."""
        bad = self._bad[channel.instrument]
        if bad and bad.pop(channel, None) is not None and not bad:
            self._tell(channel.instrument, FeedState.LIVE, "everything is heard again")

    def all_bad(self, state: FeedState, detail: str) -> None:
        """Nothing is heard."""
        for channel in self.channels:
            self.bad(channel, state, detail)

    def all_good(self) -> None:
        """Everything is known."""
        for channel in self.channels:
            self.good(channel)

    def _tell(self, instrument: Instrument, state: FeedState, detail: str) -> None:
        with self._mailbox as now_ns:
            self._mailbox.put([FeedStatus(instrument, now_ns, state, detail)])
