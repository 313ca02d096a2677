"""A running daemon in facts: what `status`, `orders`, `fills` and `positions` tell. Read between two instants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from framework.app.running import Running
from framework.model.counting import counted
from framework.model.orders import UNASSIGNED, Order, OrderState
from framework.reports.board import Board
from framework.reports.happenings import FillHappened
from framework.reports.session import Session
from framework.router.kill.switch import KillSwitch
from framework.router.kill.trips import Trip

Facts = dict[str, object]

OVER: Final = "over"
"""State of a trip that holds nothing any more."""


def status(run: Running, session: Session) -> Facts:
    """The run, its kill switch and its strategies."""
    board, now_ns, kill = Board(session), run.core.clock.now_ns, run.core.kill
    return {
        "text": f"{board.mode}: {board.promise}   {kill.words}",
        "run_id": run.id,
        "mode": board.mode,
        "state": kill.state().value,
        "scopes": {str(scope): state.value for scope, state in kill.states.items()},
        "trips": trips(run),
        "latch_fault": kill.latched.fault,
        "differences": list(dict.fromkeys(run.unadopted)),
        "unknown": [order.client_order_id for order in _open(run) if order.state is OrderState.UNKNOWN],
        "time": f"{board.time(now_ns)} {board.zone(now_ns)}",
        "ts_ns": now_ns,
        "speed": board.speed,
        "progress": board.progress(now_ns)[1],
        "feed": board.feed(now_ns),
        "equity": board.equity(),
        "net": board.net(),
        "requests": board.requests(),
        "strategies": [
            {
                "strategy": row.name,
                "position": ", ".join(row.positions) or "flat",
                "open": row.open,
                "fills": row.fills,
                "refused": row.refused,
                "net": row.net,
                "fees": row.fees,
                "is_quarantined": row.is_quarantined,
            }
            for row in board.rows()
        ],
    }


def trips(run: Running) -> list[Facts]:
    """What tripped, oldest first, what it holds now and how far its sweep is: in this run, and before it where that still holds."""
    found: list[Facts] = []
    effects = run.core.effects
    all_of_it = {trip.id: trip for trip in (*recalled_trips(run.core.kill), *run.core.kill.trips)}
    for trip in all_of_it.values():
        sweep = effects.sweeps.get(trip.scope)
        is_its = sweep is not None and sweep.trip.id == trip.id
        found.append(
            {
                "trip": trip.id,
                "scope": str(trip.scope),
                "cause": trip.cause.value,
                "reason": trip.reason,
                "who": trip.who,
                "ts_ns": trip.ts_ns,
                "state": _state_of(run.core.kill, trip),
                "phase": sweep.phase.value if sweep is not None and is_its else "",
                "detail": sweep.detail if sweep is not None and is_its else "",
                "flattening": effects.flattening_words(trip.scope) if is_its else "",
                "cancelled": len(sweep.cancelled) if sweep is not None and is_its else 0,
                "filled": len(sweep.filled) if sweep is not None and is_its else 0,
                "left": len(sweep.left()) if sweep is not None and is_its else 0,
                "emptied_ns": sweep.emptied_ns if sweep is not None and is_its else 0,
                "swept_ms": sweep.swept_ns / 1_000_000 if sweep is not None and is_its else 0.0,
            }
        )
    return found


def _state_of(kill: KillSwitch, trip: Trip) -> str:
    """What a trip holds its scope in now; `over` once it was armed, or another has taken its place."""
    held = kill.trip_of(trip.scope)
    return kill.state(trip.scope).value if held is not None and held.id == trip.id else OVER


def recalled_trips(kill: KillSwitch) -> list[Trip]:
    """Trips of earlier sessions that hold, oldest first; one without a latch to tell its instant comes first."""
    ours = {trip.id for trip in kill.trips}
    held = [trip for trip in map(kill.trip_of, kill.states) if trip is not None and trip.id not in ours]
    return sorted(held, key=lambda trip: trip.ts_ns)


def orders(run: Running) -> Facts:
    """Orders that are not done, by strategy, oldest first, and those of our name that are in no journal."""
    found, strangers = _open(run), _strangers(run)
    more = f", {len(strangers)} of them in no journal: run.py adopt, or run.py kill" if strangers else ""
    return {
        "text": counted(len(found) + len(strangers), "open order") + more,
        "orders": [
            {
                "order": order.client_order_id,
                "strategy": order.strategy,
                "instrument": order.instrument.id,
                "side": order.side,
                "size": order.instrument.size_text(order.size_points),
                "filled": order.instrument.size_text(order.filled_points),
                "price": order.instrument.price_text(order.price_points) if order.price_points else "market",
                "state": order.state.value,
                "pending": order.pending.value,
                "tag": order.tag,
            }
            for order in found
        ]
        + strangers,
    }


def _strangers(run: Running) -> list[Facts]:
    """Orders of our name that stand at the venue and are not in our books."""
    found: list[Facts] = []
    for seen in run.strangers:
        there = run.core.engine.instruments[seen.instrument]
        found.append(
            {
                "order": seen.client_order_id,
                "strategy": UNASSIGNED,
                "instrument": there.id,
                "side": "buy" if seen.is_buy else "sell",
                "size": there.size_text(seen.size_points),
                "filled": there.size_text(seen.filled_points),
                "price": there.price_text(seen.price_points) if seen.price_points else "market",
                "state": seen.state.value,
                "pending": "",
                "tag": "",
            }
        )
    return found


def _open(run: Running) -> list[Order]:
    blotter = run.core.engine.blotter
    names = [*(seated.name for seated in run.strategies), UNASSIGNED]
    return [order for name in names for order in blotter.open_of(name)]


def fills(seen: Sequence[FillHappened]) -> Facts:
    """The last fills, oldest first."""
    return {
        "text": "no fills yet" if not seen else "the last fill" if len(seen) == 1 else f"the last {len(seen):,} fills",
        "fills": [{"ts_ns": fill.ts_ns, **fill.facts} for fill in seen],
    }


def positions(session: Session) -> Facts:
    """What every strategy holds, and what of a derivative is nobody's: a venue shows both together."""
    held = [
        (strategy, holding)
        for strategy in session.ledgers.strategies
        for holding in session.ledgers.figures(strategy, session.facts.currency).holdings
        if holding.position_points
    ]
    held += [(UNASSIGNED, holding) for holding in session.ledgers.nobodys()]
    found = [
        {
            "strategy": strategy,
            "instrument": holding.instrument.id,
            "position": holding.instrument.size_text(holding.position_points),
            "avg_price": str(holding.avg_price),
            "realised": str(holding.realised),
            "unrealised": str(holding.unrealised),
        }
        for strategy, holding in held
    ]
    return {"text": counted(len(found), "position"), "positions": found}
