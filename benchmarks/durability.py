"""What it costs that a record survives a power cut: of the loop, of the writer, and of an order that waits for it.

Times of the disk are wall time: nothing else is measured by waiting. They are this machine's; the ratios say more.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.measures import Measure, Scope, each
from framework.app.live.journal import DaemonJournal
from framework.config.tables import JournalTable
from framework.kernel.clock import RealClock
from framework.kernel.journal import Chain, GroupJournal
from framework.kernel.records import RequestSent

WALL: Final = "us"
RECORD: Final = RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "place", ("bot-1f3a9c-mm-1",), (), "place")


def journal(scope: Scope) -> Sequence[Measure]:
    """Putting records down, groups of 1, 10 and 50, a bare fdatasync, and a request sync and async."""
    rounds = scope.of(1_000, 5)
    groups = [_measure(f"journal_group_{size}", _group(scope, size, rounds)) for size in (1, 10, 50)]
    return [
        _put(scope),
        *groups,
        _measure("journal_fdatasync", _bare(scope, rounds)),
        _measure("journal_before_send_sync", asyncio.run(_request(scope, "sync", rounds))),
        _measure("journal_before_send_async", asyncio.run(_request(scope, "async", rounds))),
    ]


def _measure(name: str, times_s: Sequence[float]) -> Measure:
    return Measure(name, statistics.median(times_s) * 1e6, WALL)


def _put(scope: Scope) -> Measure:
    """CPU of the loop's thread."""
    count = scope.of(50_000, 100)
    group = GroupJournal(Chain(scope.folder / "put", "bench", RealClock()), halt=_halted, records_max=count)

    def work() -> None:
        for _ in range(count):
            group.write(RECORD)

    span = scope.timer().span(work)
    group.drain()
    group.close()
    return each("journal_put", span, count)


def _group(scope: Scope, size: int, rounds: int) -> list[float]:
    """Seconds a record in groups of a size, durable."""
    group = GroupJournal(Chain(scope.folder / f"group-{size}", "bench", RealClock()), halt=_halted)

    def work() -> None:
        for _ in range(size):
            group.write(RECORD)
        group.drain()

    times_s = timed(work, rounds)
    group.close()
    return [one / size for one in times_s]


@contextmanager
def bare_fdatasync(folder: Path) -> Iterator[Callable[[], None]]:
    """Appends a record's bytes and syncs them, with nothing around it."""
    fd = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def work() -> None:
        os.write(fd, bytes(90))
        os.fdatasync(fd)

    yield work
    os.close(fd)


def _bare(scope: Scope, rounds: int) -> list[float]:
    with bare_fdatasync(scope.folder) as work:
        return timed(work, rounds)


async def _request(scope: Scope, before_send: str, rounds: int) -> list[float]:
    """From writing the record of a request to being allowed to send it."""
    loop = asyncio.get_running_loop()
    kept = DaemonJournal(scope.folder / before_send, "bench", RealClock(), loop, _halted)
    waits = kept.before_send(JournalTable.model_validate({"before_send": before_send}))
    times_s = []
    for _ in range(rounds):
        may_leave = loop.create_future()
        started_s = time.perf_counter()
        kept.write(RECORD)
        if waits is None:
            times_s.append(time.perf_counter() - started_s)
            continue
        waits(may_leave.set_result)
        await may_leave
        times_s.append(time.perf_counter() - started_s)
    assert kept.close()
    return times_s


def timed(work: Callable[[], None], rounds: int = 1) -> list[float]:
    """Seconds on the wall of each round."""
    times_s = []
    for _ in range(rounds):
        started_s = time.perf_counter()
        work()
        times_s.append(time.perf_counter() - started_s)
    return times_s


def _halted(reason: str) -> None:
    raise RuntimeError(reason)
