"""What a live session tells a person: its facts for views and report, and what must be known before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from framework.app.control.disk_watch import stands
from framework.app.fact_words import SAMPLES, fees_words, strategy_words, versions
from framework.app.live.canary import caps_words, loss_words
from framework.app.live.gateways import Examined
from framework.app.live.run import LiveRun
from framework.model.counting import counted, listed
from framework.model.money import plain
from framework.model.orders import UNASSIGNED
from framework.model.scopes import EVERYTHING, Scope
from framework.reports.board import Board
from framework.reports.facts import RunFacts
from framework.reports.session import Session
from framework.reports.summary import Left
from framework.reports.words import price_text, size_text
from framework.router.kill.states import KillState
from framework.router.kill.switch import KillSwitch

NAMED_MAX: Final = 20
ALONE: Final = (
    "alone: one request may take back every order of a market, whoever's it is; an order of somebody else ends that"
)
SILENT: Final = (KillState.DISARMED, KillState.TRIPPED)
"""Nothing at all is sent."""


def live_facts(run: LiveRun, where: str, latency: str, journal: str) -> RunFacts:
    """What is known of a session before its strategies start.

    Args:
        latency: what is known of the venue's clock, in words.
    """
    config = run.config
    return RunFacts(
        run_id=run.id,
        mode="LIVE",
        promise=f"orders go to {where}, account {config.live.account}",
        tape=run.tape.title,
        rules=f"{run.rules.title} rules",
        rules_as_of=run.rules.as_of,
        fill_model="the venue's fills",
        latency=latency,
        fees=fees_words(run.tape.instruments),
        speed="1",
        seed=config.live.seed,
        ts_start_ns=run.start_ns,
        instruments=tuple(run.tape.instruments),
        balances=run.balances,
        currency=config.report_currency,
        display_tz=config.display_tz,
        journal=journal,
        strategies={seated.name: strategy_words(seated.use, seated.capital) for seated in run.strategies},
        capital={seated.name: {amount.asset: amount.value for amount in seated.capital} for seated in run.strategies},
        has_samples_only=all(seated.use in SAMPLES for seated in run.strategies),
        assumptions=(caps_words(config),),
        versions=versions(),
        command=f"python3 run.py replay {journal}",
    )


def opening_words(
    run: LiveRun, session: Session, where: str, examined: Examined, kill_files: Sequence[Path]
) -> Iterator[str]:
    """Account, equity, limits, largest loss, and what holds it back and how that ends, a line each."""
    live, kill = run.config.live, run.core.kill
    yield f"LIVE  {live.venue} at {where}, account {live.account} ({examined.account}): {examined.rights}"
    held = ", ".join(f"{plain(value)} {asset}" for asset, value in run.balances.items()) or "nothing"
    yield f"equity {Board(session).equity()}: {held}"
    yield caps_words(run.config)
    if run.core.router.lanes[run.rules.venue].is_ours_alone:
        yield ALONE
    yield f"largest loss before trading stops: {'; '.join(loss_words(run.config))}"
    for differences in run.recovery.differences.values():
        yield from (f"differs: {each.text}" for each in differences)
    yield from standing_words(kill, [path for path in kill_files if stands(path)])


def standing_names(run: LiveRun) -> list[str]:
    """The orders that may stand at the venue: of our books, whatever the venue did meanwhile."""
    whose = [*(seated.name for seated in run.strategies), UNASSIGNED]
    names = [order.client_order_id for name in whose for order in run.core.engine.blotter.open_of(name)]
    return [*names, *(seen.client_order_id for seen in run.recovery.strangers())]


def standing_orders(run: LiveRun) -> str:
    """`2 orders may stand there: a, b`."""
    return counted_names(standing_names(run))


def counted_names(names: Sequence[str]) -> str:
    """The same of any names."""
    if not names:
        return "no order of ours is known to stand there"
    return f"{counted(len(names), 'order')} may stand there: {listed(names, NAMED_MAX)}"


def standing_words(kill: KillSwitch, found: Sequence[Path]) -> Iterator[str]:
    """What the kill switch says, and for each scope that is held what a person does about it.

    Args:
        found: KILL files that are there.
    """
    held = {scope: state for scope, state in kill.states.items() if state is not KillState.ARMED}
    yield f"{kill.words}{': nothing is sent' if kill.state() in SILENT else ''}"
    for path in found:
        yield f"KILL file {path}: it trips everything, and nothing is armed while it is there; remove it first"
    for scope, state in held.items():
        if state not in SILENT:
            yield f"{scope} REDUCING: only what lowers exposure is sent"
            continue
        yield from kill.obstacles(scope)
        yield arming_words(kill, scope, is_killed=bool(found))


def arming_words(kill: KillSwitch, scope: Scope, *, is_killed: bool) -> str:
    """The command that arms a scope, and how often it is given.

    Args:
        is_killed: a KILL file will trip it, if nothing has.
    """
    trip, name = kill.trip_of(scope), "" if scope == EVERYTHING else f" --scope {scope}"
    if trip is None and not is_killed:
        return f"start trading with run.py arm{name} --reason WHY"
    shown = "ID" if trip is None else trip.id
    command = f"run.py arm{name} --trip {shown} --reason WHY"
    return f"once run.py status shows trip {shown} as swept, two steps arm {scope}: {command}, and the same once more"


def left_strangers(run: LiveRun) -> list[Left]:
    """Orders of our name that stand at the venue and are not in our books, as left open."""
    left = []
    for seen in run.strangers:
        there = run.core.engine.instruments[seen.instrument]
        size_points = seen.size_points - seen.filled_points
        price = price_text(there, seen.price_points) if seen.price_points else "market"
        side = "buy" if seen.is_buy else "sell"
        text = f"{side} {size_text(there, size_points)} {there.base} at {price}: {seen.client_order_id}"
        left.append(Left(UNASSIGNED, "order", there.id, there.size_exact(size_points), text))
    return left
