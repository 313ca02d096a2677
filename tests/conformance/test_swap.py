"""ccxt trades perpetuals on a classic account of the sandbox: V2 mix REST and its streams."""

from __future__ import annotations

import asyncio
from typing import Any

import ccxt
import pytest

from tests.conformance.house import House
from tests.conformance.test_spot_streams import soon, stream, topics

PAIR = "BTC/USDT:USDT"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
__all__ = ["stream"]


@pytest.fixture
def flat(still: House, spot: Any) -> Any:
    return spot


def test_market_data(flat: Any) -> None:
    assert flat.market(PAIR)["precision"] == {**flat.market(PAIR)["precision"], "price": 0.1, "amount": 0.0001}
    assert flat.fetch_ticker(PAIR)["bid"] == 59_999
    assert flat.fetch_order_book(PAIR, 5)["asks"][0] == [60_001, 1]
    assert len(flat.fetch_ohlcv(PAIR, "1m", limit=20)) == 20
    assert flat.fetch_trades(PAIR)[-1]["price"] > 0
    assert flat.fetch_funding_rate(PAIR)["fundingRate"] == 0.0001
    assert flat.fetch_trading_fee(PAIR)["taker"] == 0.0006


def test_a_limit_order_holds_margin_and_comes_back(flat: Any) -> None:
    flat.set_leverage(20, PAIR)
    before = flat.fetch_balance({"type": "swap"})["USDT"]["free"]
    made = flat.create_order(PAIR, "limit", "buy", 0.02, 59_000)
    shown = flat.fetch_order(made["id"], PAIR)
    assert (shown["status"], shown["price"], shown["amount"]) == ("open", 59_000, 0.02)
    assert flat.fetch_balance({"type": "swap"})["USDT"]["free"] == pytest.approx(before - 59)
    assert made["id"] in [order["id"] for order in flat.fetch_open_orders(PAIR)]
    flat.cancel_order(made["id"], PAIR)
    assert flat.fetch_balance({"type": "swap"})["USDT"]["free"] == pytest.approx(before)
    assert flat.fetch_order(made["id"], PAIR)["status"] == "canceled"


def test_post_only_and_ioc_end_as_they_must(flat: Any) -> None:
    crossing = flat.create_order(PAIR, "limit", "buy", 0.01, 60_001, {"postOnly": True})
    assert flat.fetch_order(crossing["id"], PAIR)["status"] == "canceled"
    short = flat.create_order(PAIR, "limit", "buy", 0.001, 59_500, {"timeInForce": "IOC"})
    shown = flat.fetch_order(short["id"], PAIR)
    assert (shown["status"], shown["filled"]) == ("canceled", 0)


def test_a_position_opens_and_closes_with_its_result(flat: Any) -> None:
    before = flat.fetch_balance({"type": "swap"})["USDT"]["total"]
    flat.create_order(PAIR, "market", "buy", 0.02)
    (position,) = [one for one in flat.fetch_positions([PAIR]) if one["contracts"]]
    assert (position["side"], position["contracts"], position["entryPrice"]) == ("long", 0.02, 60_001)
    flat.create_order(PAIR, "market", "sell", 0.02, None, {"reduceOnly": True})
    assert [one for one in flat.fetch_positions([PAIR]) if one["contracts"]] == []
    fees = (60_001 + 59_999) * 0.02 * 0.0006
    assert flat.fetch_balance({"type": "swap"})["USDT"]["total"] == pytest.approx(before - 2 * 0.02 - fees)
    fill = flat.fetch_my_trades(PAIR, limit=1)[0]
    assert (fill["price"], fill["fee"]["cost"]) == (59_999, pytest.approx(59_999 * 0.02 * 0.0006))
    assert flat.fetch_closed_orders(PAIR)[-1]["status"] == "closed"


def test_hedge_mode_holds_both_sides_and_closes_by_the_positions_side(flat: Any) -> None:
    flat.set_position_mode(True, PAIR)
    try:
        flat.create_order(PAIR, "market", "buy", 0.02, None, {"hedged": True})
        flat.create_order(PAIR, "market", "sell", 0.03, None, {"hedged": True})
        held = {one["side"]: one["contracts"] for one in flat.fetch_positions([PAIR])}
        assert held == {"long": 0.02, "short": 0.03}
        flat.create_order(PAIR, "market", "sell", 0.02, None, {"hedged": True, "reduceOnly": True})
        flat.create_order(PAIR, "market", "buy", 0.03, None, {"hedged": True, "reduceOnly": True})
        assert [one for one in flat.fetch_positions([PAIR]) if one["contracts"]] == []
    finally:
        flat.set_position_mode(False, PAIR)


def test_the_funding_history_is_what_was_paid_and_received(still: House, flat: Any) -> None:
    before = flat.fetch_balance({"type": "swap"})["USDT"]["total"]
    since = flat.milliseconds() - 1
    flat.create_order(PAIR, "market", "buy", 0.02)
    still.pay(PAIR, "0.0001")
    still.pay(PAIR, "-0.0002")
    paid, received = flat.fetch_funding_history(PAIR, since)
    assert (paid["symbol"], paid["code"], paid["amount"], received["amount"]) == (PAIR, "USDT", -0.12, 0.24)
    assert paid["id"] < received["id"] and since < paid["timestamp"] <= received["timestamp"]
    assert flat.fetch_funding_history(PAIR, limit=1)[0]["id"] == received["id"]
    assert flat.fetch_funding_history("ETH/USDT:USDT", since) == []
    flat.create_order(PAIR, "market", "sell", 0.02, None, {"reduceOnly": True})
    fees = (60_001 + 59_999) * 0.02 * 0.0006
    assert flat.fetch_balance({"type": "swap"})["USDT"]["total"] == pytest.approx(before - 0.04 - fees + 0.12)


def test_the_next_rate_its_instant_and_past_rates(flat: Any) -> None:
    rate = flat.fetch_funding_rate(PAIR)
    assert (rate["fundingRate"], rate["fundingTimestamp"] % 28_800_000) == (0.0001, 0)
    past = flat.fetch_funding_rate_history(PAIR, limit=3)
    assert [row["fundingRate"] for row in past] == [0.0001] * 3
    assert rate["fundingTimestamp"] - past[-1]["timestamp"] == 28_800_000


def test_many_in_one_call_and_all_at_once(flat: Any) -> None:
    wanted = [
        {"symbol": PAIR, "type": "limit", "side": "buy", "amount": 0.001, "price": 58_000 + at} for at in range(5)
    ]
    ids = [order["id"] for order in flat.create_orders(wanted)]
    flat.cancel_orders(ids[:2], PAIR)
    assert sorted(order["id"] for order in flat.fetch_open_orders(PAIR)) == sorted(ids[2:])
    flat.cancel_all_orders(PAIR)
    assert flat.fetch_open_orders(PAIR) == []


REFUSALS = {
    "too little money": ((5_000, 59_000, {}), ccxt.InsufficientFunds, "40762"),
    "below the minimum": ((0.0001, 43, {}), ccxt.InvalidOrder, "45110"),
    "nothing to reduce": ((0.01, 59_000, {"reduceOnly": True}), ccxt.ExchangeError, "22002"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_order_is_the_right_exception(flat: Any, case: str) -> None:
    (amount, price, more), kind, code = REFUSALS[case]
    with pytest.raises(kind, match=code):
        flat.create_order(PAIR, "limit", "buy", amount, price, more)


def test_an_unknown_order_is_not_found(flat: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound, match="40768"):
        flat.cancel_order("1000000000000000001", PAIR)


async def test_own_orders_trades_and_positions_are_pushed(still: House, stream: Any, flat: Any) -> None:
    started = [
        asyncio.ensure_future(watched)
        for watched in (stream.watch_orders(PAIR), stream.watch_my_trades(PAIR), stream.watch_balance({"type": "swap"}))
    ]
    while len(await asyncio.to_thread(lambda: still.do(lambda: topics(still)))) < 3:
        pass  # each look lets the client send
    made = await asyncio.to_thread(flat.create_order, PAIR, "limit", "buy", 0.01, 60_001)
    orders, trades, balance = [await soon(one) for one in started]
    while orders[-1]["status"] != "closed":
        orders = await soon(stream.watch_orders(PAIR))
    assert (orders[-1]["id"], orders[-1]["filled"]) == (made["id"], 0.01)
    assert (trades[-1]["order"], trades[-1]["amount"]) == (made["id"], 0.01)
    assert balance["USDT"]["free"] > 0


async def test_trades_are_pushed(still: House, stream: Any) -> None:
    await soon(stream.watch_trades(PAIR))
    waiting = asyncio.ensure_future(stream.watch_trades(PAIR))
    await asyncio.sleep(0)
    still.trade("60001", "0.123", buy=True)
    assert (await soon(waiting))[-1]["amount"] == 0.123


async def test_the_book_follows_with_its_checksum(still: House, stream: Any) -> None:
    book = await soon(stream.watch_order_book(PAIR))
    still.show("BTC", 60_020)
    while book["bids"][0][0] != 60_019:
        book = await soon(stream.watch_order_book(PAIR))
