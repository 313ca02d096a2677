"""A daemon dies while it brings positions down: the next one goes on, and sells no more than is held."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from framework.kernel.latch import LatchPage, decode
from framework.model.events import Quote, ReportKind
from framework.model.orders import Order
from framework.model.scopes import EVERYTHING
from framework.router.kill import flatten
from framework.router.kill.flatten import TAG
from framework.router.kill.operator import asked_of
from framework.router.kill.states import KillState
from tests.router.kill.test_switch import Memory
from tests.router.life import BTC
from tests.test_recovery import COIN, Crash, Daemon, World
from tests.wired import SECOND

OTHERS = COIN
"""Coins in the account that are no strategy's."""


def market(daemon: Daemon, turns: int = 40) -> None:
    """Ten seconds in which there is always somebody to sell to."""
    for turn in range(turns):
        daemon.wait(SECOND // 4)
        daemon.play(Quote(BTC, daemon.core.clock.now_ns, 10_000 - turn % 5, 200_000, 10_100, 10_000))


def kill(daemon: Daemon) -> None:
    """A person wants the positions gone."""
    asked = msgspec.structs.replace(asked_of("kill", reason="out"), flatten=True)
    assert daemon.core.operate(asked).is_done


def page_of(latch: Memory) -> LatchPage:
    """What stands on the disk."""
    page = decode(latch.content or b"")
    assert page is not None
    return page


def first(world: World, latch: Memory, crash_at: int = 0, *, is_written: bool = False) -> Daemon:
    """Holds coins, an order rests, and one is being asked to sell it all."""
    daemon = Daemon(world, "000001", crash_at=0, latch=latch)
    daemon.crash_at, daemon.is_written = crash_at, is_written
    daemon.buy("99")
    daemon.wait(SECOND)
    kill(daemon)
    market(daemon)
    return daemon


def in_account(world: World) -> Decimal:
    """Coins at the venue."""
    return sum(world.venue.balances()["BTC"], Decimal(0))


def whole() -> tuple[int, int]:
    """Records of a life before it holds anything, and of all of it."""
    world, latch = World(BTC=COIN + OTHERS), Memory()
    begun = len(Daemon(world, "000001", latch=latch).records)
    return begun, len(first(World(BTC=COIN + OTHERS), Memory()).records)


BEGUN, RECORDS = whole()


@pytest.mark.fault("P6")
@pytest.mark.parametrize("is_written", [False, True])
def test_killed_at_any_record_of_a_flattening_the_next_session_sells_what_is_left_and_no_more(is_written: bool) -> None:
    for crash_at in range(BEGUN + 1, RECORDS + 1):
        world, latch = World(BTC=COIN + OTHERS), Memory()
        daemon = None
        try:
            first(world, latch, crash_at, is_written=is_written)
        except Crash:
            records = world.core.journal._write.__self__.records  # type: ignore[union-attr]  # its daemon's
            world.crash()
            daemon = Daemon(world, "000002", records, latch=latch)
            market(daemon, 160)  # a slice that was in flight is called absent only by proof
        assert daemon is not None, crash_at
        was_asked = daemon.state() is KillState.TRIPPED
        assert in_account(world) == (OTHERS if was_asked else COIN + OTHERS), crash_at
        assert daemon.difference == {}
        assert daemon.core.effects.flattenings == {} or daemon.core.effects.flattenings[EVERYTHING].is_over


@pytest.mark.parametrize("is_sold", [True, False])
def test_what_is_over_or_was_given_up_is_not_begun_again_by_a_restart(
    is_sold: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flatten, "TRIES_NS", 15 * SECOND)
    world, latch = World(), Memory()
    daemon = first(world, latch) if is_sold else Daemon(world, "000001", latch=latch)
    if not is_sold:
        kill(daemon)
        assert page_of(latch).trips["global"].flatten
        daemon.wait(20 * SECOND)
    assert not page_of(latch).trips["global"].flatten
    world.crash()
    second = Daemon(world, "000002", daemon.records, latch=latch)
    market(second)
    assert second.core.effects.flattenings == {}
    assert not [
        order for order in second.core.engine.blotter._orders.values() if order.tag == TAG and not order.is_done
    ]
    assert second.state() is KillState.TRIPPED


def test_a_fill_that_the_venue_shows_late_of_a_slice_of_before_is_waited_for() -> None:
    world, latch = World(BTC=COIN + OTHERS), Memory()
    daemon = Daemon(world, "000001", latch=latch)
    world.faults.of_report = (  # type: ignore[method-assign]
        lambda report: () if report.kind is ReportKind.FILLED else (0,)
    )
    world.faults.change = lambda reply: msgspec.structs.replace(reply, fills=())
    kill(daemon)
    daemon.wait(SECOND)
    left = in_account(world)
    slices: list[Order] = [each for each in daemon.core.engine.blotter._orders.values() if each.tag == TAG]
    assert slices and slices[0].is_done and not slices[0].filled_points, slices
    assert left < COIN + OTHERS
    world.crash()
    second = Daemon(world, "000002", daemon.records, latch=latch)
    market(second)
    assert in_account(world) == left, "nobody knows yet what the first slice has sold"
    world.faults.change = lambda reply: reply
    world.faults.of_report = lambda report: (0,)  # type: ignore[method-assign]
    market(second, 160)
    assert in_account(world) == OTHERS
