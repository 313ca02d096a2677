"""Trigger orders, by each of Bitget's dialects: placed, seen as open, asked after, and taken back by a sweep's cancels."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from functools import partial
from types import SimpleNamespace

import pytest

from framework.gateway.bitget.plan_cancels import PlanCancels
from framework.gateway.outcome import Answered, HeldBack, Outcome, Unknown
from framework.model.batch import BatchKind, RequestKind
from framework.model.events import ReportKind
from framework.model.orders import Order, OrderState, write
from framework.model.questions import Ask, SeenOrder
from framework.venues.bitget.asked import NewOrder, PlanOrder, Terms
from framework.venues.bitget.dialect import dialect_of
from framework.venues.bitget.envelope import read_envelope
from framework.venues.bitget.products import product_of, wire_symbol
from framework.venues.bitget.rules.counting import REMAINING_HEADER
from tests.gateway.bitget.account_house import ALL, CLASSIC, SPOT, SWAP, UNIFIED, House, open_account
from tests.sandbox.bitget.scene import trade

ALSO_STOPS = [(key, symbol, False) for key, symbol in ALL] + [(CLASSIC, SWAP, True)]
R = ReportKind


async def stop_placed(
    house: House, name: str = "stop", trigger: str = "59000", *, reduces: bool = False, price: str = ""
) -> Order:
    """A protective stop leaves as the adapter writes it, and is one of our orders from then on."""
    there = house.there
    product = product_of(there)
    new = NewOrder(
        product, wire_symbol(there.symbol), name, is_buy=False, size="0.01", price=price, reduce_only=reduces
    )
    request = dialect_of(house.found.key.kind, product, Terms()).place_plan(PlanOrder(new, trigger, is_on_mark=False))
    outcome = await house.account.road.ask(partial(house.account.wire.request, request))
    assert isinstance(outcome, Answered)
    assert read_envelope(outcome.body, "plan").is_success, outcome.body
    seen = await shown(house, name)
    return house.order(name, trigger, "0.01", is_buy=False, state=OrderState.OPEN, venue_order_id=seen.venue_order_id)


async def shown(house: House, name: str) -> SeenOrder:
    (seen,) = [one for one in (await house.ask(Ask.OPEN_ORDERS)).orders if one.client_order_id == name]
    return seen


@pytest.mark.fault("E18")
@pytest.mark.parametrize(("key", "symbol", "reduces"), ALSO_STOPS)
async def test_a_stop_is_open_until_a_cancel_by_its_own_road_takes_it_back(
    key: str, symbol: str, reduces: bool
) -> None:
    async with open_account(key, symbol) as house:
        stop = await stop_placed(house, reduces=reduces)
        seen = await shown(house, "stop")
        assert (seen.state, seen.reason, seen.instrument) == (OrderState.OPEN, "trigger_order", house.there.id)
        assert house.there.size_text(seen.size_points) == house.there.size_text(house.there.data_size("0.01"))
        (asked,) = (await house.ask(Ask.ORDER, "stop")).orders
        assert asked.state is OrderState.OPEN
        other = house.order("a")
        await house.place(other)
        house.send(BatchKind.CANCEL, stop, other)
        await house.told(R.CANCELLED, "stop")
        await house.told(R.EXPIRED, "a")  # nobody wrote down that its cancel was asked for
        assert (await house.ask(Ask.OPEN_ORDERS)).orders == ()
        (asked,) = (await house.ask(Ask.ORDER, "stop")).orders
        assert asked.state is OrderState.CANCELLED
        assert len(house.sink.answers) == 2  # limits hear of the planned requests alone


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_a_cancel_of_the_whole_symbol_reaches_stops_too(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        stop = await stop_placed(house)
        house.send(BatchKind.CANCEL, stop, request=RequestKind.CANCEL_SYMBOL)
        await house.told(R.CANCELLED, "stop")
        assert (await house.ask(Ask.OPEN_ORDERS)).orders == ()
        assert len(house.sink.answers) == 1


@pytest.mark.fault("E18")
@pytest.mark.parametrize(("key", "symbol", "reduces"), ALSO_STOPS)
@pytest.mark.parametrize("is_restarted", [False, True], ids=["", "restarted"])
async def test_a_stop_that_was_set_off_is_followed_as_the_order_that_it_became(
    key: str, symbol: str, reduces: bool, is_restarted: bool
) -> None:
    async with open_account(key, symbol) as house:
        if reduces:
            await house.place(house.order("held", "0", "0.01"))
        trade(house.venue, "60000.00", "0.1", buy=False)
        stop = await stop_placed(house, reduces=reduces)
        plan_id = stop.venue_order_id
        trade(house.venue, "58900.00", "0.1", buy=False)
        assert (await house.told(R.UNKNOWN, "stop")).reason == "triggered"
        if is_restarted:
            house.account.names.plans.clear()
        house.send(BatchKind.CANCEL, stop)
        assert (await house.told(R.CANCEL_REJECTED, "stop")).reason == "unknown_order"
        (asked,) = (await house.ask(Ask.ORDER, "stop")).orders
        assert (asked.state, asked.client_order_id) == (OrderState.FILLED, "stop")
        assert asked.venue_order_id != plan_id
        fills = (await house.ask(Ask.FILLS)).fills
        assert [fill.client_order_id for fill in fills if fill.venue_order_id == asked.venue_order_id] == ["stop"]
        recent = (await house.ask(Ask.RECENT_ORDERS)).orders
        assert [one.client_order_id for one in recent if one.venue_order_id == asked.venue_order_id] == ["stop"]


@pytest.mark.fault("E22")
@pytest.mark.parametrize(("key", "symbol", "reduces"), ALSO_STOPS)
async def test_a_stop_that_a_person_takes_back_at_the_venue_has_ended(key: str, symbol: str, reduces: bool) -> None:
    async with open_account(key, symbol) as house:
        await stop_placed(house, reduces=reduces)
        triggers = house.venue.triggers[house.key.uid]
        (trigger,) = triggers.all.values()
        triggers.cancel(trigger, house.venue.now_ms)
        assert (await house.told(R.EXPIRED, "stop")).reason == "ended_by_venue"


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_a_stop_whose_order_the_venue_refuses_has_ended_with_the_reason(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        trade(house.venue, "60000.00", "0.1", buy=False)
        await stop_placed(house)
        for wallet in house.venue.members[house.key.uid].wallets.values():
            wallet.available.update(dict.fromkeys(wallet.available, Decimal(0)))
        trade(house.venue, "58900.00", "0.1", buy=False)
        assert (await house.told(R.EXPIRED, "stop")).reason == "trigger_failed"
        (asked,) = (await house.ask(Ask.ORDER, "stop")).orders
        assert (asked.state, asked.reason) == (OrderState.EXPIRED, "trigger_failed")


@pytest.mark.parametrize(("key", "symbol"), [(CLASSIC, SPOT), (UNIFIED, SPOT)])
async def test_what_it_became_rests_under_our_name_and_a_cancel_of_orders_reaches_it(key: str, symbol: str) -> None:
    async with open_account(key, symbol) as house:
        trade(house.venue, "60000.00", "0.1", buy=False)
        stop = await stop_placed(house, price="61000")
        trade(house.venue, "58900.00", "0.1", buy=False)
        await house.told(R.UNKNOWN, "stop")
        (asked,) = (await house.ask(Ask.ORDER, "stop")).orders
        assert asked.state is OrderState.OPEN
        write(stop, venue_order_id=asked.venue_order_id)
        assert [one.client_order_id for one in (await house.ask(Ask.OPEN_ORDERS)).orders] == ["stop"]
        house.send(BatchKind.CANCEL, stop)
        assert (await house.told(R.EXPIRED, "stop")).venue_order_id == asked.venue_order_id


async def test_two_orders_that_it_may_have_become_are_none() -> None:
    """V3 does not tell which: a person's own order of that size and moment could be it."""
    async with open_account(UNIFIED, SPOT) as house:
        trade(house.venue, "60000.00", "0.1", buy=False)
        await stop_placed(house)
        by_hand = {"category": "SPOT", "symbol": "BTCUSDT", "qty": "0.01", "side": "sell", "orderType": "market"}
        house.client.post("/api/v3/trade/place-order", by_hand)
        trade(house.venue, "58900.00", "0.1", buy=False)
        await house.told(R.UNKNOWN, "stop")
        (asked,) = (await house.ask(Ask.ORDER, "stop")).orders
        assert (asked.state, asked.reason) == (OrderState.EXPIRED, "triggered")


async def test_take_profits_of_spot_are_open_orders_of_a_namespace_of_their_own() -> None:
    async with open_account(CLASSIC, SPOT) as house:
        content = {
            "symbol": "BTCUSDT", "side": "sell", "orderType": "market", "force": "gtc", "size": "0.01",
            "clientOid": "tp", "triggerPrice": "65000", "tpslType": "tpsl",
        }  # fmt: skip
        house.client.post("/api/v2/spot/trade/place-order", content)
        seen = await shown(house, "tp")
        order = house.order(
            "tp", "65000", "0.01", is_buy=False, state=OrderState.OPEN, venue_order_id=seen.venue_order_id
        )
        house.send(BatchKind.CANCEL, order)
        await house.told(R.CANCELLED, "tp")
        assert (await house.ask(Ask.OPEN_ORDERS)).orders == ()


@pytest.mark.parametrize("limited", [0, 1, 2])
async def test_a_429_to_one_of_the_requests_of_a_cancel_rests_its_endpoint_alone(limited: int) -> None:
    async with open_account(CLASSIC, SPOT) as house:
        stops = [await stop_placed(house, f"stop{number}") for number in range(2)]
        other = house.order("a")
        await house.place(other)
        port, dones = house.account.port, []
        builds: list[Callable[[], bytes]] = []

        def cancel(build: Callable[[], bytes], done: Callable[[Outcome], None]) -> None:
            builds.append(build)
            dones.append(done)

        port._road = SimpleNamespace(cancel=cancel)
        port._plans = PlanCancels(cancel)
        before = len(house.sink.answers)
        house.send(BatchKind.CANCEL, *stops, other)
        for number, done in enumerate(dones):
            left = {REMAINING_HEADER: f"{7 - number}"}
            done(Answered(429 if number == limited else 200, left, b'{"code":"429","msg":"too many","data":null}'))
        (answer,) = house.sink.answers[before:]
        is_own = limited == 0  # the endpoint that the router planned for
        assert (answer.request_id, answer.is_limited, answer.left) == (7, is_own, 7)
        assert answer.more_requests == 2, "two stops and the order beside them went by three requests"
        house.send(BatchKind.CANCEL, *stops, other)
        for build, is_held in zip(builds[-3:], (is_own, not is_own, not is_own), strict=True):
            with pytest.raises(HeldBack, match="paused") if is_held else nullcontext():
                build()


async def test_no_answer_to_the_cancel_of_a_stop_that_is_done_says_nothing() -> None:
    async with open_account(CLASSIC, SPOT) as house:
        stop = await stop_placed(house)
        port, dones = house.account.port, []
        port._road = SimpleNamespace(cancel=lambda build, done: dones.append(done))
        port._plans = PlanCancels(port._road.cancel)
        house.send(BatchKind.CANCEL, stop)
        write(stop, state=OrderState.CANCELLED)
        before = len(house.sink.reports)
        dones[0](Unknown("timeout"))
        assert house.sink.reports[before:] == []
        write(stop, state=OrderState.OPEN)
        dones[0](Unknown("timeout"))
        assert [report.kind for report in house.sink.reports[before:]] == [R.UNKNOWN]
