"""A daemon's journal replayed, one session after the other."""

from __future__ import annotations

from pathlib import Path

from framework.app.replay.session import session_verdict
from framework.app.replay.sessions import Sessions
from framework.app.replay.verdict import JournalVerdict
from framework.kernel.logging import configure
from framework.model.errors import DataError


def replay_daemon(folder: Path, *, with_changes: bool = False) -> JournalVerdict:
    """Play every session of a journal again and compare.

    Args:
        folder: of the journal's segments.
        with_changes: compare even though code changed since.

    Raises:
        DataError: the journal is damaged or holds no session, or a version or plugin is another one.
        ConfigError, PluginError: a strategy is gone, or its settings cannot be read.
    """
    configure(lambda: 0, level="critical")  # what it logs happened then, not now
    sessions = Sessions(folder)
    verdicts = tuple([session_verdict(session, with_changes=with_changes) for session in sessions])
    if not verdicts:
        raise DataError(
            f"journal {folder}: expected a session of a daemon, found none: it ended before its first record"
        )
    return JournalVerdict(str(folder), verdicts, sessions.torn_bytes)
