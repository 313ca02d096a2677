from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.errors import OddAnswer
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.pushes import READERS, ChannelReply, Pushed, read_message, subscription
from framework.venues.bitget.seen import BalanceSeen, FillSeen, OrderSeen, PlanSeen, PositionSeen
from tests.venues.bitget_recorded import CONVERSATIONS

PRIVATE = {
    "Spot/Balance.txt": BalanceSeen,
    "Spot/Order.txt": OrderSeen,
    "Spot/UserTrade.txt": FillSeen,
    "Spot/TriggerOrder.txt": PlanSeen,
    "Unified/Account.txt": BalanceSeen,
    "Unified/Order.txt": OrderSeen,
    "Unified/UserTrade.txt": FillSeen,
    "Unified/Position.txt": PositionSeen,
    "Unified/StrategyOrder.txt": PlanSeen,
}


def heard(name: str) -> list[ChannelReply | Pushed]:
    return [read_message(text) for text in CONVERSATIONS[name][1]]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_every_recorded_conversation_is_read(name: str) -> None:
    _said, _ = CONVERSATIONS[name]
    found = heard(name)
    assert all(one.is_taken if isinstance(one, ChannelReply) else one.ts_venue_ns > 0 for one in found)
    assert isinstance(found[-1], Pushed)


@pytest.mark.parametrize(("name", "kind"), PRIVATE.items())
def test_a_private_push_becomes_our_types(name: str, kind: type) -> None:
    pushed = heard(name)[-1]
    assert isinstance(pushed, Pushed)
    assert pushed.items and all(type(item) is kind for item in pushed.items)


def test_the_recorded_spot_order_reads_as_its_traps_say() -> None:
    (order,) = heard("Spot/Order.txt")[-1].items
    assert (str(order.amount), order.size, str(order.filled)) == ("500.0000", 0, "0.0003")
    assert order.fill is not None and order.fill.fee.amount > 0


def test_the_recorded_fills_are_paid_with_either_sign() -> None:
    for name in ("Spot/UserTrade.txt", "Unified/UserTrade.txt"):
        assert all(fill.fee.amount > 0 for fill in heard(name)[-1].items)


def test_a_fast_fill_is_an_object_and_tells_no_fee_so_it_is_not_read() -> None:
    pushed = heard("Unified/FastUserTrade.txt")[-1]
    assert (pushed.channel, pushed.items) == ("fast-fill", ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pong", ChannelReply("pong")),
        (b"pong", ChannelReply("pong")),
        ('{"event":"login","code":0,"msg":""}', ChannelReply("login")),
        ('{"event":"login","code":"0","msg":""}', ChannelReply("login")),
        ('{"event":"error","code":30015,"msg":"Invalid sign"}', ChannelReply("error", "", "30015", "Invalid sign")),
        (
            '{"event":"error","arg":{"instType":"SPOT","channel":"x","instId":"BTCUSDT"},"code":30001,"msg":"no"}',
            ChannelReply("error", "x", "30001", "no"),
        ),
        ('{"event":"subscribe","arg":{"instType":"UTA","topic":"order"}}', ChannelReply("subscribe", "order")),
    ],
)
def test_answers_are_told(text: str | bytes, told: ChannelReply) -> None:
    assert read_message(text) == told
    assert told.is_taken is (told.event != "error")


def push(channel: str, data: object, kind: str = "SPOT") -> str:
    return json.dumps({"action": "snapshot", "arg": {"instType": kind, "channel": channel}, "data": data, "ts": 1})


@pytest.mark.parametrize("data", [None, []])
def test_the_first_push_may_be_empty(data: object) -> None:
    assert read_message(push("orders", data)) == Pushed("orders", (), 1_000_000)


def test_positions_of_a_classic_account_are_all_that_there_are() -> None:
    found = read_message(push("positions", [], "USDT-FUTURES"))
    assert isinstance(found, Pushed) and found.is_whole


@pytest.mark.parametrize("text", ["", "<html>", "[]", "{}", '{"arg":{}}', '{"arg":5,"data":[]}', push("orders", [{}])])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(OddAnswer):
        read_message(text)


@given(st.sampled_from(sorted(CONVERSATIONS)), st.integers(0, 5_000), st.characters(codec="utf-8"))
def test_a_damaged_push_is_read_or_refused(name: str, at: int, letter: str) -> None:
    text = CONVERSATIONS[name][1][-1]
    at %= len(text)
    try:
        read_message(text[:at] + letter + text[at + 1 :])
    except OddAnswer as odd:
        assert "expected" in str(odd)  # noqa: PT017  # read or refused: both are right


def test_one_message_subscribes_to_everything_that_can_be_read() -> None:
    args = subscription(AccountKind.CLASSIC, list(Product))["args"]
    assert all((arg["instType"].lower(), arg["channel"]) in READERS for arg in args)
    assert len(args) <= 15
    assert {"instType": "SPOT", "channel": "account", "coin": "default"} in args
    assert {"instType": "SPOT", "channel": "orders", "instId": "default"} in args
    topics = subscription(AccountKind.UNIFIED, [Product.SPOT])["args"]
    assert all(("uta", arg["topic"]) in READERS and arg["instType"] == "UTA" for arg in topics)
