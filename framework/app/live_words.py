"""What a live session tells a person: its facts for views and report, and what must be known before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from framework.app.canary import caps_words, loss_words
from framework.app.gateways import Examined
from framework.app.live_run import LiveRun
from framework.app.paper import SAMPLES, described, fees_words, versions
from framework.model.money import plain
from framework.reports.board import Board
from framework.reports.facts import RunFacts
from framework.reports.session import Session
from framework.router.kill.states import KillState

HOW_TO_ARM: Final = ": nothing is sent; start trading with run.py arm --reason WHY"


def facts_of(run: LiveRun, where: str, examined: Examined, journal: str) -> RunFacts:
    """What is known of a session before its strategies start."""
    config = run.config
    return RunFacts(
        run_id=run.id,
        mode="LIVE",
        promise=f"orders go to {where}, account {config.live.account}",
        tape=run.tape.title,
        rules=f"{run.rules.title} rules",
        rules_as_of=run.rules.as_of,
        fill_model="the venue's fills",
        latency=f"venue's clock {examined.skew_ms:+.1f} ms",
        fees=fees_words(run.tape.instruments),
        speed="1",
        seed=config.live.seed,
        ts_start_ns=run.start_ns,
        instruments=tuple(run.tape.instruments),
        balances=run.balances,
        currency=config.report_currency,
        display_tz=config.display_tz,
        journal=journal,
        strategies={seated.name: described(seated.use, seated.capital) for seated in run.strategies},
        capital={seated.name: {amount.asset: amount.value for amount in seated.capital} for seated in run.strategies},
        has_samples_only=all(seated.use in SAMPLES for seated in run.strategies),
        assumptions=(caps_words(config),),
        versions=versions(),
        command=f"python3 run.py journal verify {journal}",
    )


def opening_words(run: LiveRun, session: Session, where: str, examined: Examined) -> Iterator[str]:
    """Account, equity, limits, largest loss, and what holds it back, a line each."""
    live, kill = run.config.live, run.core.kill
    yield f"LIVE  {live.venue} at {where}, account {live.account} ({examined.account}): {examined.rights}"
    held = ", ".join(f"{plain(value)} {asset}" for asset, value in run.balances.items()) or "nothing"
    yield f"equity {Board(session).equity()}: {held}"
    yield caps_words(run.config)
    yield f"largest loss before trading stops: {'; '.join(loss_words(run.config))}"
    for differences in run.recovery.differences.values():
        yield from (f"differs: {each.text}" for each in differences)
    yield f"{kill.words}{'' if kill.state() is KillState.ARMED else HOW_TO_ARM}"
