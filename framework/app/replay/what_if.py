"""What strategies would have asked for with other parameters: the same run twice, and where their intents part.

A tape's run is played again whole, its simulated venue too. A live session's venue answered the orders that there were,
and says nothing of others: both sides of that comparison are played on paper, on what the session heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from framework.app.assembly import PaperRun
from framework.app.live.capital_before import summed
from framework.app.replay.begun import begun_with
from framework.app.replay.changed import ChangedParameter, changed_of, with_changed
from framework.app.replay.intents import Intents, IntentTally, Parting, parting_facts, partings, tallies
from framework.app.replay.other_code import other_code
from framework.app.replay.recorded import RecordedRun, play_again
from framework.app.replay.session import TOO_OLD, Beginning
from framework.app.replay.sessions import RecordedSession, Sessions
from framework.app.replay.taken import Taken
from framework.app.seated import seat_strategies
from framework.config import Config
from framework.config.tables import Paper
from framework.data.heard import END_NS, heard_again
from framework.kernel.logging import configure
from framework.kernel.records import Record, RunStopped, Turn
from framework.model.money import Amount

ON_PAPER: Final = (
    "both sides are played on paper, on what the session heard: armed, with what strategies held and had saved when it "
    "began, without the orders that stood then, and with the answers of the simulated venue"
)
OTHER_CODE: Final = "both with the code of today, which is another one than the session had: "
ONLY_SPOT: Final = "the simulated venue that would answer in its venue's place plays spot alone"


@dataclass(frozen=True)
class WhatIf:
    """What other parameters would have changed in one run."""

    run_id: str
    changes: tuple[ChangedParameter, ...] = ()
    partings: tuple[Parting, ...] = ()
    """Oldest first."""
    tallies: Mapping[str, IntentTally] = field(default_factory=dict)
    """Strategy -> its intents in both."""
    put_aside: Mapping[str, str] = field(default_factory=dict)
    """Strategy -> why it asks for nothing any more with these, where it was not put aside so in the run."""
    note: str = ""
    """How it was played, where that is not as it was."""
    obstacle: str = ""
    """Why it cannot be played."""

    @property
    def is_different(self) -> bool:
        """Whether anything would have been asked for otherwise, or nothing any more."""
        return bool(self.partings or self.put_aside)

    def lines(self, most: int) -> Iterator[str]:
        """For people: the first partings, and a sum for each strategy."""
        yield f"run {self.run_id}, what if {' '.join(change.text for change in self.changes) or 'it had the code of today'}"
        if self.obstacle:
            yield f"cannot be replayed: {self.obstacle}"
            return
        yield from [self.note] * bool(self.note)
        for strategy, reason in self.put_aside.items():
            yield f"{strategy} would be put aside, and asks for nothing from then on: {reason}"
        for parting in islice(self.partings, most):
            yield from parting.lines
        left = len(self.partings) - most
        if left > 0:
            yield f"... and {left:,} more instants (--show {len(self.partings)} tells all)"
        yield from _table(self.tallies)
        if not self.is_different:
            yield "no intent differs"

    def facts(self, most: int) -> dict[str, Any]:
        """For programs, with the first partings."""
        return {
            "run_id": self.run_id,
            "changes": [change.text for change in self.changes],
            "instants": len(self.partings),
            "differences": [parting_facts(parting) for parting in self.partings[:most]],
            "strategies": {
                name: {"run": tally.run, "what_if": tally.what_if, "same": tally.same}
                for name, tally in self.tallies.items()
            },
            "put_aside": dict(self.put_aside),
            "note": self.note,
            "obstacle": self.obstacle,
        }


def what_if_of_run(run: Path, texts: Sequence[str], tape_path: str = "", *, with_changes: bool = False) -> WhatIf:
    """Of a tape's run, or of paper on a live feed.

    Args:
        texts: `STRATEGY.PARAMETER=VALUE`, as a person writes them; none: what other code changes.
        tape_path, with_changes: as for a replay.

    Raises:
        ConfigError, PluginError: no such run, strategy or parameter. DataError: as for a replay.
    """
    configure(lambda: 0, level="critical")  # what it logs happened then, not now
    recorded, changes = RecordedRun.of(run, tape_path), tuple(map(changed_of, texts))
    known = {there.id: there for there in recorded.tape.instruments}
    before, after = Intents(known), Intents(known)
    for record in recorded.records:
        before.take(record)
    recorded.instead(with_changed(recorded.config, changes), after.take, with_changes=with_changes)
    return _parted(recorded.started.run_id, changes, before, after)


def what_if_of_daemon(folder: Path, texts: Sequence[str], *, with_changes: bool = False) -> list[WhatIf]:
    """Of each session of a daemon's journal. Arguments and errors as `what_if_of_run`."""
    configure(lambda: 0, level="critical")
    changes = tuple(map(changed_of, texts))
    return [_of_session(session, changes, with_changes=with_changes) for session in Sessions(folder)]


def _of_session(session: RecordedSession, changes: tuple[ChangedParameter, ...], *, with_changes: bool) -> WhatIf:
    records = list(session.records)
    run_id = "" if session.started is None else session.started.run_id
    if session.obstacle:
        return WhatIf(run_id, changes, obstacle=session.obstacle)
    head = Beginning.of(
        records[: next((at for at, each in enumerate(records) if isinstance(each, Turn)), len(records))]
    )
    if head is None:
        return WhatIf(run_id, changes, obstacle=TOO_OLD)
    changed = with_changed(head.config, changes)
    if not all(there.is_spot for there in head.instruments):
        return WhatIf(run_id, changes, obstacle=ONLY_SPOT)
    before, after = (OnPaper(head, session.earlier, records, config) for config in (head.config, changed))
    code = other_code(f"run {run_id}", head.started, before.run.started, is_fine=with_changes)
    return _parted(run_id, changes, before.play(), after.play(), (OTHER_CODE if code else "") + ON_PAPER)


def _parted(
    run_id: str, changes: tuple[ChangedParameter, ...], before: Intents, after: Intents, note: str = ""
) -> WhatIf:
    put_aside = {name: why for name, why in after.put_aside.items() if before.put_aside.get(name) != why}
    return WhatIf(run_id, changes, tuple(partings(before, after)), tallies(before, after), put_aside, note)


class OnPaper:
    """A live session, put together to be played on paper.

    Args:
        earlier: as the session's restart read them.
    """

    def __init__(self, head: Beginning, earlier: Sequence[Record], records: Sequence[Record], config: Config) -> None:
        strategies, plugins = seat_strategies(config)
        tape, start_ns = heard_again(records, head.started), head.started.started_ns
        begun = begun_with(tape.instruments, strategies, earlier, start_ns)
        sums = summed(amount for seated in strategies for amount in seated.capital)
        balances = tuple(Amount(value, asset) for asset, value in sums.items())
        paper = Paper().model_copy(update={"balances": balances, "seed": config.live.seed})
        self.intents = Intents({there.id: there for there in tape.instruments})
        self._taken = Taken(self.intents.take, END_NS)
        self._stop = next((record for record in records if isinstance(record, RunStopped)), None)
        self.run = PaperRun(
            config.model_copy(update={"paper": paper}), tape, head.rules, strategies, plugins,
            lambda _: self._taken.write, head.started.run_id, None if begun is None else begun.resumed(start_ns),
        )  # fmt: skip
        for name, state in begun.states.items() if begun else ():
            self.run.core.engine.restore_state(name, state)

    def play(self) -> Intents:
        """Play it to where the session ended; gives what strategies asked for."""
        play_again(self.run, self._taken, self._stop)
        return self.intents


def _table(found: Mapping[str, IntentTally]) -> Iterator[str]:
    """A line for each strategy."""
    wide = max(len("STRATEGY"), *map(len, found)) if found else 0
    rows: list[tuple[str, ...]] = [("STRATEGY", "RUN", "WHAT IF", "SAME", "NO LONGER", "INSTEAD")] * bool(found)
    for strategy, tally in found.items():
        counts = tally.run, tally.what_if, tally.same, tally.run - tally.same, tally.what_if - tally.same
        rows.append((strategy, *(f"{count:,}" for count in counts)))
    for name, *cells in rows:
        yield f"{name:<{wide}}" + "".join(f"{cell:>11}" for cell in cells)
