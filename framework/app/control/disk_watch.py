"""A thread beside the drive that looks at the disk: for a KILL file, for kept kills, for room. A disk may hang, and it with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from framework.app.control.watch_thread import Ask, WatchThread, is_open
from framework.kernel.clock import Stopwatch
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING

FILE_POLL_S: Final = 0.2
ROOM_POLL_S: Final = 10.0
KILL_FILE: Final = "KILL"
FIRST_LINE_MAX: Final = 200


class DiskWatch:
    """Looks five times a second. The watchdog is another thread (`framework.app.control.kill_watch`): no disk holds it up.

    Args:
        files: a file that appears at one of these paths kills everything; its first line is the reason.
        ask: has a command applied by the drive.
        take: has kills applied that were kept in the run's folder.
        room: why the disk is too full to go on; empty where it is not.
        elapsed_s: seconds on a steady clock.
    """

    def __init__(
        self,
        files: Sequence[Path],
        word: KillWord,
        ask: Ask,
        *,
        take: Callable[[], None] = lambda: None,
        room: Callable[[], str] = lambda: "",
        elapsed_s: Callable[[], float] | None = None,
    ) -> None:
        watch = Stopwatch()
        self._files = files
        self._word = word
        self._ask = ask
        self._take = take
        self._room = room
        self._room_s = 0.0
        self._elapsed_s = elapsed_s or (lambda: watch.elapsed_s)
        self._found: set[Path] = set()
        self._thread = WatchThread("disk-watch", self._look_and_wait, word, ask)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """End. False: the disk holds it up."""
        return self._thread.stop()

    def look(self) -> None:
        """Look once."""
        for path in self._files:
            self._look_at(path)
        self._take()
        now_s = self._elapsed_s()
        if now_s >= self._room_s:
            self._room_s = now_s + ROOM_POLL_S
            self._look_at_room()

    def _look_and_wait(self) -> None:
        self.look()
        self._thread.ended.wait(FILE_POLL_S)

    def _look_at_room(self) -> None:
        """Trip while the journal can still be written, and again where a person arms before there is room."""
        reason = self._room() if is_open(self._word) else ""
        if reason:
            self._word.close(EVERYTHING, reason)
            self._ask("disk_failed", reason, "disk")

    def _look_at(self, path: Path) -> None:
        """A file kills when it appears, and once more each time that it was gone meanwhile."""
        if not stands(path):
            self._found.discard(path)
        elif path not in self._found:
            self._found.add(path)
            self._ask("kill", reason_of(path), "file")


def stands(path: Path) -> bool:
    """Whether anything lies at the path of a KILL file; so it is, too, where that cannot be seen."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def reason_of(path: Path) -> str:
    """The first line of a KILL file, or that it is there. Whatever it is, it is not waited for: a pipe has no line yet."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            line = file.readline(FIRST_LINE_MAX).decode("utf-8", "replace").strip()
    except PermissionError as error:
        return f"{path.name} file, or nobody knows: {error.strerror}"
    except OSError:
        return f"{path.name} file"
    return line or f"{path.name} file"


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
