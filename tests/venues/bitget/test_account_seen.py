from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.errors import OddAnswer
from framework.venues.bitget.account_seen import (
    futures_balance,
    futures_funding,
    futures_leverage,
    futures_position,
    read_plan,
    spot_balance,
    unified_balances,
    unified_funding,
    unified_leverage,
    unified_position,
)
from framework.venues.bitget.asked import HoldMode, MarginMode
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import BalanceSeen, FundingSeen
from tests.venues.bitget_recorded import EXCHANGES, recorded

D = Decimal


def row(**fields: object) -> Row:
    return Row(fields, "here")


def test_what_is_frozen_or_locked_is_not_free() -> None:
    seen = spot_balance(row(coin="usdt", available="17.85", frozen="5.5", locked="1"))
    assert seen == BalanceSeen("USDT", D("17.85"), D("6.5"))


def test_a_futures_wallet_says_locked_or_frozen() -> None:
    assert futures_balance(row(marginCoin="USDT", available="1", locked="2")).locked == 2
    assert futures_balance(row(marginCoin="USDT", available="1", frozen="3")).locked == 3


@pytest.mark.parametrize("equity", ["accountEquity", "equity"])
def test_a_futures_wallet_holds_its_margin_and_not_what_it_has_not_realised(equity: str) -> None:
    seen = futures_balance(row(marginCoin="USDT", available="70", locked="5", unrealizedPL="-3", **{equity: "97"}))
    assert (seen.free, seen.free + seen.locked) == (70, 100)


def test_a_trigger_order_says_its_side_or_does_not() -> None:
    given = {"orderId": "1", "symbol": "BTCUSDT", "triggerPrice": "2", "size": "1", "status": "live", "cTime": "3"}
    sides = {"buy": True, "sell": False, "sell_single": False, "": None, "odd": None}
    assert {side: read_plan(row(**given, side=side), Product.SPOT).is_buy for side in sides} == sides
    assert read_plan(row(**given), Product.SPOT).ts_created_ns == 3_000_000


@pytest.mark.parametrize("name", ["assets", "coin"])
def test_a_unified_wallet_is_listed_under_either_name(name: str) -> None:
    given = {name: [{"coin": "BTC", "available": "1", "locked": "0.5", "balance": "1.5"}]}
    assert list(unified_balances(Row(given, "here"))) == [BalanceSeen("BTC", D(1), D("0.5"))]


POSITION = {
    "symbol": "ETHUSDT", "holdSide": "short", "total": "0.1", "openPriceAvg": "1900", "marginMode": "crossed",
    "posMode": "hedge_mode", "leverage": 20, "unrealizedPL": "0", "liquidationPrice": "5788.1", "cTime": "1695649246169",
}  # fmt: skip


def test_a_short_position_is_below_zero() -> None:
    seen = futures_position(Row(POSITION, "here"))
    assert (seen.size, seen.leverage, seen.hold_mode, seen.margin_mode) == (
        D("-0.1"), 20, HoldMode.HEDGE, MarginMode.CROSSED,
    )  # fmt: skip


@pytest.mark.parametrize(("side", "size"), [("long", "119.2"), ("short", "-119.2")])
def test_a_unified_position_is_read_from_both_spellings(side: str, size: str) -> None:
    given = {"symbol": "BTCUSDT", "posSide": side, "marginMode": "crossed", "holdMode": "hedge_mode", "leverage": "3"}
    for name in ("total", "size"):
        assert unified_position(Row(given | {name: "119.2"}, "here")).size == D(size)


def test_an_unknown_side_is_refused() -> None:
    with pytest.raises(OddAnswer, match=r"here\.holdSide"):
        futures_position(Row(POSITION | {"holdSide": "both"}, "here"))


def test_leverage_is_looked_at() -> None:
    (case,) = [one for one in recorded("ccxt-response-cases.json")["cases"] if one["method"] == "fetchLeverage"]
    seen = futures_leverage(Row(case["httpResponse"]["data"], "account"))
    assert (seen.hold_mode, seen.margin_mode, seen.leverage) == (HoldMode.ONE_WAY, MarginMode.CROSSED, 10)
    (settings,) = [one for one in EXCHANGES if one.name == "GetAccountConfig"]
    held = unified_leverage(Row(settings.data, "settings"), "BTCUSDT")
    assert (held.hold_mode, held.margin_mode, held.leverage) == (HoldMode.ONE_WAY, MarginMode.CROSSED, 1)
    assert unified_leverage(Row(settings.data, "settings"), "NONE").margin_mode is None


def test_funding_is_told_with_its_sign_and_other_bills_are_none() -> None:
    bill = {"billId": "1", "symbol": "BTCUSDT", "fee": "0", "coin": "USDT", "cTime": "1695715200654"}
    assert futures_funding(row(**bill, amount="-0.004992", businessType="contract_settle_fee")) == FundingSeen(
        "1", "BTCUSDT", "USDT", D("-0.004992"), 1_695_715_200_654_000_000
    )
    assert futures_funding(row(**bill, amount="0", businessType="open_long")) is None


@pytest.mark.parametrize(
    ("kind", "amount", "found"),
    [("IN", "2", "2"), ("OUT", "2", "-2"), ("OUT", "-2", "-2")],
)
def test_a_unified_account_tells_the_direction_of_funding_by_the_type(kind: str, amount: str, found: str) -> None:
    record = {"id": "7", "symbol": "BTCUSDT", "coin": "USDT", "fee": "0", "amount": amount, "ts": "5"}
    seen = unified_funding(row(**record, type=f"CONTRACT_MAIN_SETTLE_FEE_USER_{kind}"))
    assert seen == FundingSeen("7", "BTCUSDT", "USDT", D(found), 5_000_000)
    assert unified_funding(row(**record, type="ORDER_DEALT_IN")) is None
