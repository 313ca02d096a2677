"""The drive of a daemon: it plays what came and what is due, in the loop's thread, and sleeps until there is more.

A turn is one look: market events at their own instants, what was scheduled between them at its own, then what
gateways said and people asked, each as an instant of now. Nothing is awaited inside a turn. Whoever rings has it played
by the loop's very next call: between a market event and the order that answers it no task is woken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Final, NamedTuple

from framework.app.drive import Stop
from framework.app.inbox import Inbox
from framework.app.live.arrivals import Arrivals
from framework.app.live.bell import Bell
from framework.core import Core
from framework.kernel.clock import Clock
from framework.model.errors import InvariantError
from framework.model.instants import NS_PER_S
from framework.venues.mailbox import Mailbox

BEAT_S: Final = 0.05
"""Between two beats of the loop; a watchdog counts them, and a signal is seen at one."""
REST_S: Final = 0.25
"""Longest sleep, so that the screen is refreshed."""


class Goal(NamedTuple):
    """What somebody waits for while turns are played."""

    is_over: Callable[[], bool]
    ends_s: float
    """When it is given up, by the loop's time."""
    found: asyncio.Future[bool]
    """Whether it came to be."""


class LiveDrive:
    """Drives one core on the running loop.

    Args:
        clock: the machine's; the mailbox stamps by it too.
        watch: called often, between turns: it decides itself how often it does something.
    """

    def __init__(self, clock: Clock, mailbox: Mailbox, stop: Stop, watch: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_rung = False
        """A turn follows as soon as what runs now returns to the loop."""
        self.inbox = Inbox(self.wake_safely)
        self.arrivals = Arrivals(self._ring)
        self.clock = clock
        self._mailbox = mailbox
        self._stop = stop
        self.watch = watch
        self._core: Core | None = None
        self.failure: BaseException | None = None
        """What broke beside it; the next turn raises it."""
        self._goal: Goal | None = None
        self._timer: asyncio.TimerHandle | None = None
        """Ends the sleep."""
        self._beat_handle: asyncio.TimerHandle | None = None
        self._bell: Bell | None = None
        """Rung by what the market says, most often of all; where the loop has sockets, and somebody waits here."""
        mailbox.woken = self.wake_safely

    def lead(self, core: Core) -> None:
        """Drive this core from now on."""
        self._core = core
        self.arrivals.lead_to(core)
        self._beat()

    def wake_safely(self) -> None:
        """From any thread: there is something to do."""
        self.call_safely(self._play)

    def call_safely(self, call: Callable[[], object]) -> None:
        """From any thread: have something called in the loop's; nothing where it is over."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(call)

    def fail(self, error: BaseException) -> None:
        """Something beside the drive broke: the next turn raises it."""
        self.failure = self.failure or error
        self._ring()

    def turn(self) -> None:
        """Play what came and what is due.

        Raises:
            whatever the core, a task beside it or a person's command raises: the run is over.
        """
        core = self._core
        assert core is not None
        if self.failure is not None:
            failure, self.failure = self.failure, None  # once: what is left to do at the end is done
            raise failure
        core.loop.reach(*self._mailbox.take())
        while (action := self.arrivals.take()) is not None:
            action()
            core.loop.settle()
        if self.inbox.rings:
            self.inbox.serve()

    async def until(self, is_over: Callable[[], bool], within_s: float | None = None) -> bool:
        """Go on until something is so. False: it was not within that time. Raises as `turn`.

        Turns are played while somebody waits here, and at no other time.
        """
        ends_s = inf if within_s is None else self._loop.time() + within_s
        self._goal = Goal(is_over, ends_s, self._loop.create_future())
        if self._bell is None and isinstance(self._loop, asyncio.SelectorEventLoop):  # else it is simulated
            self._bell = Bell(self._loop, self._play)
            self._mailbox.woken = self._bell.ring
        self._play()
        return await self._goal.found

    async def until_stopped(self, is_over: Callable[[], bool] = lambda: False, within_s: float | None = None) -> bool:
        """As `until`, or until somebody asks to stop."""
        return await self.until(lambda: bool(self._stop.reason) or is_over(), within_s)

    def close(self) -> None:
        """No more beats."""
        for handle in (self._beat_handle, self._timer):
            if handle is not None:
                handle.cancel()
        self._mailbox.woken = lambda: None
        if self._bell is not None:
            self._bell.close()
            self._bell = None
        self.inbox.close()

    def _ring(self) -> None:
        """In the loop's thread: there is something to do."""
        if not self._is_rung:
            self._is_rung = True
            self._loop.call_soon(self._play)

    def _play(self) -> None:
        """A turn, where somebody waits for what comes of it; what it raises is theirs."""
        self._is_rung = False
        goal = self._goal
        if goal is None or goal.found.done():
            return
        try:
            self.turn()
            if goal.is_over():
                goal.found.set_result(True)
            elif self._loop.time() >= goal.ends_s:
                goal.found.set_result(False)
            else:
                self.watch()
                self._rest()
        except BaseException as error:  # noqa: BLE001  # as a task keeps it for whoever awaits it
            goal.found.set_exception(_kept(error))

    def _rest(self) -> None:
        """Sleep until the next thing is due. A timer that ends the sleep sooner may stay: its turn finds nothing."""
        core = self._core
        assert core is not None
        due_ns = core.loop.due_ns
        ahead_s = max(due_ns - self.clock.now_ns, 0) / NS_PER_S if due_ns else REST_S
        rest_s = min(ahead_s, REST_S)
        if self._timer is not None:
            if self._timer.when() <= self._loop.time() + rest_s:
                return
            self._timer.cancel()
        self._timer = self._loop.call_later(rest_s, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._play()

    def _beat(self) -> None:
        self.inbox.beats += 1
        if self._stop.reason:
            self._ring()
        self._beat_handle = self._loop.call_later(BEAT_S, self._beat)


def _kept(error: BaseException) -> BaseException:
    """What a future keeps of it: a StopIteration it does not take, and the next turn would be played as if nothing were."""
    if not isinstance(error, StopIteration):
        return error
    broken = InvariantError("a turn: expected it to go to its end, found an iterator without a next one")
    broken.__cause__ = error
    return broken
