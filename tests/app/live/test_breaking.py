"""A daemon that meets a bug of ours: it trips, takes its orders back, says so, and leaves."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path

import pytest

from framework.app.drive import Stop
from framework.app.live.run import LiveRun
from framework.app.live.session import LiveSession
from framework.app.seated import Seated
from framework.gateway.plain.codec import Message, told_report
from framework.gateway.plain.stream import PlainStream
from framework.kernel.clock import Stopwatch
from framework.model.errors import InvariantError
from framework.model.events import OrderReport
from framework.model.instrument import Instrument
from framework.model.money import Amount
from framework.model.orders import OrderState
from framework.model.scopes import EVERYTHING
from framework.router.kill.states import Cause
from tests.app.live_house import BTC, CAPITAL, WAIT_S, Blind, Hand, LiveHouse, live_house

BUG = "InvariantError: our bug"


def bug() -> None:
    raise InvariantError("our bug")


async def test_a_bug_in_a_turn_trips_takes_orders_back_and_leaves(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as session:
            await session.arm()
            order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: order.is_open)
            session.run.drive.arrivals.put(bug)
            async with asyncio.timeout(WAIT_S):
                summary = await session.task
        assert [BUG in fault for fault in summary.faults] == [True]
        assert summary.stopped_by == "broken"
        assert (order.state, house.venue.open_ids("")) == (OrderState.CANCELLED, [])
        await trips_at_the_next_start(house)


async def test_a_bug_in_a_callback_that_nobody_awaits_closes_the_gate_at_once_and_ends_as_one_in_a_turn(
    tmp_path: Path,
) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as session:
            await session.arm()
            order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: order.is_open)
            for _ in range(3):
                asyncio.get_running_loop().call_soon(bug)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert EVERYTHING in session.run.core.kill.word.closed
            async with asyncio.timeout(WAIT_S):
                summary = await session.task
        assert [BUG in fault for fault in summary.faults] == [True]
        assert (order.state, house.venue.open_ids("")) == (OrderState.CANCELLED, [])
        await trips_at_the_next_start(house)


class Buying(Hand):
    """Wants to buy as soon as it is started."""

    def on_ready(self, resumed: bool) -> None:
        super().on_ready(resumed)
        self.order = self.buy(BTC, "0.001", price="59000")


def broken_start(run: LiveRun) -> None:
    """The start ends in a bug, when the first orders of its strategies have left."""
    run.core.effects.resume = bug  # type: ignore[method-assign]


async def test_a_bug_while_strategies_start_takes_back_what_they_have_sent(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            await first.arm()
        hand = Buying(pair=BTC.id)
        journal = {"folder": str(tmp_path / "var"), "before_send": "async"}  # it leaves in the turn of the start
        with house.opened(made=broken_start, journal=journal) as (found, _):
            opened = dataclasses.replace(
                found,
                strategies=(Seated("mm", "hand", hand, tuple(map(Amount.parse, CAPITAL))),),
            )
            async with asyncio.timeout(WAIT_S):
                summary = await LiveSession(opened, lambda session, run: Blind(), Stop(), Stopwatch()).run()
        assert [BUG in fault for fault in summary.faults] == [True]
        assert list(house.venue.orders) == [hand.order.client_order_id]
        assert (hand.order.state, house.venue.open_ids("")) == (OrderState.CANCELLED, [])
        await trips_at_the_next_start(house)


async def trips_at_the_next_start(house: LiveHouse) -> None:
    async with house.session() as again:
        trip = again.run.core.kill.trip_of(EVERYTHING)
        assert trip is not None
        assert trip.cause is Cause.INVARIANT


async def test_a_gateway_that_breaks_is_brought_up_again_to_take_orders_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs = [InvariantError("our bug")]

    def read(message: Message, there: Instrument, now_ns: int) -> OrderReport:
        if bugs:
            raise bugs.pop()
        return told_report(message, there, now_ns)

    async with live_house(tmp_path) as house:
        async with house.session() as session:
            await session.arm()
            order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: order.is_open)
            monkeypatch.setattr("framework.gateway.plain.stream.told_report", read)
            house.sell_into(5_899_900, 400)
            async with asyncio.timeout(WAIT_S):
                summary = await session.task
        assert not bugs
        assert house.venue.open_ids("") == []
        assert (order.state, order.filled_points) == (OrderState.CANCELLED, 400)
        assert [BUG in fault for fault in summary.faults] == [True], summary.faults
        await trips_at_the_next_start(house)


async def test_a_gateway_that_breaks_before_it_is_ready_is_no_venue_that_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(_stream: PlainStream) -> None:
        bug()

    monkeypatch.setattr(PlainStream, "run", run)
    monkeypatch.setattr("framework.app.live.session.READY_S", 0.3)
    async with live_house(tmp_path) as house:
        with house.opened() as (found, _), pytest.raises(InvariantError, match="our bug"):
            await LiveSession(found, lambda session, run: Blind(), Stop(), Stopwatch()).run()
