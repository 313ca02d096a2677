"""The watchdog: a thread beside the drive that hears SIGUSR1, and closes the gate when the loop stands still.

It closes the kill word itself where the loop does not take its command at once; the loop then finds the gate closed at
its next order, whatever it is busy with, and that is journaled, so that a replay does the same. It touches no disk: that
is for `framework.app.control.disk_watch`.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final

from framework.app.control.watch_thread import Ask, WatchThread
from framework.app.inbox import Inbox
from framework.kernel.clock import Stopwatch
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.kill_word import KillWord
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING

POLL_S: Final = 0.05
STALL_S: Final = 5.0
"""A loop that stands still for longer closes the gate. A tape sends no real order: it may be slow for a while."""
SIGNAL_REASON: Final = "SIGUSR1"


class KillWatch:
    """Looks every 50 ms; signals wake it at once.

    Args:
        ask: has a command applied by the drive.
        elapsed_s: seconds on a steady clock.
    """

    def __init__(
        self,
        word: KillWord,
        inbox: Inbox,
        ask: Ask,
        *,
        stall_s: float = STALL_S,
        elapsed_s: Callable[[], float] | None = None,
    ) -> None:
        watch = Stopwatch()
        self._word = word
        self._inbox = inbox
        self._ask = ask
        self._stall_s = stall_s
        self._elapsed_s = elapsed_s or (lambda: watch.elapsed_s)
        self._beats = -1
        self._moved_s = 0.0
        self._looked_s: float | None = None
        self._stood_s = 0.0
        self._thread = WatchThread("kill-watch", self._wait_and_look, word, ask)
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
        has_ended = self._thread.stop()
        if self._ears is None:
            return
        signal.set_wakeup_fd(self._fd_before)
        signal.signal(signal.SIGUSR1, self._before)
        if has_ended:
            for ear in self._ears:
                ear.close()

    def look(self) -> None:
        """Look once at ourselves and the loop."""
        now_s = self._elapsed_s()
        self._look_at_ourselves(now_s)
        self._look_at_loop(now_s)

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

    def _wait_and_look(self) -> None:
        if self._heard():
            self._ask("kill", SIGNAL_REASON, "signal")
        self.look()

    def _heard(self) -> bool:
        """Wait a little; whether SIGUSR1 came meanwhile."""
        if self._ears is None:
            self._thread.ended.wait(POLL_S)
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
