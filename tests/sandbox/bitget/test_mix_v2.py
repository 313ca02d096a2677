"""V2 perpetuals keep the venue's habits and their money exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.sandbox.bitget.scene import SECOND, Client, show, venue, wait

PLACE, PENDING = "/api/v2/mix/order/place-order", "/api/v2/mix/order/orders-pending"
POSITIONS, ACCOUNTS = "/api/v2/mix/position/all-position", "/api/v2/mix/account/accounts"
HEAD = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}


def order(**changed: Any) -> dict[str, Any]:
    wanted = {
        **HEAD, "marginMode": "crossed", "side": "buy", "orderType": "limit", "force": "gtc", "price": "59000",
        "size": "0.01",
    }  # fmt: skip
    return {name: value for name, value in {**wanted, **changed}.items() if value is not None}


def market(**changed: Any) -> dict[str, Any]:
    return order(orderType="market", price=None, **changed)


def equity(client: Client) -> Decimal:
    return Decimal(client.get(ACCOUNTS, productType="USDT-FUTURES")[0]["accountEquity"])


def positions(client: Client) -> dict[str, str]:
    return {row["holdSide"]: row["total"] for row in client.get(POSITIONS, **HEAD)}


def test_side_is_the_positions_in_hedge_mode() -> None:
    client = Client(venue())
    client.post("/api/v2/mix/account/set-position-mode", {**HEAD, "posMode": "hedge_mode"})
    assert client.refused("POST", PLACE, order()) == (400, "40774")
    client.post(PLACE, market(tradeSide="open"))
    client.post(PLACE, market(side="sell", tradeSide="open", size="0.02"))
    assert positions(client) == {"long": "0.01", "short": "0.02"}
    client.post(PLACE, market(side="buy", tradeSide="close"))
    client.post(PLACE, market(side="sell", tradeSide="close", size="0.005"))
    assert positions(client) == {"short": "0.015"}


def test_an_empty_list_is_null() -> None:
    client = Client(venue())
    assert client.get(PENDING, **HEAD) == {"entrustedList": None, "endId": None}
    assert client.get("/api/v2/mix/order/fills", **HEAD) == {"fillList": None, "endId": None}


def test_an_answer_to_a_reduce_only_order_has_no_id_and_older_ones_make_way() -> None:
    client = Client(venue())
    client.post(PLACE, market(size="0.02"))
    ask = {"side": "sell", "price": "61000", "reduceOnly": "YES", "size": "0.015"}
    assert client.post(PLACE, order(**ask, clientOid="old"))["orderId"] == ""
    assert client.post(PLACE, order(**ask, clientOid="new"))["orderId"] == ""
    assert [row["clientOid"] for row in client.get(PENDING, **HEAD)["entrustedList"]] == ["new"]


def test_the_ledger_is_result_less_fees() -> None:
    client = Client(venue())
    before = equity(client)
    client.post(PLACE, market(size="0.5"))
    show(client.venue, 60_100)
    client.post(PLACE, market(side="sell", size="0.5"))
    fees = (Decimal(60_001) + Decimal(60_100)) * Decimal("0.5") * Decimal("0.0006")
    assert equity(client) == before + Decimal("0.5") * 99 - fees
    assert client.get(POSITIONS, **HEAD) == []


def test_detail_calls_its_status_state() -> None:
    client = Client(venue())
    made = client.post(PLACE, order())
    shown = client.get("/api/v2/mix/order/detail", **HEAD, orderId=made["orderId"])
    assert shown["state"] == "live"
    assert "status" not in shown


def test_modes_stay_while_there_are_orders() -> None:
    client = Client(venue())
    client.post(PLACE, order())
    assert client.refused("POST", "/api/v2/mix/account/set-position-mode", {**HEAD, "posMode": "hedge_mode"})[0] == 400
    assert client.refused("POST", "/api/v2/mix/account/set-margin-mode", {**HEAD, "marginMode": "isolated"})[0] == 400


def test_modify_cancels_and_enters_anew() -> None:
    client = Client(venue())
    client.post(PLACE, order(clientOid="old"))
    change = {**HEAD, "clientOid": "old", "newClientOid": "new", "newSize": "0.02", "newPrice": "58000"}
    client.post("/api/v2/mix/order/modify-order", change)
    (row,) = client.get(PENDING, **HEAD)["entrustedList"]
    assert (row["clientOid"], row["size"], row["price"]) == ("new", "0.02", "58000")
    wait(client.venue, SECOND)
    half = {**change, "clientOid": "new", "newClientOid": "third", "newPrice": None}
    assert client.refused("POST", "/api/v2/mix/order/modify-order", half) == (400, "40019")


def test_cancel_all_and_close_positions_leave_nothing() -> None:
    client = Client(venue())
    client.post(PLACE, order())
    client.post(PLACE, market())
    told = client.post("/api/v2/mix/order/cancel-all-orders", {"productType": "USDT-FUTURES"})
    assert len(told["successList"]) == 1
    client.post("/api/v2/mix/order/close-positions", {"productType": "USDT-FUTURES"})
    assert positions(client) == {}
    held = client.get(ACCOUNTS, productType="USDT-FUTURES")[0]
    assert held["locked"] == "0"
