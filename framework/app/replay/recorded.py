"""A run of a tape, or of paper on a live feed, as its journal tells it: put together once more, and played again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from framework.app.assembly import END_OF_TAPE, PaperRun, tape_of
from framework.app.files import read_note
from framework.app.first_record import started_of
from framework.app.replay.comparison import Comparison, Differs
from framework.app.replay.other_code import other_code
from framework.app.replay.taken import Taken
from framework.app.replay.verdict import Verdict
from framework.config import Config
from framework.data.catalogue import symbol_in_name
from framework.data.heard import END_NS, LIVE, heard_again
from framework.data.tape import Tape
from framework.kernel.journal import read_journal, torn_bytes
from framework.kernel.journal.places import find_journal
from framework.kernel.logging import configure
from framework.kernel.records import AccountResumed, KillNoticed, OperatorAsked, Record, RunStarted, RunStopped, Turn
from framework.model.errors import ConfigError, DataError
from framework.venues.named import rules_named


@dataclass(frozen=True)
class RecordedRun:
    """A run as its journal tells it, with the tape it was played on."""

    journal: Path
    records: list[Record]
    """Without a last turn that a hard end cut off."""
    started: RunStarted
    stop: RunStopped | None
    """None where the journal was cut off before it."""
    config: Config
    tape: Tape

    @classmethod
    def of(cls, run: Path, tape_path: str = "") -> RecordedRun:
        """Read a run's folder, or its journal.

        Raises:
            DataError: no journal, a damaged one, or another tape than the run had.
            ConfigError: no such run, or the tape is not where it was.
        """
        journal = find_journal(run)
        records = list(read_journal(journal))
        started = started_of(journal, records[0] if records else None)
        config = Config.from_canonical(started.config)
        is_live = started.tape.startswith(LIVE)
        if is_live:
            refuse_tape(tape_path, f"one on a live feed ({journal})")
        tape = heard_again(records, started) if is_live else _tape(journal, started, config, tape_path)
        stop = next((record for record in records if isinstance(record, RunStopped)), None)
        if stop is None and isinstance(records[-1], Turn):
            records.pop()  # cut off as the run stopped: the turn of a record that was never written says nothing
        return cls(journal, records, started, stop, config, tape)

    def again(self, *, with_changes: bool = False) -> Again:
        """The same run, put together once more and held against the journal.

        Args:
            with_changes: also where Python, the framework or a plugin is another one now.

        Raises:
            DataError: it is another one, and that is not wanted.
        """
        started, records = self.started, list(self.records)
        comparison = Comparison(iter(records))
        run = self._run(self.config, comparison.write)
        here, changes = (
            run.started,
            other_code(f"journal {self.journal}", self.started, run.started, is_fine=with_changes),
        )
        # What is known to differ, or to be the same under another name, is no difference of the run.
        records[0] = msgspec.structs.replace(
            started,
            format=here.format,  # an older one's records are the same
            tape=here.tape,
            tape_digest=here.tape_digest,
            config=here.config,  # made of the journal's own; one that is new has its default
            python=here.python,
            framework=here.framework,
            plugins=here.plugins,
        )
        comparison.expect(iter(records))
        run.core.kill.expect([record for record in records if isinstance(record, KillNoticed)])
        return Again(run, comparison, self.stop, changes, self._asked)

    def instead(self, config: Config, take: Callable[[Record], None], *, with_changes: bool = False) -> None:
        """Play it with other settings, as long as the run went on, and give its records away.

        Args:
            with_changes: as for `again`. Raises as that.
        """
        ended_ns = max((record.ts_ns for record in self.records if isinstance(record, Turn)), default=0)
        taken = Taken(take, ended_ns if self.stop is None else END_NS)
        run = self._run(config, taken.write)
        other_code(f"journal {self.journal}", self.started, run.started, is_fine=with_changes)
        play_again(run, taken, self.stop, self._asked)

    def _run(self, config: Config, write: Callable[[Record], None]) -> PaperRun:
        resumed = next((record for record in self.records if isinstance(record, AccountResumed)), None)
        return PaperRun.of(config, lambda _: write, self.tape, self.started.run_id, resumed)

    @property
    def _asked(self) -> tuple[OperatorAsked, ...]:
        """What people asked for meanwhile."""
        return tuple(record for record in self.records if isinstance(record, OperatorAsked))


@dataclass(frozen=True)
class Again:
    """A run that is played once more."""

    run: PaperRun
    comparison: Comparison
    stop: RunStopped | None
    changes: tuple[str, ...]
    """What is another one now, in words."""
    asked: tuple[OperatorAsked, ...] = ()
    """What people asked for meanwhile."""

    def play(self) -> str:
        """Play it to where the first one ended. Gives the first difference in words; empty: none."""
        try:
            play_again(self.run, self.comparison, self.stop, self.asked)
        except Differs as error:
            return str(error)
        missing, number = self.comparison.missing(), self.comparison.equal + 1
        return "" if missing is None else f"record {number}: expected {missing}, found the end of the run"


def replay(run: Path, tape_path: str = "", *, with_changes: bool = False) -> Verdict:
    """Run it again at full speed and compare.

    Args:
        run: a run's folder, or its journal.
        tape_path: the tape, where it moved.
        with_changes: compare even though code changed since.

    Raises:
        DataError: no journal, a damaged one, or another tape, version or plugin than the run had.
        ConfigError: the tape is not where it was.
    """
    configure(lambda: 0, level="critical")  # what it logs happened then, not now
    recorded = RecordedRun.of(run, tape_path)
    again = recorded.again(with_changes=with_changes)
    difference = again.play()
    torn = torn_bytes(recorded.journal)
    return Verdict(recorded.started.run_id, again.comparison.equal, difference, torn, again.changes)


def refuse_tape(tape_path: str, found: str) -> None:
    """Refuse a tape that was named for a run that heard a live feed.

    Raises:
        ConfigError: one was named.
    """
    if tape_path:
        raise ConfigError(
            f"--tape {tape_path}: expected a run on a tape, found {found}: its journal holds what it heard; leave --tape "
            "out"
        )


class RecordSink(Protocol):
    """Where the records of a run that is played again go."""

    @property
    def is_over(self) -> bool:
        """No more are wanted."""
        ...


def play_again(
    run: PaperRun, sink: RecordSink, stop: RunStopped | None, all_asked: Iterable[OperatorAsked] = ()
) -> None:
    """Play the tape up to where the first run was stopped, or no more records are wanted.

    Args:
        all_asked: what people asked for meanwhile; applied at the same instants.
        stop: None where the journal was cut off before its stop: then the run is played until the journal is over.
    """
    asked = deque(all_asked)
    for count, ts_ns in enumerate(run.instants()):
        while asked and count and ts_ns > asked[0].ts_ns:
            # As below: its instant may have been one of the first run's curves.
            run.core.clock.now_ns = max(run.core.clock.now_ns, asked[0].ts_ns)
            run.core.operate(asked.popleft())
        if sink.is_over or (stop is not None and ts_ns > stop.ts_ns):
            break
    while asked and not sink.is_over:  # after the last instant that is left
        run.core.clock.now_ns = max(run.core.clock.now_ns, asked[0].ts_ns)
        run.core.operate(asked.popleft())
    if not sink.is_over:
        if stop is not None:  # The first run's clock may have stood at a point of its curves, which has no record.
            run.core.clock.now_ns = max(run.core.clock.now_ns, stop.ts_ns)
        for _ in run.stop(END_OF_TAPE if stop is None else stop.reason):
            pass


def _tape(journal: Path, started: RunStarted, config: Config, given: str) -> Tape:
    """The tape of the run: the one named, or where the note says it was, or by its own name."""
    name = given or str(read_note(journal).get("tape", ""))
    try:
        tape = tape_of(_with_symbol(config, started, name), name, started.laps)
    except ConfigError as error:
        raise ConfigError(f"{error}; the run was played on {started.tape}: say with --tape where it is now") from error
    if started.tape_digest not in (tape.digest, tape.digest_named(started.tape)):
        raise DataError(
            f"tape {name or tape.name}: expected the files of {started.tape} that the run was played on (digest "
            f"{started.tape_digest[:16]}...), found others ({tape.digest[:16]}...); say with --tape where they are now"
        )
    return tape


def _with_symbol(config: Config, started: RunStarted, name: str) -> Config:
    """A candle file of another name says no longer what it holds; the name that the run saw does."""
    if config.paper.symbol or Path(name).name == started.tape or not Path(name).is_file():
        return config
    symbol = symbol_in_name(Path(started.tape), rules_named(config.paper.rules))
    return config.model_copy(update={"paper": config.paper.model_copy(update={"symbol": symbol})})
