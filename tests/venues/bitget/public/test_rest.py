from __future__ import annotations

import contextlib
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.model.errors import DataError, FrameworkError, RateLimited, Rejected, Retryable
from framework.model.events import Quote, Trade
from framework.venues.bitget.public.rest import (
    asks_candles,
    asks_markets,
    asks_ticker,
    asks_trades,
    data_of,
    read_candles,
    read_markets,
    read_quote,
    read_time_ns,
    read_trades,
)
from tests.venues.bitget.public.samples import BTC, PERP, RECORDED

MINUTE_NS = 60 * 10**9

# Markets as the venue lists them: real answers, shortened to the fields that are read.
SPOT_V2 = {
    "symbol": "TRXUSDT",
    "baseCoin": "TRX",
    "quoteCoin": "USDT",
    "minTradeAmount": "0",
    "maxTradeAmount": "10000000000",
    "takerFeeRate": "0.002",
    "makerFeeRate": "0.002",
    "pricePrecision": "6",
    "quantityPrecision": "4",
    "quotePrecision": "6",
    "status": "online",
    "minTradeUSDT": "5",
    "buyLimitPriceRatio": "0.05",
    "sellLimitPriceRatio": "0.05",
}
FUTURES_V2 = {
    "symbol": "BTCUSDT",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "buyLimitPriceRatio": "0.01",
    "sellLimitPriceRatio": "0.01",
    "makerFeeRate": "0.0002",
    "takerFeeRate": "0.0006",
    "minTradeNum": "0.002",
    "priceEndStep": "5",
    "volumePlace": "3",
    "pricePlace": "1",
    "sizeMultiplier": "0.001",
    "minTradeUSDT": "5",
    "maxSymbolOrderNum": "200",
    "symbolStatus": "normal",
    "maxOrderQty": "",
}
SPOT_V3 = {
    "symbol": "BTCUSDT",
    "category": "SPOT",
    "baseCoin": "BTC",
    "quoteCoin": "USDT",
    "buyLimitPriceRatio": "0.05",
    "sellLimitPriceRatio": "0.05",
    "minOrderQty": "0.000001",
    "maxOrderQty": "0",
    "pricePrecision": "2",
    "quantityPrecision": "6",
    "quotePrecision": None,
    "minOrderAmount": "1",
    "maxSymbolOrderNum": "400",
    "status": "halt",
}


def body(data: object, code: str = "00000") -> bytes:
    return json.dumps({"code": code, "msg": "success", "requestTime": 1, "data": data}).encode()


def read(*rows: dict[str, Any], product: str = "SPOT") -> Any:
    return read_markets(data_of(body(rows), 200, "markets"), product)


def test_a_spot_market_is_read_with_every_filter() -> None:
    (listed,) = read(SPOT_V2)
    rules = listed.rules
    assert (rules.symbol, rules.tick, rules.lot) == ("TRX/USDT", Decimal("0.000001"), Decimal("0.0001"))
    assert (rules.size_min, rules.size_max) == (Decimal("0.0001"), 10_000_000_000)
    assert (rules.notional_min, rules.price_band) == (5, Decimal("0.05"))
    assert (rules.maker_fee, rules.taker_fee) == (Decimal("0.002"), Decimal("0.002"))
    assert listed.is_open


def test_a_futures_tick_is_its_end_step_in_its_last_place() -> None:
    (listed,) = read(FUTURES_V2, product="USDT-FUTURES")
    rules = listed.rules
    assert (rules.symbol, rules.tick, rules.lot) == ("BTC/USDT:USDT", Decimal("0.5"), Decimal("0.001"))
    assert (rules.size_min, rules.notional_min, rules.open_orders_max) == (Decimal("0.002"), 5, 200)


def test_a_market_of_the_unified_account_says_its_product_itself() -> None:
    (listed,) = read(SPOT_V3, product="")
    assert (listed.rules.symbol, listed.rules.tick, listed.rules.lot) == (
        "BTC/USDT",
        Decimal("0.01"),
        Decimal("0.000001"),
    )
    assert listed.rules.size_max == 10_000_000_000  # 0 means none
    assert not listed.is_open
    perp = {**SPOT_V3, "category": "USDC-FUTURES", "quoteCoin": "USDC", "priceMultiplier": "0.5"}
    (listed,) = read(perp, product="")
    assert (listed.rules.symbol, listed.rules.tick) == ("BTC/USDC:USDC", Decimal("0.5"))


@pytest.mark.parametrize("value", ["abc", "-1", "NaN", "1e400x", "99", 1.5])
def test_a_market_with_an_impossible_filter_is_refused_by_name(value: object) -> None:
    with pytest.raises(DataError, match="market TRXUSDT: price_precision: expected"):
        read({**SPOT_V2, "pricePrecision": value})


def test_numbers_where_texts_were_promised_are_read_exactly() -> None:
    (listed,) = read({**SPOT_V2, "pricePrecision": 6, "makerFeeRate": 0.0008})
    assert (listed.rules.tick, listed.rules.maker_fee) == (Decimal("0.000001"), Decimal("0.0008"))


def test_an_empty_list_may_be_null() -> None:
    assert read_markets(data_of(body(None), 200, "markets"), "SPOT") == []
    assert read_trades(b"null", BTC, 1) == []
    assert read_candles(b"null", BTC, "1m", MINUTE_NS, 10**20) == []
    assert read_quote(b"null", BTC, 1) is None


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (body(None, "429"), 429, RateLimited),
        (b"<html>Too many</html>", 429, RateLimited),
        (b"<html>Bad gateway</html>", 502, Retryable),
        (body(None, "40015"), 400, Retryable),
        (body(None, "40034"), 400, Rejected),
        (body(None, "99999"), 400, Rejected),
        (b"<html>hello</html>", 200, DataError),
        (b'{"code":"00000","da', 200, DataError),
        (b"", 200, DataError),
    ],
)
def test_what_is_no_answer_is_told_by_code(answer: bytes, status: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="markets"):
        data_of(answer, status, "markets")


def test_a_chinese_text_decides_nothing() -> None:
    answer = json.dumps({"code": "40034", "msg": "订单不存在", "data": None}).encode()
    with pytest.raises(Rejected, match="40034") as raised:
        data_of(answer, 400, "x")
    assert raised.value.code == "40034"


def test_the_servers_time_is_read() -> None:
    assert read_time_ns(b'{"serverTime":"1688008631614"}') == 1688008631614_000_000
    with pytest.raises(DataError, match="expected milliseconds"):
        read_time_ns(b'{"serverTime":"soon"}')


def test_candles_that_are_not_closed_are_left_out() -> None:
    rows = [["120000", "2", "3", "1", "2.50", "7", "0", "0"], ["60000", "1", "2", "1", "2", "5", "0", "0"]]
    bars = read_candles(json.dumps([*rows, rows[0]]).encode(), BTC, "1m", MINUTE_NS, 3 * MINUTE_NS)
    assert [(bar.ts_open_ns, bar.ts_recv_ns, bar.close_points) for bar in bars] == [
        (MINUTE_NS, 2 * MINUTE_NS, 200),
        (2 * MINUTE_NS, 3 * MINUTE_NS, 250),
    ]
    assert len(read_candles(json.dumps(rows).encode(), BTC, "1m", MINUTE_NS, 3 * MINUTE_NS - 1)) == 1


def test_recent_trades_and_best_prices_are_read() -> None:
    row = {"symbol": "BTCUSDT", "tradeId": "12", "side": "Sell", "price": "2.38", "size": "0.5", "ts": "7"}
    older = {**row, "tradeId": "11", "side": "buy"}
    told = read_trades(json.dumps([row, older]).encode(), BTC, 9)
    assert told == [
        Trade(BTC, 9, 238, 500_000, True, 11, 7_000_000),
        Trade(BTC, 9, 238, 500_000, False, 12, 7_000_000),
    ]
    ticker = {"symbol": "BTCUSDT", "bidPr": "1.00", "askPr": "2.00", "bidSz": "3", "askSz": "4", "ts": "7"}
    quote = read_quote(json.dumps([{**ticker, "symbol": "X"}, ticker]).encode(), BTC, 9)
    assert quote == Quote(BTC, 9, 100, 3_000_000, 200, 4_000_000, 7_000_000)
    assert read_quote(json.dumps([{**ticker, "bidPr": "0"}]).encode(), BTC, 9) is None


def test_questions_name_market_product_and_window() -> None:
    assert asks_ticker(BTC).query == {"symbol": "BTCUSDT"}
    assert asks_trades(PERP).query["productType"] == "USDT-FUTURES"
    asked = asks_candles(BTC, "1d", MINUTE_NS, 2 * MINUTE_NS)
    assert (asked.path, asked.query["granularity"]) == ("/api/v2/spot/market/candles", "1Dutc")
    assert (asked.query["startTime"], asked.query["endTime"]) == ("60000", "120000")
    assert asks_markets("SPOT").path == "/api/v2/spot/public/symbols"
    with pytest.raises(DataError, match="expected one of 1m"):
        asks_candles(BTC, "7m", 0, 1)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5) | st.floats(),
        lambda each: st.lists(each) | st.dictionaries(st.sampled_from(list(SPOT_V2)), each),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_answered_gives_a_value_or_an_error_of_ours(data: object) -> None:
    text = json.dumps(data).encode()
    for attempt in (
        lambda: read_markets(text, "SPOT"),
        lambda: read_quote(text, BTC, 1),
        lambda: read_candles(text, BTC, "1m", MINUTE_NS, 10**20),
        lambda: read_trades(text, BTC, 1),
        lambda: read_time_ns(text),
    ):
        with contextlib.suppress(FrameworkError):
            attempt()


def test_recorded_answers_are_understood() -> None:
    folder = RECORDED / "jkorf" / "Endpoints"
    if not folder.is_dir():
        pytest.skip(f"no recorded traffic beside the tree: expected {folder.name} in the shared collection")

    def answer(name: str) -> bytes:
        text = (folder / name).read_text(encoding="utf-8-sig").replace("\r\n", "\n")
        return data_of(text[text.index("\n{") :].encode(), 200, name)

    assert read_markets(answer("Spot/ExchangeData/GetSymbols.txt"), "SPOT")
    assert read_markets(answer("Unified/ExchangeData/GetFuturesSymbols.txt"), "")
    assert read_time_ns(answer("Spot/ExchangeData/GetServerTime.txt")) > 0
    assert len(read_candles(answer("Unified/ExchangeData/GetKlines.txt"), BTC, "1m", MINUTE_NS, 10**20)) == 2
    assert read_candles(answer("Spot/ExchangeData/GetKlines.txt"), BTC, "1m", MINUTE_NS, 10**20)
    assert read_quote(answer("Unified/ExchangeData/GetFuturesTickers.txt"), PERP, 1)
    assert len(read_trades(answer("Unified/ExchangeData/GetRecentTrades.txt"), BTC, 1)) == 2
