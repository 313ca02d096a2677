"""What a replay found: of one run, and of all sessions of a daemon's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from framework.model.counting import counted


@dataclass(frozen=True)
class Verdict:
    """What a replay found."""

    run_id: str
    records: int
    """Records that agree."""
    difference: str = ""
    """The first difference in words; empty when there is none."""
    torn_bytes: int = 0
    """Bytes at the journal's end that are no whole record (the run was cut off)."""
    changes: tuple[str, ...] = ()
    """What is another one than the run had, and was compared all the same."""
    obstacle: str = ""
    """Why it, or the rest of it, cannot be replayed."""

    @property
    def is_identical(self) -> bool:
        """Every record of the journal was made again."""
        return not self.difference and not self.obstacle

    @property
    def is_different(self) -> bool:
        """A record was made otherwise, or not made, or one too many."""
        return bool(self.difference)

    def lines(self) -> list[str]:
        """For people."""
        torn = [f"the journal ends inside a record ({self.torn_bytes} bytes); compared up to there"]
        head = [f"run {self.run_id}: identical, {counted(self.records, 'record')}"]
        if self.obstacle:
            head = [
                f"run {self.run_id}: cannot be replayed after {counted(self.records, 'equal record')}: {self.obstacle}"
            ]
        if self.difference:
            head = [f"run {self.run_id}: different after {counted(self.records, 'equal record')}", self.difference]
        changed = [f"compared although this changed since: {change}" for change in self.changes]
        return head + changed + (torn if self.torn_bytes else [])

    def facts(self) -> dict[str, Any]:
        """For programs."""
        return {
            "run_id": self.run_id,
            "is_identical": self.is_identical,
            "records": self.records,
            "difference": self.difference,
            "torn_bytes": self.torn_bytes,
            "changes": list(self.changes),
            "obstacle": self.obstacle,
        }


@dataclass(frozen=True)
class JournalVerdict:
    """What a replay of a daemon's journal found."""

    journal: str
    sessions: tuple[Verdict, ...]
    """Oldest first."""
    torn_bytes: int = 0
    """At the end of the last one."""

    @property
    def is_identical(self) -> bool:
        """Every session was made again."""
        return all(session.is_identical for session in self.sessions)

    @property
    def is_different(self) -> bool:
        """One of them decided otherwise."""
        return any(session.difference for session in self.sessions)

    def lines(self) -> list[str]:
        """For people."""
        told = [line for session in self.sessions for line in session.lines()]
        same, records = sum(each.is_identical for each in self.sessions), sum(each.records for each in self.sessions)
        sessions = counted(len(self.sessions), "session")
        last = f"{same} of {sessions} identical, {counted(records, 'equal record')}"
        torn = [f"the journal ends inside a record ({self.torn_bytes} bytes); compared up to there"]
        return [*told, *(torn if self.torn_bytes else []), last]

    def facts(self) -> dict[str, Any]:
        """For programs."""
        return {
            "journal": self.journal,
            "is_identical": self.is_identical,
            "is_different": self.is_different,
            "torn_bytes": self.torn_bytes,
            "sessions": [session.facts() for session in self.sessions],
        }
