"""Whatever a client sends, it gets an answer in the venue's envelope, and no coin is made or lost in the frozen part."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from framework.sandbox.bitget.doorman import Knock
from framework.sandbox.bitget.rest import answer
from framework.sandbox.bitget.routes import ENDPOINTS
from tests.sandbox.bitget.scene import SECOND, Client, show, trade, venue, wait

GOOD = {
    "symbol": "BTCUSDT", "productType": "USDT-FUTURES", "category": "USDT-FUTURES", "side": "buy", "orderType": "limit",
    "force": "gtc", "timeInForce": "gtc", "price": "59000", "size": "0.01", "qty": "0.01", "marginMode": "crossed",
    "granularity": "1h", "interval": "1H", "businessType": "spot", "triggerPrice": "50000", "executePrice": "59000",
}  # fmt: skip
NAMES = [
    *GOOD, "clientOid", "orderId", "stpMode", "reduceOnly", "tradeSide", "posSide", "orderList", "orderIdList", "symbolList",
    "batchMode", "limit", "startTime", "endTime", "idLessThan", "cursor", "leverage", "holdMode", "posMode", "countdown",
    "newClientOid", "newSize", "newPrice", "triggerType", "stopLoss", "takeProfit", "requestTime", "receiveWindow",
]  # fmt: skip
ODD = [
    "", None, 0, -1, 1e-9, 1e300, "nan", "inf", "-1", "1e999", "1e-999", "0", "60500", True, [], {}, [{}], [1], "SPOT", "sell",
    "market", "post_only", "x" * 70, "é", "٣", "²", "none", "open", "close", "yes", "multiple", "0min", "9" * 30,
]  # fmt: skip
CHANGES = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ODD), max_size=4)
CALLS = st.lists(st.tuples(st.sampled_from(sorted(ENDPOINTS)), CHANGES, st.lists(CHANGES, max_size=3)), max_size=12)


@given(CALLS)
@settings(max_examples=40)
def test_every_request_is_answered(calls: list[tuple[tuple[str, str], dict[str, Any], list[dict[str, Any]]]]) -> None:
    made = venue()
    clients = {kind: Client(made, f"{kind}-over") for kind in ("classic", "unified")}
    for number, ((method, path), changes, entries) in enumerate(calls):
        content: Any = {**GOOD, **changes}
        if path.endswith(("place-batch", "cancel-batch")):
            content = [{**GOOD, **entry} for entry in entries]
        elif entries:
            content["orderList"] = [{**GOOD, **entry} for entry in entries]
        if method == "GET":
            content = {name: value for name, value in content.items() if isinstance(value, str | int | float)}
        status, said = clients["unified" if "/v3/" in path else "classic"].ask(method, path, content)
        assert status in (200, 400, 429)
        assert set(said) == {"code", "msg", "requestTime", "data"}
        assert (said["code"] == "00000") == (status == 200)
        trade(made, ("50000", "65000", "60000")[number % 3], "0.5", buy=number % 2 == 0)
        show(made, 60_000 + number)
        wait(made, SECOND)
    for member in made.members.values():
        member.is_hedged = False
        for entry in made.order_entries.values():
            for order in list(entry.member.open.values()):
                entry.cancel(order)
        for wallet in member.wallets.values():
            held = sum((one.margin for one in member.positions.values()), start=0)
            assert {coin: amount for coin, amount in wallet.frozen.items() if amount} in ({}, {"USDT": held})


def test_brackets_without_end_are_no_parameters() -> None:
    for body in ("[" * 100_000, '{"a":' * 100_000):
        status, said = Client(venue(), "classic-trade").ask("POST", "/api/v2/spot/trade/place-order", body)
        assert (status, said["code"]) == (400, "40017")


def test_what_is_no_json_counts_as_a_request_all_the_same() -> None:
    client = Client(venue(), "classic-trade")
    codes = [client.refused("POST", "/api/v2/spot/trade/place-order", "<html>")[1] for _ in range(11)]
    assert codes == ["40017"] * 10 + ["429"]


@given(st.binary(max_size=40))
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    made = venue()
    knock = Knock("POST", "/api/v2/spot/trade/place-order", "", body.decode("utf-8", errors="replace"), {}, "127.0.0.1")
    assert answer(made, knock, {}).status == 400
