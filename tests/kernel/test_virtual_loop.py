"""The virtual loop: hours pass in no time, in the same order every time, and whoever waits for nothing is found out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from math import inf
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel import virtual_loop
from framework.kernel.clock import NS_PER_S, Clock, ManualClock, RealClock
from framework.kernel.tape_loop import TIMER_PRIORITY, VENUE_PRIORITY, TapeLoop
from framework.kernel.topic import MarketTopic, Rank
from framework.kernel.virtual_loop import REFUSED, VirtualLoop, run
from framework.model.errors import InvariantError

AUGUST_NS = 1_723_075_200 * NS_PER_S
YEAR_S = 365 * 86_400


async def sleep_until(clock: Clock, ts_ns: int) -> None:
    """Let others run until an instant; one turn of the loop when it is already past."""
    while True:
        await asyncio.sleep(max(ts_ns - clock.now_ns, 0) / NS_PER_S)
        if clock.now_ns >= ts_ns:
            return


def now_s() -> float:
    return asyncio.get_running_loop().time()


# Time.


def test_hours_pass_in_no_time() -> None:
    clock = ManualClock(AUGUST_NS)

    async def main() -> float:
        await asyncio.sleep(3600)
        for _ in range(100):
            await asyncio.sleep(86_400)
        return now_s()

    assert run(main(), clock) == 3600 + 100 * 86_400
    assert clock.now_ns == AUGUST_NS + (3600 + 100 * 86_400) * NS_PER_S


def test_a_result_comes_back_and_an_exception_comes_through() -> None:
    async def good() -> str:
        return "done"

    async def bad() -> None:
        await asyncio.sleep(1)
        raise LookupError("lost")

    assert run(good()) == "done"
    with pytest.raises(LookupError, match="lost"):
        run(bad())


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=20), st.integers(0, 2 * 10**18))
def test_a_sleep_until_an_instant_ends_exactly_there(instants: list[int], start_ns: int) -> None:
    clock = ManualClock(start_ns)
    woken: list[int] = []

    async def sleeper(ts_ns: int) -> None:
        await sleep_until(clock, ts_ns)
        woken.append(clock.now_ns)

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for wait_ns in instants:
                tasks.create_task(sleeper(start_ns + wait_ns))

    run(main(), clock)
    assert woken == sorted(start_ns + wait_ns for wait_ns in instants)


def test_a_loop_that_has_run_for_years_is_still_exact_to_the_nanosecond() -> None:
    """Seconds as a float are then some nanoseconds apart; a sleep of one must neither stand still nor overshoot."""
    clock = ManualClock(AUGUST_NS)

    async def main() -> list[int]:
        await sleep_until(clock, AUGUST_NS + 10 * YEAR_S * NS_PER_S)
        start_ns = clock.now_ns
        woken = []
        for step_ns in (1, 2, 3, 1000):
            await sleep_until(clock, clock.now_ns + step_ns)
            woken.append(clock.now_ns - start_ns)
        return woken

    assert run(main(), clock) == [1, 3, 6, 1006]


def test_an_instant_in_the_past_lets_others_run_once() -> None:
    clock = ManualClock(10)
    trace: list[str] = []

    async def main() -> None:
        task = asyncio.create_task(other())
        await sleep_until(clock, 5)
        trace.append("main")
        await task

    async def other() -> None:
        trace.append("other")

    run(main(), clock)
    assert trace == ["other", "main"]
    assert clock.now_ns == 10


async def test_sleep_until_works_on_a_real_loop_with_a_real_clock() -> None:
    clock = RealClock()
    wanted_ns = clock.now_ns + 2_000_000
    await sleep_until(clock, wanted_ns)
    assert clock.now_ns >= wanted_ns


def test_a_clock_that_somebody_else_sets_forward_makes_timers_late_and_never_goes_back() -> None:
    clock = ManualClock(0)
    woken: list[int] = []

    async def sleeper() -> None:
        await asyncio.sleep(1)
        woken.append(clock.now_ns)

    async def main() -> None:
        task = asyncio.create_task(sleeper())
        await asyncio.sleep(0)
        clock.now_ns = 5 * NS_PER_S
        await task

    run(main(), clock)
    assert woken == [5 * NS_PER_S]


# Order.


def test_timers_of_one_instant_go_by_order_of_asking() -> None:
    trace: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in range(50):
            loop.call_later(1, trace.append, number) if number % 2 else loop.call_at(1, trace.append, number)
        await asyncio.sleep(2)

    run(main())
    assert trace == list(range(50))


def met(chance: random.Random | None) -> list[str]:
    """What happens where three timers, two calls on one connection and two calls made at once meet, in its order."""
    trace: list[str] = []

    class Connection:
        def hear(self, word: str) -> None:
            trace.append(word)

    async def main() -> None:
        loop, connection = asyncio.get_running_loop(), Connection()
        for word in "abc":
            loop.call_later(1, trace.append, word)
        for word in ("1", "2"):
            loop.call_later(1, connection.hear, word)
        loop.call_later(0.9, trace.append, "before")
        await asyncio.sleep(1.1)
        for word in ("soon", "then"):
            loop.call_soon(trace.append, word)
        await asyncio.sleep(0)

    run(main(), chance=chance)
    return trace


@pytest.mark.fault("S1")
def test_timers_of_one_instant_go_by_chance_where_it_is_given_and_one_connection_stays_in_order() -> None:
    traces = [met(random.Random(number)) for number in range(100)]
    assert all((trace[0], trace[-2:]) == ("before", ["soon", "then"]) for trace in traces)
    assert all(trace.index("1") < trace.index("2") for trace in traces)
    assert len({tuple(trace) for trace in traces}) == 4 * 3 * 2  # the connection is one of four
    assert met(random.Random(7)) == traces[7]
    assert met(None) == ["before", "a", "b", "c", "1", "2", "soon", "then"]


def test_callbacks_run_in_the_order_of_their_instants() -> None:
    trace: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for delay_s in (3, 1, 2, 0.5, -1, 0):
            loop.call_later(delay_s, trace.append, delay_s)
        await asyncio.sleep(5)

    run(main())
    assert trace == [-1, 0, 0.5, 1, 2, 3]


def test_a_cancelled_timer_neither_runs_nor_moves_the_clock() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        loop.call_later(10, pytest.fail).cancel()
        loop.call_later(1, lambda: None)
        await asyncio.sleep(2)
        return loop.time()

    assert run(main()) == 2


def test_cancelled_timers_are_forgotten() -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        for _ in range(10_000):
            async with asyncio.timeout(3600):
                await asyncio.sleep(0)
        return len(loop._timers)

    assert run(main()) <= virtual_loop.SWEEP_MIN + 1


def test_a_sweep_keeps_the_timers_that_stand() -> None:
    trace: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in range(3_000):
            timer = loop.call_later(3_000 - number, trace.append, number)
            if number % 3:
                timer.cancel()
        await asyncio.sleep(3_001)

    run(main())
    assert trace == [number for number in reversed(range(3_000)) if number % 3 == 0]


async def babble(seed: int, trace: list[tuple[float, str]]) -> None:
    """Tasks that sleep, time out, fail, and are cancelled: as much of asyncio as a daemon uses."""
    chance = random.Random(seed)
    queue: asyncio.Queue[int] = asyncio.Queue(3)
    lock = asyncio.Lock()

    async def worker(name: str) -> None:
        try:
            for number in range(5):
                await asyncio.sleep(chance.choice([0, 0.5, 1, 1]))
                async with lock:
                    trace.append((now_s(), f"{name} {number}"))
                await queue.put(number)
                if chance.random() < 0.03:
                    raise ValueError(name)
        except asyncio.CancelledError:
            trace.append((now_s(), f"{name} cancelled"))
            raise

    async def reader() -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.7):
                    trace.append((now_s(), f"read {await queue.get()}"))

    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(reader())
            workers = [tasks.create_task(worker(f"w{number}")) for number in range(12)]
            await asyncio.gather(*workers, return_exceptions=True)
            reading.cancel()
    except* ValueError as group:
        trace.append((now_s(), f"failed: {', '.join(map(str, group.exceptions))}"))


@pytest.mark.parametrize("seed", range(8))
def test_the_same_coroutines_give_the_same_trace(seed: int) -> None:
    traces: list[list[tuple[float, str]]] = [[], [], []]
    ballast = []
    for trace in traces:
        run(babble(seed, trace))
        ballast.append([object() for _ in range(1_000)])  # other addresses for the next round's tasks
    assert traces[0] == traces[1] == traces[2]
    assert len(traces[0]) > 15


def test_a_group_cancels_its_tasks_oldest_first() -> None:
    """asyncio keeps them in a set; ordinary tasks are walked there by address."""
    trace: list[int] = []

    async def waiter(number: int) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            trace.append(number)

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(40):
                tasks.create_task(waiter(number))
            await asyncio.sleep(1)
            raise LookupError

    with pytest.raises(ExceptionGroup):
        run(main())
    assert trace == list(range(40))


def test_tasks_are_called_by_their_number_on_this_loop() -> None:
    async def main() -> list[str]:
        tasks = [asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(asyncio.sleep(0), name="feed")]
        await asyncio.gather(*tasks)
        return [asyncio.current_task().get_name(), *(task.get_name() for task in tasks)]  # type: ignore[union-attr]  # there is one

    assert run(main()) == run(main()) == ["task-1", "task-2", "feed"]


# What asyncio offers.


def test_a_timeout_is_reached_in_virtual_time() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(3600)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 12)
        async with asyncio.timeout(60) as limit:
            limit.reschedule(now_s() + 120)
            await asyncio.sleep(100)
        return now_s()

    assert run(main()) == 142


def test_gather_gives_results_in_order_and_groups_give_all_errors() -> None:
    async def after(delay_s: float, value: int) -> int:
        await asyncio.sleep(delay_s)
        if value < 0:
            raise ValueError(value)
        return value

    async def main() -> list[int]:
        found = await asyncio.gather(after(3, 1), after(1, 2), after(2, 3))
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(after(1, -1))
                tasks.create_task(after(1, -2))
        except* ValueError as group:
            found += [int(str(error)) for error in group.exceptions]
        return found

    assert run(main()) == [1, 2, 3, -1, -2]


def test_queues_events_and_conditions_work() -> None:
    async def main() -> list[tuple[float, int]]:
        queue: asyncio.Queue[int] = asyncio.Queue(1)

        async def feed() -> None:
            for number in range(3):
                await asyncio.sleep(1)
                await queue.put(number)

        task = asyncio.create_task(feed())
        found = [(await queue.get(), now_s()) for _ in range(3)]
        await task
        return [(at_s, number) for number, at_s in found]

    assert run(main()) == [(1, 0), (2, 1), (3, 2)]


def test_a_sleep_without_end_ends_by_cancelling() -> None:
    async def main() -> float:
        task = asyncio.create_task(asyncio.sleep(inf))
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return now_s()

    assert run(main()) == 5


def test_a_context_goes_with_its_timer() -> None:
    import contextvars

    variable = contextvars.ContextVar("variable", default="outside")
    found: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        context.run(variable.set, "inside")
        loop.call_later(1, lambda: found.append(variable.get()), context=context)
        loop.call_at(2, lambda: found.append(variable.get()))
        await asyncio.sleep(3)

    run(main())
    assert found == ["inside", "outside"]


def test_an_error_in_a_callback_goes_to_the_exception_handler() -> None:
    found: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, facts: found.append(repr(facts["exception"])))
        loop.call_later(1, [].pop)
        await asyncio.sleep(2)

    run(main())
    assert found == ["IndexError('pop from empty list')"]


def test_debug_mode_works() -> None:
    async def main() -> float:
        asyncio.get_running_loop().set_debug(True)
        await asyncio.create_task(asyncio.sleep(5))
        return now_s()

    assert run(main()) == 5


def test_asyncios_own_runner_may_run_it() -> None:
    async def main() -> float:
        left = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(5)
        assert not left.done()
        return now_s()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert [runner.run(main()), runner.run(main())] == [5, 10]


# The end.


def test_what_is_left_running_is_cancelled_oldest_first_and_may_clean_up() -> None:
    trace: list[tuple[float, str]] = []

    async def left(name: str) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(2)
            trace.append((now_s(), name))

    async def main() -> None:
        tasks = [asyncio.create_task(left(f"l{number}")) for number in range(20)]
        await asyncio.sleep(1)
        assert not any(task.done() for task in tasks)

    run(main())
    assert trace == [(3.0, f"l{number}") for number in range(20)]


def test_an_error_of_a_task_that_is_cancelled_at_the_end_is_reported() -> None:
    found: list[str] = []

    async def left() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise LookupError("lost") from None

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, facts: found.append(repr(facts["exception"])))
        task = asyncio.create_task(left())
        await asyncio.sleep(1)
        assert not task.done()

    run(main())
    gc.collect()
    assert found == ["LookupError('lost')"]


def test_asynchronous_generators_are_closed() -> None:
    trace: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(1)
            trace.append("closed")

    kept = numbers()

    async def main() -> int:
        return await anext(kept)

    assert run(main()) == 1
    assert trace == ["closed"]


def test_the_loop_is_closed_and_no_loop_is_left_set() -> None:
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())

    run(main())
    assert loops[0].is_closed()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    for act in (lambda: loops[0].call_later(1, print), lambda: loops[0].call_at(1, print)):
        with pytest.raises(RuntimeError, match="closed"):
            act()


async def test_it_does_not_run_inside_another_loop() -> None:
    async def main() -> None:
        pytest.fail("it ran")

    with pytest.raises(InvariantError, match="expected no loop to run in this thread, found one"):
        run(main())


# Standing still.


def test_a_deadlock_is_an_error_that_names_who_waits_and_where() -> None:
    async def feed(never: asyncio.Event) -> None:
        await never.wait()

    async def main() -> None:
        never = asyncio.Event()
        tasks = [asyncio.create_task(feed(never), name=name) for name in ("feed BTC", "feed ETH")]
        await asyncio.sleep(5)
        await asyncio.gather(*tasks)

    with pytest.raises(InvariantError, match=r"expected somebody to go on, found every task waiting") as caught:
        run(main())
    message = str(caught.value)
    line = feed.__code__.co_firstlineno + 1
    assert message.index("task-1 (") < message.index("feed BTC (") < message.index("feed ETH (")
    assert "locks.py:" in message or f"test_virtual_loop.py:{line}" in message


def test_a_deadlock_is_found_when_only_cancelled_timers_are_left() -> None:
    clock = ManualClock(7)

    async def main() -> None:
        asyncio.get_running_loop().call_later(1, print).cancel()
        await asyncio.get_running_loop().create_future()

    with pytest.raises(InvariantError, match="no timer set; unfinished tasks: task-1"):
        run(main(), clock)
    assert clock.now_ns == 7


def test_a_sleep_for_ever_is_a_deadlock() -> None:
    with pytest.raises(InvariantError, match="no timer set"):
        run(asyncio.sleep(inf))


def test_after_a_deadlock_tasks_are_cancelled_and_clean_up() -> None:
    trace: list[str] = []

    async def main() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            trace.append("cleaned up")

    with pytest.raises(InvariantError):
        run(main())
    assert trace == ["cleaned up"]


def test_waiting_in_a_circle_at_one_instant_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_loop, "ROUNDS_MAX", 1_000)
    trace: list[str] = []

    async def main() -> None:
        try:
            for _ in range(2_000):
                await asyncio.sleep(0)
        finally:
            await asyncio.sleep(1)
            trace.append("cleaned up")

    with pytest.raises(InvariantError, match="expected time to go on, found 1000 rounds at one instant; unfinished"):
        run(main())
    assert trace == ["cleaned up"]


def test_many_rounds_are_fine_while_time_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_loop, "ROUNDS_MAX", 10)

    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(0.001)

    run(main())


# No world outside.


@pytest.mark.parametrize("name", REFUSED)
def test_sockets_threads_processes_and_signals_are_refused(name: str) -> None:
    loop = VirtualLoop()
    try:
        with pytest.raises(InvariantError, match=rf"expected no sockets.* found {name}\(\)"):
            getattr(loop, name)()
    finally:
        loop.close()


@pytest.mark.parametrize(
    "act",
    [
        lambda: asyncio.to_thread(print),
        lambda: asyncio.open_connection("127.0.0.1", 1),
        lambda: asyncio.start_server(print, "127.0.0.1", 0),
        lambda: asyncio.create_subprocess_exec("true"),
    ],
    ids=["thread", "connection", "server", "process"],
)
def test_asyncios_ways_out_are_refused(act: Callable[[], Awaitable[object]]) -> None:
    async def main() -> None:
        await act()

    with pytest.raises(InvariantError, match="expected no sockets, threads, processes or signals"):
        run(main())


def test_every_way_out_that_asyncio_knows_is_refused() -> None:
    outward = ("sock_", "create_", "connect_", "subprocess_", "add_", "remove_")
    inward = {"create_task", "create_future"}
    known = {name for name in dir(asyncio.AbstractEventLoop) if name.startswith(outward)} - inward
    assert known <= set(REFUSED)


def test_it_opens_no_socket_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", None)
    monkeypatch.setattr(socket, "socketpair", None)
    assert run(asyncio.sleep(1, "slept")) == "slept"


# A tape.


class Tick(NamedTuple):
    ts_recv_ns: int
    number: int
    instrument: str = "here"


class Tape:
    """A tape's loop, and what it did when."""

    def __init__(self) -> None:
        self.clock = ManualClock(AUGUST_NS)
        self.trace: list[tuple[int, str]] = []
        self.intents: list[int] = []
        topic = MarketTopic()
        topic.join(Rank.STRATEGIES, self.play)
        self.loop = TapeLoop(self.clock, {Tick: {"here": topic}}, self.intents, self.turn)
        self.ticks = [Tick(AUGUST_NS + number // 3 * NS_PER_S // 7, number) for number in range(1, 300)]

    def note(self, what: str) -> None:
        self.trace.append((self.clock.now_ns, what))

    def play(self, tick: Tick) -> None:
        self.note(f"tick {tick.number}")
        if tick.number % 5 == 0:
            self.intents.append(tick.number)

    def turn(self) -> None:
        for number in self.intents:
            self.note(f"send {number}")
            due_ns = self.clock.now_ns + 17_000_000 + number
            self.loop.at(due_ns, VENUE_PRIORITY, lambda number=number: self.note(f"answer {number}"))
        self.loop.at(self.clock.now_ns + 60 * NS_PER_S, TIMER_PRIORITY, lambda: self.note("timer"))
        self.intents.clear()

    async def drive(self) -> None:
        for ts_ns in self.loop.instants(self.ticks):
            await sleep_until(self.clock, ts_ns)
            assert self.clock.now_ns == ts_ns


def test_a_tape_played_through_it_gives_the_trace_of_the_plain_loop() -> None:
    plain, through = Tape(), Tape()
    for _ in plain.loop.instants(plain.ticks):
        pass
    run(through.drive(), through.clock)
    assert through.trace == plain.trace
    assert len(plain.trace) > 400


def test_a_daemons_other_tasks_run_between_the_instants_of_a_tape() -> None:
    tape = Tape()
    ticked: list[int] = []

    async def housekeeping() -> None:
        while True:
            await asyncio.sleep(1)
            ticked.append(tape.clock.now_ns)

    async def main() -> None:
        task = asyncio.create_task(housekeeping())
        await tape.drive()
        task.cancel()

    run(main(), tape.clock)
    length_s = (tape.ticks[-1].ts_recv_ns - AUGUST_NS) // NS_PER_S
    assert ticked == [AUGUST_NS + second * NS_PER_S for second in range(1, length_s + 1)]
