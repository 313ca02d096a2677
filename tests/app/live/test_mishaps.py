"""What an unlucky operator meets on Bitget's sandbox, on the virtual loop: cancels that hang, escalations, clocks, dead lines."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from framework.kernel import virtual_loop
from framework.kernel.clock import ManualClock
from framework.model.errors import ConfigError
from framework.model.orders import Order, OrderState
from framework.ops.control_client import broken_off
from framework.reports.closing import closing_lines
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState
from framework.sandbox.faults import Fault, FaultKind
from tests.app.live.test_bitget import ACCOUNT, PAIR, BitgetHouse
from tests.app.live_house import Hand, Session
from tests.app.virtual_house import virtual_house
from tests.sandbox.bitget.scene import START_NS, key, show

PLACES = ("/api/v2/spot/trade/place-order", "/api/v2/spot/trade/batch-orders")
CANCELS = ("/api/v2/spot/trade/cancel-order", "/api/v2/spot/trade/batch-cancel-order")


def lived(folder: Path, life: Callable[[BitgetHouse], Awaitable[None]], name: str = "classic-spot") -> None:
    """Live it on the virtual loop."""

    async def main() -> None:
        async with virtual_house(folder, name) as house:
            await life(house)

    virtual_loop.run(main(), ManualClock(START_NS))


async def killed(session: Session, **facts: Any) -> str:
    """A person kills; what the command is told."""
    asked = msgspec.structs.replace(asked_of("kill", reason="odd"), **facts)
    done: list[str] = []
    session.run.drive.arrivals.put(lambda: done.append(session.run.core.operate(asked).text))
    await session.until(lambda: done)
    return done[0]


async def waited(session: Session, span_s: float) -> None:
    """Let time pass for a daemon."""
    until_ns = session.run.drive.clock.now_ns + int(span_s * 1e9)
    await session.until(lambda: session.run.drive.clock.now_ns >= until_ns, span_s + 1)


async def rests(session: Session, count: int = 7) -> list[Order]:
    """Buys that rest, once a person has armed it."""
    await session.arm()
    orders = [await session.act(partial(_bid, price=59_000 + step)) for step in range(count)]
    await session.until(lambda: all(order.is_open for order in orders))
    return orders


def _bid(hand: Hand, price: int) -> Order:
    return hand.buy(PAIR, "0.0005", price=str(price))


def test_a_kill_cancels_at_once_after_restarts_whose_cancels_nobody_answered(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        for restarts in range(3):
            async with house.session() as session:
                if not restarts:
                    await rests(session)
                house.server.faults.add([Fault(FaultKind.HOLD_BEFORE, path=path, times=200) for path in CANCELS])
                for order in session.run.core.engine.desk.open_of("mm"):
                    await session.act(partial(Hand.cancel, order=order))
                    await waited(session, 0.2)
                await session.ended()
            house.server.faults.clear()
        assert len(house.open) == 7
        async with house.session() as last:
            await killed(last)
            await last.until(lambda: not house.open, 1)

    lived(tmp_path, life)


def test_a_clock_that_moves_reduces_at_the_first_error_and_cancels_are_dated_by_it(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        async with house.session() as session:
            (order,) = await rests(session, 1)
            kill = session.run.core.kill
            await waited(session, 5)  # the look at the start is over, the next is a minute away
            house.venue.skew_ms = 40_000
            rejected = await session.act(partial(_bid, price=59_100))
            await session.until(lambda: kill.state(ACCOUNT) is KillState.REDUCING, 1)
            assert (rejected.state, rejected.reason) == (OrderState.REJECTED, "too_late")
            assert "its clock is 40" in kill.words and "ahead of ours" in kill.words
            await session.act(partial(Hand.cancel, order=order))
            await session.until(lambda: not house.open, 2)
            house.venue.skew_ms = 0
            await session.until(lambda: kill.state(ACCOUNT) is KillState.ARMED, 120)

    lived(tmp_path, life)


@pytest.mark.fault("P24")
def test_a_stop_while_the_venue_cannot_be_reached_claims_nothing_and_names_what_may_stand(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        async with house.session() as session:
            orders = await rests(session, 2)
            house.server.is_frozen = True
            began_s = asyncio.get_running_loop().time()
            summary = await session.ended()
            assert asyncio.get_running_loop().time() - began_s <= 10
        names = ", ".join(order.client_order_id for order in orders)
        assert summary.not_compared == f"the venue was not reached; 2 orders may stand there: {names}"
        assert session.stop.last_words() == f"2 orders may stand there: {names}"
        assert f"{summary.not_compared}; the next start asks after them" in summary.faults
        told = " ".join(" ".join(closing_lines(summary)).split())
        assert "not compared: the venue was not reached; 2 orders may stand there:" in told
        assert "difference 0" not in told and "fills none known" in told
        account = tmp_path / "var" / "live" / "bitget-main"
        assert broken_off(tmp_path / "var") == [account], "run.py status tells of it from here on"
        house.server.is_frozen = False
        async with house.session() as session:
            await session.until(lambda: not session.run.recovery.doubted() and session.run.has_answers(), 60)
            summary = await session.ended()
        assert (summary.not_compared, house.open) == ("", [])
        assert broken_off(tmp_path / "var") == []

    lived(tmp_path, life)


@pytest.mark.fault("P22")
def test_a_clock_far_ahead_of_the_venues_begins_no_journal(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        house.venue.skew_ms = -90_000
        with pytest.raises(ConfigError, match=r"near the venue's, found it 90 s ahead: set it right"):
            async with house.session():
                pass
        house.venue.skew_ms = -50_000
        async with house.session() as late:
            await late.until(lambda: late.run.is_started)

    lived(tmp_path, life)


def test_the_key_of_another_account_starts_nothing_on_the_journal_of_the_first(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        async with house.session() as first:
            await rests(first, 1)
        other = key(house.venue, "unified-trade")
        for part in ("key", "secret", "passphrase"):
            (tmp_path / "secrets" / f"bitget_{part}").write_text(getattr(other, part))
        second = house.session()
        with pytest.raises(ConfigError, match="found one of another account"):
            async with second:
                pass

    lived(tmp_path, life)


def test_a_stop_before_the_venue_has_answered_claims_nothing(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        async with house.session() as session:
            await session.ended()
        with house.opened() as (opened, told):
            session = Session(opened, told)
            await session.until(lambda: hasattr(session, "run") and session.run.recovery.reconciles)
            house.server.is_frozen = True
            summary = await session.ended()
        assert told.getvalue().startswith("stopped before 127.0.0.1:8766 had answered: no order was placed")
        assert summary.not_compared == "the venue was not reached; no order of ours is known to stand there"
        assert "difference 0" not in "".join(closing_lines(summary)) and summary.faults

    lived(tmp_path, life)


def test_a_sweep_goes_on_as_soon_as_a_venue_whose_cancels_hung_answers_again(tmp_path: Path) -> None:
    """At most as long as its connections still wait for answers, 5 s: no limit keeps it back."""

    async def life(house: BitgetHouse) -> None:
        async with house.session() as session:
            await rests(session)
            house.server.faults.add([Fault(FaultKind.HOLD_BEFORE, path=path, times=200) for path in CANCELS])
            await killed(session)
            await waited(session, 19)
            (sweep,) = session.run.core.effects.sweeps.values()
            assert (len(sweep.cancelled), len(sweep.left())) == (0, 7)
            house.server.faults.clear()
            await session.until(lambda: not house.open, 5)
            await session.until(lambda: len(sweep.cancelled) == 7, 1)

    lived(tmp_path, life)


def test_a_stop_while_the_books_differ_says_by_what_and_not_that_the_venue_is_away(tmp_path: Path) -> None:
    async def life(house: BitgetHouse) -> None:
        async with house.session() as session:
            await session.arm()
            await waited(session, 20)  # what was compared at the start is over
            house.venue.members[house.key.uid].wallet(house.listing).add("USDT", Decimal(5), 0)
            summary = await session.ended()
        assert summary.not_compared == ""
        assert summary.ledger_difference == {"USDT": "-5"}
        assert "the books differ from the venue's: USDT: the venue holds 100005, our books 100000" in summary.faults

    lived(tmp_path, life)


HALVES: dict[str, tuple[tuple[Fault, ...], OrderState]] = {
    "the new one is refused": (
        tuple(Fault(FaultKind.ERROR, path=path, code="43012", message="Insufficient balance") for path in PLACES),
        OrderState.REJECTED,
    ),
    "the new one's answer is lost": (tuple(Fault(FaultKind.DROP_AFTER, path=path) for path in PLACES), OrderState.OPEN),
    "the new one is lost": (tuple(Fault(FaultKind.DROP_BEFORE, path=path) for path in PLACES), OrderState.ABSENT),
    "the cancel is lost": (tuple(Fault(FaultKind.DROP_BEFORE, path=path) for path in CANCELS), OrderState.OPEN),
    "the cancel's answer is lost": (tuple(Fault(FaultKind.DROP_AFTER, path=path) for path in CANCELS), OrderState.OPEN),
}


@pytest.mark.fault("E16")
@pytest.mark.parametrize("half", HALVES)
def test_a_ladder_that_moves_by_a_cancel_and_a_new_order_follows_each_by_itself(tmp_path: Path, half: str) -> None:
    """A classic account changes no order under its id: two requests, either of which may fail alone."""
    faults, state = HALVES[half]

    async def life(house: BitgetHouse) -> None:
        quotes = asyncio.create_task(quoted(house))
        async with house.session() as session:
            await session.arm()
            (old,) = await laid(session, 59_000)
            await session.until(lambda: old.is_open)
            house.server.faults.add(list(faults))
            (new,) = [order for order in await laid(session, 58_000) if order is not old]
            await session.until(lambda: old.state is OrderState.CANCELLED, 60)
            await session.until(lambda: new.state is state, 90)
            assert old.venue_order_id != new.venue_order_id
            if state is OrderState.OPEN:
                await session.until(lambda: house.open == [new.client_order_id], 60)
            placed = [one.client_id for one in house.venue.members[house.key.uid].orders.values()]
            assert len(placed) == len(set(placed)), "nothing is sent twice"
            assert not session.run.core.kill.trips
            house.server.faults.clear()
            summary = await session.ended()
            assert (summary.ledger_difference, house.open) == ({}, [])
        quotes.cancel()

    lived(tmp_path, life)


async def laid(session: Session, price: float) -> list[Order]:
    """The ladder is moved; every order that the strategy has then."""
    core, found = session.run.core, list[list[Order]]()
    lay = partial(session.hand.ladder, PAIR, bids=[(price, 0.0005)])

    def act() -> None:
        core.engine.host.call(core.engine.seats["mm"], lay)
        core.loop.settle()
        found.append(list(core.engine.blotter.open_of("mm")))

    session.run.drive.arrivals.put(act)
    await session.until(lambda: found)
    return found[0]


async def quoted(house: BitgetHouse) -> None:
    """The market moves now and then, so that its feed is not silent."""
    for step in itertools.count():
        await asyncio.sleep(5)
        show(house.venue, 60_000 + step % 2)
