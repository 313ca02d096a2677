"""The order road to one venue: creating requests, cancels and questions on connections of their own.

A creating request is never sent again. A close of the kill word, from any thread, holds back what waits and cuts every
connection on which an order of the closed scope is without an answer: those orders become unknown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

from framework.gateway.dial import Dial
from framework.gateway.outcome import Outcome, Unknown
from framework.gateway.pool import Errand, Pool, PoolTimes, settle
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord, Passage
from framework.kernel.logging import get_logger
from framework.model.scopes import Scope

log = get_logger()


class Road:
    """Ways of one key to one venue. Its `run` keeps them up; everything else is called on the same loop.

    Args:
        ping: builds a request that changes nothing (the venue's time).
        creating: connections for what creates or changes orders: as many such requests may be in flight.
        cancelling: connections for cancels: an order without an answer never keeps a cancel waiting.
    """

    def __init__(
        self,
        dial: Dial,
        word: KillWord,
        clock: Clock,
        ping: Callable[[], bytes],
        *,
        creating: int = 4,
        cancelling: int = 2,
        asking: int = 1,
        pace: PoolTimes | None = None,
    ) -> None:
        self._word = word
        self._creating, self._cancelling, self._asking = (
            Pool(name, dial, count, word, lambda: clock.now_ns, ping, pace)
            for name, count in (("creating", creating), ("cancelling", cancelling), ("asking", asking))
        )

    @property
    def pools(self) -> tuple[Pool, Pool, Pool]:
        """For creating, cancelling and asking."""
        return self._creating, self._cancelling, self._asking

    async def run(self) -> None:
        """Keep all connections up, until cancelled; what is in flight then becomes unknown."""
        loop = asyncio.get_running_loop()

        def closed(scope: Scope) -> None:
            self._creating.cut(scope)
            with suppress(RuntimeError):  # the loop is closed: nothing waits any more
                loop.call_soon_threadsafe(self._creating.drop, scope)

        leave = self._word.watch(closed)
        try:
            async with asyncio.TaskGroup() as group:
                for pool in self.pools:
                    for number in range(1, pool.count + 1):
                        group.create_task(pool.keep(number), name=f"{pool.name}-{number}")
        finally:
            leave()

    async def ready(self) -> None:
        """Wait until every connection is up and warm. Raises nothing: a caller that cannot wait sets a timeout."""
        for pool in self.pools:
            await pool.ready()

    @asynccontextmanager
    async def up(self) -> AsyncIterator[None]:
        """Run it for the length of a block, which begins when every connection is up."""
        keeping = asyncio.create_task(self.run(), name="road")
        try:
            await self.ready()
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping

    def create(self, build: Callable[[], bytes], passage: Passage, done: Callable[[Outcome], None]) -> None:
        """Send what creates or changes orders; the word, its epoch and its age are tested where the bytes leave."""
        self._creating.submit(Errand(build, done, passage))

    def cancel(self, build: Callable[[], bytes], done: Callable[[Outcome], None]) -> None:
        """Send what takes orders back: it passes in every state."""
        self._cancelling.submit(Errand(build, done))

    def enquire(self, build: Callable[[], bytes], done: Callable[[Outcome], None]) -> None:
        """Send a question that changes nothing; `done` gets the outcome in a later turn of the loop."""
        self._asking.submit(Errand(build, done))

    async def ask(self, build: Callable[[], bytes]) -> Outcome:
        """Send a question that changes nothing. It may be asked again.

        An outcome always comes: where the pool tells none by its own deadline, that is a bug of ours, told in the log.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        deadline = loop.call_later(self._asking.told_within_s, self._overdue, answer)
        self._asking.submit(Errand(build, partial(settle, answer)))
        try:
            return await answer
        finally:
            deadline.cancel()

    def _overdue(self, answer: asyncio.Future[Outcome]) -> None:
        within_s = self._asking.told_within_s
        log.error("question.lost", pool=self._asking.name, within_s=within_s)
        settle(answer, Unknown("no_outcome", f"the road told none within {within_s:g} s, a bug of ours: see the log"))
