"""V3 keeps the venue's habits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget.scene import SECOND, Client, venue, wait

PLACE, OPEN = "/api/v3/trade/place-order", "/api/v3/trade/unfilled-orders"


def order(**changed: Any) -> dict[str, Any]:
    wanted = {
        "category": "SPOT", "symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "timeInForce": "gtc",
        "price": "59000", "qty": "0.01",
    }  # fmt: skip
    return {name: value for name, value in {**wanted, **changed}.items() if value is not None}


def client() -> Client:
    return Client(venue(), "unified-trade")


def test_one_wallet_serves_spot_and_perpetuals() -> None:
    asking = client()
    asking.post(PLACE, order())
    asking.post(PLACE, order(category="USDT-FUTURES"))
    (usdt,) = [row for row in asking.get("/api/v3/account/assets")["assets"] if row["coin"] == "USDT"]
    assert (usdt["locked"], usdt["balance"]) == ("649", "100000")
    assert len(asking.get(OPEN)["list"]) == 2
    assert len(asking.get(OPEN, category="SPOT")["list"]) == 1


def test_every_key_may_ask_what_it_may_do() -> None:
    made = venue()
    told = {name: Client(made, f"unified-{name}").get("/api/v3/account/info") for name in ("read", "trade", "over")}
    assert (told["read"]["permType"], told["read"]["permissions"]) == ("read-only", ["uta_mgt", "uta_trade"])
    assert (told["trade"]["permType"], told["trade"]["permissions"]) == ("read-and-write", ["uta_trade"])
    assert "withdraw" in told["over"]["permissions"]


def test_a_batch_is_one_flat_list_in_its_order() -> None:
    asking = client()
    entries = [order(clientOid="a"), order(clientOid="b", qty="0.00001"), order(clientOid="c")]
    rows = asking.post("/api/v3/trade/place-batch", entries)
    assert [row["clientOid"] for row in rows] == ["a", "b", "c"]
    assert [row.get("code") for row in rows] == [None, "25208", None]
    assert rows[1]["orderId"] == ""
    gone = asking.post("/api/v3/trade/cancel-batch", [{"clientOid": "a"}, {"clientOid": "x"}])
    assert [row.get("code") for row in gone] == [None, "25204"]
    wait(asking.venue, SECOND)
    assert asking.refused("POST", "/api/v3/trade/place-batch", [order()] * 21)[1] == "40306"


def test_without_a_symbol_the_whole_category_is_cancelled() -> None:
    asking = client()
    asking.post(PLACE, order())
    asking.post(PLACE, order(category="USDT-FUTURES"))
    told = asking.post("/api/v3/trade/cancel-symbol-order", {"category": "SPOT"})
    assert len(told["list"]) == 1
    assert [row["category"] for row in asking.get(OPEN)["list"]] == ["USDT-FUTURES"]


def test_fees_that_are_paid_are_positive() -> None:
    asking = client()
    made = asking.post(PLACE, order(orderType="market", price=None, qty="600.01"))
    (fill,) = asking.get("/api/v3/trade/fills")["list"]
    assert (fill["orderId"], fill["feeDetail"]) == (made["orderId"], [{"feeCoin": "BTC", "fee": "0.00001"}])
    shown = asking.get("/api/v3/trade/order-info", orderId=made["orderId"])
    assert (shown["qty"], shown["amount"], shown["orderStatus"]) == ("0", "600.01", "filled")


def test_a_modified_order_keeps_its_id_and_an_impossible_change_changes_nothing() -> None:
    asking = client()
    made = asking.post(PLACE, order())
    change = {"orderId": made["orderId"], "price": "58000", "qty": "0.02"}
    assert asking.post("/api/v3/trade/modify-order", change)["orderId"] == made["orderId"]
    assert asking.refused("POST", "/api/v3/trade/modify-order", {**change, "qty": "90"}) == (400, "25202")
    shown = asking.get("/api/v3/trade/order-info", orderId=made["orderId"])
    assert (shown["price"], shown["qty"], shown["orderStatus"]) == ("58000", "0.02", "live")
    (usdt,) = [row for row in asking.get("/api/v3/account/assets")["assets"] if row["coin"] == "USDT"]
    assert usdt["locked"] == "1160"


def test_hedge_mode_closes_with_the_opposite_side() -> None:
    asking = client()
    asking.key.scopes = ["read", "trade", "transfer"]  # changing modes is management
    asking.post("/api/v3/account/set-hold-mode", {"holdMode": "hedge_mode"})
    perpetual = {"category": "USDT-FUTURES", "orderType": "market", "price": None}
    assert asking.refused("POST", PLACE, order(**perpetual)) == (400, "25200")
    asking.post(PLACE, order(**perpetual, posSide="long"))
    (held,) = asking.get("/api/v3/position/current-position", category="USDT-FUTURES")["list"]
    assert (held["posSide"], held["total"], held["holdMode"]) == ("long", "0.01", "hedge_mode")
    asking.post(PLACE, order(**perpetual, side="sell", posSide="long"))
    assert asking.get("/api/v3/position/current-position", category="USDT-FUTURES")["list"] == []


@pytest.mark.parametrize(("again", "left"), [(None, 0), ("10", 1), ("0", 1)])
def test_the_dead_mans_switch_takes_everything_unless_it_is_set_again(again: str | None, left: int) -> None:
    asking = client()
    asking.post(PLACE, order())
    asking.post("/api/v3/trade/countdown-cancel-all", {"countdown": "5"})
    wait(asking.venue, 4 * SECOND)
    if again is not None:
        asking.post("/api/v3/trade/countdown-cancel-all", {"countdown": again})
    wait(asking.venue, 2 * SECOND)
    assert len(asking.get(OPEN)["list"]) == left


def test_a_bad_countdown_is_refused() -> None:
    assert client().refused("POST", "/api/v3/trade/countdown-cancel-all", {"countdown": "4"}) == (400, "25200")


def test_closing_positions_settles_the_one_wallet() -> None:
    asking = client()
    asking.post(PLACE, order(category="USDT-FUTURES", orderType="market", price=None))
    asking.post("/api/v3/trade/close-positions", {"category": "USDT-FUTURES"})
    (usdt,) = [row for row in asking.get("/api/v3/account/assets")["assets"] if row["coin"] == "USDT"]
    fees = (Decimal(60_001) + 60_000) * Decimal("0.01") * Decimal("0.0006")
    assert Decimal(usdt["balance"]) == Decimal(100_000) - Decimal("0.01") - fees
    assert usdt["locked"] == "0"
