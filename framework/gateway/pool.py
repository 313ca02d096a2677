"""Connections of one purpose, kept up and warm, and the requests that wait for a free one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from framework.gateway.connection import Connection, Emit
from framework.gateway.dial import Dial
from framework.gateway.outcome import Answered, HeldBack, NotSent, Outcome, Unknown
from framework.kernel.kill_word import KillWord, Passage, Withheld
from framework.kernel.logging import get_logger
from framework.kernel.seldom import FAILED_EVERY_S, Seldom
from framework.model.errors import InvariantError
from framework.model.reasons import GATE_CLOSED
from framework.model.scopes import Scope
from framework.ports import LEAVES_WITHIN_NS

WAITING_MAX: Final = 64

log = get_logger()


@dataclass(frozen=True, slots=True)
class PoolTimes:
    """Times of a pool, in seconds on the loop's clock."""

    dial_s: float = 5.0
    """Longest time for a connection to come up, TLS included."""
    answer_s: float = 5.0
    """Longest time for a whole answer; then the outcome is unknown."""
    idle_s: float = 15.0
    """A connection that did nothing for so long is used for a ping, before the venue closes it."""
    retry_s: float = 0.05
    """First wait before dialling again; doubled each time."""
    retry_s_max: float = 5.0


class Errand:
    """A request on its way. Its bytes are built and signed when a connection is free, not before.

    Args:
        build: gives the whole request, or raises `HeldBack`.
        passage: of a request that creates orders.
    """

    __slots__ = ("build", "done", "passage", "since_ns")

    def __init__(
        self, build: Callable[[], bytes], done: Callable[[Outcome], None], passage: Passage | None = None
    ) -> None:
        self.build = build
        self.done = done
        self.passage = passage
        self.since_ns = 0
        """Since when it waits for a connection."""


class Pool:
    """So many connections to one venue for one purpose. Each has one request in flight; what comes meanwhile waits.

    Args:
        name: for logs and tasks: `creating`, `cancelling`, `asking`.
        ping: builds a request that changes nothing: it warms a new connection and keeps an idle one.
    """

    def __init__(
        self, name: str, dial: Dial, count: int, word: KillWord, clock_ns: Callable[[], int], ping: Callable[[], bytes],
        pace: PoolTimes | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.count = count
        self.pace = pace or PoolTimes()
        self.connections: tuple[Connection, ...] = ()
        """Those that are up and warm. Replaced, never changed: a closing thread reads it."""
        self._dial = dial
        self._word = word
        self._clock_ns = clock_ns
        self._ping = ping
        self._waiting: deque[Errand] = deque()
        self._up = asyncio.Event()
        self._failures = Seldom(FAILED_EVERY_S)

    @property
    def waiting(self) -> int:
        """Requests that wait for a free connection."""
        return len(self._waiting)

    async def ready(self) -> None:
        """Wait until all connections are up and warm."""
        while sum(connection.is_up for connection in self.connections) < self.count:
            self._up.clear()
            await self._up.wait()

    def submit(self, errand: Errand) -> None:
        """Send a request, now where a connection is free. `done` gets the outcome, in a later turn of the loop."""
        loop = asyncio.get_running_loop()
        errand.since_ns = self._clock_ns()
        for connection in self.connections:
            if connection.is_free:
                self._send(connection, errand, loop)
                return
        refusal = self._refusal()
        if refusal is not None:
            loop.call_soon(errand.done, refusal)
        else:
            self._waiting.append(errand)

    def _refusal(self) -> NotSent | None:
        if not any(connection.is_up for connection in self.connections):
            return NotSent("no_connection", f"none of {self.count} {self.name} connections is up")
        if len(self._waiting) >= WAITING_MAX:
            return NotSent("road_full", f"{WAITING_MAX} requests wait for a {self.name} connection already")
        return None

    def _send(self, connection: Connection, errand: Errand, loop: asyncio.AbstractEventLoop) -> None:
        if self._clock_ns() - errand.since_ns >= LEAVES_WITHIN_NS:  # budgets go by it
            loop.call_soon(errand.done, NotSent("waited_too_long", f"for a {self.name} connection"))
            return
        try:
            data = errand.build()
        except HeldBack as held:
            loop.call_soon(errand.done, held.outcome)
            return
        except InvariantError as error:
            self._tell_unbuildable(errand, str(error), loop)
            return
        refusal = connection.ask(data, self._emit(errand.passage), self.pace.answer_s, errand.done, errand.passage)
        if refusal is not None:
            loop.call_soon(errand.done, refusal)

    def _tell_unbuildable(self, errand: Errand, fault: str, loop: asyncio.AbstractEventLoop) -> None:
        log.error("request.unbuildable", pool=self.name, fault=fault)
        loop.call_soon(errand.done, NotSent("unbuildable", fault))

    def _emit(self, passage: Passage | None) -> Emit:
        if passage is None:
            return write_freely
        return lambda write, data: self._word.emit(write, data, passage, self._clock_ns)

    def pump(self, connection: Connection) -> None:
        """Give a free connection what waits: what may not leave any more is told so, the next takes its place."""
        loop = asyncio.get_running_loop()
        while self._waiting and connection.is_free:
            self._send(connection, self._waiting.popleft(), loop)

    def cut(self, scope: Scope) -> None:
        """Under the lock, in the closing thread: end every connection with an unanswered request of this scope."""
        for connection in self.connections:
            passage = connection.passage
            if passage is not None and scope in passage.scopes:
                connection.cut()

    def drop(self, scope: Scope) -> None:
        """Tell those that wait and belong to a closed scope that they will not leave."""
        waiting, self._waiting = self._waiting, deque()
        for errand in waiting:
            if errand.passage is None or scope not in errand.passage.scopes:
                self._waiting.append(errand)
            else:
                errand.done(NotSent(GATE_CLOSED, f"{scope} was closed while it waited for a connection"))

    async def keep(self, number: int) -> None:
        """Keep one connection up until cancelled."""
        retry_s = self.pace.retry_s
        while True:
            connection = Connection(asyncio.get_running_loop(), self._word.lock, self.pump)
            try:
                if await self._bring_up(connection, number):
                    retry_s = self.pace.retry_s
                    await self._tend(connection)
            finally:
                await self._take_down(connection)
            await asyncio.sleep(retry_s)
            retry_s = min(2 * retry_s, self.pace.retry_s_max)

    async def _bring_up(self, connection: Connection, number: int) -> bool:
        """Dial and warm. A connection that answers nothing is never trusted with an order."""
        try:
            async with asyncio.timeout(self.pace.dial_s):
                await self._dial(connection)
                answer = await self._pinged(connection)
        except (OSError, TimeoutError) as error:
            self._failed(number, type(error).__name__)
            return False
        if not isinstance(answer, Answered) or not connection.is_free:
            self._failed(number, repr(answer))
            return False
        self.connections = (*self.connections, connection)
        self._up.set()
        self.pump(connection)
        return True

    def _failed(self, number: int, error: str) -> None:
        if times := self._failures.take(asyncio.get_running_loop().time()):
            log.warning("connection.failed", pool=self.name, number=number, error=error, times=times)

    async def _tend(self, connection: Connection) -> None:
        """Ping it when it idles, until it is lost."""
        loop, idle_s = asyncio.get_running_loop(), self.pace.idle_s
        while not connection.lost.is_set():
            due_s = max(connection.used_s + idle_s - loop.time(), idle_s / 10)
            try:
                async with asyncio.timeout(due_s):
                    await connection.lost.wait()
            except TimeoutError:
                if connection.is_free and loop.time() - connection.used_s >= idle_s:
                    await self._pinged(connection)

    async def _pinged(self, connection: Connection) -> Outcome:
        if not connection.is_free:
            return NotSent("no_connection")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        connection.ask(self._ping(), write_freely, self.pace.answer_s, partial(settle, answer))
        return await answer

    async def _take_down(self, connection: Connection) -> None:
        self.connections = tuple(other for other in self.connections if other is not connection)
        connection.give_up(Unknown("connection_lost", "given up by us"))
        if not self.connections:
            waiting, self._waiting = self._waiting, deque()
            for errand in waiting:
                errand.done(NotSent("no_connection", f"the last {self.name} connection was lost"))
        if connection.was_up:
            await connection.lost.wait()


def settle(answer: asyncio.Future[Outcome], outcome: Outcome) -> None:
    """Hand an outcome to who waits for it, if anybody still does."""
    if not answer.done():
        answer.set_result(outcome)


def write_freely(write: Callable[[bytes], None], data: bytes) -> Withheld | None:
    """Hand over what creates no order: cancels and questions pass in every state."""
    write(data)
    return None
