"""The daemon and Bitget's sandbox on the virtual loop: everything of both but sockets, threads and waiting.

Order connections, private and public stream, questions and the sandbox's server are those of a real run; their bytes go
through a network in memory. The feed runs on the daemon's own loop, and the journal is drained by it, a moment after each
record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp

from framework.app.live.journal import DaemonJournal
from framework.data.heard import LiveTape
from framework.data.live_feed import LiveFeed
from framework.kernel.clock import ManualClock
from framework.kernel.journal import GroupJournal, WriterThread
from framework.kernel.records import Record
from framework.kernel.virtual_loop import VirtualLoop
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import Fault
from tests.app.live.test_bitget import BitgetHouse, CountingServer
from tests.memory_net import PORT, MemoryNet, serving_in_memory
from tests.sandbox.bitget.scene import show

DISK_S: Final = 0.000_5
NEVER_S: Final = 1e9


class LoopWriter(WriterThread):
    """No thread: the loop drains the journal."""

    def __init__(self, journal: GroupJournal) -> None:
        self._of_loop = journal

    def start(self) -> None:
        """Nothing begins."""

    def close(self, timeout_s: float = 0.0) -> bool:
        self._of_loop.close()
        return True


class LoopJournal(DaemonJournal):
    """What was written is durable half a millisecond later."""

    writer = LoopWriter
    _is_due = False

    def write(self, record: Record) -> None:
        super().write(record)
        if not self._is_due:
            self._is_due = True
            self._loop.call_later(DISK_S, self._drain)

    def _drain(self) -> None:
        self._is_due = False
        self._journal.drain()


class LoopFeed(LiveFeed):
    """On the loop of the daemon. It keeps no history: who asks for it would have to wait."""

    net: MemoryNet

    def __init__(self, net: MemoryNet, *asked: Any) -> None:
        super().__init__(*asked)
        self.net = net

    def start(self) -> LiveTape:
        self._listening = asyncio.get_running_loop().create_task(self._main(), name="live feed")
        return self.tape(self._instruments, self._clock.now_ns)

    def stop(self) -> None:
        self._stop()

    def connector(self) -> aiohttp.BaseConnector:
        return self.net.connector()

    def _history(self, *_asked: Any) -> tuple[()]:
        return ()


@asynccontextmanager
async def virtual_house(folder: Path, name: str, *faults: Fault) -> AsyncIterator[BitgetHouse]:
    """As `bitget_house`, on the virtual loop that runs."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop), loop
    clock: ManualClock = loop.clock
    venue = BitgetVenue(clock)
    show(venue)
    server = CountingServer(venue, faults)
    async with serving_in_memory(server.app()) as net:
        house = BitgetHouse(folder, server, PORT, name)
        house.parts = {
            "clock": clock,
            "dial": net.dial(),
            "connector": net.connector,
            "feed": partial(LoopFeed, net),
            "journal": LoopJournal,
            "stall_s": NEVER_S,
        }
        yield house
