from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.model.events import Bar, Funding, Mark, MarketEvent, OrderReport, Quote, Trade
from framework.model.instrument import Instrument
from framework.venues.bitget.public.channels import Generation
from framework.venues.bitget.public.stream import PublicCodec
from framework.venues.streams import Acknowledged, Alive, Channel, Events, Lost, RefusedTopic, Topic, Unreadable
from tests.venues.bitget.public.samples import (
    BARS,
    BOOK,
    BTC,
    PERP,
    QUOTES,
    RECORDED,
    TICKER,
    TOP,
    TRADES,
    book,
    crc,
    push,
    push_v3,
    trade,
)

ALL = (BOOK, TRADES, QUOTES, TICKER, TOP, BARS)
NOW = 1_700_000_000_000_000_000
BIDS = [("100.00", "1.5"), ("99.90", "2.000"), ("9.00", "1")]
ASKS = [("100.10", "0.5000"), ("101.00", "3")]


def codec(*channels: Channel, generation: Generation = Generation.V2) -> PublicCodec:
    return PublicCodec(channels or ALL, generation)


def heard(frame: bytes, *channels: Channel, generation: Generation = Generation.V2) -> Any:
    return codec(*channels, generation=generation).hear(frame, NOW)


def nothing(said: object) -> bool:
    """Understood, and nothing new in it."""
    return isinstance(said, Events) and not said.events


def events(frame: bytes, *channels: Channel, generation: Generation = Generation.V2) -> list[Any]:
    said = heard(frame, *channels, generation=generation)
    assert isinstance(said, Events), said
    return list(said.events)


# --- trades ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", list(Generation))
def test_trades_come_oldest_first_with_exact_points(generation: Generation) -> None:
    rows: list[object] = [trade(12, "61800.10", side="sell"), trade(11)]
    frame = push("trade", rows)
    if generation is Generation.V3:
        rows = [
            {"i": "12", "p": "61800.10", "v": "0.001373", "S": "sell", "T": "1730332858796", "L": "5"},
            {"i": "11", "p": "61800", "v": "0.001373", "S": "buy", "T": "1730332858796", "L": "4"},
        ]
        frame = push_v3("publicTrade", rows)
    stamp = 1730332858796_000_000
    assert events(frame, generation=generation) == [
        Trade(BTC, NOW, 6_180_000, 1_373, True, 11, stamp),
        Trade(BTC, NOW, 6_180_010, 1_373, False, 12, stamp),
    ]


def test_the_recent_trades_that_a_subscription_begins_with_are_history() -> None:
    one = codec()
    assert one.hear(push("trade", [trade(2), trade(1)], action="snapshot"), NOW) == Events(TRADES, ())
    said = one.hear(push("trade", [trade(3), trade(2)]), NOW)
    assert isinstance(said, Events)
    assert [event.trade_id for event in said.events if isinstance(event, Trade)] == [3]


def test_after_a_break_the_recent_trades_fill_the_hole() -> None:
    memory: dict[Instrument, int] = {}
    first, second = PublicCodec(ALL, heard_trades=memory), PublicCodec(ALL, heard_trades=memory)
    first.hear(push("trade", [trade(5)]), NOW)
    said = second.hear(push("trade", [trade(7), trade(6), trade(5), trade(4)], action="snapshot"), NOW)
    assert isinstance(said, Events)
    assert [event.trade_id for event in said.events if isinstance(event, Trade)] == [6, 7]


def test_a_hole_that_the_recent_trades_do_not_reach_is_a_loss_once() -> None:
    memory = {BTC: 5}
    frame = push("trade", [trade(9), trade(8)], action="snapshot")
    assert isinstance(PublicCodec(ALL, heard_trades=memory).hear(frame, NOW), Lost)
    assert nothing(PublicCodec(ALL, heard_trades=memory).hear(frame, NOW))


def test_a_trade_without_a_side_is_refused_with_the_field() -> None:
    said = heard(push("trade", [trade(1, side="sideways")]))
    assert isinstance(said, Unreadable)
    assert "data.side: expected buy or sell, found" in said.reason


# --- quotes, tickers, bars ---------------------------------------------------------------------------------------------


def test_the_best_level_is_a_quote() -> None:
    row = {"bids": [["99.90", "2"]], "asks": [["100.10", "0.5"]], "checksum": 0, "ts": "7"}
    quote = Quote(BTC, NOW, 9_990, 2_000_000, 10_010, 500_000, 7_000_000)
    assert events(push("books1", [row], action="snapshot")) == [quote]
    row = {"b": [["99.90", "2"]], "a": [["100.10", "0.5"]], "seq": 8, "pseq": 0, "ts": "7"}
    assert events(push_v3("books1", [row], action="snapshot"), generation=Generation.V3) == [quote]


@pytest.mark.parametrize("side", ["bids", "asks"])
def test_a_best_level_with_an_empty_side_is_no_quote(side: str) -> None:
    row: dict[str, object] = {"bids": [["99.90", "2"]], "asks": [["100.10", "0.5"]], "ts": "7", side: None}
    assert events(push("books1", [row])) == []
    row[side] = []
    assert events(push("books1", [row])) == []


def test_a_ticker_gives_the_quote_where_no_quotes_are_asked_for() -> None:
    row = {"bidPr": "99.90", "askPr": "100.10", "bidSz": "2", "askSz": "0.5", "ts": "7", "lastPr": "1"}
    quote = Quote(BTC, NOW, 9_990, 2_000_000, 10_010, 500_000, 7_000_000)
    assert events(push("ticker", [row]), TICKER) == [quote]
    assert events(push("ticker", [row])) == []
    row = {"bid1Price": "99.90", "ask1Price": "100.10", "bid1Size": "2", "ask1Size": "0.5"}
    (found,) = events(push_v3("ticker", [row]), TICKER, generation=Generation.V3)
    assert found.bid_points == quote.bid_points


def test_a_perpetuals_ticker_tells_mark_and_funding() -> None:
    row = {
        "bidPr": "43476.3",
        "askPr": "43476.8",
        "bidSz": "0.1",
        "askSz": "3.055",
        "fundingRate": "0.000096",
        "nextFundingTime": "1701849600000",
        "markPrice": "43476.4",
        "indexPrice": "43478.40123",
        "ts": "1701843962811",
    }
    stamp = 1701843962811_000_000
    assert events(push("ticker", [row], product="USDT-FUTURES"), Channel(Topic.TICKER, PERP)) == [
        Quote(PERP, NOW, 434_763, 1_000, 434_768, 30_550, stamp),
        Mark(PERP, NOW, 434_764, stamp),
        Funding(PERP, NOW, Decimal("0.000096"), 1701849600000_000_000, stamp),
    ]


def test_a_bar_is_told_when_the_next_one_begins() -> None:
    one = codec()

    def row(minute: int, close: str) -> list[str]:
        return [str(minute * 60_000), "1.00", "3.00", "0.50", close, "10", "0", "0"]

    assert nothing(one.hear(push("candle1m", [row(1, "2"), row(2, "2")], action="snapshot"), NOW))
    assert nothing(one.hear(push("candle1m", [row(2, "2.50")]), NOW))
    told = one.hear(push("candle1m", [row(3, "1")]), NOW)
    assert told == Events(BARS, [Bar(BTC, NOW, 120_000_000_000, "1m", 100, 300, 50, 250, 10_000_000)])


# --- answers and garbage -----------------------------------------------------------------------------------------------


def test_answers_of_the_server_are_told_by_channel() -> None:
    arg = {"instType": "spot", "channel": "trade", "instId": "BTCUSDT"}
    assert heard(b"pong") == Alive()
    assert heard(json.dumps({"event": "subscribe", "arg": arg}).encode()) == Acknowledged(TRADES)
    frame = {"event": "error", "arg": arg, "code": 30001, "msg": "channel does not exist"}
    said = heard(json.dumps(frame).encode())
    assert isinstance(said, RefusedTopic)
    assert (said.channel, said.code) == (TRADES, "30001")
    assert isinstance(heard(b'{"event":"error","code":"30006","msg":"too many requests"}'), RefusedTopic)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (b"<html>502 Bad Gateway</html>", "expected a frame of the venue, found"),
        (b'{"action":"update","arg":{"instType":"SPOT","cha', "truncated"),
        (b"\xff\xfe\x00", "expected a frame"),
        (b"", "expected a frame"),
        (b"[" * 100_000, "expected a frame"),
        (push("trade", [{**trade(1), "price": 61800.5}]), "data[0].price"),
        (push("trade", [trade(1, price="NaN")]), "price of BTC/USDT@bitget"),
        (push("trade", [trade(1, price="0.001")]), "expected a multiple of 0.01"),
        (push("trade", [["1", "2", "3", "buy"]]), "Expected `object`, got `array` - at `$.data[0]`"),
        (push("books5", [{}]), "not asked for"),
        (push("candle1m", [["1", "2"]]), "at least 6 columns"),
        (push("books1", []), "expected one row with bids and asks"),
        (push("trade", [{**trade(1), "tradeId": "abc"}]), "$.data[0].tradeId"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(frame: bytes, says: str) -> None:
    said = heard(frame)
    assert isinstance(said, Unreadable)
    assert says in said.reason


SAMPLES = [
    push("trade", [trade(1), trade(2)]),
    push("books1", [{"bids": [["99.90", "2"]], "asks": [["100.10", "0.5"]], "ts": "7"}]),
    book(BIDS, ASKS, crc(BIDS, ASKS)),
    push("candle1m", [["60000", "1", "2", "1", "2", "5", "0", "0"]]),
    push("ticker", [{"bidPr": "1", "askPr": "2", "bidSz": "1", "askSz": "1", "ts": "1"}]),
]


@pytest.mark.fault("N20")
@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_mutated_frame_never_raises(frame: bytes, changes: list[tuple[int, int]]) -> None:
    mutated = bytearray(frame)
    for at, byte in changes:
        mutated[at % len(mutated)] = byte
    heard(bytes(mutated))


@pytest.mark.fault("N22")
@pytest.mark.parametrize("price", ['"1e400"', '"NaN"', '"-inf"', "1e400", "NaN", "[" * 100_000, '{"a":' * 100_000])
def test_a_price_without_end_is_unreadable(price: str) -> None:
    row = {"ts": "1", "price": "PRICE", "size": "1", "side": "buy", "tradeId": "1"}
    good, odd = (push("trade", [row]).replace(b'"PRICE"', text.encode()) for text in ('"100.00"', price))
    assert isinstance(heard(good), Events)
    assert isinstance(heard(odd), Unreadable)


# --- what a public stream may not do -----------------------------------------------------------------------------------


CLAIMS = ("orders", "fill", "account", "positions", "order", "trade", "books1")
"""Private channels, and public ones that carry private rows."""


@pytest.mark.fault("A18")
@pytest.mark.parametrize("channel", CLAIMS)
def test_a_fill_that_a_public_stream_claims_moves_nothing(channel: str) -> None:
    """Reports of orders come from authenticated answers alone: a public feed has no word for them."""
    row = {
        "orderId": "1", "clientOid": "bot-000001-a-1", "tradeId": "9", "status": "filled", "side": "buy",
        "price": "100.00", "size": "1", "priceAvg": "100.00", "accBaseVolume": "1", "baseVolume": "1", "ts": "7",
    }  # fmt: skip
    said = heard(push(channel, [row]))
    found = said.events if isinstance(said, Events) else ()
    assert all(isinstance(event, get_args(MarketEvent)) for event in found)
    assert OrderReport not in get_args(MarketEvent)
    assert channel == "trade" or not found


# --- recorded traffic --------------------------------------------------------------------------------------------------


def test_every_recorded_message_of_both_generations_is_understood() -> None:
    file = RECORDED / "tardis-v2-v3-messages.jsonl"
    if not file.is_file():
        pytest.skip(f"no recorded traffic beside the tree: expected {file.name} in the shared collection")
    for line in file.read_text().splitlines():
        message = json.loads(line)["message"]
        arg = message["arg"]
        name = arg.get("instId") or arg.get("symbol")
        if name is None or name.endswith("Z24"):
            continue  # liquidations, and a dated future
        quote = next(quote for quote in ("USDT", "USDC", "PERP", "USD") if name.endswith(quote))
        settle = {"SPOT": "", "USDT-FUTURES": ":USDT", "USDC-FUTURES": ":USDC", "COIN-FUTURES": f":{name[:-3]}"}
        shown = "USDC" if quote == "PERP" else quote
        symbol = f"{name[: -len(quote)]}/{shown}{settle[arg['instType'].upper()]}"
        instrument = Instrument(symbol, "bitget", 10, 8)
        channels = [Channel(topic, instrument, "1m" if topic is Topic.BARS else "") for topic in Topic]
        generation = Generation.V3 if "topic" in arg else Generation.V2
        said = codec(*channels, generation=generation).hear(json.dumps(message).encode(), NOW)
        is_cut = message.get("action") == "update" and (arg.get("channel") or arg.get("topic")) == "books"
        assert isinstance(said, Events | Acknowledged), (line, said)
        assert is_cut or isinstance(said, Acknowledged) or said.events or message["action"] == "snapshot", line


def test_a_push_that_begins_like_one_before_is_read_like_it() -> None:
    one = codec()
    for number in (1, 2, 3):
        said = one.hear(push("trade", [trade(number)]), NOW)
        assert isinstance(said, Events) and [event.trade_id for event in said.events] == [number]  # type: ignore[union-attr]
    assert len(one._begun) == 1
    deep = push("trade", [trade(4)])[:-1] + b', "more": ' + b"[" * 100_000
    for frame in (deep, push("trade", [trade(4, side="x")]), push("trade", [trade(4)])[:-2]):
        said = one.hear(frame, NOW)
        assert isinstance(said, Unreadable) and said.channel == TRADES


def test_a_push_may_name_its_channel_last() -> None:
    one = codec()
    for number in (1, 2):
        rows = json.loads(push("trade", [trade(number)]))
        frame = json.dumps(dict(reversed(rows.items()))).encode()
        said = one.hear(frame, NOW)
        assert isinstance(said, Events) and len(said.events) == 1
    assert one._begun == {}


def test_beginnings_are_remembered_for_as_many_as_channels_may_have() -> None:
    one = codec(TRADES)
    for number in range(1, 20):
        one.hear(push("trade", [trade(number)], action=f"update{number}"), NOW)
    assert len(one._begun) == 4
