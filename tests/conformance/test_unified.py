"""ccxt trades on a unified account of the sandbox: V3 REST, spot and perpetual, and its streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ccxt
import ccxt.pro
import pytest

from tests.conformance.house import House
from tests.conformance.test_spot_streams import soon, topics

PAIRS = ("BTC/USDT", "BTC/USDT:USDT")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


@pytest.fixture(scope="session")
def unified(house: House) -> Any:
    client = house.client("unified-trade", uta=True)
    client.load_markets()
    return client


def test_markets_and_market_data(still: House, unified: Any) -> None:
    for pair, tick in zip(PAIRS, (0.01, 0.1), strict=True):
        assert unified.market(pair)["precision"]["price"] == tick
        still.trade("60001", "0.5", buy=True)
        ticker, book = unified.fetch_ticker(pair), unified.fetch_order_book(pair, 5)
        assert (ticker["bid"], ticker["ask"], ticker["last"]) == (59_999, 60_001, 60_001)
        assert (book["bids"][0], len(book["asks"])) == ([59_999, 1], 5)
        assert unified.fetch_trades(pair)[-1]["price"] == 60_001
        assert len(unified.fetch_ohlcv(pair, "1m", limit=20)) == 20
        category = "SPOT" if pair == PAIRS[0] else "USDT-FUTURES"
        # This release of ccxt asks V2 for the rate, which refuses unified accounts.
        fee = unified.private_uta_get_v3_account_fee_rate({"category": category, "symbol": "BTCUSDT"})["data"]
        assert float(fee["takerFeeRate"]) == (0.001 if pair == PAIRS[0] else 0.0006)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_limit_order_rests_and_comes_back(still: House, unified: Any, pair: str) -> None:
    before = unified.fetch_balance()["USDT"]["free"]
    made = unified.create_order(pair, "limit", "buy", 0.01, 59_000)
    shown = unified.fetch_order(made["id"], pair)
    assert (shown["status"], shown["price"], shown["amount"], shown["filled"]) == ("open", 59_000, 0.01, 0)
    assert made["id"] in [order["id"] for order in unified.fetch_open_orders(pair)]
    assert unified.fetch_balance()["USDT"]["free"] < before
    unified.cancel_order(made["id"], pair)
    assert unified.fetch_order(made["id"], pair)["status"] == "canceled"
    assert unified.fetch_balance()["USDT"]["free"] == pytest.approx(before)
    assert made["id"] in [order["id"] for order in unified.fetch_canceled_and_closed_orders(pair)]


@pytest.mark.parametrize("pair", PAIRS)
def test_post_only_and_ioc_end_as_they_must(still: House, unified: Any, pair: str) -> None:
    crossing = unified.create_order(pair, "limit", "buy", 0.01, 60_001, {"postOnly": True})
    assert unified.fetch_order(crossing["id"], pair)["status"] == "canceled"
    short = unified.create_order(pair, "limit", "buy", 0.001, 59_500, {"timeInForce": "IOC"})
    assert unified.fetch_order(short["id"], pair)["status"] == "canceled"


def test_a_perpetual_opens_and_closes_a_position(still: House, unified: Any) -> None:
    pair = PAIRS[1]
    opened = unified.create_order(pair, "market", "sell", 0.02)
    assert unified.fetch_order(opened["id"], pair)["info"]["avgPrice"] == "59999"  # ccxt reads V2's name of it
    (position,) = unified.fetch_positions([pair])
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("short", 0.02, 59_999)
    unified.create_order(pair, "market", "buy", 0.02, None, {"reduceOnly": True})
    assert unified.fetch_positions([pair]) == []
    fill = unified.fetch_my_trades(pair, limit=1)[0]
    assert (fill["price"], fill["takerOrMaker"]) == (60_001, "taker")
    # V3 says paid fees positive; this release of ccxt turns them round.
    assert float(fill["info"]["feeDetail"][0]["fee"]) == pytest.approx(60_001 * 0.02 * 0.0006)


def test_the_funding_history_is_what_was_paid_and_received(still: House, unified: Any) -> None:
    pair = PAIRS[1]
    since = unified.milliseconds() - 1
    unified.create_order(pair, "market", "sell", 0.02)
    still.pay(pair, "0.0001")
    still.pay(pair, "-0.0002")
    both = unified.fetch_funding_history(pair, since)  # in any order, where both are of one millisecond
    paid, received = sorted(both, key=lambda each: each["amount"])
    assert (received["symbol"], received["amount"], paid["amount"]) == (pair, 0.12, -0.24)
    assert unified.fetch_funding_history(pair, since, 1)[0]["id"] == paid["id"]


def test_the_next_rate_and_past_rates(still: House, unified: Any) -> None:
    rate = unified.fetch_funding_rate(PAIRS[1])
    past = unified.fetch_funding_rate_history(PAIRS[1], limit=3)
    assert [row["fundingRate"] for row in past] == [0.0001] * 3
    assert rate["fundingRate"] == 0.0001


def test_a_spot_market_buy_spends_quote(still: House, unified: Any) -> None:
    made = unified.create_order(PAIRS[0], "market", "buy", 600)  # V3: `qty` is in quote (reference 8.3)
    done = unified.fetch_order(made["id"], PAIRS[0])
    assert done["status"] == "closed"
    assert done["filled"] == pytest.approx(600 / 60_001, abs=1e-6)
    fill = unified.fetch_my_trades(PAIRS[0], limit=1)[0]
    assert (fill["order"], fill["price"], fill["takerOrMaker"]) == (made["id"], 60_001, "taker")


@pytest.mark.parametrize("pair", PAIRS)
def test_many_in_one_call_and_all_at_once(still: House, unified: Any, pair: str) -> None:
    wanted = [
        {"symbol": pair, "type": "limit", "side": "buy", "amount": 0.001, "price": 58_000 + at} for at in range(5)
    ]
    ids = [order["id"] for order in unified.create_orders(wanted)]
    unified.cancel_orders(ids[:2], pair)
    assert sorted(order["id"] for order in unified.fetch_open_orders(pair)) == sorted(ids[2:])
    unified.cancel_all_orders(pair)
    assert unified.fetch_open_orders(pair) == []


def test_an_edited_order_keeps_its_id(still: House, unified: Any) -> None:
    made = unified.create_order(PAIRS[0], "limit", "buy", 0.01, 59_000)
    unified.edit_order(made["id"], PAIRS[0], "limit", "buy", 0.02, 58_900)
    shown = unified.fetch_order(made["id"], PAIRS[0])
    assert (shown["amount"], shown["price"], shown["status"]) == (0.02, 58_900, "open")


REFUSALS = {
    "too little money": ((50, 59_000), "25202"),
    "below the minimum": ((0.00001, 59_000), "25208"),
    "beyond the band": ((0.01, 64_000), "25205"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_order_carries_its_code(still: House, unified: Any, case: str) -> None:
    """This release of ccxt knows none of V3's own codes: they arrive as its general error."""
    (amount, price), code = REFUSALS[case]
    with pytest.raises(ccxt.ExchangeError, match=code):
        unified.create_order(PAIRS[0], "limit", "buy", amount, price)


def test_a_reading_key_may_not_trade_and_a_classic_one_is_sent_away(still: House) -> None:
    reader = still.client("unified-read")
    assert reader.private_uta_get_v3_account_assets()["data"]["assets"]
    with pytest.raises(ccxt.PermissionDenied, match="40014"):
        reader.private_uta_post_v3_trade_place_order({"category": "SPOT"})
    with pytest.raises(ccxt.ExchangeError, match="40084"):
        still.client("classic-trade").private_uta_get_v3_account_settings()


@pytest.fixture
async def stream(still: House, unified: Any) -> AsyncIterator[Any]:
    client = still.client("unified-trade", ccxt.pro.bitget, uta=True)
    client.set_markets(unified.markets, unified.currencies)
    yield client
    await client.close()


@pytest.mark.parametrize("pair", PAIRS)
async def test_the_book_and_trades_follow(still: House, stream: Any, pair: str) -> None:
    book = await soon(stream.watch_order_book(pair))
    still.show("BTC", 60_010)
    while book["bids"][0][0] != 60_009:
        book = await soon(stream.watch_order_book(pair))
    await soon(stream.watch_trades(pair))
    waiting = asyncio.ensure_future(stream.watch_trades(pair))
    await asyncio.sleep(0)
    still.trade("60001", "0.123", buy=True)
    assert (await soon(waiting))[-1]["amount"] == 0.123


@pytest.mark.parametrize("pair", PAIRS)
async def test_own_orders_trades_and_balance_are_pushed(still: House, stream: Any, unified: Any, pair: str) -> None:
    started = [
        asyncio.ensure_future(watched)
        for watched in (watch_orders(stream, pair), stream.watch_my_trades(pair), stream.watch_balance())
    ]
    while len(await asyncio.to_thread(lambda: still.do(lambda: topics(still)))) < 3:
        pass  # each look lets the client send
    made = await asyncio.to_thread(unified.create_order, pair, "limit", "buy", 0.01, 60_001)
    orders, trades, balance = [await soon(one) for one in started]
    while orders[-1]["status"] != "closed":
        orders = await soon(watch_orders(stream, pair))
    assert (orders[-1]["id"], orders[-1]["filled"]) == (made["id"], 0.01)
    assert (trades[-1]["order"], trades[-1]["amount"]) == (made["id"], 0.01)
    assert balance["USDT"]["total"] > 0


def watch_orders(stream: Any, pair: str) -> Any:
    """This release of ccxt takes V3's spot orders for a perpetual's: they come where no pair is named."""
    return stream.watch_orders(None if pair == PAIRS[0] else pair)
