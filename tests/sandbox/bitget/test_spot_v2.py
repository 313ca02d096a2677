"""V2 spot keeps the venue's habits and its money exact."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.bitget.scene import SECOND, Client, order, trade, venue, wait

PLACE, CANCEL = "/api/v2/spot/trade/place-order", "/api/v2/spot/trade/cancel-order"
INFO, OPEN = "/api/v2/spot/trade/orderInfo", "/api/v2/spot/trade/unfilled-orders"


def assets(client: Client) -> dict[str, tuple[Decimal, Decimal]]:
    rows = client.get("/api/v2/spot/account/assets")
    return {row["coin"]: (Decimal(row["available"]), Decimal(row["frozen"])) for row in rows}


def test_numbers_are_padded_and_the_price_has_two_names() -> None:
    client = Client(venue())
    made = client.post(PLACE, order(clientOid="mine"))
    (shown,) = client.get(INFO, orderId=made["orderId"])
    assert (shown["price"], shown["size"]) == ("59000.0000000000000000", "0.0100000000000000")
    assert (shown["priceAvg"], shown["feeDetail"], shown["status"]) == ("0", "", "live")
    (row,) = client.get(OPEN)
    assert (row["priceAvg"], row["basePrice"]) == ("59000.0000000000000000", "0")
    assert len(made["orderId"]) == 19


def test_fees_are_json_within_json_and_negative() -> None:
    client = Client(venue())
    made = client.post(PLACE, order(orderType="market", size="600.01"))
    (shown,) = client.get(INFO, orderId=made["orderId"])
    fee = json.loads(shown["feeDetail"], parse_float=Decimal)
    assert fee["newFees"]["t"] == fee["BTC"]["totalFee"] == Decimal("-0.000010")
    assert (shown["status"], shown["size"][:6]) == ("filled", "600.01")
    (fill,) = client.get("/api/v2/spot/trade/fills", orderId=made["orderId"])
    assert fill["feeDetail"]["totalFee"] == "-0.00001"
    assert assets(client)["BTC"] == (Decimal(2) + Decimal("0.00999"), 0)
    assert assets(client)["USDT"] == (Decimal(100_000) - Decimal("600.01"), 0)


CODES: list[tuple[dict[str, Any], str]] = [
    ({"symbol": "NOPEUSDT"}, "40034"),
    ({"side": "up"}, "40017"),
    ({"force": "never"}, "40017"),
    ({"size": None}, "40019"),
    ({"price": None}, "40019"),
    ({"size": "0.0000001"}, "40808"),
    ({"price": "59000.001"}, "41103"),
    ({"size": "nan"}, "40808"),
    ({"size": "0.00001"}, "45110"),
    ({"price": "63001"}, "43008"),
    ({"side": "sell", "price": "56999"}, "43009"),
    ({"size": "2"}, "43012"),
    ({"side": "sell", "price": "61000", "size": "2.1"}, "12001"),
    ({"clientOid": "x" * 65}, "40304"),
    ({"receiveWindow": "60001", "requestTime": "1"}, "40079"),
]


@pytest.mark.parametrize(("changed", "code"), CODES)
def test_each_fault_of_an_order_has_its_code(changed: dict[str, Any], code: str) -> None:
    client = Client(venue())
    before = assets(client)
    assert client.refused("POST", PLACE, order(**changed)) == (400, code)
    assert assets(client) == before


def test_a_client_id_may_not_be_used_while_its_order_rests() -> None:
    client = Client(venue())
    made = client.post(PLACE, order(clientOid="once"))
    assert client.refused("POST", PLACE, order(clientOid="once")) == (400, "43118")
    client.post(CANCEL, {"symbol": "BTCUSDT", "orderId": made["orderId"]})
    client.post(PLACE, order(clientOid="once"))


def test_by_client_id_only_two_hours_are_found() -> None:
    client = Client(venue())
    client.post(PLACE, order(clientOid="mine"))
    wait(client.venue, 7_200 * SECOND)
    assert client.get(INFO, clientOid="mine")
    wait(client.venue, SECOND)
    assert client.get(INFO, clientOid="mine") == []


def test_a_batch_is_good_though_every_entry_fails() -> None:
    client = Client(venue())
    told = client.post(
        "/api/v2/spot/trade/batch-orders",
        {"symbol": "BTCUSDT", "orderList": [order(clientOid="a", size="0.00001"), {"side": "buy"}]},
    )
    assert told["successList"] == []
    assert [entry["errorCode"] for entry in told["failureList"]] == ["45110", "40019"]
    too_many = {"symbol": "BTCUSDT", "orderList": [order()] * 51}
    wait(client.venue, SECOND)
    assert client.refused("POST", "/api/v2/spot/trade/batch-orders", too_many)[1] in ("40306", "429")


def test_entries_by_client_id_fail_beside_entries_by_id() -> None:
    client = Client(venue())
    first = client.post(PLACE, order(clientOid="a"))
    client.post(PLACE, order(clientOid="b"))
    entries = [{"orderId": first["orderId"]}, {"clientOid": "b"}]
    told = client.post("/api/v2/spot/trade/batch-cancel-order", {"symbol": "BTCUSDT", "orderList": entries})
    assert [entry["clientOid"] for entry in told["successList"]] == ["a"]
    assert [entry["clientOid"] for entry in told["failureList"]] == ["b"]


def test_cancel_symbol_answers_first_and_cancels_later() -> None:
    client = Client(venue())
    client.post(PLACE, order())
    client.post("/api/v2/spot/trade/cancel-symbol-order", {"symbol": "BTCUSDT"})
    assert len(client.get(OPEN)) == 1
    wait(client.venue, SECOND)
    assert client.get(OPEN) == []


def test_an_unknown_order_is_told_in_chinese() -> None:
    client = Client(venue())
    _, said = client.ask("POST", CANCEL, {"symbol": "BTCUSDT", "orderId": "1"})
    assert (said["code"], said["msg"]) == ("43001", "订单不存在")


def test_a_replacement_that_is_refused_leaves_nothing() -> None:
    client = Client(venue())
    client.post(PLACE, order(clientOid="taken"))
    client.post(PLACE, order(clientOid="old"))
    replace = {"symbol": "BTCUSDT", "clientOid": "old", "newClientOid": "taken", "price": "58000", "size": "0.02"}
    told = client.post("/api/v2/spot/trade/cancel-replace-order", replace)
    assert told["success"] == "failure"
    assert [row["clientOid"] for row in client.get(OPEN)] == ["taken"]
    again = {**replace, "clientOid": "taken", "newClientOid": "new"}
    told = client.post("/api/v2/spot/trade/cancel-replace-order", again)
    assert (told["orderId"], told["clientOid"], told["success"]) == ("", "taken", "success")


@pytest.mark.parametrize(
    ("mode", "taker", "maker"),
    [
        ("none", "filled", "filled"),
        ("cancel_taker", "cancelled", "live"),
        ("cancel_maker", "filled", "cancelled"),
        ("cancel_both", "cancelled", "cancelled"),
    ],
)
def test_self_trades_are_prevented_as_the_order_asks(mode: str, taker: str, maker: str) -> None:
    client = Client(venue())
    rests = client.post(PLACE, order(price="60000.5"))
    takes = client.post(PLACE, order(side="sell", price="60000", stpMode=mode))
    statuses = [client.get(INFO, orderId=one["orderId"])[0]["status"] for one in (takes, rests)]
    assert statuses == [taker, maker]


def test_a_resting_order_waits_behind_what_is_displayed() -> None:
    client = Client(venue())
    made = client.post(PLACE, order(price="60000"))
    trade(client.venue, "60000", "1", buy=False)
    assert client.get(INFO, orderId=made["orderId"])[0]["status"] == "live"
    trade(client.venue, "60000", "0.004", buy=False)
    (shown,) = client.get(INFO, orderId=made["orderId"])
    assert (shown["status"], shown["baseVolume"][:5]) == ("partially_filled", "0.004")
    trade(client.venue, "59999", "5", buy=False)
    assert client.get(INFO, orderId=made["orderId"])[0]["status"] == "filled"
    assert assets(client)["USDT"] == (Decimal(100_000) - 600, 0)


def test_pages_go_back_from_the_newest() -> None:
    client = Client(venue())
    ids = [client.post(PLACE, order())["orderId"] for _ in range(5)]
    first = [row["orderId"] for row in client.get(OPEN, limit=2)]
    assert first == ids[:2:-1]
    assert [row["orderId"] for row in client.get(OPEN, limit=2, idLessThan=first[-1])] == [ids[2], ids[1]]
