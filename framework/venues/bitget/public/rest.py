"""Bitget's public REST answers: instruments with every filter, best prices, candles, recent trades, the server's time.

Pure: paths and parameters out, bytes in. Numbers are read as exact decimals, whether they come as texts, as promised,
or as JSON numbers, as in some samples. Reference: the venue's pages of spot/public, spot/market, mix/market (V2) and
market (V3), read 2026-11-21.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

import msgspec

from framework.kernel.checked_json import BadJson, read
from framework.model.errors import DataError, RateLimited, Rejected, Retryable
from framework.model.events import Bar, Quote, Trade
from framework.model.instants import NS_PER_MS
from framework.model.instrument import Instrument
from framework.model.money import shorten
from framework.model.rules import MarketRules
from framework.venues.bitget.public.channels import product_of, symbol_of

OK: Final = "00000"
TOO_MANY: Final = "429"
BUSY: Final = frozenset({"40010", "40015", "40200", "40725", "40808", "45001", "50010", "25000", "25001", "25003"})
"""Codes of a system that is busy or being upgraded: ask again later. Questions only: nothing here places anything."""
CANDLES_MAX: Final = 1000  # spot/market/candles, mix/market/candles: at most 1000 rows an answer
TRADED: Final = frozenset({"online", "normal", "listed"})
"""Status words under which orders are taken."""

GRANULARITY: Final = {
    "1m": "1min",
    "5m": "5min",
    "15m": "15min",
    "30m": "30min",
    "1h": "1h",
    "4h": "4h",
    "6h": "6Hutc",
    "12h": "12Hutc",
    "1d": "1Dutc",
}
"""Our timeframe -> theirs of spot V2; without `utc` bars of six hours and longer begin at UTC+8."""
MIX_GRANULARITY: Final = {**GRANULARITY, "1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1H", "4h": "4H"}

Item = TypeVar("Item")


class PublicQuestion(msgspec.Struct, frozen=True):
    """One GET: a path and its parameters. Needs no key."""

    path: str
    query: dict[str, str]


class Listed(msgspec.Struct, frozen=True):
    """A market as the venue lists it, with whether it takes orders."""

    rules: MarketRules
    status: str
    is_open: bool


def asks_time() -> PublicQuestion:
    """The server's time."""
    return PublicQuestion("/api/v2/public/time", {})


def asks_markets(product: str) -> PublicQuestion:
    """All markets of a product, `SPOT` or one of the futures (`product_of`)."""
    if product == "SPOT":
        return PublicQuestion("/api/v2/spot/public/symbols", {})
    return PublicQuestion("/api/v2/mix/market/contracts", {"productType": product})


def asks_ticker(instrument: Instrument) -> PublicQuestion:
    """Best prices of one market."""
    path = "/api/v2/spot/market/tickers" if instrument.is_spot else "/api/v2/mix/market/ticker"
    return PublicQuestion(path, _of(instrument))


def asks_candles(instrument: Instrument, timeframe: str, start_ns: int, end_ns: int) -> PublicQuestion:
    """Bars that open in [start, end), at most `CANDLES_MAX`; the last one may still be open."""
    names = GRANULARITY if instrument.is_spot else MIX_GRANULARITY
    if timeframe not in names:
        raise DataError(f"candles of {instrument.id}: expected one of {', '.join(names)}, found {timeframe!r}")
    path = "/api/v2/spot/market/candles" if instrument.is_spot else "/api/v2/mix/market/candles"
    query = {
        **_of(instrument),
        "granularity": names[timeframe],
        "startTime": str(start_ns // NS_PER_MS),
        "endTime": str(end_ns // NS_PER_MS),
        "limit": str(CANDLES_MAX),
    }
    return PublicQuestion(path, query)


def asks_trades(instrument: Instrument) -> PublicQuestion:
    """The last trades of one market."""
    path = "/api/v2/spot/market/fills" if instrument.is_spot else "/api/v2/mix/market/fills"
    return PublicQuestion(path, {**_of(instrument), "limit": "100"})


def _of(instrument: Instrument) -> dict[str, str]:
    product = {} if instrument.is_spot else {"productType": product_of(instrument)}
    return {"symbol": symbol_of(instrument), **product}


# Answers.


class PublicEnvelope(msgspec.Struct):
    """What every answer is wrapped in."""

    code: str | int = ""
    msg: str = ""
    message: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


ENVELOPE: Final = msgspec.json.Decoder(PublicEnvelope)


def data_of(body: bytes, status: int, what: str) -> bytes:
    """The `data` of an answer, as JSON.

    Raises:
        RateLimited, Retryable, Rejected: what the venue said instead, by its code; never by its words.
        DataError: not an answer of the venue's (HTML of a proxy, a truncated body).
    """
    try:
        answer = read(ENVELOPE.decode, body)
    except BadJson as error:
        if status == 429:
            raise RateLimited(f"{what}: too many requests", 1.0) from error
        if status >= 500:
            raise Retryable(f"{what}: the venue answers {status}") from error
        found = shorten(body[:80].decode("utf-8", "replace"))
        raise DataError(f"{what}: expected an answer of the venue, found {found} ({status})") from error
    code = str(answer.code)
    if code == OK:
        return bytes(answer.data)
    said = f"{what}: {code} {shorten(answer.msg or answer.message)}"
    if code == TOO_MANY or status == 429:
        raise RateLimited(said, 1.0)
    if code in BUSY or status >= 500:
        raise Retryable(said)
    raise Rejected(said, code)


def _read(data: bytes, kind: type[Item], what: str) -> Item:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{what}: {error}") from error


class Time(msgspec.Struct, rename="camel"):
    """spot/public/time."""

    server_time: str


def read_time_ns(data: bytes) -> int:
    """The server's time, UTC nanoseconds. Raises DataError."""
    what = "server time"
    text = _read(data, Time, what).server_time
    if not text.isdecimal():
        raise DataError(f"{what}: expected milliseconds, found {shorten(text)}")
    return int(text) * NS_PER_MS


Number = msgspec.Raw
"""A filter as JSON: a text or a number; "" and null where the venue sets none."""
UNSET: Final = msgspec.Raw(b"null")


class MarketRow(msgspec.Struct, rename="camel"):
    """A market of spot/public/symbols, mix/market/contracts (V2) or market/instruments (V3)."""

    symbol: str
    base_coin: str
    quote_coin: str
    maker_fee_rate: Number = UNSET
    taker_fee_rate: Number = UNSET
    buy_limit_price_ratio: Number = UNSET
    sell_limit_price_ratio: Number = UNSET
    max_symbol_order_num: Number = UNSET
    status: str = ""
    # Spot V2.
    price_precision: Number = UNSET
    quantity_precision: Number = UNSET
    min_trade_amount: Number = UNSET
    max_trade_amount: Number = UNSET
    min_trade_usdt: Number = msgspec.field(default=UNSET, name="minTradeUSDT")
    order_quantity: Number = UNSET
    # Futures V2.
    price_place: Number = UNSET
    price_end_step: Number = UNSET
    volume_place: Number = UNSET
    size_multiplier: Number = UNSET
    min_trade_num: Number = UNSET
    max_order_qty: Number = UNSET
    symbol_status: str = ""
    # V3.
    category: str = ""
    min_order_qty: Number = UNSET
    min_order_amount: Number = UNSET
    price_multiplier: Number = UNSET
    quantity_multiplier: Number = UNSET


def read_markets(data: bytes, product: str) -> list[Listed]:
    """Every market of an answer with all its filters; V2 or V3.

    Args:
        product: `SPOT` or one of the futures; V3's rows say it themselves.

    Raises:
        DataError: names the market and the field.
    """
    rows = _read(data, list[MarketRow] | None, f"markets of {product}") or []  # type: ignore[arg-type]  # a union is a type
    return [_listed(row, row.category or product) for row in rows]


def _listed(row: MarketRow, product: str) -> Listed:
    number = _FilterNumbers(row)
    if bytes(row.price_place) != bytes(UNSET):
        tick = number("price_end_step", Decimal(1)).scaleb(-number.whole("price_place"))
        lot = number("size_multiplier", Decimal(1).scaleb(-number.whole("volume_place")))
    else:
        tick = number("price_multiplier", Decimal(1).scaleb(-number.whole("price_precision")))
        lot = number("quantity_multiplier", Decimal(1).scaleb(-number.whole("quantity_precision")))
    least = number.first(("min_order_qty", "min_trade_num", "min_trade_amount"), lot)
    bands = [number(name, Decimal(0)) for name in ("buy_limit_price_ratio", "sell_limit_price_ratio")]
    settle = _settle(row, product)
    if tick <= 0 or lot <= 0:
        raise DataError(f"market {row.symbol}: expected a tick and a lot above 0, found {tick} and {lot}")
    rules = MarketRules(
        symbol=f"{row.base_coin}/{row.quote_coin}" + (f":{settle}" if settle else ""),
        tick=tick,
        lot=lot,
        size_min=max(least, lot),
        size_max=number.first(("max_order_qty", "max_trade_amount"), Decimal(10_000_000_000)),
        notional_min=number.first(("min_order_amount", "min_trade_usdt"), Decimal(0)),
        maker_fee=number("maker_fee_rate", Decimal("0.001")),
        taker_fee=number("taker_fee_rate", Decimal("0.001")),
        open_orders_max=int(number.first(("max_symbol_order_num", "order_quantity"), Decimal(400))),
        source="the venue's own list of markets, asked at the start",
        price_band=min(bands) or None,
    )
    status = row.status or row.symbol_status
    return Listed(rules, status, status in TRADED)


def _settle(row: MarketRow, product: str) -> str:
    """The coin a perpetual is settled in; empty: spot."""
    if product.upper() in {"SPOT", "MARGIN"}:
        return ""
    if row.quote_coin in {"USDT", "USDC"}:
        return row.quote_coin
    return row.base_coin


def exact_or_none(text: str) -> Decimal | None:
    """A text as an exact number; None: it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


class _FilterNumbers:
    """A market's filters as numbers; the fault of one names the market and the field."""

    def __init__(self, row: MarketRow) -> None:
        self._row = row

    def __call__(self, name: str, otherwise: Decimal) -> Decimal:
        text = bytes(getattr(self._row, name)).decode().strip('"')
        if text in {"", "null"}:
            return otherwise
        value = exact_or_none(text)
        if value is not None and value.is_finite() and value >= 0:
            return value
        raise DataError(f"market {self._row.symbol}: {name}: expected a number not below 0, found {shorten(text)}")

    def whole(self, name: str) -> int:
        """A number of decimals."""
        value = self(name, Decimal(-1))
        if value != int(value) or not 0 <= value <= 30:
            raise DataError(f"market {self._row.symbol}: {name}: expected 0 to 30 decimals, found {value}")
        return int(value)

    def first(self, names: Sequence[str], otherwise: Decimal) -> Decimal:
        """The first that is set and above 0: the venue writes 0 for no limit."""
        for name in names:
            value = self(name, Decimal(0))
            if value:
                return value
        return otherwise


class TickerAnswer(msgspec.Struct, rename="camel"):
    """A row of tickers, V2 or V3."""

    symbol: str
    bid_pr: str | None = None
    ask_pr: str | None = None
    bid_sz: str | None = None
    ask_sz: str | None = None
    bid1_price: str | None = None
    ask1_price: str | None = None
    bid1_size: str | None = None
    ask1_size: str | None = None
    ts: str | int = 0


def read_quote(data: bytes, instrument: Instrument, ts_recv_ns: int) -> Quote | None:
    """Best bid and ask of one market; None where a side is empty. Raises DataError, GridError."""
    what = f"ticker of {instrument.id}"
    for row in _read(data, list[TickerAnswer] | None, what) or []:  # type: ignore[arg-type]  # a union is a type
        if row.symbol == symbol_of(instrument):
            price, size = instrument.data_price, instrument.data_size
            bid, ask = price(row.bid_pr or row.bid1_price or "0"), price(row.ask_pr or row.ask1_price or "0")
            if not bid or not ask:
                return None
            bid_size, ask_size = size(row.bid_sz or row.bid1_size or "0"), size(row.ask_sz or row.ask1_size or "0")
            return Quote(instrument, ts_recv_ns, bid, bid_size, ask, ask_size, int(row.ts) * NS_PER_MS)
    return None


def read_candles(data: bytes, instrument: Instrument, timeframe: str, length_ns: int, before_ns: int) -> list[Bar]:
    """Closed bars, oldest first, each once: those that end at `before_ns` or earlier.

    Raises:
        DataError: names what is wrong.
    """
    what = f"candles of {instrument.id}"
    bars: dict[int, Bar] = {}
    for row in _read(data, list[list[Any]] | None, what) or []:  # type: ignore[arg-type]  # a union is a type
        cells = [str(cell) for cell in row]
        if len(cells) < 6 or not cells[0].isdecimal():
            raise DataError(f"{what}: expected a time and five numbers, found {shorten(str(row))}")
        opened_ns = int(cells[0]) * NS_PER_MS
        if opened_ns + length_ns > before_ns:
            continue
        open_, high, low, close = (instrument.data_price(cell) for cell in cells[1:5])
        volume = instrument.data_size(cells[5])
        bars[opened_ns] = Bar(instrument, opened_ns + length_ns, opened_ns, timeframe, open_, high, low, close, volume)
    return [bars[opened_ns] for opened_ns in sorted(bars)]


class PastTrade(msgspec.Struct, rename="camel"):
    """A row of fills, V2 (`tradeId`) or V3 (`execId`)."""

    price: str
    size: str
    side: str
    ts: str
    trade_id: str = ""
    exec_id: str = ""


def read_trades(data: bytes, instrument: Instrument, ts_recv_ns: int) -> list[Trade]:
    """Recent public trades, oldest first. Raises DataError, GridError."""
    what = f"trades of {instrument.id}"
    trades = []
    for row in _read(data, list[PastTrade] | None, what) or []:  # type: ignore[arg-type]  # a union is a type
        trade_id = row.trade_id or row.exec_id
        if row.side.lower() not in {"buy", "sell"} or not trade_id.isdecimal() or not row.ts.isdecimal():
            raise DataError(f"{what}: expected side, number and time, found {row.side!r}, {trade_id!r}, {row.ts!r}")
        price, size = instrument.data_price(row.price), instrument.data_size(row.size)
        is_buy = row.side.lower() == "buy"
        trades.append(Trade(instrument, ts_recv_ns, price, size, is_buy, int(trade_id), int(row.ts) * NS_PER_MS))
    return sorted(trades, key=lambda trade: trade.trade_id)
