"""Bitget's public frames as they come over the wire: the rows of each channel, V2 and V3, in a shape of their own.

Numbers travel as texts. Prices and sizes stay texts here, counts and stamps are read as they are decoded. What the
documents promise as a text and is none is refused with its place in the frame. Reference: the venue's WebSocket pages, V2 and V3, read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from framework.venues.bitget.public.book import LevelText
from framework.venues.bitget.public.channels import Arg, Generation
from framework.venues.streams import Topic

DATA: Final = b'"data":'
"""What stands before it is the same in all pushes of a channel and action, where the channel is named first."""

R = TypeVar("R")


class Said(msgspec.Struct, gc=False):
    """What a frame is: a push (`action`) of a channel, or an answer of the server (`event`)."""

    event: str = ""
    action: str = ""
    arg: Arg | None = None
    code: int | str = ""
    msg: str = ""


class Push(msgspec.Struct, Generic[R], gc=False):
    """A push, its channel known."""

    data: list[R] | None = None
    action: str = ""
    ts: int = 0
    """When the venue sent it, milliseconds."""

    def row(self) -> R:
        """The one row of a book's push.

        Raises:
            ValueError: it has none.
        """
        if not self.data:
            raise ValueError("data: expected one row with bids and asks, found none")
        return self.data[0]


class TradeRow(msgspec.Struct, rename={"trade_id": "tradeId"}, gc=False):
    """A public trade."""

    price: str
    size: str
    side: str
    trade_id: int
    ts: int = 0


class TradeRowV3(msgspec.Struct, rename={"price": "p", "size": "v", "side": "S", "trade_id": "i", "ts": "T"}, gc=False):
    """The same, as V3 writes it."""

    price: str
    size: str
    side: str
    trade_id: int
    ts: int = 0


class BookRow(msgspec.Struct, gc=False):
    """A book, or what changed in it."""

    bids: list[LevelText] | None = None
    asks: list[LevelText] | None = None
    checksum: int = 0
    seq: int = -1
    pseq: int = -1
    ts: int = 0


class BookRowV3(msgspec.Struct, rename={"bids": "b", "asks": "a"}, gc=False):
    """The same, as V3 writes it."""

    bids: list[LevelText] | None = None
    asks: list[LevelText] | None = None
    checksum: int = 0
    seq: int = -1
    pseq: int = -1
    ts: int = 0


DERIVED: Final = {"mark": "markPrice", "funding_rate": "fundingRate", "funding_due": "nextFundingTime"}


class TickerRow(
    msgspec.Struct,
    rename=DERIVED | {"bid": "bidPr", "ask": "askPr", "bid_size": "bidSz", "ask_size": "askSz"},
    gc=False,
):
    """Best prices, and of perpetuals what is reckoned from them."""

    bid: str = "0"
    ask: str = "0"
    bid_size: str = "0"
    ask_size: str = "0"
    mark: str = ""
    funding_rate: str = ""
    funding_due: str = ""
    ts: int = 0


class TickerRowV3(
    msgspec.Struct,
    rename=DERIVED | {"bid": "bid1Price", "ask": "ask1Price", "bid_size": "bid1Size", "ask_size": "ask1Size"},
    gc=False,
):
    """The same, as V3 writes it."""

    bid: str = "0"
    ask: str = "0"
    bid_size: str = "0"
    ask_size: str = "0"
    mark: str = ""
    funding_rate: str = ""
    funding_due: str = ""
    ts: int = 0


class BarRowV3(msgspec.Struct, gc=False):
    """A bar; V2 sends the same as a list of texts."""

    start: str
    open: str
    high: str
    low: str
    close: str
    volume: str


ROWS: Final[Mapping[Generation, Mapping[Topic, Any]]] = {
    Generation.V2: {
        Topic.TRADES: TradeRow,
        Topic.QUOTES: BookRow,
        Topic.TICKER: TickerRow,
        Topic.BOOK: BookRow,
        Topic.BOOK_TOP: BookRow,
        Topic.BARS: list[str],
    },
    Generation.V3: {
        Topic.TRADES: TradeRowV3,
        Topic.QUOTES: BookRowV3,
        Topic.TICKER: TickerRowV3,
        Topic.BOOK: BookRowV3,
        Topic.BOOK_TOP: BookRowV3,
        Topic.BARS: BarRowV3,
    },
}
"""What the rows of each channel are."""

decode: Final = msgspec.json.Decoder(Said).decode
"""What a frame is, its rows left out. Raises msgspec.DecodeError, which names the field and its place."""

DECODERS: Final[Mapping[tuple[Generation, Topic], Callable[[bytes], Push[Any]]]] = {
    (generation, topic): msgspec.json.Decoder(Push[row], strict=False).decode  # type: ignore[valid-type]  # a type at run time
    for generation, rows in ROWS.items()
    for topic, row in rows.items()
}
"""Reads a push of each channel; a number may stand in a text. Raises as `decode`."""
