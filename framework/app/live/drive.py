"""The drive of a daemon: it plays what came and what is due, in the loop's thread, and sleeps until there is more.

A turn is one look: market events at their own instants, what was scheduled between them at its own, then what
gateways said and people asked, each as an instant of now. Nothing is awaited inside a turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from framework.app.drive import Stop
from framework.app.inbox import Inbox
from framework.app.live.arrivals import Arrivals
from framework.core import Core
from framework.kernel.clock import Clock
from framework.model.instants import NS_PER_S
from framework.venues.mailbox import Mailbox

BEAT_S: Final = 0.05
"""Between two beats of the loop; a watchdog counts them, and a signal is seen at one."""
REST_S: Final = 0.25
"""Longest sleep, so that the screen is refreshed."""


class LiveDrive:
    """Drives one core on the running loop.

    Args:
        clock: the machine's; the mailbox stamps by it too.
        watch: called often, between turns: it decides itself how often it does something.
    """

    def __init__(self, clock: Clock, mailbox: Mailbox, stop: Stop, watch: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self.inbox = Inbox(self.wake_safely)
        self.arrivals = Arrivals(self._wake.set)
        self.clock = clock
        self._mailbox = mailbox
        self._stop = stop
        self.watch = watch
        self._core: Core | None = None
        self._failure: BaseException | None = None
        self._beat_handle: asyncio.TimerHandle | None = None
        mailbox.woken = self.wake_safely

    def lead(self, core: Core) -> None:
        """Drive this core from now on."""
        self._core = core
        self.arrivals.lead_to(core)
        self._beat()

    def wake_safely(self) -> None:
        """From any thread: there is something to do."""
        self.call_safely(self._wake.set)

    def call_safely(self, call: Callable[[], object]) -> None:
        """From any thread: have something called in the loop's; nothing where it is over."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(call)

    def fail(self, error: BaseException) -> None:
        """Something beside the drive broke: the next turn raises it."""
        self._failure = self._failure or error
        self._wake.set()

    def turn(self) -> None:
        """Play what came and what is due.

        Raises:
            whatever the core, a task beside it or a person's command raises: the run is over.
        """
        core = self._core
        assert core is not None
        if self._failure is not None:
            raise self._failure
        core.loop.reach(*self._mailbox.take())
        while (action := self.arrivals.take()) is not None:
            action()
            core.loop.settle()
        if self.inbox.rings:
            self.inbox.serve()

    async def until(self, is_over: Callable[[], bool], within_s: float | None = None) -> bool:
        """Go on until something is so. False: it was not within that time."""
        ends_s = None if within_s is None else self._loop.time() + within_s
        while True:
            self.turn()
            if is_over():
                return True
            if ends_s is not None and self._loop.time() >= ends_s:
                return False
            self.watch()
            await self._rest()

    async def until_stopped(self, is_over: Callable[[], bool] = lambda: False, within_s: float | None = None) -> bool:
        """As `until`, or until somebody asks to stop."""
        return await self.until(lambda: bool(self._stop.reason) or is_over(), within_s)

    def close(self) -> None:
        """No more beats."""
        if self._beat_handle is not None:
            self._beat_handle.cancel()
        self._mailbox.woken = lambda: None
        self.inbox.close()

    async def _rest(self) -> None:
        core = self._core
        assert core is not None
        due_ns = core.loop.due_ns
        ahead_s = max(due_ns - self.clock.now_ns, 0) / NS_PER_S if due_ns else REST_S
        with suppress(TimeoutError):
            async with asyncio.timeout(min(ahead_s, REST_S)):
                await self._wake.wait()
        self._wake.clear()

    def _beat(self) -> None:
        self.inbox.beats += 1
        if self._stop.reason:
            self._wake.set()
        self._beat_handle = self._loop.call_later(BEAT_S, self._beat)
