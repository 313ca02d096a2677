"""Questions of a core, answered by a sandbox in every dialect."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.gateway.bitget import query
from framework.gateway.bitget.markets import TRIGGER
from framework.model.events import ReportKind
from framework.model.orders import OrderState
from framework.model.questions import Ask
from framework.sandbox.faults import Fault, FaultKind
from tests.gateway.bitget.account_house import ALL, CLASSIC, SPOT, SWAP, UNIFIED, House, open_account
from tests.sandbox.bitget.scene import START_NS, trade

K, R = FaultKind, ReportKind


async def cancel(house: House, name: str) -> None:
    """By somebody else: the venue knows it, we do not."""
    entry = house.venue.order_entries[house.key.uid]
    entry.cancel(next(one for one in entry.member.open.values() if one.client_id == name))


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_an_order_is_shown_by_its_own_id_while_it_rests_and_after(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        await house.place(house.order("a"))
        (seen,) = (await house.ask(Ask.ORDER, "a")).orders
        assert (seen.client_order_id, seen.instrument, seen.state) == ("a", house.there.id, OrderState.OPEN)
        assert (seen.price_points, seen.size_points) == (house.orders["a"].price_points, house.orders["a"].size_points)
        await cancel(house, "a")
        (seen,) = (await house.ask(Ask.ORDER, "a")).orders
        assert seen.state is OrderState.CANCELLED


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_an_order_that_never_arrived_is_shown_by_nobody(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        house.order("lost")
        reply = await house.ask(Ask.ORDER, "lost")
        assert (reply.failure, reply.orders) == ("", ())


async def test_an_order_that_is_not_ours_cannot_be_asked_for_by_our_id() -> None:
    async with open_account() as house:
        assert (await house.ask(Ask.ORDER, "whose")).failure == "not_ours"


TRIGGERS: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
    (CLASSIC, SPOT): (
        "/api/v2/spot/trade/place-plan-order",
        {"symbol": "BTCUSDT", "side": "sell", "triggerPrice": "50000", "orderType": "market", "size": "0.1"},
    ),
    (CLASSIC, SWAP): (
        "/api/v2/mix/order/place-plan-order",
        {"symbol": "BTCUSDT", "productType": "USDT-FUTURES", "marginMode": "crossed", "marginCoin": "USDT", "size": "0.1",
         "side": "sell", "orderType": "market", "triggerPrice": "50000", "planType": "normal_plan"},
    ),
    (UNIFIED, SPOT): (
        "/api/v3/trade/place-strategy-order",
        {"category": "SPOT", "symbol": "BTCUSDT", "qty": "0.1", "side": "sell", "triggerPrice": "50000"},
    ),
    (UNIFIED, SWAP): (
        "/api/v3/trade/place-strategy-order",
        {"category": "USDT-FUTURES", "symbol": "BTCUSDT", "qty": "0.1", "side": "sell", "triggerPrice": "50000"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_open_orders_are_those_of_everybody_and_trigger_orders_are_open_too(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        assert (await house.ask(Ask.OPEN_ORDERS)).orders == ()
        await house.place(house.order("a"), house.order("b", price="58000"))
        path, content = TRIGGERS[key, symbol]
        house.client.post(path, content)
        reply = await house.ask(Ask.OPEN_ORDERS)
        assert reply.failure == ""
        ours = {seen.client_order_id for seen in reply.orders if not seen.reason}
        (waiting,) = [seen for seen in reply.orders if seen.reason == TRIGGER]
        assert ours == {"a", "b"}
        assert (waiting.state, waiting.instrument) == (OrderState.OPEN, house.there.id)


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_recent_orders_are_those_that_were_made_since(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        await house.place(house.order("old"))
        await cancel(house, "old")
        house.clock.now_ns += 60_000_000_000
        since_ns = house.clock.now_ns
        await house.place(house.order("done"), house.order("open", price="58000"))
        trade(house.venue, "58999.00", "5", buy=False)
        found = {
            seen.client_order_id: seen.state for seen in (await house.ask(Ask.RECENT_ORDERS, since_ns=since_ns)).orders
        }
        assert found == {"done": OrderState.FILLED, "open": OrderState.OPEN}


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_fills_are_told_under_our_ids_with_the_fee_that_was_paid(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        await house.place(house.order("a"))
        trade(house.venue, "58999.00", "5", buy=False)
        await house.told(R.FILLED, "a")
        (seen,) = (await house.ask(Ask.FILLS, since_ns=START_NS)).fills
        assert (seen.client_order_id, seen.instrument, seen.is_buy) == ("a", house.there.id, True)
        assert seen.fill.fee > 0 and seen.fill.is_maker
        assert seen.fill == (await house.told(R.FILLED, "a")).fill  # the stream said the same
        house.clock.now_ns += 10_000_000_000
        assert (await house.ask(Ask.FILLS, since_ns=house.clock.now_ns)).fills == ()


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_balances_hold_what_orders_lock(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        before = {seen.asset: seen for seen in (await house.ask(Ask.BALANCES)).balances}
        await house.place(house.order("a"))
        after = {seen.asset: seen for seen in (await house.ask(Ask.BALANCES)).balances}
        assert after["USDT"].locked > 0
        assert after["USDT"].total == before["USDT"].total == 100_000


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_positions_are_signed_and_what_they_have_not_realised_is_no_balance(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        await house.place(house.order("a", price="0", is_buy=False, size="0.5"))
        fill = (await house.told(R.FILLED, "a")).fill
        assert fill is not None
        positions = (await house.ask(Ask.POSITIONS)).positions
        assert [(seen.instrument, seen.points) for seen in positions] == (
            [(SWAP + "@bitget", -5_000)] if symbol == SWAP else []
        )
        if symbol == SWAP:
            from tests.sandbox.bitget.scene import show

            show(house.venue, bid=61_000)  # 500 USDT against us
            held = {seen.asset: seen for seen in (await house.ask(Ask.BALANCES)).balances}
            assert held["USDT"].total == Decimal(100_000) - sum(one.fill.fee for one in house.sink.reports if one.fill)


async def test_the_venues_clock_is_told() -> None:
    async with open_account() as house:
        house.venue.skew_ms = 5_000
        reply = await house.ask(Ask.TIME)
        assert reply.ts_venue_ns == START_NS + 5_000_000_000


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(K.DROP_BEFORE), "timeout"),
        (Fault(K.HTML, status=502), "odd_answer"),
        (Fault(K.ERROR, code="40015", message="系统异常"), "refused"),
        (Fault(K.ERROR, code="40014"), "auth"),
        (Fault(K.STATUS, status=429), "rate_limited"),
        (Fault(K.ERROR, code="429"), "rate_limited"),
    ],
)
async def test_what_cannot_be_relied_on_is_a_failure_and_never_empty(fault: Fault, failure: str) -> None:
    async with open_account() as house:
        import msgspec

        house.server.faults.add([msgspec.structs.replace(fault, path="/api/v2/spot/trade/unfilled-orders")])
        reply = await house.ask(Ask.OPEN_ORDERS)
        assert (reply.failure, reply.orders) == (failure, ())
        assert bool(house.halts) is (failure == "auth")


async def test_more_questions_than_it_keeps_fail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "WAITING_MAX", 0)
    async with open_account() as house:
        assert (await house.ask(Ask.TIME)).failure == "road_full"


@pytest.mark.parametrize("key", [CLASSIC, UNIFIED])
async def test_funding_is_told_of_every_page_and_direction_oldest_first(key: str) -> None:
    async with open_account(key, SWAP) as house:
        await house.place(house.order("a", price="0", size="0.5"))
        await house.told(R.FILLED, "a")
        (listing,) = [one for one in house.venue.markets if one.instrument.symbol == SWAP]
        for number in range(101):
            rate = Decimal("-0.0001") if number % 2 else Decimal("0.0001")
            house.venue.funding.pay(listing, rate, house.venue.now_ms)
            house.clock.now_ns += 1_000_000
        paid = (await house.ask(Ask.FUNDING, since_ns=START_NS)).funding
        assert [seen.amount for seen in paid] == [
            Decimal("3.000025" if number % 2 else "-3.000025") for number in range(101)
        ]
        assert {(seen.instrument, seen.asset) for seen in paid} == {(house.there.id, "USDT")}
        assert len({seen.payment_id for seen in paid}) == 101
        assert len((await house.ask(Ask.FUNDING, since_ns=paid[-1].ts_ns)).funding) == 1


async def test_on_spot_nobody_pays_funding() -> None:
    async with open_account(CLASSIC, SPOT) as house:
        assert (await house.ask(Ask.FUNDING)).funding == ()
