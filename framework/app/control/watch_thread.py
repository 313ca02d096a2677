"""A thread that looks again and again beside a drive. What breaks its look closes everything, and it goes on looking."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from framework.kernel.kill_word import KillWord
from framework.kernel.logging import get_logger
from framework.model.scopes import EVERYTHING

END_S: Final = 1.0
"""So long it may take to end; one that a disk holds up ends with the process."""
PAUSE_S: Final = 0.05
"""After a look that broke."""

log = get_logger()

Ask = Callable[[str, str, str], None]
"""Takes verb, reason and who; returns when it was done or the gate is closed."""


class WatchThread:
    """One of them.

    Args:
        look: looks once, and waits a little.
        ask: has a command applied by the drive.
    """

    def __init__(self, name: str, look: Callable[[], None], word: KillWord, ask: Ask) -> None:
        self.ended = threading.Event()
        """It is to end."""
        self._look = look
        self._word = word
        self._ask = ask
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> bool:
        """End. False: its look hangs."""
        self.ended.set()
        self._thread.join(END_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self.ended.is_set():
            try:
                self._look()
            except Exception as error:  # noqa: BLE001  # without it no file, no signal, no stall is seen
                self._broke(error)

    def _broke(self, error: Exception) -> None:
        """It may have missed what it was to see: nothing leaves until a person has looked."""
        if is_open(self._word):
            log.exception("kill_watch.broken")
            words = f"the kill watch broke: {type(error).__name__}: {error}"
            self._word.close(EVERYTHING, words)
            self._ask("kill", words, "watchdog")
        self.ended.wait(PAUSE_S)


def is_open(word: KillWord) -> bool:
    """Whether anything at all may leave."""
    closure = word.closed.get(EVERYTHING)
    return closure is None or closure.spares_reducing
