"""An asyncio loop whose time is virtual: it jumps to the next timer instead of sleeping.

The whole daemon runs on it in simulation: hours take as long as their work. The same coroutines give the same trace:
callbacks run in the order of (instant, order of asking), tasks are numbered and hash by their number, so that even the
sets inside asyncio (a TaskGroup's, say) are walked in the same order every time. There are no sockets and no threads.

asyncio promises less: what was asked for by `call_soon` comes in the order of asking, but of timers that are due at one
instant any may be first, and so may of sockets that can be read. A loop that is given chance draws that order, so that
nobody relies on more; what is called on one object (the end of one connection, say) stays in the order of asking.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from inspect import ismethod
from math import inf
from random import Random
from types import FrameType
from typing import Any, Final, NoReturn, TypeVar, TypeVarTuple
from weakref import WeakValueDictionary

from framework.kernel.clock import ManualClock
from framework.model.errors import InvariantError
from framework.model.instants import NS_PER_S

ROUNDS_MAX: Final = 1_000_000
"""So many rounds of callbacks at one instant: somebody waits in a circle."""

SWEEP_MIN: Final = 1_000
"""Timers before the cancelled ones among them are thrown away."""

Result = TypeVar("Result")
Args = TypeVarTuple("Args")
Timer = tuple[int, int, asyncio.TimerHandle]
"""When it is due, how many were asked for before it, and what is called."""


def run(main: Coroutine[Any, Any, Result], clock: ManualClock | None = None, chance: Random | None = None) -> Result:
    """Play a coroutine to its end on a loop of its own and give its result; what it left running is cancelled.

    Args:
        clock, chance: see `VirtualLoop`.

    Raises:
        InvariantError: everybody waits and nobody will wake them, or the clock stands still for ever.
    """
    if asyncio._get_running_loop() is not None:  # noqa: SLF001  # as asyncio.run asks
        main.close()
        raise InvariantError(
            "virtual loop: expected no loop to run in this thread, found one; await the coroutine there"
        )
    loop = VirtualLoop(clock, chance)
    try:
        try:
            return loop.run_until_complete(main)
        finally:
            loop.cancel_leftovers()
            loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


class NumberedTask(asyncio.Task[Result]):
    """A task that knows how many came before it on its loop."""

    def __init__(
        self, coroutine: Generator[Any, None, Result] | Coroutine[Any, Any, Result], number: int, **options: Any
    ) -> None:
        self.number = number  # first: the base class puts the task into a set
        super().__init__(coroutine, **options)

    def __hash__(self) -> int:
        return self.number


class VirtualLoop(asyncio.BaseEventLoop):
    """The loop. Its `time()` counts seconds since the clock's instant at its birth; the clock itself is exact.

    Args:
        clock: set forward by the loop. Others may set it forward too (a tape's loop does); timers then fire late.
        chance: draws the order of timers of one instant; None: the order of asking.
    """

    _ready: deque[asyncio.Handle]  # of the base class
    _stopping: bool

    def __init__(self, clock: ManualClock | None = None, chance: Random | None = None) -> None:
        super().__init__()
        self._chance = chance
        self.clock = clock or ManualClock()
        self._born_ns = self.clock.now_ns
        self._timers: list[Timer] = []
        self._asked = 0
        self._sweep_at = SWEEP_MIN
        self._rounds = 0
        self._rounds_ns = self.clock.now_ns
        self._task_count = 0
        self._tasks: WeakValueDictionary[int, NumberedTask[Any]] = WeakValueDictionary()

    @property
    def pending(self) -> list[NumberedTask[Any]]:
        """The tasks that are not done, oldest first."""
        return [task for _, task in sorted(self._tasks.items()) if not task.done()]

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return (self.clock.now_ns - self._born_ns) / NS_PER_S

    def call_at(
        self, when: float, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See asyncio. `when` is on the scale of `time()`."""
        due_ns = None if when == inf else self._born_ns + round(when * NS_PER_S)
        return self._arrange(due_ns, when, callback, args, context)

    def call_later(
        self, delay: float, callback: Callable[[*Args], object], *args: *Args, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See asyncio. Exact to the nanosecond, however long the loop has run."""
        due_ns = None if delay == inf else self.clock.now_ns + round(delay * NS_PER_S)
        return self._arrange(due_ns, self.time() + delay, callback, args, context)

    def _arrange(
        self,
        due_ns: int | None,
        when: float,
        callback: Callable[[*Args], object],
        args: tuple[*Args],
        context: Context | None,
    ) -> asyncio.TimerHandle:
        self._refuse_closed()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        if due_ns is not None:  # else it never comes
            self._asked += 1
            heapq.heappush(self._timers, (due_ns, self._asked, handle))
            if len(self._timers) > self._sweep_at:
                self._sweep()
        return handle

    def _sweep(self) -> None:
        """Forget cancelled timers: each timeout that was not needed leaves one."""
        self._timers = [timer for timer in self._timers if not timer[2].cancelled()]
        heapq.heapify(self._timers)
        self._sweep_at = max(SWEEP_MIN, 2 * len(self._timers))

    def create_task(
        self,
        coro: Generator[Any, None, Result] | Coroutine[Any, Any, Result],
        *,
        name: object = None,
        context: Context | None = None,
        **options: Any,
    ) -> asyncio.Task[Result]:
        """See asyncio. Without a name a task is called by its number on this loop."""
        self._refuse_closed()
        self._task_count += 1
        number = self._task_count
        known_as = f"task-{number}" if name is None else str(name)
        task = NumberedTask(coro, number, loop=self, name=known_as, context=context, **options)
        self._tasks[number] = task
        return task

    def cancel_leftovers(self) -> None:
        """Cancel every task, oldest first, and wait for their ends; errors go to the exception handler."""
        leftovers = self.pending
        for task in leftovers:
            task.cancel()
        self.run_until_complete(_ended(leftovers))
        for task in leftovers:
            error = None if task.cancelled() else task.exception()
            if error is not None:
                self.call_exception_handler(
                    {"message": "a task raised while it was cancelled", "exception": error, "task": task}
                )

    def _refuse_closed(self) -> None:
        if self.is_closed():
            raise RuntimeError("Event loop is closed")

    def close(self) -> None:
        """See asyncio."""
        super().close()
        self._timers.clear()

    def _run_once(self) -> None:
        """One round: the next instant where nothing is ready, the timers that are due, then all that is ready."""
        if not self._ready and not self._stopping:
            self._advance()
        timers, now_ns = self._timers, self.clock.now_ns
        self._count_rounds(now_ns)
        due: list[Timer] = []
        while timers and timers[0][0] <= now_ns:
            due.append(heapq.heappop(timers))
        if self._chance is not None and len(due) > 1:
            due = _shuffled(due, self._chance)
        self._ready.extend([timer[2] for timer in due])
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001  # how asyncio's own loops call it

    def _advance(self) -> None:
        """Jump to the next timer."""
        while self._timers and self._timers[0][2].cancelled():
            heapq.heappop(self._timers)
        if not self._timers:
            raise InvariantError(self._stuck("somebody to go on, found every task waiting and no timer set"))
        self.clock.now_ns = max(self.clock.now_ns, self._timers[0][0])

    def _count_rounds(self, now_ns: int) -> None:
        self._rounds = self._rounds + 1 if now_ns == self._rounds_ns else 0
        self._rounds_ns = now_ns
        if self._rounds > ROUNDS_MAX:
            self._rounds = 0  # who is cancelled for it may clean up
            raise InvariantError(self._stuck(f"time to go on, found {ROUNDS_MAX} rounds at one instant"))

    def _stuck(self, what: str) -> str:
        waiting = ", ".join(f"{task.get_name()} ({_place(task)})" for task in self.pending) or "none"
        return f"virtual loop: expected {what}; unfinished tasks: {waiting}"

    def _write_to_self(self) -> None:
        """Nothing to wake: the loop never sleeps."""


def _shuffled(due: list[Timer], chance: Random) -> list[Timer]:
    """Timers by instant, of one instant in any order; what is called on one object stays in its order."""
    places: dict[tuple[int, int], float] = {}
    keyed: list[tuple[int, float, int, Timer]] = []
    for timer in due:
        ts_ns, asked, handle = timer
        callback, place = handle._callback, chance.random()  # type: ignore[attr-defined]  # noqa: SLF001
        if ismethod(callback):
            place = places.setdefault((ts_ns, id(callback.__self__)), place)
        keyed.append((ts_ns, place, asked, timer))
    return [timer for *_, timer in sorted(keyed)]


async def _ended(tasks: list[NumberedTask[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def _place(task: NumberedTask[Any]) -> str:
    """File and line of the innermost await of a task, in our code or asyncio's."""
    frame: FrameType | None = None
    inner: object = task.get_coro()
    while inner is not None:
        found = getattr(inner, "cr_frame", None)
        frame = found if isinstance(found, FrameType) else frame
        inner = getattr(inner, "cr_await", None)
    return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}" if frame else "not begun"


REFUSED: Final = (
    *("run_in_executor", "set_default_executor", "getaddrinfo", "getnameinfo", "start_tls", "sendfile"),
    *("create_connection", "create_server", "create_datagram_endpoint", "connect_accepted_socket"),
    *("create_unix_connection", "create_unix_server", "connect_read_pipe", "connect_write_pipe"),
    *("subprocess_exec", "subprocess_shell", "add_reader", "remove_reader", "add_writer", "remove_writer"),
    *("add_signal_handler", "remove_signal_handler", "sock_recv", "sock_recv_into", "sock_recvfrom"),
    *("sock_recvfrom_into", "sock_sendall", "sock_sendto", "sock_connect", "sock_accept", "sock_sendfile"),
)


def _refusal(name: str) -> Callable[..., NoReturn]:
    def refuse(*_args: object, **_options: object) -> NoReturn:
        raise InvariantError(
            f"virtual loop: expected no sockets, threads, processes or signals, found {name}(); what runs here takes "
            "its connections through a port, and a simulation gives it one that is simulated"
        )

    return refuse


for _name in REFUSED:
    setattr(VirtualLoop, _name, _refusal(_name))
