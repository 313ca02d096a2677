"""ccxt's WebSocket client on a classic account: V2."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, TypeVar

import ccxt
import ccxt.pro
import pytest

from tests.conformance.house import House

Found = TypeVar("Found")
BTC = "BTC/USDT"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


async def soon(watched: Awaitable[Found]) -> Found:
    return await asyncio.wait_for(watched, 10)


@pytest.fixture
async def stream(still: House, spot: Any) -> AsyncIterator[Any]:
    client = still.client("classic-trade", ccxt.pro.bitget)
    client.set_markets(spot.markets, spot.currencies)
    client.options["watchOrderBook"] = {"checksum": True}
    yield client
    await client.close()


async def test_the_book_follows_with_its_checksum(still: House, stream: Any) -> None:
    book = await soon(stream.watch_order_book(BTC))
    assert (book["bids"][0][:2], book["asks"][0][:2]) == ([59_999, 1], [60_001, 1])
    for middle in (60_010, 60_005, 59_990):
        still.show("BTC", middle)
        while book["bids"][0][0] != middle - 1:
            book = await soon(stream.watch_order_book(BTC))
        assert len(book["bids"]) == 30


async def test_trades_tickers_and_candles_are_pushed(still: House, stream: Any) -> None:
    await soon(stream.watch_trades(BTC))
    await soon(stream.watch_ohlcv(BTC, "1m"))
    await soon(stream.watch_ticker(BTC))
    waiting = [asyncio.ensure_future(one) for one in (stream.watch_trades(BTC), stream.watch_ticker(BTC))]
    await asyncio.sleep(0)
    still.trade("60001", "0.123", buy=True)
    trades, ticker = [await soon(one) for one in waiting]
    assert (trades[-1]["price"], trades[-1]["amount"], trades[-1]["side"]) == (60_001, 0.123, "buy")
    assert ticker["last"] == 60_001


async def test_own_orders_trades_and_balance_are_pushed(still: House, stream: Any, spot: Any) -> None:
    started = [
        asyncio.ensure_future(watched)
        for watched in (stream.watch_orders(BTC), stream.watch_my_trades(BTC), stream.watch_balance())
    ]
    while len(await asyncio.to_thread(lambda: still.do(lambda: topics(still)))) < 3:
        pass  # each look lets the client send
    made = await asyncio.to_thread(spot.create_order, BTC, "limit", "buy", 0.01, 60_001)
    orders, trades, balance = [await soon(one) for one in started]
    assert made["id"] in [order["id"] for order in orders]
    while orders[-1]["status"] != "closed":
        orders = await soon(stream.watch_orders(BTC))
    assert (orders[-1]["filled"], orders[-1]["average"]) == (0.01, 60_001)
    assert (trades[-1]["order"], trades[-1]["amount"], trades[-1]["fee"]["cost"]) == (made["id"], 0.01, 0.00001)
    assert balance["USDT"]["free"] > 0


def topics(house: House) -> list[str]:
    return [topic.name for one in house.server.streams.listeners for topic in one.topics if topic.is_private]


async def test_a_wrong_key_may_not_log_in(still: House, stream: Any) -> None:
    stream.secret = "other"
    with pytest.raises(ccxt.AuthenticationError, match="30015"):
        await soon(stream.watch_orders(BTC))
