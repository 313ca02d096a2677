"""What a daemon watches by itself: gaps, clocks, twins, its journal, and books that nobody explains."""

from __future__ import annotations

import asyncio
import errno
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from framework.kernel.clock import NS_PER_S
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState
from framework.model.questions import Ask
from framework.model.scopes import account_scope
from framework.router.kill.states import Cause, KillState
from framework.venues.sim.filters import Rejection
from framework.venues.sim.order_entry import OrderEntry
from tests.app.crash_child import RULES as QUICK_RULES
from tests.app.live_house import BTC, asked_of_socket, live_house
from tests.sandbox.house import order as stranger

ACCOUNT = account_scope("bitget", "main")


@pytest.mark.fault("N25")
async def test_a_gap_of_the_private_stream_reduces_until_all_is_compared(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        filled = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59990"))
        await session.until(lambda: filled.is_open)
        states: list[KillState] = []
        kill = session.run.core.kill
        kill.on_step.append(lambda step: states.append(kill.state(ACCOUNT)))
        house.server._streams._copies = 0  # it fills, and nobody is told
        house.sell_into(5_998_900)
        house.server._streams._copies = 1
        assert not filled.is_done
        other = await session.act(lambda hand: hand.buy(BTC, "0.0005", price="59000"))
        await session.until(lambda: filled.is_done)
        await session.until(lambda: kill.state(ACCOUNT) is KillState.ARMED and states)
        assert states == [KillState.REDUCING, KillState.ARMED]
        assert session.run.core.engine.portfolio.totals() == house.balances
        assert other.is_open


@pytest.mark.fault("E29")
async def test_a_clock_that_is_off_reduces_until_it_is_not(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        kill, guards = session.run.core.kill, session.run.safeguards
        await session.until(lambda: not session.run.core.enquiries.is_behind("bitget"))
        house.venue.clock._offset_ns += 3 * NS_PER_S
        session.run.drive.arrivals.put(guards._ask_time)
        await session.until(lambda: kill.state(ACCOUNT) is KillState.REDUCING)
        assert "its clock is 3.0 s ahead of ours" in kill.words
        house.venue.clock._offset_ns -= 3 * NS_PER_S
        session.run.drive.arrivals.put(guards._ask_time)
        await session.until(lambda: kill.state(ACCOUNT) is KillState.ARMED)


async def test_during_a_ban_its_clock_is_asked_for_once(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        core, guards = session.run.core, session.run.safeguards
        await session.until(lambda: not core.enquiries.is_behind("bitget"))
        core.router.lanes["bitget"].budget.ban(core.clock.now_ns + 3_600 * NS_PER_S)
        done: list[bool] = []
        for _ in range(5):
            session.run.drive.arrivals.put(guards._ask_time)
        session.run.drive.arrivals.put(lambda: done.append(True))
        await session.until(lambda: done)
        waiting = [question.ask for question, _ in core.enquiries._waiting["bitget"]]
        assert waiting.count(Ask.TIME) == 1


async def test_what_stands_was_asked_since_the_instant_that_is_wanted_and_orders_in_doubt_hear_it(
    tmp_path: Path,
) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        core, guards = session.run.core, session.run.safeguards
        order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
        await session.until(lambda: order.is_open)
        shown: list[list[str] | None] = []

        async def looked(since_ns: int) -> list[str] | None:
            before = len(shown)
            session.run.drive.arrivals.put(lambda: shown.append(guards.standing(since_ns)))
            await session.until(lambda: len(shown) > before)
            return shown[-1]

        since_ns = core.clock.now_ns
        assert await looked(since_ns) is None
        lost = OrderReport(order.client_order_id, since_ns, ReportKind.UNKNOWN, Source.GATEWAY, "", "timeout")
        session.run.drive.arrivals.put(lambda: core.report(lost))
        await session.until(lambda: guards._shown.get("bitget", (0, ()))[0] >= since_ns)
        assert await looked(since_ns) == [order.client_order_id]
        assert await looked(core.clock.now_ns + NS_PER_S) is None
        await session.until(lambda: order.is_open and not core.doubts.orders)


async def test_the_venues_own_clock_counts_before_the_feeds_stamps(tmp_path: Path) -> None:
    limits = {"strategy": {"mm": {"max_clock_skew": "500ms"}}}
    async with live_house(tmp_path) as house, house.session(limits=limits) as session:
        await session.arm()
        known = session.run.core.risk._known
        house.venue.clock._offset_ns += 8 * NS_PER_S // 10
        session.run.drive.arrivals.put(session.run.safeguards._ask_time)
        await session.until(lambda: "bitget" in known.skews and known.skews["bitget"].skew_ns < -NS_PER_S // 2)
        refused = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
        assert refused.is_done
        assert "max_clock_skew" in session.hand.heard[-1][1]


@pytest.mark.fault("P28")
async def test_a_twin_trips_everything(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        house.venue.place(BTC, [stranger(BTC, "canary-ffffff-mm-1", price=5_900_000, size=100)])
        await session.until(lambda: session.state is KillState.TRIPPED)
        assert session.run.core.kill.trips[0].cause is Cause.TWIN


@pytest.mark.fault("P28")
async def test_two_daemons_that_trade_one_account_both_halt(tmp_path: Path) -> None:
    """Other names, folders and locks, as on two machines: only the venue can tell."""
    other = {"live": {"account": "other"}}
    async with live_house(tmp_path) as house, house.session() as first, house.session(**other) as second:
        for session in (first, second):
            assert await session.arm() == "ARMED global"
        house.server._streams._copies = 0  # who hears of the other first withdraws what has not left, and is not seen
        mine = await first.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
        its = await second.act(lambda hand: hand.buy(BTC, "0.001", price="58000"))
        await first.until(lambda: mine.is_open and its.is_open)
        house.server._streams._copies = 1
        await first.act(lambda hand: hand.buy(BTC, "0.001", price="57000"))
        await first.until(lambda: first.state is second.state is KillState.TRIPPED)
        for session in (first, second):
            assert session.run.core.kill.trips[0].cause is Cause.TWIN
        await first.until(lambda: not house.venue.open_ids(""))


@pytest.mark.fault("E21")
async def test_a_strangers_order_is_left_alone(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        house.venue.place(BTC, [stranger(BTC, "by-hand", price=5_900_000, size=100)])
        async with house.session() as session:
            await session.arm()
            order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: order.is_open)
        assert house.venue.open_ids("") == ["by-hand"]


@pytest.mark.fault("E23")
async def test_what_nobody_explains_holds_back_until_a_person_adopts_it(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house:
        async with house.session() as first:
            await first.arm()
        house.venue._sim._entry._settlement.account.free["USDT"] += Decimal(5)
        async with house.session() as second:
            assert second.run.core.kill.state(ACCOUNT) is KillState.REDUCING
            assert "USDT: the venue holds 10005, our books 10000" in second.told.getvalue()
            status = await asyncio.to_thread(asked_of_socket, tmp_path, {"verb": "status"})
            ((difference),) = status["differences"]
            assert difference == "USDT: the venue holds 10005, our books 10000: run.py adopt accepts it"
            adopted = await asyncio.to_thread(asked_of_socket, tmp_path, {"verb": "adopt", "reason": "a gift"})
            assert adopted["text"] == "1 difference adopted\nUSDT: the venue holds 10005, our books 10000"
            await second.until(lambda: second.run.core.kill.state(ACCOUNT) is KillState.ARMED)


@pytest.mark.fault("P12")
async def test_a_journal_that_cannot_be_written_trips_and_nothing_leaves(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        journal = session.run._journal
        assert journal is not None

        def fail(*_: object) -> None:
            raise OSError(errno.ENOSPC, "no space left on device")

        journal._journal._chain.append = fail  # type: ignore[method-assign]
        order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
        await session.until(lambda: session.state is KillState.TRIPPED)
        assert session.run.core.kill.trips[0].cause is Cause.JOURNAL
        assert order.client_order_id not in house.venue.orders
        request = {"verb": "arm", "reason": "never mind", "trip": session.run.core.kill.trips[0].id}
        refused = await asyncio.to_thread(asked_of_socket, tmp_path, request)
        assert not refused["ok"]
        assert "expected a journal that can be written, found journal" in refused["text"]
        assert "no space left on device" in refused["text"]
        del journal._journal._chain.append


@pytest.mark.fault("E32")
async def test_equal_rejects_hold_a_strategy_until_a_person_lifts_them_over_the_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no = Rejection("insufficient_balance", "a person has taken it out")
    limits = {"strategy": {"mm": {"max_equal_rejects": 3}}}
    async with live_house(tmp_path) as house, house.session(limits=limits, rules=QUICK_RULES) as session:

        async def tried() -> Order:
            order: Order = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
            await session.until(lambda: order.is_done or order.is_open)
            return order

        await session.arm()
        with monkeypatch.context() as at_the_venue:
            at_the_venue.setattr(OrderEntry, "_unplaceable", lambda *_: no)
            rejected = [await tried() for _ in range(3)]
        assert [(order.state, order.reason) for order in rejected] == [(OrderState.REJECTED, no.reason)] * 3
        (trip,) = session.run.core.kill.trips
        assert trip.reason.startswith("max_equal_rejects: limit 3, found 3 times insufficient_balance")
        refused = await tried()
        assert (refused.state, refused.reason) == (OrderState.REFUSED, "max_equal_rejects")
        await session.until(lambda: not session.run.core.kill.obstacles(trip.scope))
        request = {"verb": "arm", "scope": str(trip.scope), "trip": trip.id, "reason": "it is back"}
        answers = [await asyncio.to_thread(asked_of_socket, tmp_path, request) for _ in range(2)]
        assert [answer["state"] for answer in answers] == ["reducing", "armed"], answers
        again = await tried()
        assert again.is_open, "it asks the venue again"


async def test_while_held_back_a_plain_sell_of_what_is_held_leaves_and_a_buy_does_not(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, house.session() as session:
        await session.arm()
        bought = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59990"))
        await session.until(lambda: bought.is_open)
        house.sell_into(5_998_900)
        await session.until(lambda: bought.state is OrderState.FILLED)
        kill = session.run.core.kill
        reduce = partial(kill.reduce, ACCOUNT, Cause.PAUSE, "a look", "test")
        session.run.drive.arrivals.put(reduce)
        await session.until(lambda: kill.state(ACCOUNT) is KillState.REDUCING)
        sold = await session.act(lambda hand: hand.sell(BTC, "0.0009", price="61000"))
        more = await session.act(lambda hand: hand.buy(BTC, "0.001", price="59000"))
        await session.until(lambda: more.is_done)
        assert (more.state, more.reason) == (OrderState.REFUSED, "gate_closed")
        await session.until(lambda: sold.is_open or sold.is_done)
        assert sold.is_open, sold.reason
