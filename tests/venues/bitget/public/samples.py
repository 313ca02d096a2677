"""Made-up frames of the public stream, in the venue's shapes, and instruments to read them with."""

from __future__ import annotations

import json
from pathlib import Path
from zlib import crc32

from framework.model.instrument import Instrument
from framework.venues.streams import Channel, Topic

BTC = Instrument("BTC/USDT", "bitget", price_digits=2, size_digits=6)
PERP = Instrument("BTC/USDT:USDT", "bitget", price_digits=1, size_digits=4)
RECORDED = Path(__file__).resolve().parents[5] / "shared" / "data" / "traffic" / "bitget"
"""The collection of recorded traffic beside the tree: where it lies, it is used."""

BOOK = Channel(Topic.BOOK, BTC)
TRADES = Channel(Topic.TRADES, BTC)
QUOTES = Channel(Topic.QUOTES, BTC)
TICKER = Channel(Topic.TICKER, BTC)
TOP = Channel(Topic.BOOK_TOP, BTC)
BARS = Channel(Topic.BARS, BTC, "1m")


def push(channel: str, rows: list[object], *, action: str = "update", product: str = "SPOT", ts: int = 1_000) -> bytes:
    """A V2 push of BTCUSDT."""
    arg = {"instType": product, "channel": channel, "instId": "BTCUSDT"}
    return json.dumps({"action": action, "arg": arg, "data": rows, "ts": ts}).encode()


def push_v3(topic: str, rows: list[object], *, action: str = "update", product: str = "spot") -> bytes:
    arg = {"instType": product, "topic": topic, "symbol": "BTCUSDT"}
    return json.dumps({"action": action, "arg": arg, "data": rows, "ts": 1_000}).encode()


def trade(number: int, price: str = "61800.00", size: str = "0.001373", side: str = "buy") -> dict[str, object]:
    return {"ts": "1730332858796", "price": price, "size": size, "side": side, "tradeId": str(number)}


def crc(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> int:
    """The checksum by the words of the documents, slowly: the oracle of the real one."""
    bids = sorted(bids, key=lambda level: -float(level[0]))[:25]
    asks = sorted(asks, key=lambda level: float(level[0]))[:25]
    parts = []
    for at in range(25):
        parts += [":".join(side[at]) for side in (bids, asks) if at < len(side)]
    unsigned = crc32(":".join(parts).encode())
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned


def book(
    bids: list[tuple[str, str]],
    asks: list[tuple[str, str]],
    checksum: int = 0,
    *,
    action: str = "snapshot",
    **more: object,
) -> bytes:
    """A V2 push of the whole book."""
    row = {"bids": bids, "asks": asks, "checksum": checksum, "ts": "1730332859981", **more}
    return push("books", [row], action=action)
