"""Bitget's public frames as they come over the wire: one typed decode for every channel of V2 and V3.

Numbers travel as texts and stay texts here. What the documents promise as a text and is none is refused with its place
in the frame. Reference: the venue's WebSocket pages, V2 and V3, read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

import msgspec

from framework.venues.bitget.public_book import LevelText
from framework.venues.bitget.public_channels import Arg

NS_PER_MS: Final = 1_000_000

FIELDS: Final = {
    "trade_id": "tradeId",
    "bid": "bidPr",
    "ask": "askPr",
    "bid_size": "bidSz",
    "ask_size": "askSz",
    "mark": "markPrice",
    "funding_rate": "fundingRate",
    "funding_due": "nextFundingTime",
    "exec_price": "p",
    "exec_size": "v",
    "exec_side": "S",
    "exec_ts": "T",
    "exec_id": "i",
    "bids_v3": "b",
    "asks_v3": "a",
    "bid_v3": "bid1Price",
    "ask_v3": "ask1Price",
    "bid_size_v3": "bid1Size",
    "ask_size_v3": "ask1Size",
}


class Row(msgspec.Struct, rename=FIELDS, gc=False):
    """One row of `data`, whichever channel it is of: fields of the others are empty. Bars of V2 are no rows but lists."""

    ts: str | int = 0
    # Trades, V2 and V3.
    price: str = ""
    size: str = ""
    side: str = ""
    trade_id: str = ""
    exec_price: str = ""
    exec_size: str = ""
    exec_side: str = ""
    exec_ts: str = ""
    exec_id: str = ""
    # Books, V2 and V3.
    bids: list[LevelText] | None = None
    asks: list[LevelText] | None = None
    bids_v3: list[LevelText] | None = None
    asks_v3: list[LevelText] | None = None
    checksum: int = 0
    seq: int = -1
    pseq: int = -1
    # Tickers, V2 and V3.
    bid: str = ""
    ask: str = ""
    bid_size: str = ""
    ask_size: str = ""
    bid_v3: str = ""
    ask_v3: str = ""
    bid_size_v3: str = ""
    ask_size_v3: str = ""
    mark: str = ""
    funding_rate: str = ""
    funding_due: str = ""
    # Bars of V3.
    start: str = ""
    open: str = ""
    high: str = ""
    low: str = ""
    close: str = ""
    volume: str = ""


class Frame(msgspec.Struct, gc=False):
    """A whole frame: a push (`action`, `data`), or an answer of the server (`event`)."""

    event: str = ""
    action: str = ""
    arg: Arg | None = None
    data: list[Row | list[str]] | None = None
    ts: int | str = 0
    code: int | str = ""
    msg: str = ""


decode: Final = msgspec.json.Decoder(Frame).decode
"""Raises msgspec.DecodeError, which names the field and its place."""


def venue_ns(*stamps: str | int) -> int:
    """The first stamp that is set, milliseconds in text or number, as UTC nanoseconds; 0: none is.

    Raises:
        ValueError: it is no number.
    """
    for stamp in stamps:
        if stamp:
            return int(stamp) * NS_PER_MS
    return 0
