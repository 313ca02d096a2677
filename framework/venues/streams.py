"""What a venue's public stream is asked for and what it says, in our words: the seam between a codec and its socket.

A codec is pure: it makes the frames to send, and values out of the frames received. The socket (`framework.venues.ws`)
knows no venue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from framework.model.events import Depth, MarketEvent
from framework.model.instrument import Instrument


class Topic(StrEnum):
    """What is streamed."""

    TRADES = "trades"
    QUOTES = "quotes"
    """The best level at every change."""
    TICKER = "ticker"
    """Best level, and mark price and funding of a perpetual, a few times a second."""
    BOOK = "book"
    """The whole book as snapshot and changes, with a proof that none is missing."""
    BOOK_TOP = "book_top"
    """A few levels, always whole, without a proof."""
    BARS = "bars"


@dataclass(frozen=True)
class Channel:
    """One stream of one market. `timeframe` is that of bars, in our words."""

    topic: Topic
    instrument: Instrument
    timeframe: str = ""


class Events(Struct, frozen=True, gc=False):
    """Market events of one channel, in the order in which they happened; none where a frame tells nothing new."""

    channel: Channel
    events: Sequence[MarketEvent]


class Acknowledged(Struct, frozen=True):
    """The venue streams a channel from now on, or no more."""

    channel: Channel


class Lost(Struct, frozen=True):
    """Something of a channel was missed or is wrong: what was known of it is void. It must be asked for anew."""

    channel: Channel
    reason: str


class RefusedTopic(Struct, frozen=True):
    """The venue will not stream a channel (None: it does not say which), or does not understand us."""

    channel: Channel | None
    code: str
    detail: str


class Unreadable(Struct, frozen=True):
    """A frame that is not what the venue's documents say; what of it was needed is missing."""

    reason: str
    channel: Channel | None = None


class Alive(Struct, frozen=True):
    """An answer to our ping, or a frame of no interest."""


Heard = Events | Acknowledged | Lost | RefusedTopic | Unreadable | Alive


class Codec(Protocol):
    """One connection's side of a venue's public protocol. Pure: no I/O, no clock."""

    ping: str
    """Sent as a text frame every `ping_every_s`; empty: the venue wants none."""
    ping_every_s: float
    pong_within_s: float
    """Without any frame for so long after a ping the connection is dead."""
    lives_s: float
    """The venue cuts a connection at this age; 0: it does not say."""
    frames_per_s: float
    """Most frames we may send, pings included."""

    def subscribe(self, channels: Iterable[Channel]) -> Sequence[str]:
        """Frames that ask for channels."""
        ...

    def unsubscribe(self, channels: Iterable[Channel]) -> Sequence[str]:
        """Frames that ask for them no more."""
        ...

    def hear(self, frame: bytes, ts_recv_ns: int) -> Heard:
        """What a frame says. Whatever its bytes are, nothing is raised."""
        ...

    def book(self, channel: Channel, ts_recv_ns: int) -> Depth | None:
        """All that is known of a channel's book, as a snapshot; None: nothing, or the channel is none of a book."""
        ...
