"""ccxt trades spot on a classic account of the sandbox: V2 REST."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from tests.conformance.house import House

BTC = "BTC/USDT"


def test_markets_carry_the_rules(spot: Any) -> None:
    market = spot.market(BTC)
    assert market["precision"] == {**market["precision"], "price": 0.01, "amount": 0.000001}
    assert market["limits"]["cost"]["min"] == 1
    assert (market["maker"], market["taker"]) == (0.001, 0.001)
    assert spot.currency("BTC")["id"] == "BTC"


def test_market_data_is_there(still: House, spot: Any) -> None:
    still.trade("60001", "0.5", buy=True)
    ticker, book = spot.fetch_ticker(BTC), spot.fetch_order_book(BTC, 5)
    assert (ticker["bid"], ticker["ask"], ticker["last"]) == (59_999, 60_001, 60_001)
    assert (book["bids"][0], book["asks"][0], len(book["bids"])) == ([59_999, 1], [60_001, 1], 5)
    trade = spot.fetch_trades(BTC)[-1]
    assert (trade["price"], trade["amount"], trade["side"]) == (60_001, 0.5, "buy")
    candles = spot.fetch_ohlcv(BTC, "1m", limit=50)
    assert len(candles) == 50
    assert [row[0] for row in candles] == sorted(row[0] for row in candles)
    assert all(low <= min(opened, close) <= max(opened, close) <= high for _, opened, high, low, close, _ in candles)


def test_balance_and_fee_rate(still: House, spot: Any) -> None:
    balance = spot.fetch_balance()
    assert balance["USDT"]["total"] > 0
    assert balance["BTC"]["total"] > 0
    fee = spot.fetch_trading_fee(BTC)
    assert (fee["maker"], fee["taker"]) == (0.001, 0.001)


def test_a_limit_order_rests_locks_and_comes_back(still: House, spot: Any) -> None:
    before = spot.fetch_balance()["USDT"]["free"]
    made = spot.create_order(BTC, "limit", "buy", 0.01, 59_000)
    shown = spot.fetch_order(made["id"], BTC)
    assert (shown["status"], shown["price"], shown["amount"], shown["filled"]) == ("open", 59_000, 0.01, 0)
    assert spot.fetch_balance()["USDT"]["free"] == pytest.approx(before - 590)
    row = next(order for order in spot.fetch_open_orders(BTC) if order["id"] == made["id"])
    assert (row["price"], row["side"]) == (59_000, "buy")
    spot.cancel_order(made["id"], BTC)
    assert spot.fetch_order(made["id"], BTC)["status"] == "canceled"
    assert spot.fetch_balance()["USDT"]["free"] == pytest.approx(before)


def test_a_market_buy_spends_quote(still: House, spot: Any) -> None:
    before = spot.fetch_balance()
    made = spot.create_market_buy_order_with_cost(BTC, 600)
    done = spot.fetch_order(made["id"], BTC)
    assert (done["status"], done["average"]) == ("closed", 60_001)
    assert done["cost"] == pytest.approx(600, abs=0.07)
    after = spot.fetch_balance()
    assert after["USDT"]["total"] == pytest.approx(before["USDT"]["total"] - done["cost"])
    assert after["BTC"]["total"] == pytest.approx(before["BTC"]["total"] + done["filled"] * 0.999, abs=2e-8)
    fill = spot.fetch_my_trades(BTC, limit=1)[0]
    assert (fill["order"], fill["takerOrMaker"], fill["fee"]["currency"]) == (made["id"], "taker", "BTC")
    assert fill["fee"]["cost"] == pytest.approx(done["filled"] * 0.001, abs=1e-8)


def test_post_only_and_ioc_end_as_they_must(still: House, spot: Any) -> None:
    crossing = spot.create_order(BTC, "limit", "buy", 0.01, 60_001, {"postOnly": True})
    assert spot.fetch_order(crossing["id"], BTC)["status"] == "canceled"
    short = spot.create_order(BTC, "limit", "buy", 0.001, 59_500, {"timeInForce": "IOC"})
    shown = spot.fetch_order(short["id"], BTC)
    assert (shown["status"], shown["filled"]) == ("canceled", 0)


def test_many_in_one_call(still: House, spot: Any) -> None:
    wanted = [
        {"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.001, "price": 58_000 + at} for at in range(12)
    ]
    wanted.append({"symbol": BTC, "type": "limit", "side": "buy", "amount": 0.000001, "price": 58_000})
    made = spot.create_orders(wanted)
    assert '"errorCode":"45110"' in spot.last_http_response  # ccxt drops entries that failed
    ids = [order["id"] for order in made if order["id"]]
    assert len(ids) == 12
    gone = spot.cancel_orders(ids[:5], BTC)
    assert sorted(order["id"] for order in gone) == sorted(ids[:5])
    assert sorted(order["id"] for order in spot.fetch_open_orders(BTC)) == sorted(ids[5:])


def test_cancel_all_is_asynchronous(still: House, spot: Any) -> None:
    made = spot.create_order(BTC, "limit", "buy", 0.01, 59_000)
    spot.cancel_all_orders(BTC)
    statuses = [spot.fetch_order(made["id"], BTC)["status"]]
    while statuses[-1] == "open" and len(statuses) < 40:
        statuses.append(spot.fetch_order(made["id"], BTC)["status"])
    assert statuses[-1] == "canceled"
    assert statuses[0] == "open"


def test_a_resting_order_fills_as_maker(still: House, spot: Any) -> None:
    made = spot.create_order(BTC, "limit", "buy", 0.01, 60_000)
    still.trade("59999", "3", buy=False)
    done = spot.fetch_order(made["id"], BTC)
    assert (done["status"], done["average"]) == ("closed", 60_000)
    assert spot.fetch_my_trades(BTC, limit=1)[0]["takerOrMaker"] == "maker"
    assert made["id"] in [order["id"] for order in spot.fetch_closed_orders(BTC)]


def test_an_edited_order_is_a_new_one(still: House, spot: Any) -> None:
    made = spot.create_order(BTC, "limit", "buy", 0.01, 59_000)
    new = spot.edit_order(made["id"], BTC, "limit", "buy", 0.02, 58_900)
    assert new["id"] != made["id"]
    assert spot.fetch_order(made["id"], BTC)["status"] == "canceled"
    assert spot.fetch_order(new["id"], BTC)["amount"] == 0.02


REFUSALS = {
    "too little money": (("buy", 50, 59_000), ccxt.InsufficientFunds, "43012"),
    "too few coins": (("sell", 500, 61_000), ccxt.BaseError, "12001"),
    "below the minimum": (("buy", 0.00001, 59_000), ccxt.InvalidOrder, "45110"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_order_is_the_right_exception(still: House, spot: Any, case: str) -> None:
    (side, amount, price), kind, code = REFUSALS[case]
    with pytest.raises(kind, match=code):
        spot.create_order(BTC, "limit", side, amount, price)


def test_an_unknown_order_is_not_found(still: House, spot: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        spot.cancel_order("1000000000000000001", BTC)


KEYS = {
    "unknown key": ({"apiKey": "bg_nobody"}, ccxt.AuthenticationError, "40037"),
    "malformed key": ({"apiKey": "nobody"}, ccxt.AuthenticationError, "40006"),
    "wrong secret": ({"secret": "other"}, ccxt.AuthenticationError, "40009"),
    "wrong passphrase": ({"password": "other"}, ccxt.AuthenticationError, "40012"),
}


@pytest.mark.parametrize("case", KEYS)
def test_a_wrong_key_is_an_authentication_error(still: House, case: str) -> None:
    changed, kind, code = KEYS[case]
    client = still.client("classic-trade")
    for name, value in changed.items():
        setattr(client, name, value)
    with pytest.raises(kind, match=code):
        client.private_spot_get_v2_spot_account_assets()


def test_a_reading_key_may_not_trade(still: House) -> None:
    client = still.client("classic-read")
    assert client.private_spot_get_v2_spot_account_assets()["data"]
    with pytest.raises(ccxt.PermissionDenied, match="40014"):
        client.private_spot_post_v2_spot_trade_place_order({"symbol": "BTCUSDT"})


def test_a_demo_key_wants_the_demo_environment(still: House) -> None:
    client = still.client("classic-demo")
    with pytest.raises(ccxt.ExchangeError, match="40099"):
        client.private_spot_get_v2_spot_account_assets()
    client.enable_demo_trading(True)
    assert client.private_spot_get_v2_spot_account_assets()["data"]


def test_a_unified_key_is_sent_away_from_v2(still: House) -> None:
    with pytest.raises(ccxt.ExchangeError, match="40085"):
        still.client("unified-trade").private_spot_get_v2_spot_account_assets()


def test_too_many_requests_are_refused(still: House) -> None:
    client = still.client("classic-unbound", made=ccxt.bitget)
    client.enableRateLimit = False
    ask = client.private_spot_get_v2_spot_account_info
    with pytest.raises(ccxt.DDoSProtection, match="429"):  # RateLimitExceeded, one of its kind, in newer releases
        [ask() for _ in range(3)]
