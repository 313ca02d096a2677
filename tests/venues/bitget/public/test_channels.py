from __future__ import annotations

import json

import pytest

from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.venues.bitget.public.channels import Generation, arg_of, symbol_of
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.streams import Channel, Topic
from tests.venues.bitget.public.samples import BARS, BOOK, BTC, TRADES


def codec(*channels: Channel, generation: Generation = Generation.V2) -> PublicCodec:
    return PublicCodec(channels or (BOOK, TRADES, BARS), generation)


def test_channels_are_asked_for_in_the_venues_words() -> None:
    (frame,) = codec().subscribe([BOOK, BARS])
    assert json.loads(frame) == {
        "op": "subscribe",
        "args": [
            {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"},
            {"instType": "SPOT", "channel": "candle1m", "instId": "BTCUSDT"},
        ],
    }
    (frame,) = codec(generation=Generation.V3).unsubscribe([BARS])
    assert json.loads(frame) == {
        "op": "unsubscribe",
        "args": [{"instType": "spot", "topic": "kline", "symbol": "BTCUSDT", "interval": "1m"}],
    }


def test_many_channels_are_asked_for_in_several_frames() -> None:
    assert [len(json.loads(frame)["args"]) for frame in codec().subscribe([TRADES] * 31)] == [15, 15, 1]


@pytest.mark.parametrize(
    ("symbol", "name", "product"),
    [
        ("BTC/USDT", "BTCUSDT", "SPOT"),
        ("BTC/USDT:USDT", "BTCUSDT", "USDT-FUTURES"),
        ("BTC/USDC:USDC", "BTCPERP", "USDC-FUTURES"),
        ("BTC/USD:BTC", "BTCUSD", "COIN-FUTURES"),
    ],
)
def test_a_market_is_named_as_the_venue_names_it(symbol: str, name: str, product: str) -> None:
    instrument = Instrument(symbol, "bitget", 1, 1)
    assert symbol_of(instrument) == name
    assert arg_of(Channel(Topic.TRADES, instrument), Generation.V2).inst_type == product


def test_bars_that_the_venue_does_not_stream_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected one of 1m, 5m"):
        codec(Channel(Topic.BARS, BTC, "7m"))
