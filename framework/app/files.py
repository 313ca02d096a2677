"""A run's folder: its journal, its report, and a note of how it was played."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

from framework.config import Config
from framework.kernel.clock import Clock, RealClock
from framework.kernel.journal import JournalWriter
from framework.kernel.logging import configure
from framework.kernel.records import Record
from framework.model.errors import ConfigError, DataError
from framework.model.instants import utc

JOURNAL: Final = "journal.bin"
REPORT: Final = "report.html"
LOG: Final = "run.log"
SESSIONS: Final = "sessions"
"""Of a daemon: a folder a session in it, named by its start, with log and report."""
NOTE: Final = "run.json"
"""Where a replay finds the tape; how it was played, for people. What decides the run stands in the journal."""


def account_folder(config: Config) -> Path:
    """Of a daemon's account: journal, latch and control socket, whatever its sessions."""
    return Path(config.journal.folder) / "live" / f"{config.live.venue}-{config.live.account}"


class RunFiles:
    """Made before the run, opened when its id is known."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._writer: JournalWriter | None = None
        self._log: TextIO | None = None
        self.folder = Path(config.journal.folder)

    @property
    def is_open(self) -> bool:
        """Whether there is a journal."""
        return self._writer is not None

    @property
    def journal(self) -> Path:
        """Inputs and decisions."""
        return self.folder / JOURNAL

    @property
    def report(self) -> Path:
        """For people."""
        return self.folder / REPORT

    @property
    def journal_sha256(self) -> str:
        """Digest of the journal's bytes so far, hex."""
        assert self._writer is not None
        return self._writer.sha256

    def open(self, run_id: str) -> Callable[[Record], None]:
        """Make the folder and begin the journal; gives what takes its records.

        Raises:
            ConfigError: the folder cannot be made. DataError: the journal cannot be written.
        """
        self.folder = fresh_folder(Path(self._config.journal.folder) / "paper", run_id)
        self._write_note()
        self._writer = JournalWriter(self.journal, run_id)
        return self._writer.write

    def begin_log(self, clock: Clock) -> None:
        """Let the log go to a file of the run: the terminal is the view's.

        Raises:
            ConfigError: it cannot be written.
        """
        self._log = open_log(self.folder, self._config, clock, at_first_line=not self._config.paper.feed)

    def close(self) -> None:
        """Close journal and log."""
        if self._writer is not None:
            self._writer.close()
        if self._log is not None:
            close_log(self._log)

    def _write_note(self) -> None:
        paper = self._config.paper
        found = Path(paper.tape)
        note = {
            "tape": str(found.resolve()) if found.exists() else paper.tape,
            "speed": paper.speed,
            "config": self._config.file,
        }
        try:
            (self.folder / NOTE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise _no_folder(self.folder, error) from error


def open_log(folder: Path, config: Config, clock: Clock, *, at_first_line: bool = False) -> TextIO:
    """Have everything that is logged written to a file of a run.

    Args:
        at_first_line: as `configure` has it: of a tape alone, whose time stands still meanwhile.

    Raises:
        ConfigError: it cannot be written.
    """
    try:
        file = (folder / LOG).open("w", encoding="utf-8", errors="backslashreplace", buffering=1)
    except OSError as error:
        raise _no_folder(folder, error) from error
    log = config.log
    now_ns, as_json = lambda: clock.now_ns, log.format == "json"
    configure(now_ns, level=log.level, as_json=as_json, file=file, at_first_line=at_first_line)
    return file


def close_log(file: TextIO) -> None:
    """Let go of a run's log."""
    configure(lambda: 0, at_first_line=True)
    file.close()


def read_note(journal: Path) -> dict[str, Any]:
    """The note beside a journal; empty where there is none.

    Raises:
        DataError: it is damaged, or not a note.
    """
    path = journal.with_name(NOTE)
    if not path.is_file():
        return {}
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected JSON, found: {error}; remove it and give the tape with --tape") from error
    if not isinstance(note, dict) or not isinstance(note.get("tape", ""), str):
        raise DataError(f"{path}: expected an object whose tape is a text; remove it and give the tape with --tape")
    return note


def fresh_folder(base: Path, run_id: str) -> Path:
    """A new folder for a run's files, named after the moment and the run.

    Raises:
        ConfigError: it cannot be made.
    """
    moment = utc(RealClock().now_ns)
    name = f"{moment:%Y%m%d-%H%M%S}-{run_id[:8]}"
    for number in itertools.count(1):
        folder = base / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError as error:
            if not base.is_dir():
                raise _no_folder(base, error) from error
            continue
        except OSError as error:
            raise _no_folder(base, error) from error
        return folder
    raise AssertionError


def _no_folder(folder: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"[journal] folder {folder}: expected a folder to write to, found: {error.strerror or error}; "
        "make room or allow writing there, or name another with --folder"
    )
