"""A thread beside the drive: it hears the KILL file and SIGUSR1, and closes the gate when the loop stands still.

It closes the kill word itself where the loop does not take its command at once; the loop then finds the gate closed at
its next order, whatever it is busy with, and that is journaled, so that a replay does the same.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from framework.app.inbox import Inbox
from framework.kernel.clock import Stopwatch
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.kill_word import KillWord
from framework.kernel.logging import get_logger
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING

POLL_S: Final = 0.05
FILE_POLL_S: Final = 0.2
ROOM_POLL_S: Final = 10.0
STALL_S: Final = 5.0
"""A loop that stands still for longer closes the gate. A tape sends no real order: it may be slow for a while."""
KILL_FILE: Final = "KILL"
FIRST_LINE_MAX: Final = 200
SIGNAL_REASON: Final = "SIGUSR1"
END_S: Final = 1.0
"""So long its thread may take to end; one that a disk holds up ends with the process."""

log = get_logger()

Ask = Callable[[str, str, str], None]
"""Takes verb, reason and who; returns when it was done or the gate is closed."""


class KillWatch:
    """Looks every 50 ms; signals wake it at once.

    Args:
        files: a file that appears at one of these paths kills everything; its first line is the reason.
        ask: has a command applied by the drive.
        take: has kills applied that were kept in the run's folder; called as often as files are looked for.
        room: why the disk is too full to go on; empty where it is not.
        elapsed_s: seconds on a steady clock.
    """

    def __init__(
        self,
        files: Sequence[Path],
        word: KillWord,
        inbox: Inbox,
        ask: Ask,
        *,
        take: Callable[[], None] = lambda: None,
        room: Callable[[], str] = lambda: "",
        stall_s: float = STALL_S,
        elapsed_s: Callable[[], float] | None = None,
    ) -> None:
        watch = Stopwatch()
        self._files = files
        self._word = word
        self._inbox = inbox
        self._ask = ask
        self._take = take
        self._room = room
        self._room_s = 0.0
        self._stall_s = stall_s
        self._elapsed_s = elapsed_s or (lambda: watch.elapsed_s)
        self._beats = -1
        self._moved_s = 0.0
        self._files_s = 0.0
        self._looked_s: float | None = None
        self._stood_s = 0.0
        self._found: set[Path] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kill-watch", daemon=True)
        self._ears: tuple[socket.socket, socket.socket] | None = None
        self._before: signal.Handlers | Callable[..., object] | int | None = signal.SIG_DFL
        self._fd_before = -1

    def start(self) -> None:
        """Begin. Hears SIGUSR1 where this is the main thread: only there can a signal be heard."""
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGUSR1"):
            self._ears = socket.socketpair()
            for ear in self._ears:
                ear.setblocking(False)
            self._before = signal.signal(signal.SIGUSR1, lambda number, frame: None)  # noqa: ARG005  # the ears hear it
            self._fd_before = signal.set_wakeup_fd(self._ears[1].fileno(), warn_on_full_buffer=False)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join(END_S)
        if self._ears is None:
            return
        signal.set_wakeup_fd(self._fd_before)
        signal.signal(signal.SIGUSR1, self._before)
        if not self._thread.is_alive():
            for ear in self._ears:
                ear.close()

    def look(self) -> None:
        """Look once at files and loop."""
        now_s = self._elapsed_s()
        self._look_at_ourselves(now_s)
        if now_s >= self._files_s:
            self._files_s = now_s + FILE_POLL_S
            for path in self._files:
                self._look_at(path)
            self._take()
        if now_s >= self._room_s:
            self._room_s = now_s + ROOM_POLL_S
            self._look_at_room()
        self._look_at_loop(now_s)

    def _look_at_room(self) -> None:
        """Trip while the journal can still be written, and again where a person arms before there is room."""
        reason = self._room() if self._is_open() else ""
        if reason:
            self._word.close(EVERYTHING, reason)
            self._ask("disk_failed", reason, "disk")

    def _is_open(self) -> bool:
        """Whether anything at all may leave."""
        closure = self._word.closed.get(EVERYTHING)
        return closure is None or closure.spares_reducing

    def _look_at(self, path: Path) -> None:
        """A file kills when it appears, and once more each time that it was gone meanwhile."""
        if not stands(path):
            self._found.discard(path)
        elif path not in self._found:
            self._found.add(path)
            self._ask("kill", reason_of(path), "file")

    def _look_at_ourselves(self, now_s: float) -> None:
        """The whole process may have been stopped, and this thread with it: nobody knows what happened meanwhile."""
        gap_s = 0.0 if self._looked_s is None else now_s - self._looked_s
        self._looked_s = now_s
        if gap_s >= self._stall_s and not self._stood_s:
            self._word.close(EVERYTHING, f"the process stood still for {gap_s:.1f} s")
            self._stood_s = gap_s

    def _look_at_loop(self, now_s: float) -> None:
        """Close the gate while the loop stands still; once it goes on, have it hold back and recover."""
        if self._inbox.beats != self._beats or self._inbox.is_idle:
            self._beats, self._moved_s = self._inbox.beats, now_s
            if self._stood_s:
                reason, self._stood_s = f"the loop stood still for {self._stood_s:.1f} s", 0.0
                self._ask("stall", reason, "watchdog")
        elif now_s - self._moved_s >= self._stall_s:
            if not self._stood_s:
                self._word.close(EVERYTHING, f"the loop has stood still for {now_s - self._moved_s:.1f} s")
            self._stood_s = now_s - self._moved_s

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                if self._heard():
                    self._ask("kill", SIGNAL_REASON, "signal")
                self.look()
            except Exception as error:  # noqa: BLE001  # without this thread no file, no signal, no stall is seen
                self._broke(error)

    def _broke(self, error: Exception) -> None:
        """It may have missed what it was to see: nothing leaves until a person has looked, and it goes on looking."""
        if self._is_open():
            log.exception("kill_watch.broken")
            words = f"the kill watch broke: {type(error).__name__}: {error}"
            self._word.close(EVERYTHING, words)
            self._ask("kill", words, "watchdog")
        self._ended.wait(POLL_S)

    def _heard(self) -> bool:
        """Wait a little; whether SIGUSR1 came meanwhile."""
        if self._ears is None:
            self._ended.wait(POLL_S)
            return False
        ready, _, _ = select.select([self._ears[0]], [], [], POLL_S)
        if not ready:
            return False
        with contextlib.suppress(BlockingIOError):
            return signal.SIGUSR1 in self._ears[0].recv(1024)
        return False


@contextlib.contextmanager
def signal_kept(requests: KillRequests) -> Iterator[None]:
    """Before a run can be killed, and after: SIGUSR1 is kept for it, instead of ending the process."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGUSR1"):
        yield
        return

    def keep(_number: int, _frame: object) -> None:
        try:
            requests.keep(KillRequest(str(EVERYTHING), SIGNAL_REASON, "signal"))
        except OSError as error:
            raise ConfigError(f"{requests.folder}: SIGUSR1 cannot be kept: {error}; nothing is started") from error

    before = signal.signal(signal.SIGUSR1, keep)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


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
