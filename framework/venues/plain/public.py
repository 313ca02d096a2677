"""The plain dialect's public stream: best levels and trades of every market of the venue, nothing to ask for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct

from framework.kernel.checked_json import BadJson, read
from framework.model.errors import GridError
from framework.model.events import Depth, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument
from framework.venues.streams import Acknowledged, Alive, Channel, Events, Heard, Topic, Unreadable

TOPICS: Final = {"quote": Topic.QUOTES, "trade": Topic.TRADES, "listening": Topic.TRADES}


class PublicFrame(Struct):
    """A frame. Prices and sizes are texts; a `listening` has none."""

    kind: Literal["quote", "trade", "listening"]
    symbol: str
    ts_ns: int = 0
    bid: str = ""
    bid_size: str = ""
    ask: str = ""
    ask_size: str = ""
    price: str = ""
    size: str = ""
    side: Literal["", "buy", "sell"] = ""
    trade_id: int = 0


TOLD: Final = msgspec.json.Decoder(PublicFrame)


class PlainCodec:
    """One connection's side. It asks for nothing: the venue tells of all its markets, and quotes again what stands."""

    ping = ""
    ping_every_s = 0.0
    pong_within_s = 20.0
    lives_s = 0.0
    frames_per_s = 10.0

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._instruments = {instrument.symbol: instrument for instrument in instruments}

    def subscribe(self, channels: Iterable[Channel]) -> Sequence[str]:  # noqa: ARG002 - as every codec
        """Nothing."""
        return ()

    unsubscribe = subscribe

    def hear(self, frame: bytes, ts_recv_ns: int) -> Heard:
        """What a frame says. Whatever its bytes are, nothing is raised."""
        try:
            told = read(TOLD.decode, frame)
        except BadJson as error:
            return Unreadable(f"expected a frame of the plain dialect, found {error}")
        there = self._instruments.get(told.symbol)
        if there is None:
            return Alive()
        channel = Channel(TOPICS[told.kind], there)
        if told.kind == "listening":
            return Acknowledged(channel)
        try:
            return Events(channel, (_event(told, there, ts_recv_ns),))
        except (GridError, ValueError) as error:
            return Unreadable(str(error), channel)

    def book(self, channel: Channel, ts_recv_ns: int) -> Depth | None:  # noqa: ARG002 - as every codec
        """There are no books."""
        return None


def _event(told: PublicFrame, there: Instrument, ts_recv_ns: int) -> MarketEvent:
    if told.kind == "trade":
        price, size = there.data_price(told.price), there.data_size(told.size)
        return Trade(there, ts_recv_ns, price, size, told.side == "buy", told.trade_id, told.ts_ns)
    bid, ask = there.data_price(told.bid), there.data_price(told.ask)
    return Quote(
        there, ts_recv_ns, bid, there.data_size(told.bid_size), ask, there.data_size(told.ask_size), told.ts_ns
    )
