"""The first record of every session's journal, whatever the mode: what ran, on what, with which settings and code."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

from framework.kernel.records import FORMAT, Record, RunStarted
from framework.model.errors import DataError
from framework.model.money import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from framework.app.running import Running
    from framework.data.tape import Tape

VERSION: Final = "0.1.0"


def first_record(run: Running, mode: str, tape: Tape, plugins: Mapping[str, str]) -> RunStarted:
    """What a replay or a restart reads first.

    Args:
        plugins: strategy -> digest of its code.
    """
    return RunStarted(
        format=FORMAT,
        run_id=run.id,
        framework=VERSION,
        python=".".join(platform.python_version_tuple()[:2]),
        mode=mode,
        tape=tape.name,
        tape_digest=tape.digest,
        config=run.config.canonical(),
        plugins=dict(plugins),
        started_ns=run.start_ns,
        laps=tape.laps,
    )


def started_of(journal: Path, first: Record | None) -> RunStarted:
    """The first record of a tape's journal, if it is one.

    Args:
        first: None where there is none.

    Raises:
        DataError: it is none.
    """
    if isinstance(first, RunStarted):
        return first
    found = "none: the run ended before its first one" if first is None else shorten(first, 200)
    raise DataError(f"journal {journal}: expected it to begin with the start of a run, found {found}")
