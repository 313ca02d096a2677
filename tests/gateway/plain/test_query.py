"""Asking a real sandbox on loopback, and reading answers that nobody should rely on."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import msgspec
import pytest

from framework.gateway.outcome import Answered, NotSent, Outcome, Unknown
from framework.gateway.plain.query import PlainQuery, read_reply, target_of
from framework.model.batch import BatchKind
from framework.model.orders import OrderState
from framework.model.questions import Ask, Question, Reply, SeenBalance, SeenOrder
from tests.gateway.plain.house import BTC, House, open_house, order
from tests.wired import NOON


class Replies:
    """A reply sink that can be waited on."""

    def __init__(self) -> None:
        self.got: list[Reply] = []
        self._more = asyncio.Event()

    def replied(self, reply: Reply) -> None:
        self.got.append(reply)
        self._more.set()

    async def next(self) -> Reply:
        async with asyncio.timeout(20):
            while not self.got:
                self._more.clear()
                await self._more.wait()
        return self.got.pop()


def asked(ask: Ask, client_order_id: str = "", since_ns: int = 0) -> Question:
    return Question(1, "plain", "main", ask, client_order_id, since_ns)


async def ask(house: House, question: Question) -> Reply:
    replies = Replies()
    clock = house.server.venue.clock
    query = PlainQuery(house.road, clock, replies, "127.0.0.1", lambda method, target, body: [], {BTC.symbol: BTC})
    query.ask(question)
    assert replies.got == []  # never before `ask` has returned
    return await replies.next()


async def test_every_question_is_answered_by_a_real_sandbox() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"), order("b", 10_200))
        await house.heard.wait(2)
        (seen,) = (await ask(house, asked(Ask.ORDER, "a"))).orders
        assert seen == SeenOrder("a", seen.venue_order_id, BTC.id, True, 1_500, 9_900, 0, OrderState.OPEN, "", NOON)
        assert (await ask(house, asked(Ask.ORDER, "nobody"))) == Reply(asked(Ask.ORDER, "nobody"), NOON)
        assert [each.client_order_id for each in (await ask(house, asked(Ask.OPEN_ORDERS))).orders] == ["a"]
        recent = (await ask(house, asked(Ask.RECENT_ORDERS, since_ns=NOON))).orders
        assert [(each.client_order_id, each.state) for each in recent] == [
            ("a", OrderState.OPEN),
            ("b", recent[1].state),
        ]
        assert (await ask(house, asked(Ask.RECENT_ORDERS, since_ns=NOON + 1))).orders == ()
        balances = (await ask(house, asked(Ask.BALANCES))).balances
        assert SeenBalance("BTC", Decimal(1), Decimal(0)) in balances
        assert (await ask(house, asked(Ask.TIME))).ts_venue_ns == NOON
        assert (await ask(house, asked(Ask.POSITIONS))).failure == "not_offered"
        assert (await ask(house, asked(Ask.FUNDING))).failure == "not_offered"


async def test_fills_are_shown_with_whose_they_are() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, msgspec.structs.replace(order("c", 10_100), post_only=False))
        await house.heard.wait(1)
        fills = (await ask(house, asked(Ask.FILLS, since_ns=NOON))).fills
        assert [(each.client_order_id, each.instrument, each.is_buy) for each in fills] == [("c", BTC.id, True)]
        assert fills[0].fill.size_points == 1_500


@pytest.mark.fault("E24", "N13")
@pytest.mark.parametrize("question", [asked(kind, "a") for kind in Ask], ids=[kind.value for kind in Ask])
@pytest.mark.parametrize(
    "outcome",
    [
        Unknown("timeout"),
        NotSent("no_connection"),
        Answered(200, {}, b"<html>"),
        Answered(200, {}, b'{"orders":[]}'),
        Answered(200, {}, b'[{"id":"a"}]'),
        Answered(200, {}, b'[{"asset":"USDT","free":"NaN","locked":"0"}]'),
        Answered(404, {}, b"not found"),
        Answered(404, {}, b'{"error":"no_such_page"}'),
        Answered(429, {}, b'{"error":"rate_limited"}'),
        Answered(500, {}, b"[]"),
        Answered(302, {}, b"[]"),
    ],
)
def test_what_cannot_be_relied_on_is_a_failure_and_never_empty(question: Question, outcome: Outcome) -> None:
    reply = read_reply(question, outcome, NOON, {BTC.symbol: BTC})
    assert reply.failure
    assert not (reply.orders or reply.fills or reply.balances)


def test_an_answer_about_another_order_says_nothing() -> None:
    body = (
        b'{"id":"b","venue_id":"v","symbol":"BTC/USDT","side":"buy","price":"99","size":"1","filled":"0",'
        b'"state":"open","reason":"","ts_ns":1}'
    )
    assert read_reply(asked(Ask.ORDER, "a"), Answered(200, {}, body), NOON, {BTC.symbol: BTC}).failure == "odd_answer"
    assert read_reply(asked(Ask.ORDER, "b"), Answered(200, {}, body), NOON, {}).orders[0].instrument == "BTC/USDT"


def test_each_question_has_its_place() -> None:
    targets = [target_of(asked(kind, "a", 5)) for kind in Ask]
    assert targets[:4] == ["/order?id=a", "/open-orders", "/recent-orders?since_ns=5", "/fills?since_ns=5"]
