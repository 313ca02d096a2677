"""The order road over loopback: from a batch at the gate to the whole request at the venue, and what it costs.

The venue's end is a process of its own. Beside each figure of ours stands an aiohttp POST of the same body to the same
server, in the same process and run. Latency is wall time (the median, in steps of CPU time of the calibration loop);
the cost is CPU time of our process, the answer's reports included. With a daemon's journal, latency begins where the
record of the request is written: `async` goes on at once, `sync` when a thread has made it durable; a bare fdatasync
on the same disk is measured in the same run.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import count as counter
from typing import Final

import aiohttp

from benchmarks.durability import bare_fdatasync, timed
from benchmarks.ends import Sign, signer
from benchmarks.house import bitcoin
from benchmarks.measures import COUNT, Measure, Scope
from benchmarks.results import ROOT
from framework.app.live.journal import DaemonJournal
from framework.config.tables import JournalTable
from framework.gateway.dial import TcpDial
from framework.gateway.outcome import Answered
from framework.gateway.plain.codec import question, trade_request
from framework.gateway.plain.port import PlainPort
from framework.gateway.road import Road
from framework.kernel.clock import RealClock
from framework.kernel.kill_word import KillWord
from framework.kernel.records import Record, RequestSent
from framework.model.batch import Batch, BatchKind, Refused, request_kind
from framework.model.events import OrderReport, ReportKind
from framework.model.orders import Order, OrderState, write
from framework.model.request_answer import RequestAnswer
from framework.model.scopes import EVERYTHING
from framework.router.gate import Gate
from framework.router.sending.awaiting import WhenDurable
from framework.venues.bitget.rules import SPOT

WALL: Final = "us wall"
SINGLES: Final = 1_000
BATCHES: Final = 200
BATCH: Final = 10
JOURNALED: Final = 300
WARM: Final = 50
TRIPS: Final = 100
IN_FLIGHT: Final = 20


def order_road(scope: Scope) -> Sequence[Measure]:
    """Every figure of the road."""
    timer = scope.timer()
    before_s = timer.step_s()
    found = asyncio.run(_measured(scope))
    step_s = (before_s + timer.step_s()) / 2
    return [Measure(name, us, unit, None if unit == COUNT else us / 1e6 / step_s) for name, us, unit in found]


async def _measured(scope: Scope) -> list[tuple[str, float, str]]:
    singles, batches, journaled = scope.of(SINGLES, 10), scope.of(BATCHES, 3), scope.of(JOURNALED, 5)
    async with _desk() as desk, aiohttp.ClientSession() as session:
        post = partial(desk.post, session)
        ours = await _timed(desk, desk.send, singles, 1)
        theirs = await _timed(desk, post, singles, 1)
        ours_of_10 = await _timed(desk, desk.send, batches, BATCH)
        theirs_of_10 = await _timed(desk, post, batches, BATCH)
        trips = [await _trip(desk) for _ in range(scope.of(TRIPS, 3))]
        journaled_figures = await _journaled(desk, scope, journaled)
    wall, cpu = (sorted(times) for times in zip(*trips, strict=True))
    return [
        ("order_road_sent", ours[0], WALL),
        ("order_road_sent_aiohttp", theirs[0], WALL),
        ("order_road_one", ours[1], "us CPU"),
        ("order_road_one_aiohttp", theirs[1], "us CPU"),
        ("order_road_one_of_10", ours_of_10[1] / BATCH, "us CPU"),
        ("order_road_one_of_10_aiohttp", theirs_of_10[1] / BATCH, "us CPU"),
        ("order_road_gate_closed_p50", wall[len(wall) // 2], WALL),
        ("order_road_gate_closed_p99", wall[len(wall) * 99 // 100], WALL),
        ("order_road_gate_closed_cpu_p99", cpu[len(cpu) * 99 // 100], "us CPU"),
        *journaled_figures,
    ]


class Desk:
    """What sends orders in this benchmark."""

    def __init__(self, road: Road, word: KillWord, host: str, sign: Sign) -> None:
        self.road = road
        self.word = word
        self.host = host
        self.sign = sign
        self.gate = Gate()
        self.clock = RealClock()
        self.instrument = bitcoin()
        self.port = PlainPort(road, word, self.clock, self, host, sign, SPOT)
        self.numbers = counter(1)
        self.submitted_ns: list[int] = []
        self.write: Callable[[Record], None] | None = None
        """Where the record of a request goes; None: there is no journal."""
        self.when_durable: WhenDurable | None = None
        """None: a request waits for nothing."""
        self._left = 0
        self._done = asyncio.Event()

    def report(self, report: OrderReport) -> None:
        """An order is answered."""
        assert report.kind in (ReportKind.ACCEPTED, ReportKind.UNKNOWN), report
        self._left -= 1
        if self._left == 0:
            self._done.set()

    def answered(self, answer: RequestAnswer) -> None:
        """Limits are of no interest here."""

    def batch(self, orders: int) -> Batch:
        """New orders that share a request."""
        made = [
            Order(
                client_order_id=f"bench-{next(self.numbers)}",
                strategy="bench",
                instrument=self.instrument,
                is_buy=True,
                size_points=self.instrument.lot_points * 10,
                price_points=self.instrument.tick_points * 6_000_000,
                ts_created_ns=self.clock.now_ns,
            )
            for _ in range(orders)
        ]
        request = request_kind(BatchKind.PLACE, orders)
        return Batch(1, self.instrument.venue, "main", self.instrument, request, tuple(made))

    def submit(self, batch: Batch) -> None:
        """Through the gate and down the road."""
        self._left += len(batch.orders)
        for order in batch.orders:
            write(order, state=OrderState.SENT)
        self._done.clear()
        self.submitted_ns.append(time.perf_counter_ns())
        if self.write is not None:
            ids = tuple([order.client_order_id for order in batch.orders])
            self.write(RequestSent(1, batch.venue, batch.account, batch.instrument.id, "place", ids, (), "place"))
        if self.when_durable is None:
            self._clear(batch)
        else:
            self.when_durable(lambda _: self._clear(batch))

    def _clear(self, batch: Batch) -> None:
        cleared = self.gate.clear(batch, self.clock.now_ns)
        assert not isinstance(cleared, Refused), cleared
        self.port.send(cleared)

    async def send(self, batch: Batch) -> None:
        """Our way, until the answer is there."""
        self.submit(batch)
        await self._done.wait()

    async def settled(self) -> None:
        """Wait until all is answered or cut."""
        await self._done.wait()

    async def post(self, session: aiohttp.ClientSession, batch: Batch) -> None:
        """The usual way: a POST of the same body, signed, its answer read."""
        self.submitted_ns.append(time.perf_counter_ns())
        body = trade_request(batch, self.host, lambda method, target, body: ()).partition(b"\r\n\r\n")[2]  # noqa: ARG005
        headers = {"Content-Type": "application/json", **dict(self.sign("POST", "/orders", body))}
        async with session.post(f"http://{self.host}/orders", data=body, headers=headers) as answer:
            json.loads(await answer.read())

    async def stamps(self) -> list[int]:
        """When whole orders were at the venue, since this was last asked."""
        answer = await self.road.ask(partial(question, "/stamps", self.host, self.sign))
        assert isinstance(answer, Answered), answer
        found: list[int] = json.loads(answer.body)
        return found


@asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    command = [sys.executable, "-m", "benchmarks.order_server"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, text=True, **pipes) as server:  # noqa: ASYNC220 - before anything runs
        assert server.stdout is not None
        assert server.stdin is not None
        dial, word, clock = TcpDial("127.0.0.1", int(server.stdout.readline())), KillWord(), RealClock()
        word.open(EVERYTHING)

        sign = signer(clock)
        road = Road(dial, word, clock, partial(question, "/time", dial.name, sign), creating=IN_FLIGHT)
        async with road.up():
            yield Desk(road, word, dial.name, sign)
        server.stdin.close()


async def _timed(
    desk: Desk, send: Callable[[Batch], Awaitable[None]], requests: int, orders: int
) -> tuple[float, float]:
    """Median wall time from submitting to the whole request at the venue, and CPU time a request; in us."""
    for _ in range(WARM):
        await send(desk.batch(orders))
    await desk.stamps()
    desk.submitted_ns.clear()
    batches = [desk.batch(orders) for _ in range(requests)]
    started_s = time.process_time()
    for batch in batches:
        await send(batch)
    cpu_us = (time.process_time() - started_s) / requests * 1e6
    stamps = await desk.stamps()
    assert len(stamps) == requests, (len(stamps), requests)
    waits = sorted(there - sent for there, sent in zip(stamps, desk.submitted_ns, strict=True))
    return waits[requests // 2] / 1_000, cpu_us


async def _journaled(desk: Desk, scope: Scope, rounds: int) -> list[tuple[str, float, str]]:
    """From writing the record of a request to the whole request at the venue, `async` and `sync`, and a bare fdatasync.

    `async` alone, one after the other; then all three by turns, and the quotient is the median of the rounds' own: a disk that others use is another one a moment later.
    """
    kept = [_Kept(desk, scope, before_send) for before_send in ("async", "sync")]
    kept[0].join()
    alone_us, _ = await _timed(desk, desk.send, rounds, 1)
    bare_s: list[float] = []
    await desk.stamps()
    desk.submitted_ns.clear()
    with bare_fdatasync(scope.folder) as work:
        for _ in range(rounds):
            bare_s += timed(work)
            for journal in kept:
                await journal.send()
    desk.write = desk.when_durable = None
    stamps = await desk.stamps()
    assert len(stamps) == 2 * rounds, (len(stamps), rounds)
    waits_us = [(there - sent) / 1e3 for there, sent in zip(stamps, desk.submitted_ns, strict=True)]
    assert all(journal.kept.close() for journal in kept)
    at_once_us, synced_us, bare_us = waits_us[::2], waits_us[1::2], [one_s * 1e6 for one_s in bare_s]
    syncs = [(synced - at_once) / bare for synced, at_once, bare in zip(synced_us, at_once_us, bare_us, strict=True)]
    return [
        ("order_road_sent_async", alone_us, WALL),
        ("order_road_turn_async", statistics.median(at_once_us), WALL),
        ("order_road_turn_sync", statistics.median(synced_us), WALL),
        ("order_road_fdatasync", statistics.median(bare_us), WALL),
        ("order_road_sync_fdatasyncs", statistics.median(syncs), COUNT),
    ]


class _Kept:
    """The desk with a daemon's journal."""

    def __init__(self, desk: Desk, scope: Scope, before_send: str) -> None:
        folder, loop = scope.folder / f"road-{before_send}", asyncio.get_running_loop()
        self.kept = DaemonJournal(folder, "bench", desk.clock, loop, _halted)
        self._desk = desk
        self._before_send = self.kept.before_send(JournalTable.model_validate({"before_send": before_send}))

    def join(self) -> None:
        """The desk's orders have their records here from now on."""
        self._desk.write, self._desk.when_durable = self.kept.write, self._before_send

    async def send(self) -> None:
        """One order. Its record is durable when this returns: its fdatasync is not in the way of the next."""
        self.join()
        await self._desk.send(self._desk.batch(1))
        durable = asyncio.get_running_loop().create_future()
        self.kept.when_durable(durable.set_result)
        await durable


def _halted(reason: str) -> None:
    raise RuntimeError(reason)


async def _trip(desk: Desk) -> tuple[float, float]:
    """Wall and CPU time of a trip in the loop with so many orders without an answer, in us; then armed again."""
    for _ in range(IN_FLIGHT):
        desk.submit(desk.batch(1))
    started_ns, used_ns = time.perf_counter_ns(), time.thread_time_ns()
    desk.word.close(EVERYTHING, "benchmark")
    took_us, used_us = (time.perf_counter_ns() - started_ns) / 1_000, (time.thread_time_ns() - used_ns) / 1_000
    await desk.settled()
    desk.word.open(EVERYTHING)
    await desk.road.ready()
    return took_us, used_us
