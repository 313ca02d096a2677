"""A venue's first answer at a start: waited for where orders of ours may stand there, and what is said where none comes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Final

from framework.app.drive import Stop
from framework.app.live.earlier import read_earlier
from framework.app.live.gateways import Examined, Gateway
from framework.app.live.journaled_orders import standing_in
from framework.app.live.opened import Opened
from framework.app.live.words import counted_names
from framework.kernel.left_standing import note_left
from framework.kernel.screen import say
from framework.model.errors import ConfigError, DataError, FrameworkError, OddAnswer, Retryable

PATIENCE_S: Final = 300.0
"""So long a start goes on asking a venue where orders of ours may stand."""
AGAIN_S: Final = 1.0
AGAIN_S_MAX: Final = 15.0
"""From one try to the next; twice as long each time."""
LOOK_S: Final = 0.1
"""Between two looks whether somebody asked to stop meanwhile."""
MAY_PASS: Final = (Retryable, OddAnswer)
"""What a venue that is away, or under repair, answers."""


class FirstWord:
    """Waits for it at one session's start, and knows by the journal which orders may stand meanwhile.

    Args:
        journal: the folder of the account's journal.
    """

    def __init__(self, opened: Opened, journal: Path, stop: Stop) -> None:
        self._opened = opened
        self._journal = journal
        self._stop = stop

    async def examined(self, gateway: Gateway) -> Examined:
        """What the gateway finds; asked again for a while where that may pass and orders may stand.

        Raises: as `Gateway.examine`.
        """
        waits = _waits()
        while True:
            try:
                return await gateway.examine()
            except MAY_PASS as error:
                wait_s = next(waits, 0.0)
                if not wait_s or not self.standing or not await self._waited(wait_s, error):
                    raise

    async def _waited(self, wait_s: float, error: FrameworkError) -> bool:
        """Wait for the next try. False: somebody asked to stop meanwhile."""
        self._stop.last_words = lambda: self.words
        say(f"{error}; {self.words}; asked again in {wait_s:g} s, Ctrl-C gives up", self._opened.parts.out)
        for _ in range(round(wait_s / LOOK_S)):
            if self._stop.reason:
                return False
            await asyncio.sleep(LOOK_S)
        return not self._stop.reason

    def patience_s(self, usual_s: float) -> float:
        """So long a later step of the start may take."""
        return max(usual_s, PATIENCE_S) if self.standing else usual_s

    @cached_property
    def standing(self) -> list[str]:
        """Orders that may stand, by the journal of the sessions before; none where it cannot be read."""
        try:
            return standing_in(read_earlier(self._journal, self._opened.clock.now_ns, self._opened.parts.disk).records)
        except (ConfigError, DataError):
            return []

    @property
    def words(self) -> str:
        """`by the journal 2 orders may stand there: a, b`."""
        return f"by the journal {counted_names(self.standing)}"

    def leave(self, error: FrameworkError) -> None:
        """The start failed: say on the error which orders are left and what to do, and keep it for `run.py status`."""
        self.__dict__.pop("standing", None)  # this session may have seen some of them end
        if not self.standing:
            return
        words = (
            f"{self.words}; nothing was placed, and they stay as they are: start again once the cause is mended, run.py "
            "live asks after them, or take them back on the venue's own page"
        )
        error.add_note("\n".join([words, *note_left(self._opened.folder, words)]))


def _waits() -> Iterator[float]:
    """Until each further try, until patience is over."""
    wait_s, left_s = AGAIN_S, PATIENCE_S
    while left_s > 0:
        yield min(wait_s, left_s)
        left_s, wait_s = left_s - wait_s, min(2 * wait_s, AGAIN_S_MAX)
