"""Orders and fills as each endpoint and channel shows them: one test for each of their traps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.errors import OddAnswer
from framework.model.orders import TimeInForce
from framework.venues.bitget.orders_seen import (
    futures_fill,
    futures_order,
    spot_fill,
    spot_order,
    spot_push,
    unified_fill,
    unified_order,
)
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import STATUSES, Status

D = Decimal


def row(given: dict, **more: object) -> Row:
    return Row(given | more, "data[0]")


OPEN = {
    "userId": "1", "symbol": "BTCUSDT", "orderId": "1111499608327360513", "clientOid": "a",
    "priceAvg": "25000.0000000000000000", "size": "0.0002000000000000", "orderType": "limit", "side": "buy",
    "status": "live", "basePrice": "0", "baseVolume": "0.0000000000000000", "quoteVolume": "0.0000000000000000",
    "cTime": "1700728077966", "uTime": "1700728077966",
}  # fmt: skip
DONE = OPEN | {"price": "25000", "priceAvg": "24999.5", "baseVolume": "0.0002", "status": "filled"}
PUSH = {
    "instId": "BTCUSDT", "orderId": "1", "clientOid": "a", "size": "8.0000", "newSize": "0.0003", "notional": "8",
    "orderType": "limit", "force": "post_only", "price": "26256", "side": "buy", "fillPrice": "26256.0", "tradeId": "9",
    "baseVolume": "0.0001", "fillTime": "1695797773286", "fillFee": "-0.00000018", "fillFeeCoin": "BTC",
    "tradeScope": "T", "accBaseVolume": "0.0002", "priceAvg": "26256.0", "status": "partially_filled",
    "cTime": "1695797773257", "uTime": "1695797773326", "feeDetail": [{"feeCoin": "BTC", "fee": "-0.00000018"}],
}  # fmt: skip
SWAP = {
    "symbol": "BTCUSDT", "size": "0.001", "orderId": "11", "clientOid": "a", "baseVolume": "0", "fee": "0",
    "price": "27000", "priceAvg": "", "state": "live", "side": "buy", "force": "gtc", "posSide": "long",
    "marginCoin": "USDT", "orderType": "limit", "reduceOnly": "NO", "tradeSide": "open", "posMode": "hedge_mode",
    "cTime": "1700719887120", "uTime": "1700719887120",
}  # fmt: skip
UNIFIED = {
    "category": "USDT-FUTURES", "symbol": "BTCUSDT", "orderId": "1320244799629316096", "clientOid": "a",
    "orderType": "limit", "side": "buy", "price": "50000", "qty": "0.001", "amount": "0", "cumExecQty": "0",
    "cumExecValue": "0", "avgPrice": "0", "timeInForce": "gtc", "orderStatus": "live", "reduceOnly": "NO",
    "feeDetail": [{"feeCoin": "", "fee": ""}], "createdTime": "1750496809871", "updatedTime": "1750496809886",
}  # fmt: skip


def test_among_open_orders_price_avg_is_the_orders_own_price() -> None:
    seen = spot_order(row(OPEN), is_open_list=True)
    assert (seen.price, seen.avg_price, seen.size) == (25_000, 0, D("0.0002"))
    partly = spot_order(row(OPEN, basePrice="24990", baseVolume="0.0001"), is_open_list=True)
    assert (partly.price, partly.avg_price, partly.size - partly.filled) == (25_000, 24_990, D("0.0001"))


def test_elsewhere_price_avg_is_that_of_the_fills() -> None:
    seen = spot_order(row(DONE))
    assert (seen.price, seen.avg_price, seen.status) == (25_000, D("24999.5"), Status.FILLED)


def test_an_id_of_19_digits_stays_what_it_is_as_text_or_number() -> None:
    assert spot_order(row(OPEN), is_open_list=True).venue_order_id == "1111499608327360513"
    assert spot_order(row(OPEN, orderId=1111499608327360513), is_open_list=True).venue_order_id == "1111499608327360513"


def test_a_market_buy_on_spot_is_sized_in_quote() -> None:
    seen = spot_order(row(DONE, orderType="market", price="0", size="5.5000000000000000"))
    assert (seen.size, seen.amount, seen.price, seen.is_market) == (0, D("5.5"), 0, True)
    sold = spot_order(row(DONE, orderType="market", price="0", size="0.2", side="sell"))
    assert (sold.size, sold.amount) == (D("0.2"), 0)


def test_a_push_is_sized_by_new_size() -> None:
    seen = spot_push(row(PUSH))
    assert (seen.size, seen.amount, seen.filled) == (D("0.0003"), 0, D("0.0002"))
    assert (seen.tif, seen.post_only) == (TimeInForce.GTC, True)
    bought = spot_push(row(PUSH, orderType="market", newSize="500.0000"))
    assert (bought.size, bought.amount, bought.price) == (0, 500, 0)


def test_a_push_tells_its_last_fill_with_the_fee_paid() -> None:
    fill = spot_push(row(PUSH)).fill
    assert fill is not None
    assert (fill.trade_id, fill.size, fill.price, fill.is_maker) == ("9", D("0.0001"), D("26256.0"), False)
    assert (fill.fee.amount, fill.fee.asset) == (D("0.00000018"), "BTC")
    assert spot_push(row(PUSH, tradeId="")).fill is None


def test_a_futures_push_has_its_sum_and_its_last_fill_apart() -> None:
    given = SWAP | {
        "instId": "BTCUSDT", "status": "filled", "accBaseVolume": "0.01", "baseVolume": "0.004", "fillPrice": "27000.5",
        "tradeId": "3", "fillFee": "-0.16", "fillFeeCoin": "USDT", "tradeScope": "M", "fillTime": "1695718781146",
    }  # fmt: skip
    seen = futures_order(row(given), is_push=True)
    assert seen.filled == D("0.01")
    assert seen.fill is not None and (seen.fill.size, seen.fill.is_maker) == (D("0.004"), True)


@pytest.mark.parametrize(
    ("side", "trade_side", "is_buy", "reduces"),
    [("buy", "open", True, False), ("buy", "close", False, True), ("sell", "open", False, False), ("sell", "close", True, True)],
)  # fmt: skip
def test_in_hedge_mode_a_close_turns_the_side_round(side: str, trade_side: str, is_buy: bool, reduces: bool) -> None:
    seen = futures_order(row(SWAP, side=side, tradeSide=trade_side))
    assert (seen.is_buy, seen.reduce_only) == (is_buy, reduces)


def test_in_one_way_mode_the_side_is_that_of_the_trade() -> None:
    seen = futures_order(row(SWAP, side="sell", tradeSide="close", posMode="one_way_mode"))
    assert not seen.is_buy


def test_one_page_says_state_and_one_spells_client_oid_otherwise() -> None:
    assert futures_order(row(SWAP)).status is Status.LIVE
    other = {key: value for key, value in SWAP.items() if key not in ("state", "clientOid")}
    assert futures_order(row(other, status="filled", clientOId="b")).client_order_id == "b"


def test_a_fee_beside_the_detail_is_read() -> None:
    (fee,) = futures_order(row(SWAP, fee="-0.5")).fees
    assert (fee.amount, fee.asset) == (D("0.5"), "USDT")


@pytest.mark.parametrize("status", [*STATUSES, "LIVE"])
def test_every_spelling_of_a_status_is_known(status: str) -> None:
    assert spot_order(row(DONE, status=status)).status is STATUSES[status.lower()]


def test_an_unknown_status_is_refused_by_name() -> None:
    with pytest.raises(OddAnswer, match=r"data\[0\]\.status: expected one of .*found 'frozen'"):
        spot_order(row(DONE, status="frozen"))


def test_a_unified_order_is_read() -> None:
    seen = unified_order(row(UNIFIED))
    assert (seen.product, seen.price, seen.size, seen.fees) == (Product.USDT_FUTURES, 50_000, D("0.001"), ())
    assert unified_order(row(UNIFIED, orderStatus="new")).status.is_open


@pytest.mark.parametrize(("qty", "amount"), [("0", "100"), ("100", "0"), ("100", "")])
def test_a_unified_market_buy_on_spot_is_sized_in_quote(qty: str, amount: str) -> None:
    seen = unified_order(row(UNIFIED, category="spot", orderType="market", price="", qty=qty, amount=amount))
    assert (seen.size, seen.amount) == (0, 100)


def test_a_unified_perpetual_is_sized_in_base_even_at_market() -> None:
    seen = unified_order(row(UNIFIED, orderType="market", price="", amount="1000"))
    assert (seen.size, seen.amount) == (D("0.001"), 0)


FILL = {
    "symbol": "LTCUSDT", "orderId": "2", "tradeId": "3", "orderType": "market", "side": "buy", "priceAvg": "81.069",
    "size": "0.074", "amount": "5.999106", "tradeScope": "taker", "cTime": "1714471204194",
}  # fmt: skip


def test_the_same_fee_has_two_signs() -> None:
    asked = spot_fill(row(FILL, feeDetail={"feeCoin": "LTC", "totalFee": "-0.000074"}))
    pushed = spot_fill(row(FILL, feeDetail=[{"feeCoin": "LTC", "totalFee": "0.000074"}]), is_push=True)
    assert asked == pushed
    assert asked.fee.amount == D("0.000074")


def test_a_futures_fill_is_negative_when_paid_in_both() -> None:
    given = FILL | {"price": "80.87", "baseVolume": "0.1", "tradeSide": "close", "posMode": "hedge_mode", "symbol": "ltcusdt",
                    "feeDetail": [{"feeCoin": "USDT", "totalFee": "-0.0048522"}]}  # fmt: skip
    seen = futures_fill(row(given))
    assert (seen.symbol, seen.is_buy, seen.fee.amount) == ("LTCUSDT", False, D("0.0048522"))


def test_a_unified_fill_names_our_order() -> None:
    given = {
        "execId": "5", "orderId": "2", "clientOid": "a", "category": "usdt-futures", "symbol": "BTCUSDT", "side": "sell",
        "execPrice": "107005.4", "execQty": "0.0001", "tradeScope": "maker", "createdTime": "1751020520451",
        "feeDetail": [{"feeCoin": "USDT", "fee": "0.00642032"}],
    }  # fmt: skip
    seen = unified_fill(row(given))
    assert (seen.client_order_id, seen.fee.amount, seen.is_maker, seen.ts_venue_ns) == (
        "a", D("0.00642032"), True, 1_751_020_520_451_000_000,
    )  # fmt: skip
