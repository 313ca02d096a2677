"""Questions to Bitget, against the sandbox and against answers that it does not give."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from framework.gateway.bitget.questions import BitgetQuestions
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.outcome import Answered, NotSent, Outcome, Unknown
from framework.kernel.clock import ManualClock
from framework.kernel.virtual_loop import run
from framework.model.batch import BatchKind
from framework.model.errors import AuthError, OddAnswer, RateLimited, Timeout, Unreachable, VenueError
from framework.model.key_rights import KeyScope
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.classic_spot import TPSL
from framework.venues.bitget.dialect import dialect_of, named
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.signing import Credentials, HmacSigner
from tests.gateway.bitget.house import open_house, order
from tests.sandbox.bitget.scene import START_NS

SPOT = dialect_of(AccountKind.CLASSIC, Product.SPOT, Terms())


class Scripted:
    """A road that gives outcomes out of a list, and keeps what was asked."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[bytes] = []

    async def ask(self, build: Callable[[], bytes]) -> Outcome:
        self.asked.append(build())
        return self.outcomes.pop(0)


def said(code: str = "00000", data: object = None, status: int = 200) -> Answered:
    return Answered(status, {}, json.dumps({"code": code, "msg": "m", "data": data}).encode())


def questions(*outcomes: Outcome, patience: int = 0) -> tuple[BitgetQuestions, Scripted]:
    road, clock = Scripted(*outcomes), ManualClock(START_NS)
    wire = BitgetWire("localhost", clock, Credentials("k", "p", HmacSigner(b"s")))
    return BitgetQuestions(road, wire, clock, patience), road


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(), AccountKind.UNIFIED),
        (said("40084", status=400), AccountKind.CLASSIC),
        (said("40014", status=400), AccountKind.UNIFIED),
    ],
)
async def test_the_kind_of_account_is_found_by_probing_v3(answer: Answered, kind: AccountKind) -> None:
    ours, road = questions(answer)
    assert await ours.account_kind() is kind
    assert road.asked[0].startswith(b"GET /api/v3/account/settings HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (said("40099", status=400), AuthError),
        (said("40018", status=400), AuthError),
        (said("429", status=429), RateLimited),
        (said("99999", status=400), VenueError),
        (NotSent("no_connection"), Unreachable),
        (Unknown("timeout"), Timeout),
        (Answered(502, {}, b"<html>"), OddAnswer),
        (Answered(404, {}, b'{"code":"40404","msg":"Request URL NOT FOUND"}'), VenueError),
    ],
)
async def test_a_probe_that_says_neither_is_an_error_by_remedy(outcome: Outcome, error: type[VenueError]) -> None:
    ours, _ = questions(outcome)
    with pytest.raises(error) as caught:
        await ours.account_kind()
    assert str(caught.value).startswith("bitget v3/account/settings: ")


@pytest.mark.parametrize("status", [429, 400])
def test_a_question_that_comes_too_often_waits_and_is_asked_again(status: int) -> None:
    busy = said("429", status=status)

    async def asked() -> float:
        ours, road = questions(busy, busy, said(), patience=2)
        began_s = asyncio.get_running_loop().time()
        assert await ours.account_kind() is AccountKind.UNIFIED
        assert len(road.asked) == 3
        return asyncio.get_running_loop().time() - began_s

    assert run(asked(), ManualClock(0)) == pytest.approx(2.0)


def test_patience_has_an_end_and_says_that_the_venue_asks_to_wait() -> None:
    async def asked() -> int:
        ours, road = questions(*[said("429", status=429)] * 9, patience=2)
        with pytest.raises(RateLimited, match="the venue asks to wait: ask again in a minute"):
            await ours.key_rights(AccountKind.CLASSIC)
        return len(road.asked)

    assert run(asked(), ManualClock(0)) == 3


def test_a_page_for_people_that_says_too_many_is_waited_for_as_long_as_it_says() -> None:
    page = Answered(429, {"retry-after": "7"}, b"<html>slow down</html>")

    async def asked() -> float:
        ours, road = questions(page, page, said(), patience=2)
        began_s = asyncio.get_running_loop().time()
        assert await ours.account_kind() is AccountKind.UNIFIED
        assert len(road.asked) == 3
        return asyncio.get_running_loop().time() - began_s

    assert run(asked(), ManualClock(0)) == pytest.approx(14.0)


def test_a_page_for_people_that_says_too_many_is_no_odd_answer_where_nobody_waits() -> None:
    async def asked() -> None:
        ours, _ = questions(Answered(429, {}, b"<html>"))
        with pytest.raises(RateLimited, match="account/settings: 429 too many requests"):
            await ours.account_kind()

    run(asked(), ManualClock(0))


def test_a_start_does_not_wait_for_minutes_but_says_for_how_long_the_venue_asks_to() -> None:
    async def asked() -> int:
        ours, road = questions(Answered(429, {"retry-after": "600"}, b""), patience=4)
        with pytest.raises(RateLimited, match="the venue asks to wait 600 s") as caught:
            await ours.account_kind()
        assert caught.value.retry_after_s == 600
        return len(road.asked)

    assert run(asked(), ManualClock(0)) == 1


def test_what_was_refused_for_another_reason_is_not_asked_again() -> None:
    async def asked() -> int:
        ours, road = questions(said("40018", status=400), patience=2)
        with pytest.raises(AuthError):
            await ours.account_kind()
        return len(road.asked)

    assert run(asked(), ManualClock(0)) == 1


async def test_unified_rights_are_read() -> None:
    data = {"permType": "read-and-write", "permissions": ["uta_trade"], "ips": "127.0.0.1"}
    ours, road = questions(said(data=data))
    (right,) = (await ours.key_rights(AccountKind.UNIFIED)).rights
    assert right.scope is KeyScope.TRADE
    assert b"/api/v3/account/info" in road.asked[0]


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("classic-read", {KeyScope.READ}),
        ("classic-trade", {KeyScope.READ, KeyScope.TRADE}),
        ("classic-over", {KeyScope.READ, KeyScope.TRADE, KeyScope.TRANSFER, KeyScope.WITHDRAW}),
    ],
)
async def test_classic_rights_are_read_from_the_sandbox(name: str, scopes: set[KeyScope]) -> None:
    async with open_house(name=name) as house:
        rights = await house.questions.key_rights(AccountKind.CLASSIC)
        assert {right.scope for right in rights.rights} == scopes
        assert "127.0.0.1" in rights.ips


@pytest.mark.fault("E29")
async def test_the_venues_clock_is_measured_and_requests_carry_it() -> None:
    async with open_house() as house:
        house.server.venue.skew_ms = 45_000
        with pytest.raises(VenueError, match="40008"):
            await house.questions.balances(SPOT)
        skew = await house.questions.measure_clock()
        assert abs(skew.ahead_ns - 45_000_000_000) <= 1_000_000
        assert await house.questions.balances(SPOT)


async def test_balances_and_open_orders_are_read() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"), order("b", price=5_800_000))
        await house.heard.wait(2)
        found = {order.client_order_id: order for order in await house.questions.open_orders(SPOT, "BTCUSDT")}
        assert found.keys() == {"a", "b"}
        assert (found["a"].price, found["a"].size) == (59_000, Decimal("0.001"))
        usdt = next(one for one in await house.questions.balances(SPOT) if one.asset == "USDT")
        assert usdt.locked > 100


async def test_an_order_that_is_not_there_is_none() -> None:
    async with open_house() as house:
        assert await house.questions.order(SPOT, named(order("ghost"))) is None


async def test_pages_without_end_are_refused() -> None:
    row = {
        "symbol": "BTCUSDT", "orderId": "5", "clientOid": "a", "priceAvg": "1", "size": "1", "orderType": "limit",
        "side": "buy", "status": "live",
    }  # fmt: skip
    ours, _ = questions(*[said(data=[row] * 100)] * 60)
    with pytest.raises(OddAnswer, match="pages"):
        await ours.open_orders(SPOT)


@pytest.mark.fault("E18")
async def test_trigger_orders_are_asked_for_apart() -> None:
    ours, road = questions(said(data={"nextFlag": False, "orderList": None}), said(data=None))
    assert await ours.plans(SPOT, "BTCUSDT") == ()
    assert b"current-plan-order" in road.asked[0]
    assert b"tpslType=tpsl" in road.asked[1]


async def test_one_trigger_order_is_asked_for_in_its_own_namespace_alone() -> None:
    nothing = said(data=None)
    ours, road = questions(nothing, nothing)
    assert await ours.plan(SPOT, named(order("ghost")), TPSL) == (None, False)
    waiting, done = road.asked
    assert b"unfilled-orders" in waiting and b"tpslType=tpsl" in waiting
    assert b"history-orders" in done and b"tpslType=tpsl" in done
