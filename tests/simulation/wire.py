"""The network between one process and the venue: a road, a way to ask, and a private stream, all of which may fail.

The road keeps the promises of `framework.gateway.road`: creating requests have connections of their own with one in
flight on each, the kill word is tested where bytes leave, and a close cuts every creating connection that it reaches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from framework.gateway.outcome import Answered, HeldBack, NotSent, Outcome, Unknown
from framework.gateway.plain.codec import read_message
from framework.kernel.clock import NS_PER_S
from framework.kernel.kill_word import Passage
from framework.model.batch import Batch, BatchKind, request_kind
from framework.model.questions import Question, Reply
from framework.model.scopes import Scope
from framework.ports import LEAVES_WITHIN_NS

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

MS: Final = 1_000_000
ANSWER_NS: Final = 5 * NS_PER_S
"""As `framework.gateway.pool.Pace`."""
CREATING: Final = 4
CANCELLING: Final = 2
LEAST_NS: Final = 2 * MS
SPREAD_NS: Final = 58 * MS
"""A message is under way for so long at least, and for at most so much longer."""
BUSY_MS: Final = (2_000, 2_000, 6_000)
"""No connection is free for at most so long, one of these."""
PATHS: Final = {BatchKind.PLACE: "/orders", BatchKind.CANCEL: "/cancels", BatchKind.AMEND: "/amends"}


class Errand:
    """A request that waits for a connection or is in flight."""

    __slots__ = ("build", "done", "is_over", "passage", "since_ns")

    def __init__(self, build: Any, done: Callable[[Outcome], None], passage: Passage | None) -> None:
        self.build = build
        self.done = done
        self.passage = passage
        self.is_over = False
        self.since_ns = 0

    @property
    def batch(self) -> Batch:
        """What it carries: `build` is a partial of it."""
        batch: Batch = self.build.args[0]
        return batch


class Wire:
    """A road, a query port and a stream of one process."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process
        self._strikes = world.swarm.strikes
        self._network = world.chance("network")
        self._waiting: dict[bool, deque[Errand]] = {True: deque(), False: deque()}
        self._in_flight: dict[bool, list[Errand]] = {True: [], False: []}
        self._busy = world.swarm.chance("busy")
        self._busy_until_ns = {True: 0, False: 0}
        """Creating or not -> no connection is free before that."""
        self._stream_due_ns = 0
        self.is_stream_away = False

    # The road.

    def create(self, build: Any, passage: Passage, done: Callable[[Outcome], None]) -> None:
        """As `Road.create`."""
        self._submit(Errand(build, done, passage))

    def cancel(self, build: Any, done: Callable[[Outcome], None]) -> None:
        """As `Road.cancel`."""
        self._submit(Errand(build, done, None))

    def cut(self, scope: Scope) -> None:
        """The word was closed: what is in flight there is unknown, what waits there stays here."""
        for errand in list(self._in_flight[True]):
            if errand.passage is not None and scope in errand.passage.scopes:
                self._world.count_fault()
                self._finish(errand, Unknown("cut", f"{scope} was closed"))
        for errand in list(self._waiting[True]):
            if errand.passage is not None and scope in errand.passage.scopes:
                self._waiting[True].remove(errand)
                self._tell(errand, NotSent("gate_closed", f"{scope} was closed"))

    def _submit(self, errand: Errand) -> None:
        if not self._process.is_alive:
            return
        is_creating = errand.passage is not None
        errand.since_ns = self._world.timeline.clock.now_ns
        self._waiting[is_creating].append(errand)
        if self._strikes("busy"):
            self._busy_until_ns[is_creating] = (
                errand.since_ns + self._busy.randrange(50, self._busy.choice(BUSY_MS)) * MS
            )
        self._go_on(is_creating)

    def _go_on(self, is_creating: bool) -> None:
        waiting, in_flight = self._waiting[is_creating], self._in_flight[is_creating]
        stands_until_ns = max(self._process.frozen_until_ns, self._busy_until_ns[is_creating])
        wait_ns = stands_until_ns - self._world.timeline.clock.now_ns
        if wait_ns > 0:
            self._world.timeline.after(wait_ns, partial(self._go_on, is_creating))
            return
        self._process.tick()
        while self._process.is_alive and waiting and len(in_flight) < (CREATING if is_creating else CANCELLING):
            self._emit(waiting.popleft(), in_flight)

    def _emit(self, errand: Errand, in_flight: list[Errand]) -> None:
        if self._world.timeline.clock.now_ns - errand.since_ns >= LEAVES_WITHIN_NS:
            self._tell(errand, NotSent("waited_too_long"))
            return
        try:
            data = errand.build()
        except HeldBack as held:
            self._tell(errand, held.outcome)
            return
        in_flight.append(errand)
        if errand.passage is None:
            self._leave(errand, data)
            return
        clock = self._process.core.clock
        word = self._process.core.kill.word
        refusal = word.emit(partial(self._leave, errand), data, errand.passage, lambda: clock.now_ns)
        if refusal is not None:
            in_flight.remove(errand)
            self._tell(errand, NotSent(refusal.reason, refusal.detail))

    def _leave(self, errand: Errand, data: bytes) -> None:
        """The bytes are handed to the kernel."""
        self._world.step("before the wire")
        self._process.wrote(errand.batch, errand.passage)
        self._world.timeline.after(ANSWER_NS, partial(self._finish, errand, Unknown("timeout", "no answer")))
        if self._strikes("lose_request"):
            if self._network.random() < 0.5:  # a reset is told at once, silence is not
                self._world.timeline.after(self._latency_ns(), partial(self._finish, errand, Unknown("reset")))
        else:
            delay_ns = self._network.randrange(0, 9000) * MS if self._strikes("late_request") else 0
            self._world.timeline.after(self._latency_ns() + delay_ns, partial(self._arrive, errand, data))
            if delay_ns and self._network.random() < 0.3:  # the connection breaks, and the bytes arrive all the same
                self._world.timeline.after(self._latency_ns(), partial(self._finish, errand, Unknown("reset")))
        self._world.step("after the wire")

    def _arrive(self, errand: Errand, data: bytes) -> None:
        """At the venue, whether or not the process still lives."""
        world, batch = self._world, errand.batch
        head, _, body = data.partition(b"\r\n\r\n")
        sent_ns = head.decode().partition("X-Time: ")[2].partition("\r\n")[0]
        serve = partial(
            world.exchange.serve,
            is_given_up=errand.passage is None and (errand.is_over or not self._process.is_alive),
        )
        if self._strikes("server_error"):
            is_processed = self._network.random() < 0.5
            if is_processed:
                serve(PATHS[batch.kind], sent_ns, body)
            answer = Answered(self._network.choice((500, 502, 503)), {}, b'{"error":"fault"}')
        else:
            answer = self._spoilt(serve(PATHS[batch.kind], sent_ns, body))
        self._answer(errand, answer)

    def _spoilt(self, answer: Answered) -> Answered:
        if self._strikes("garbage"):
            return Answered(200, {}, b"<html>\xff")
        if answer.status == 200 and self._strikes("partial"):
            entries = msgspec.json.decode(answer.body)["results"]
            self._network.shuffle(entries)
            kept = entries[: self._network.randrange(len(entries) + 1)]
            return Answered(200, {}, msgspec.json.encode({"results": kept}))
        return answer

    def _answer(self, errand: Errand, answer: Answered) -> None:
        if self._strikes("lose_reply"):
            return
        if self._strikes("reset"):
            self._world.timeline.after(self._latency_ns(), partial(self._finish, errand, Unknown("reset")))
            return
        delay_ns = self._network.randrange(0, 8000) * MS if self._strikes("slow_reply") else 0
        self._world.timeline.after(self._latency_ns() + delay_ns, partial(self._finish, errand, answer))

    def _finish(self, errand: Errand, outcome: Outcome) -> None:
        if errand.is_over or not self._process.is_alive:
            return
        is_creating = errand.passage is not None
        self._in_flight[is_creating].remove(errand)
        self._tell(errand, outcome)
        self._go_on(is_creating)

    def _tell(self, errand: Errand, outcome: Outcome) -> None:
        """Never before `send` has returned."""
        errand.is_over = True
        self._world.timeline.after(0, lambda: self._process.turn(partial(self._told, errand, outcome)))

    def _told(self, errand: Errand, outcome: Outcome) -> None:
        errand.done(outcome)
        if isinstance(outcome, Answered) and outcome.status in (418, 429):
            wait_ns = int(outcome.headers.get("retry-after", 0)) * NS_PER_S
            history = self._world.history
            if outcome.status == 418:
                history.banned(wait_ns)
            else:
                history.told_to_wait(request_kind(errand.batch.kind, len(errand.batch.orders)), wait_ns)

    # Questions.

    def ask(self, question: Question) -> None:
        """As `framework.ports.Query`."""
        if not self._process.is_alive:
            return
        self._world.history.counts["questions"] += 1
        self._world.history.hold(
            "I5",
            self._world.timeline.clock.now_ns >= self._world.history._banned_until_ns,
            lambda: "asked during a ban",
        )
        if not self._strikes("query_lose"):
            self._world.timeline.after(self._latency_ns(), partial(self._look_up, question))
        elif self._network.random() < 0.7:  # a reset is told at once, silence is not
            reset = Reply(question, 0, "reset")
            self._world.timeline.after(self._latency_ns(), partial(self._process.replied, reset))

    def _look_up(self, question: Question) -> None:
        reply = self._world.exchange.reply(question)
        if self._strikes("query_fail"):
            reply = msgspec.structs.replace(reply, failure="server_error", orders=(), fills=(), balances=())
        copies = 2 if self._strikes("stream_duplicate") else 1
        for _ in range(copies):
            self._world.timeline.after(self._latency_ns(), partial(self._process.replied, reply))

    # The private stream.

    def hear(self, seq: int, data: bytes) -> None:
        """A message begins its way to us."""
        if self.is_stream_away or not self._process.is_alive:
            return
        if self._strikes("stream_lose"):
            self._away()
            return
        delay_ns = self._latency_ns()
        if self._strikes("stream_slow"):
            delay_ns += self._network.randrange(0, 3000) * MS
        if self._strikes("stream_reorder"):
            delay_ns += self._network.randrange(0, 200) * MS
        else:
            now_ns = self._world.timeline.clock.now_ns
            self._stream_due_ns = max(self._stream_due_ns, now_ns + delay_ns)
            delay_ns = self._stream_due_ns - now_ns
        for copy in range(2 if self._strikes("stream_duplicate") else 1):
            self._world.timeline.after(delay_ns + copy * self._latency_ns(), partial(self._deliver, data), "stream")

    def _away(self) -> None:
        """The stream is lost for a while: what is said meanwhile is not heard."""
        self.is_stream_away = True
        self._world.timeline.after(self._network.randrange(100, 5000) * MS, self.listen)

    def listen(self) -> None:
        """Begin to hear."""
        if not self._process.is_alive:
            return
        self.is_stream_away = False
        last = self._world.exchange.stream.seq
        self._deliver(b'{"seq":%d,"id":"","kind":"listening"}' % last)

    def _deliver(self, data: bytes) -> None:
        message = read_message(data)
        assert message is not None, data
        self._process.turn(partial(self._process.stream._take, message), "stream")

    # Chance.

    def _latency_ns(self) -> int:
        return LEAST_NS + int(self._network.random() * SPREAD_NS)
