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
from framework.model.instants import NS_PER_S
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

    It ends once, with an outcome, whatever breaks in `build`, `done` or below: a bug of ours in one of them goes to the
    loop's exception handler, and no other errand is lost over it.

    Args:
        build: gives the whole request, or raises `HeldBack`.
        passage: of a request that creates orders.
    """

    __slots__ = ("_done", "build", "passage", "since_ns")

    def __init__(
        self, build: Callable[[], bytes], done: Callable[[Outcome], None], passage: Passage | None = None
    ) -> None:
        self.build = build
        self._done = done
        self.passage = passage
        self.since_ns = 0
        """Since when it waits for a connection."""

    def end(self, outcome: Outcome) -> None:
        """Tell what came of it."""
        try:
            self._done(outcome)
        except Exception as error:  # noqa: BLE001  # it is told on; what follows in the pool is done all the same
            tell_bug("a request's outcome was not taken", error)


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

    @property
    def told_within_s(self) -> float:
        """The longest that an outcome takes: the wait for a connection, the answer before it there, and its own."""
        return LEAVES_WITHIN_NS / NS_PER_S + 2 * self.pace.answer_s

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
            loop.call_soon(errand.end, refusal)
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
            loop.call_soon(errand.end, NotSent("waited_too_long", f"for a {self.name} connection"))
            return
        data = self._built(errand)
        outcome = data if isinstance(data, NotSent) else self._handed_over(connection, errand, data)
        if outcome is not None:
            loop.call_soon(errand.end, outcome)

    def _built(self, errand: Errand) -> bytes | NotSent:
        try:
            return errand.build()
        except HeldBack as held:
            return held.outcome
        except InvariantError as error:
            log.exception("request.unbuildable", pool=self.name, fault=str(error))
            return NotSent("unbuildable", str(error))
        except Exception as error:  # as above, and nobody thought of it
            log.exception("request.unbuildable", pool=self.name, fault=type(error).__name__)
            tell_bug("a request could not be built", error)
            return NotSent("unbuildable", f"{type(error).__name__}, a bug of ours: see the log")

    def _handed_over(self, connection: Connection, errand: Errand, data: bytes) -> Outcome | None:
        """What is known at once of a request that was handed over; None: the connection tells it later."""
        try:
            return connection.ask(data, self._emit(errand.passage), self.pace.answer_s, errand.end, errand.passage)
        except Exception as error:  # some byte may have left: nothing else leaves by this connection
            why = Unknown("broken", f"{type(error).__name__} where it was handed over, a bug of ours: see the log")
            connection.give_up(why)
            log.exception("request.broken", pool=self.name, fault=type(error).__name__)
            tell_bug("a request broke where it was handed over", error)
            return why

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
                errand.end(NotSent(GATE_CLOSED, f"{scope} was closed while it waited for a connection"))

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
                errand.end(NotSent("no_connection", f"the last {self.name} connection was lost"))
        if connection.was_up:
            await connection.lost.wait()


def settle(answer: asyncio.Future[Outcome], outcome: Outcome) -> None:
    """Hand an outcome to who waits for it, if anybody still does."""
    if not answer.done():
        answer.set_result(outcome)


def tell_bug(what: str, error: Exception) -> None:
    """Hand a bug of ours to the loop's exception handler: a daemon halts over it."""
    asyncio.get_running_loop().call_exception_handler({"message": what, "exception": error})


def write_freely(write: Callable[[bytes], None], data: bytes) -> Withheld | None:
    """Hand over what creates no order: cancels and questions pass in every state."""
    write(data)
    return None
