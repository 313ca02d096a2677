"""Trigger orders wait in a name space of their own and become orders when the price reaches them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.bitget.scene import Client, show, trade, venue

SPOT, MIX, V3 = "/api/v2/spot/trade", "/api/v2/mix/order", "/api/v3/trade"
HEAD = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}


def plan(**changed: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "side": "sell", "triggerPrice": "59500", "orderType": "market", "size": "0.01",
        "planType": "amount", "triggerType": "fill_price", **changed,
    }  # fmt: skip


def started(name: str = "classic-trade") -> Client:
    made = venue()
    trade(made, "60000", "0.1", buy=False)
    return Client(made, name)


def test_a_stop_sells_when_the_last_price_reaches_it() -> None:
    client = started()
    made = client.post(f"{SPOT}/place-plan-order", plan(clientOid="stop"))
    assert client.get(f"{SPOT}/unfilled-orders") == []
    trade(client.venue, "59501", "0.1", buy=False)
    (row,) = client.get(f"{SPOT}/current-plan-order", symbol="BTCUSDT")["orderList"]
    assert (row["orderId"], row["clientOid"], row["status"]) == (made["orderId"], "stop", "live")
    trade(client.venue, "59500", "0.1", buy=False)
    assert client.get(f"{SPOT}/current-plan-order", symbol="BTCUSDT")["orderList"] == []
    (done,) = client.get(f"{SPOT}/history-plan-order", symbol="BTCUSDT")["orderList"]
    assert done["status"] == "executed"
    (fill,) = client.get(f"{SPOT}/fills")
    assert (fill["side"], fill["size"]) == ("sell", "0.01")


def test_a_trigger_above_waits_for_a_rise() -> None:
    client = started()
    client.post(
        f"{SPOT}/place-plan-order", plan(triggerPrice="60500", side="buy", orderType="limit", executePrice="60400")
    )
    trade(client.venue, "60499", "0.1", buy=True)
    assert client.get(f"{SPOT}/unfilled-orders") == []
    show(client.venue, 60_600)
    trade(client.venue, "60600", "0.1", buy=True)
    assert [row["priceAvg"][:5] for row in client.get(f"{SPOT}/unfilled-orders")] == ["60400"]


def test_what_cannot_be_placed_then_fails() -> None:
    client = started()
    client.post(f"{SPOT}/place-plan-order", plan(size="90"))
    trade(client.venue, "59000", "0.1", buy=False)
    assert client.get(f"{SPOT}/history-plan-order", symbol="BTCUSDT")["orderList"][0]["status"] == "fail_execute"


def test_cancelling_all_orders_leaves_them() -> None:
    client = started()
    client.post(f"{SPOT}/place-plan-order", plan())
    client.post(f"{SPOT}/cancel-symbol-order", {"symbol": "BTCUSDT"})
    client.venue.clock.now_ns += 10**9  # type: ignore[misc]  # a ManualClock
    client.venue.turn()
    assert len(client.get(f"{SPOT}/current-plan-order", symbol="BTCUSDT")["orderList"]) == 1
    told = client.post(f"{SPOT}/batch-cancel-plan-order", {"symbolList": ["BTCUSDT"]})
    assert len(told["successList"]) == 1
    assert client.get(f"{SPOT}/current-plan-order", symbol="BTCUSDT")["orderList"] == []


def test_one_can_be_changed_and_taken_back() -> None:
    client = started()
    made = client.post(f"{SPOT}/place-plan-order", plan())
    client.post(
        f"{SPOT}/modify-plan-order", {"orderId": made["orderId"], "triggerPrice": "58000", "orderType": "market"}
    )
    trade(client.venue, "59000", "0.1", buy=False)
    assert client.post(f"{SPOT}/cancel-plan-order", {"orderId": made["orderId"]}) == {"result": "success"}
    assert client.refused("POST", f"{SPOT}/cancel-plan-order", {"orderId": made["orderId"]}) == (400, "43025")


def test_a_perpetuals_trigger_goes_by_the_mark() -> None:
    client = started()
    wanted = {**plan(triggerType="mark_price"), **HEAD, "planType": "normal_plan", "marginMode": "crossed"}
    client.post(f"{MIX}/place-plan-order", wanted)
    assert len(client.get(f"{MIX}/orders-plan-pending", **HEAD, planType="normal_plan")["entrustedList"]) == 1
    show(client.venue, 59_400)
    assert client.get(f"{MIX}/orders-plan-pending", **HEAD)["entrustedList"] is None
    assert client.get(f"{MIX}/orders-plan-history", **HEAD)["entrustedList"][0]["planStatus"] == "executed"
    assert client.get("/api/v2/mix/position/all-position", **HEAD)[0]["holdSide"] == "short"
    client.post(f"{MIX}/place-plan-order", wanted | {"triggerPrice": "50000"})
    assert len(client.post(f"{MIX}/cancel-plan-order", HEAD)["successList"]) == 1


@pytest.mark.parametrize("name", ["stopLoss", "triggerPrice"])
def test_a_unified_accounts_stop_closes_its_position(name: str) -> None:
    client = started("unified-trade")
    head = {"category": "USDT-FUTURES", "symbol": "BTCUSDT"}
    client.post(f"{V3}/place-order", {**head, "side": "buy", "orderType": "market", "qty": "0.01"})
    stop = {**head, "side": "sell", "qty": "0.01", "reduceOnly": "yes", name: "59500", "clientOid": "stop"}
    made = client.post(f"{V3}/place-strategy-order", stop)
    (row,) = client.get(f"{V3}/unfilled-strategy-orders", category="USDT-FUTURES")
    assert (row["orderId"], row["status"], row[name]) == (made["orderId"], "pending", "59500")
    client.post(f"{V3}/modify-strategy-order", {"orderId": made["orderId"], name: "59400"})
    trade(client.venue, "59500", "0.1", buy=False)
    assert client.get("/api/v3/position/current-position", category="USDT-FUTURES")["list"]
    trade(client.venue, "59400", "0.1", buy=False)
    assert client.get("/api/v3/position/current-position", category="USDT-FUTURES")["list"] == []
    assert client.get(f"{V3}/history-strategy-orders", category="USDT-FUTURES")["list"][0]["status"] == "success"
    assert client.refused("POST", f"{V3}/cancel-strategy-order", {"clientOid": "stop"}) == (400, "25204")


def test_take_profits_and_stop_losses_of_spot_are_orders_by_path_and_in_no_other_list() -> None:
    client = started()
    stop = {
        "symbol": "BTCUSDT",
        "side": "sell",
        "orderType": "market",
        "force": "gtc",
        "size": "0.01",
        "clientOid": "stop",
    }
    client.post(f"{SPOT}/place-order", {**stop, "triggerPrice": "59000", "tpslType": "tpsl"})
    assert client.get(f"{SPOT}/unfilled-orders") == []
    assert client.get(f"{SPOT}/current-plan-order", symbol="BTCUSDT")["orderList"] == []
    (row,) = client.get(f"{SPOT}/unfilled-orders", tpslType="tpsl")
    assert (row["clientOid"], row["triggerPrice"]) == ("stop", "59000")
    assert (
        client.refused("POST", f"{SPOT}/cancel-order", {"symbol": "BTCUSDT", "orderId": row["orderId"]})[1] == "43001"
    )
    client.post(f"{SPOT}/cancel-order", {"symbol": "BTCUSDT", "orderId": row["orderId"], "tpslType": "tpsl"})
    assert client.get(f"{SPOT}/unfilled-orders", tpslType="tpsl") == []
    assert client.get(f"{SPOT}/history-orders", tpslType="tpsl")[0]["status"] == "cancelled"


def test_a_stop_of_a_perpetual_is_listed_apart_and_closes_what_is_held() -> None:
    client = started()
    order = {**HEAD, "side": "buy", "orderType": "market", "force": "gtc", "size": "0.01", "marginMode": "crossed"}
    client.post(f"{MIX}/place-order", order)
    stop = {**HEAD, "planType": "loss_plan", "triggerPrice": "59500", "holdSide": "buy", "size": "0.01"}
    client.post(f"{MIX}/place-tpsl-order", stop)
    assert client.get(f"{MIX}/orders-plan-pending", **HEAD, planType="normal_plan")["entrustedList"] is None
    (row,) = client.get(f"{MIX}/orders-plan-pending", **HEAD, planType="profit_loss")["entrustedList"]
    assert (row["planType"], row["side"], row["reduceOnly"]) == ("loss_plan", "sell", "YES")
    trade(client.venue, "59500", "0.1", buy=False)
    assert client.get("/api/v2/mix/position/all-position", **HEAD) == []


def test_its_channel_tells_of_each_step_and_v2_what_it_became() -> None:
    client = started()
    triggers = client.venue.triggers[client.key.uid]
    told: list[tuple[str, str]] = []
    triggers.told = lambda one: told.append((one.client_id, one.status))
    for name, price in (("taken", "59000"), ("fired", "59500"), ("poor", "59400")):
        size = "5" if name == "poor" else "0.01"
        client.post(f"{SPOT}/place-plan-order", plan(clientOid=name, triggerPrice=price, size=size))
    client.post(f"{SPOT}/cancel-plan-order", {"clientOid": "taken"})
    trade(client.venue, "59300", "0.1", buy=False)
    assert told == [
        ("taken", "live"), ("fired", "live"), ("poor", "live"), ("taken", "cancelled"), ("fired", "executed"),
        ("poor", "fail_execute"),
    ]  # fmt: skip
    fired = next(one for one in triggers.all.values() if one.client_id == "fired")
    (made,) = client.get(f"{SPOT}/plan-sub-order", planOrderId=fired.id)
    assert made["orderId"] == fired.order_id == client.get(f"{SPOT}/fills")[0]["orderId"]
    assert client.get(f"{SPOT}/plan-sub-order", planOrderId="1") == []
