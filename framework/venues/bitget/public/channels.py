"""Bitget's public channels: which exist, how a market is named there, and the frames that ask for them.

Reference: the venue's WebSocket pages, V2 and V3, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.venues.streams import Channel, Topic

CHANNELS_PER_FRAME: Final = 15
"""A client library of many years asks for no more at once; the venue states no number."""

TIMEFRAMES: Final = {
    "1m": "1m",
    "5m": "5m",
    "15m": "15m",
    "30m": "30m",
    "1h": "1H",
    "4h": "4H",
    "6h": "6Hutc",
    "12h": "12Hutc",
    "1d": "1Dutc",
}
"""Our timeframe -> theirs on the stream. Without `utc` the venue's bars of six hours and longer begin at UTC+8."""


class Generation(StrEnum):
    """The two generations of the public stream; either serves every account kind."""

    V2 = "v2"
    V3 = "v3"


V2_NAMES: Final = {
    Topic.TRADES: "trade",
    Topic.QUOTES: "books1",
    Topic.TICKER: "ticker",
    Topic.BOOK: "books",
    Topic.BOOK_TOP: "books15",
}
V3_NAMES: Final = {
    Topic.TRADES: "publicTrade",
    Topic.QUOTES: "books1",
    Topic.TICKER: "ticker",
    Topic.BOOK: "books",
    Topic.BOOK_TOP: "books50",
    Topic.BARS: "kline",
}


class Arg(msgspec.Struct, frozen=True, omit_defaults=True, rename={"inst_type": "instType", "inst_id": "instId"}):
    """How the venue names a channel: V2 by `channel` and `instId`, V3 by `topic` and `symbol`."""

    inst_type: str
    channel: str = ""
    inst_id: str = ""
    topic: str = ""
    symbol: str = ""
    interval: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies it however the venue spells it: an echo may change the letters' case and the field's name."""
        return (self.inst_type.upper(), self.channel or self.topic, self.inst_id or self.symbol, self.interval)


class Asked(msgspec.Struct, frozen=True):
    """A frame that we send."""

    op: str
    args: Sequence[Arg]


def product_of(instrument: Instrument) -> str:
    """The venue's word for the instrument's product: `SPOT`, `USDT-FUTURES`, `USDC-FUTURES`, `COIN-FUTURES`."""
    if instrument.is_spot:
        return "SPOT"
    settle = instrument.symbol.partition(":")[2]
    return f"{settle}-FUTURES" if settle in {"USDT", "USDC"} else "COIN-FUTURES"


def symbol_of(instrument: Instrument) -> str:
    """The venue's symbol: `BTCUSDT` for spot and for the USDT perpetual, `BTCPERP` for the USDC one."""
    if product_of(instrument) == "USDC-FUTURES":
        return f"{instrument.base}PERP"
    return f"{instrument.base}{instrument.quote}"


def arg_of(channel: Channel, generation: Generation) -> Arg:
    """The venue's name of a channel.

    Raises:
        ConfigError: bars of a timeframe that the venue does not stream.
    """
    product, symbol = product_of(channel.instrument), symbol_of(channel.instrument)
    interval = _interval(channel)
    if generation is Generation.V2:
        name = f"candle{interval}" if interval else V2_NAMES[channel.topic]
        return Arg(product, channel=name, inst_id=symbol)
    return Arg(product.lower(), topic=V3_NAMES[channel.topic], symbol=symbol, interval=interval)


def _interval(channel: Channel) -> str:
    if channel.topic is not Topic.BARS:
        return ""
    interval = TIMEFRAMES.get(channel.timeframe)
    if interval is None:
        raise ConfigError(
            f"bars of {channel.instrument.id}: expected one of {', '.join(TIMEFRAMES)}, found {channel.timeframe!r}"
        )
    return interval


def frames(op: str, channels: Iterable[Channel], generation: Generation) -> list[str]:
    """The texts to send to `subscribe` or `unsubscribe`, `CHANNELS_PER_FRAME` channels each."""
    args = [arg_of(channel, generation) for channel in channels]
    starts = range(0, len(args), CHANNELS_PER_FRAME)
    return [msgspec.json.encode(Asked(op, args[at : at + CHANNELS_PER_FRAME])).decode() for at in starts]
