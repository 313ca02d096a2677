"""Answers and pushes have the keys and types of recorded ones (`tests/recorded/bitget`): 95 answers, 25 pushes.

A key that a sample has and we have not, or the other way round, stands below with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from framework.sandbox.bitget.listener import Subscriber
from framework.sandbox.bitget.listings import ListedProduct, listed
from framework.sandbox.bitget.routes import ENDPOINTS
from framework.sandbox.bitget.server import BitgetServer
from framework.sandbox.bitget.topics import topic_of
from tests.sandbox.bitget.scene import SECOND, Client, show, trade, venue, wait
from tests.venues.bitget_recorded import EXCHANGES

RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "bitget"
REST: dict[str, Any] = json.loads((RECORDED / "rest.json").read_text())
PUSHES: dict[str, Any] = json.loads((RECORDED / "ws.json").read_text())

MISSING = {"code": "only of entries that failed", "msg": "only of entries that failed"}
EXTRA = {
    **dict.fromkeys(
        ["areaSymbol", "orderQuantity", "openTime", "offTime", "deliveryPeriod", "deliveryStartTime", "deliveryTime",
         "deliveryStatus", "fundingRateInterval", "nextUpdate", "minFundingRate", "maxFundingRate", "assetMode",
         "crossedUnrealizedPL", "isolatedUnrealizedPL", "changeUtc24h", "markPrice", "indexPrice", "fundingRate",
         "openInterest", "errorCode", "uTime", "cancelReason", "execType", "stpMode", "reduceOnly", "orderSource",
         "unrealizedPL", "tradeSide", "delegateType", "marginMode"],
        "in newer samples of the reference",
    ),
    **dict.fromkeys(["seq", "pseq"], "the reference's section 9.4; other samples of these channels have it"),
    **dict.fromkeys(["price", "triggerPrice", "tpslType"], "of other kinds of order than the sample's"),
    **dict.fromkeys(
        ["category", "enterPointSource", "openDelegateSize", "symbol", "total", "usdtVolume", "ts", "posSide"],
        "the same row as the query's; a reader of the channel does not miss it",
    ),
}  # fmt: skip
NOT_PLAYED = {
    "v2 USDT-FUTURES equity": "not a channel of reference section 9",
    "v2 USDT-FUTURES positions-history": "closed positions are not kept",
    "v3 UTA adl-notification": "nothing is liquidated",
    "v3 UTA fast-fill": "not played",
}

MIX = {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginCoin": "USDT"}
SPOT_ORDER = {
    "symbol": "BTCUSDT",
    "side": "buy",
    "orderType": "limit",
    "force": "gtc",
    "price": "59000",
    "size": "0.01",
}
MIX_ORDER = {**SPOT_ORDER, **MIX, "marginMode": "crossed"}
V3_ORDER = {
    "category": "USDT-FUTURES", "symbol": "BTCUSDT", "side": "buy", "orderType": "limit", "timeInForce": "gtc",
    "price": "59000", "qty": "0.01",
}  # fmt: skip
QUERY = {
    "symbol": "BTCUSDT", "productType": "USDT-FUTURES", "category": "USDT-FUTURES", "marginCoin": "USDT",
    "granularity": "1h", "interval": "1H", "businessType": "spot",
}  # fmt: skip


def kind(value: Any) -> str:
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def differences(path: str, sample: Any, ours: Any) -> list[str]:
    """Where keys or types differ. Null fits everything: many a field of a sample has no value."""
    if sample is None or ours is None:
        return []
    if kind(sample) != kind(ours):
        return [f"{path}: {kind(sample)} recorded, {kind(ours)} here"]
    if isinstance(sample, dict):
        found = [f"{path}.{name}: missing" for name in sample if name not in ours]
        found += [f"{path}.{name}: extra" for name in ours if name not in sample]
        both = [name for name in sample if name in ours]
        return found + [one for name in both for one in differences(f"{path}.{name}", sample[name], ours[name])]
    if isinstance(sample, list) and sample and ours:
        return differences(f"{path}[]", sample[0], ours[0])
    return []


def unexcused(found: list[str]) -> list[str]:
    excused = {f"{name}: missing" for name in MISSING} | {f"{name}: extra" for name in EXTRA}
    return [one for one in found if one.rpartition(".")[2] not in excused]


def busy(name: str) -> tuple[Client, dict[str, str]]:
    """An account with a resting, a filled and a cancelled order of each product; ids of the resting ones."""
    made = venue()
    client = Client(made, name)
    trade(made, "60001", "0.5", buy=True)
    is_unified = name.startswith("unified")
    ids = {}
    for product in ("SPOT", "USDT-FUTURES"):
        is_spot = product == "SPOT"
        market = {"orderType": "market", "price": None}
        size = {("qty" if is_unified else "size"): "700" if is_spot else "0.02"}
        wanted = {**V3_ORDER, "category": product} if is_unified else SPOT_ORDER if is_spot else MIX_ORDER
        path = "/api/v3/trade" if is_unified else "/api/v2/spot/trade" if is_spot else "/api/v2/mix/order"
        client.post(f"{path}/place-order", _without_none({**wanted, **market, **size}))
        gone = client.post(f"{path}/place-order", wanted)["orderId"]
        client.post(f"{path}/cancel-order", {**MIX, "orderId": gone})
        ids[product] = client.post(f"{path}/place-order", wanted)["orderId"]
    wait(made, SECOND)
    return client, ids


def _without_none(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not None}


@cache
def readers() -> dict[str, tuple[Client, dict[str, str]]]:
    return {name: busy(name) for name in ("classic-trade", "unified-trade")}


Body = Callable[[dict[str, str]], Any]
BODIES: dict[str, Body] = {
    "spot/trade/place-order": lambda ids: SPOT_ORDER,
    "spot/trade/batch-orders": lambda ids: {"symbol": "BTCUSDT", "orderList": [SPOT_ORDER, {**SPOT_ORDER, "size": "0"}]},
    "spot/trade/cancel-order": lambda ids: {"symbol": "BTCUSDT", "orderId": ids["SPOT"]},
    "spot/trade/batch-cancel-order": lambda ids: {
        "symbol": "BTCUSDT", "orderList": [{"orderId": ids["SPOT"]}, {"orderId": "1"}]
    },
    "spot/trade/cancel-symbol-order": lambda ids: {"symbol": "BTCUSDT"},
    "spot/trade/cancel-replace-order": lambda ids: {
        "symbol": "BTCUSDT", "orderId": ids["SPOT"], "price": "58000", "size": "0.02"
    },
    "spot/trade/batch-cancel-replace-order": lambda ids: {
        "orderList": [{"symbol": "BTCUSDT", "orderId": ids["SPOT"], "price": "58000", "size": "0.02"}]
    },
    "mix/account/set-leverage": lambda ids: {**MIX, "leverage": "20"},
    "mix/account/set-margin-mode": lambda ids: {**MIX, "marginMode": "isolated", "symbol": "ETHUSDT"},
    "mix/account/set-position-mode": lambda ids: {**MIX, "posMode": "hedge_mode"},
    "account/set-hold-mode": lambda ids: {"holdMode": "hedge_mode"},
    "account/set-leverage": lambda ids: {**V3_ORDER, "leverage": "20"},
    "mix/order/place-order": lambda ids: MIX_ORDER,
    "mix/order/batch-place-order": lambda ids: {
        **MIX, "marginMode": "crossed", "orderList": [MIX_ORDER, {**MIX_ORDER, "size": "0"}]
    },
    "mix/order/cancel-order": lambda ids: {**MIX, "orderId": ids["USDT-FUTURES"]},
    "mix/order/batch-cancel-orders": lambda ids: {
        **MIX, "orderIdList": [{"orderId": ids["USDT-FUTURES"]}, {"orderId": "1"}]
    },
    "mix/order/cancel-all-orders": lambda ids: {"productType": "USDT-FUTURES"},
    "mix/order/close-positions": lambda ids: {"productType": "USDT-FUTURES"},
    "mix/order/modify-order": lambda ids: {
        **MIX, "orderId": ids["USDT-FUTURES"], "newClientOid": "n", "newSize": "0.02", "newPrice": "58000"
    },
    "trade/place-order": lambda ids: V3_ORDER,
    "trade/cancel-order": lambda ids: {"orderId": ids["SPOT"]},
    "trade/cancel-symbol-order": lambda ids: {"category": "SPOT"},
    "trade/close-positions": lambda ids: {"category": "USDT-FUTURES"},
    "trade/modify-order": lambda ids: {"orderId": ids["SPOT"], "qty": "0.02"},
}  # fmt: skip


@pytest.mark.parametrize("endpoint", [name for name in REST if name not in NOT_PLAYED])
def test_an_answer_has_the_recorded_shape(endpoint: str) -> None:
    method, path = endpoint.split(" ")
    name = "unified-trade" if path.startswith("/api/v3") else "classic-trade"
    if method == "GET":
        client, ids = readers()[name]
        wait(client.venue, SECOND)
        product = "SPOT" if "/spot/" in path else "USDT-FUTURES"
        by_id = {"orderId": ids[product]} if path.endswith(("orderInfo", "detail", "order-info")) else {}
        ours = client.get(path, **QUERY, **by_id)
    else:
        client, ids = busy(name)
        client.key.scopes = ["read", "trade", "transfer"]
        if path.endswith(("set-position-mode", "set-hold-mode")):  # only while nothing is held
            client = Client(venue(), name)
            client.key.scopes = ["read", "trade", "transfer"]
        short = path.removeprefix("/api/v2/").removeprefix("/api/v3/")
        ours = client.post(path, BODIES[short](ids))
    assert unexcused(differences(endpoint, REST[endpoint], ours)) == []


SPOT_PLAN = {**SPOT_ORDER, "triggerPrice": "58000", "executePrice": "58000", "planType": "amount"}
STRATEGY = {**V3_ORDER, "triggerPrice": "58000"}
TRADES = {name: f"/api/{name}/trade" for name in ("v2/spot", "v3")}


def planned(endpoint: str) -> Any:
    """The answer about trigger orders, of an account that has one that waits, one that was set off and one taken back."""
    method, path = endpoint.split(" ")
    is_spot = "/spot/" in path
    where, plan = (TRADES["v2/spot"], SPOT_PLAN) if is_spot else (TRADES["v3"], STRATEGY)
    place, cancel = (
        ("place-plan-order", "cancel-plan-order") if is_spot else ("place-strategy-order", "cancel-strategy-order")
    )
    made = venue()
    client = Client(made, "classic-trade" if is_spot else "unified-trade")
    trade(made, "60001", "0.5", buy=True)
    executed = client.post(f"{where}/{place}", {**plan, "triggerPrice": "59500"})["orderId"]
    trade(made, "59500", "0.5", buy=False)
    client.post(f"{where}/{cancel}", {"orderId": client.post(f"{where}/{place}", plan)["orderId"]})
    waits = {"orderId": client.post(f"{where}/{place}", plan)["orderId"]}
    wait(made, SECOND)
    if method == "GET":
        return client.get(path, symbol="BTCUSDT", **({"planOrderId": executed} if path.endswith("sub-order") else {}))
    if path.endswith("batch-cancel-plan-order"):
        return client.post(path, {"symbolList": ["BTCUSDT"]})
    return client.post(
        path, {**plan, **waits, "price": "57000"} if "modify" in path else plan if "place" in path else waits
    )


SAMPLES = {f"{one.method} {one.path}": one.data for one in EXCHANGES}
LATER = [name for name in SAMPLES if name not in REST and tuple(name.split(" ")) in ENDPOINTS]
"""Of endpoints that were played after the others."""
RECORDS = "GET /api/v3/account/financial-records"
ELSEWHERE = (
    "margin/", "wallet/", "withdraw", "deposit", "deduct", "transfer", "convert", "repay", "switch", "account-mode", "payment",
    "all-account-balance", "funding-assets", "annoucements", "vip-fee", "max-open", "open-interest", "oi-limit", "discount-rate",
    "index-components", "margin-loans", "position-tier", "proof-of-reserves", "adlRank", "delta-info",
)  # fmt: skip
"""What the recorded rest is about: coins that move, loans, other products, statistics. There is no code for it here."""


def test_past_rates_of_v3_have_the_recorded_shape() -> None:
    endpoint = "GET /api/v3/market/history-fund-rate"
    ours = Client(venue(), "unified-trade").get(endpoint.split(" ")[1], category="USDT-FUTURES", symbol="BTCUSDT")
    assert ours["resultList"]
    assert unexcused(differences(endpoint, SAMPLES[endpoint], ours)) == []


@pytest.mark.parametrize("endpoint", [name for name in LATER if "plan" in name or "strategy" in name])
def test_an_answer_about_trigger_orders_has_the_recorded_shape(endpoint: str) -> None:
    assert unexcused(differences(endpoint, SAMPLES[endpoint], planned(endpoint))) == []


def test_a_statement_of_a_unified_account_has_the_recorded_shape() -> None:
    client = Client(venue(), "unified-trade")
    client.post(f"{TRADES['v3']}/place-order", {**V3_ORDER, "price": "60300"})
    client.venue.funding.pay(listed(ListedProduct.PERPETUAL, "BTCUSDT"), Decimal("0.0001"), client.venue.now_ms)
    ours = client.get("/api/v3/account/financial-records", category="USDT-FUTURES")
    assert ours["list"]
    assert unexcused(differences(RECORDS, SAMPLES[RECORDS], ours)) == []


def test_of_the_recordings_what_is_not_played_is_none_of_a_traders_business() -> None:
    unplayed = [name for name in SAMPLES if tuple(name.split(" ")) not in ENDPOINTS]
    assert [name for name in unplayed if not any(word in name for word in ELSEWHERE)] == []
    assert len(SAMPLES) == 131


PLANS: dict[str, dict[str, Any]] = {
    "v2 SPOT orders-algo": {
        "/api/v2/spot/trade/place-plan-order": {**SPOT_ORDER, "triggerPrice": "58000", "executePrice": "58000"}
    },
    "v2 USDT-FUTURES orders-algo": {"/api/v2/mix/order/place-plan-order": {**MIX_ORDER, "triggerPrice": "58000"}},
    "v3 UTA strategy-order": {"/api/v3/trade/place-strategy-order": {**V3_ORDER, "triggerPrice": "58000"}},
}


def pushed(name: str) -> Any:
    """What a listener of that channel hears while an account trades."""
    version, kind_of, channel = name.split(" ")
    made = venue()
    server = BitgetServer(made)
    is_v3, account = version == "v3", "unified-trade" if version == "v3" else "classic-trade"
    listener = Subscriber(made, server.faults, server.streams._begin, is_v3=is_v3, is_private=True)
    client = Client(made, account)
    listener.key = client.key
    server.streams.listeners.append(listener)
    arg = dict(PUSHES[name]["arg"]) | ({"interval": "1m"} if channel == "kline" else {})
    arg = {
        one: "BTCUSDT" if one in ("instId", "symbol") and value != "default" else value for one, value in arg.items()
    }
    topic = topic_of(arg, is_v3=is_v3)
    listener.topics[topic] = arg
    trade(made, "60001", "0.5", buy=True)
    server.streams.beat()
    show(made, 60_010)
    wait(made, SECOND)
    server.streams.beat()
    spot, mix = ({"category": "SPOT"}, {}) if is_v3 else (SPOT_ORDER, MIX_ORDER)
    for wanted in (mix, spot) if kind_of == "SPOT" else (spot, mix):
        content = {**V3_ORDER, **wanted} if is_v3 else wanted
        market = {"price": "60300"}
        where = "/api/v3/trade" if is_v3 else "/api/v2/spot/trade" if wanted is SPOT_ORDER else "/api/v2/mix/order"
        client.post(f"{where}/place-order", {**content, **market})
    for path, plan in PLANS.get(name, {}).items():
        client.post(path, plan)
    last = None
    while not listener._unsent.empty():
        last = listener._unsent.get_nowait()
    assert last is not None, "nothing was told"
    return json.loads(last)


@pytest.mark.parametrize("name", [name for name in PUSHES if name not in NOT_PLAYED])
def test_a_push_has_the_recorded_shape(name: str) -> None:
    ours = pushed(name)
    assert sorted(ours) == sorted(PUSHES[name])
    assert unexcused(differences(name, PUSHES[name]["data"], ours["data"])) == []
