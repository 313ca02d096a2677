"""What is true when a process begins to trade, when a scope was swept, and at the end: our books are the venue's."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from framework.model.orders import OrderState
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from framework.router.kill.states import KillState, Phase
from tests.simulation.history import Broken

if TYPE_CHECKING:
    from tests.simulation.world import World


def check_ready(world: World) -> None:
    """A process begins to trade: its latch is what it was, it knows every order, and nothing is left to explain."""
    hold, core = world.history.hold, world.process.core
    kill, desk = core.kill, core.engine.desk
    opened = [
        scope for scope in world.history.latched if kill.state(scope) not in (KillState.TRIPPED, KillState.DISARMED)
    ]
    hold("I22", not opened, lambda: f"{opened[0]} had tripped, and is {kill.state(opened[0]).value} after a restart")
    orphans = [each for each in world.exchange.open_ids() if (order := desk.order(each)) is None or order.is_done]
    world.history.counts["orphans"] += len(orphans)
    hold("I3", not orphans, lambda: f"{orphans[0]} is open at the venue, and our books say {desk.order(orphans[0])}")
    for name, filled in world.history.filled.items():
        order = desk.order(name)
        is_kept = order is None or order.filled_points >= filled
        hold("I7", is_kept, lambda order=order, filled=filled: f"{order!r}: {filled} was filled before the restart")  # type: ignore[misc]  # bound here
    _check_explained(world, "after a restart")


def _check_explained(world: World, when: str) -> None:
    """Nothing is left that a person would have to adopt."""
    left = world.process.recovery.unadopted()
    world.history.counts["position_differences"] += len(left)
    world.history.hold("I4", not left, lambda: f"{when}: {'; '.join(left)}")


def check_swept(world: World, scope: Scope, *, is_hard: bool) -> None:
    """I6: nothing of ours stands in a scope that was swept, but what guards a position."""
    for client_order_id in world.exchange.open_ids():
        order = world.exchange.venue.orders[client_order_id].order
        strategy = client_order_id.split("-")[2]
        is_there = scope in (
            EVERYTHING,
            Scope(ScopeKind.INSTRUMENT, order.instrument.id),
            Scope(ScopeKind.STRATEGY, strategy),
        )
        if is_there and (is_hard or not order.reduce_only):
            world.history.counts["open_after_sweep"] += 1
            raise Broken("I6", f"{client_order_id} is open at the venue after the sweep of {scope}")


def check_end(world: World) -> None:
    """All is calm: orders, fills, balances and scopes."""
    hold, exchange = world.history.hold, world.exchange
    _check_orders(world)
    hold("I16", len(exchange.foreign_ids()) == exchange.foreigners, lambda: "an order of others is gone")
    _check_fills(world)
    _check_ledger(world)
    _check_explained(world, "at the end")
    kill = world.process.core.kill
    for scope, sweep in world.process.core.effects.sweeps.items():
        is_held = kill.state(scope) is KillState.TRIPPED and kill.trip_of(scope) is sweep.trip
        if is_held and sweep.phase is Phase.SWEPT:  # once it reduces, what reduces may come
            check_swept(world, scope, is_hard=sweep.is_hard)


def _check_orders(world: World) -> None:
    hold, counts, desk = world.history.hold, world.history.counts, world.process.core.engine.desk
    ours = {order.client_order_id for order in world.open_orders() if order.state is not OrderState.QUEUED}
    theirs = world.exchange.open_ids()
    orphans = [each for each in theirs if each not in ours]
    counts["orphans"] += len(orphans)
    hold("I3", not orphans, lambda: f"the venue shows {orphans[0]}, we do not: {desk.order(orphans[0])}")
    lost = sorted(ours - set(theirs))
    counts["lost"] += len(lost)
    hold("I3", not lost, lambda: f"we show {lost[0]}, the venue {world.exchange.venue.orders.get(lost[0])}")


def _check_fills(world: World) -> None:
    desk = world.process.core.engine.desk
    for record in world.exchange.venue.orders.values():
        order = desk.order(record.order.client_order_id)
        if order is not None and order.filled_points != record.order.filled_points:
            world.history.counts["position_differences"] += 1
            filled = record.order.filled_points
            raise Broken("I4", f"{order!r}: filled {order.filled_points}, at the venue {filled} {record.state}")


def _check_ledger(world: World) -> None:
    ours = world.process.core.engine.portfolio.totals()
    theirs = {asset: free + locked for asset, (free, locked) in world.exchange.venue.balances().items()}
    for asset in sorted({*ours, *theirs}):
        difference = ours.get(asset, Decimal(0)) - theirs.get(asset, Decimal(0))
        if difference:
            world.history.counts["position_differences"] += 1
            raise Broken("I4", f"{asset}: our books less the venue's {difference}")
