"""The crash matrix: the real daemon as a child, killed with SIGKILL at a named point, started again, held against the venue.

No order is at the venue twice, none is lost, none stays unknown, and the ledger is the venue's.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from framework.kernel.clock import RealClock
from framework.kernel.journal import read_folder
from framework.kernel.records import ReportTaken
from framework.model.events import OrderReport
from framework.model.instrument import Instrument
from framework.ops.control_client import NothingRuns, ask, find
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.venue import PlainServer, serving
from framework.venues.sim.orders import VenueOrder
from tests.app.crash_child import RULES, SECOND
from tests.app.live_house import BID, BTC, LiveHouse

pytestmark = pytest.mark.timeout(150)

ROOT = Path(__file__).resolve().parents[2]
KILLED = -9
CHILD_S = 120.0

POINTS = [
    ("before OrderMade", 3),
    ("after OrderMade", 3),
    ("before RequestSent", 3),
    ("after RequestSent", 3),
    ("before journal sync", 4),
    ("after journal sync", 4),
    ("before MadeDurable", 2),
    ("after MadeDurable", 2),
    ("before the wire of orders", 2),
    ("after the wire of orders", 2),
    ("before the wire of cancels", 1),
    ("after the wire of cancels", 1),
    ("before an answer", 3),
    ("after an answer", 3),
    ("before accepted", 2),
    ("after accepted", 2),
    ("before filled", 1),
    ("after filled", 1),
    ("before StateSaved", 3),
    ("after StateSaved", 3),
    ("before cancelled", 1),
    ("after cancelled", 1),
]
"""While it trades."""
TRIPPED = [
    ("before latch sync", 1),
    ("before latch is replaced", 1),
    ("after latch is replaced", 1),
    ("before kill tripped", 1),
    ("after kill tripped", 1),
    ("before SweepStepped", 1),
    ("after SweepStepped", 1),
    ("before the wire of cancels", 1),
    ("after the wire of cancels", 1),
    ("after cancelled", 1),
]
"""While it is killed, and sweeps."""
AGAIN = [("after QuestionAsked", 2), ("before ReplyTaken", 3), ("after unknown", 1), ("before BooksAdopted", 1)]
"""While it recovers from a first crash. What is not passed then ends nothing: that start is the last one."""
Keep = Callable[[str, object], None]
QUICK = {"after the wire of orders", "before filled"}


class Counted(LoopbackVenue):
    """Counts how often each order was asked for."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.placed: Counter[str] = Counter()

    def place(self, instrument: Instrument, orders: Sequence[VenueOrder]) -> list[OrderReport]:
        self.placed.update(order.client_order_id for order in orders)
        return super().place(instrument, orders)


class Matrix(LiveHouse):
    """Children at one venue."""

    async def child(self, **asked: Any) -> asyncio.subprocess.Process:
        order = json.dumps({"folder": str(self.folder), "port": self.port, **asked})
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.app.crash_child", order,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def ask(self, **request: Any) -> dict[str, Any]:
        """What the daemon answers; nothing where none runs."""
        try:
            return await asyncio.to_thread(lambda: ask(find(self.folder / "var"), request))
        except NothingRuns:
            return {}

    async def asked(self, process: asyncio.subprocess.Process, **request: Any) -> dict[str, Any]:
        """As `ask`, as soon as it answers."""
        while process.returncode is None:
            if answer := await self.ask(**request):
                return answer
        return {}

    async def until(self, is_so: Callable[[], Any]) -> None:
        """Wait until something is so."""
        while not is_so():  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.01)

    async def market(self) -> None:
        """Moves, and somebody sells through what rests near it."""
        while True:
            self.move()
            self.sell_into(BID - 200, 1_000)
            await asyncio.sleep(0.03)

    async def settled(self, process: asyncio.subprocess.Process) -> None:
        """No order is in flight or in doubt."""
        while True:
            found = await self.asked(process, verb="orders")
            assert found, "the child ended"
            if {row["state"] for row in found["orders"]} <= {"open"}:
                return

    async def stopped(self, process: asyncio.subprocess.Process) -> dict[str, Any]:
        """Ended as a person ends it; gives its summary."""
        await self.asked(process, verb="stop")
        out, _ = await process.communicate()
        assert process.returncode == 0, out.decode()[-2_000:]
        summary: dict[str, Any] = json.loads(out.splitlines()[-1])
        return summary

    def hold(self, summary: dict[str, Any]) -> None:
        """The journal's word against the venue's."""
        assert (summary["faults"], summary["ledger_difference"]) == ([], {})
        assert self.venue.open_ids("") == []
        venue = self.venue
        assert isinstance(venue, Counted)
        assert [name for name, times in venue.placed.items() if times > 1] == []
        booked: dict[str, set[str]] = {}
        for record in read_folder(self.folder / "var" / "live" / "plain-main" / "journal"):
            if isinstance(record, ReportTaken) and record.report.fill is not None:
                booked.setdefault(record.report.client_order_id, set()).add(record.report.fill.trade_id)
        theirs: dict[str, set[str]] = {}
        for done in venue.fills:
            theirs.setdefault(done.order.client_order_id, set()).add(done.fill.trade_id)
        assert booked == theirs


@asynccontextmanager
async def matrix(folder: Path, prepared: Path) -> AsyncIterator[Matrix]:
    held = {"USDT": Decimal(10_000), "BTC": Decimal(1)}
    server = PlainServer(Counted(RULES, [BTC], held, RealClock()), window_ns=SECOND)
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    async with serving(server) as port, asyncio.timeout(CHILD_S):
        house = Matrix(folder, server, port)
        house.move()
        moving = asyncio.create_task(house.market())
        try:
            yield house
        finally:
            moving.cancel()
            with suppress(asyncio.CancelledError):
                await moving


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose daemon was armed once: `live` begins disarmed."""
    folder = tmp_path_factory.mktemp("armed")

    async def arm() -> None:
        empty = tmp_path_factory.mktemp("empty")
        async with matrix(folder, empty) as house:
            child = await house.child(is_idle=True)
            assert (await house.asked(child, verb="status"))["state"] == "disarmed"
            assert (await house.asked(child, verb="arm", reason="test"))["ok"]
            house.hold(await house.stopped(child))

    asyncio.run(arm())
    return folder


def marked(points: list[tuple[str, int]]) -> list[Any]:
    """Most of them take part in `make long` alone."""
    return [
        pytest.param(
            *point, id=point[0].replace(" ", "-"), marks=pytest.mark.kept if point[0] in QUICK else pytest.mark.long
        )
        for point in points
    ]


@pytest.mark.fault("P1", "P2", "P3", "P4", "P5")
@pytest.mark.parametrize(("point", "count"), marked(POINTS))
async def test_killed_while_it_trades(
    tmp_path: Path, prepared: Path, record_property: Keep, point: str, count: int
) -> None:
    async with matrix(tmp_path, prepared) as house:
        first = await house.child(point=point, count=count)
        assert await first.wait() == KILLED
        second = await house.child(is_idle=True)
        assert (await house.asked(second, verb="status"))["state"] == "armed"
        await house.settled(second)
        house.hold(await house.stopped(second))
    record_property("crash_matrix", {"points": 1, "restarts": 1})


@pytest.mark.long
@pytest.mark.fault("P6")
@pytest.mark.parametrize(("point", "count"), TRIPPED)
async def test_killed_while_it_sweeps(
    tmp_path: Path, prepared: Path, record_property: Keep, point: str, count: int
) -> None:
    async with matrix(tmp_path, prepared) as house:
        first = await house.child(point=point, count=count)
        await house.until(lambda: first.returncode is not None or house.venue.open_ids(""))
        answer = await house.ask(verb="kill", reason="matrix")
        assert await first.wait() == KILLED
        second = await house.child(is_idle=True)
        state = (await house.asked(second, verb="status"))["state"]
        assert state == "tripped" or not answer  # whoever was told that it is confirmed finds it so
        if state == "tripped":
            await house.until(lambda: not house.venue.open_ids(""))
        await house.settled(second)
        house.hold(await house.stopped(second))
    record_property("crash_matrix", {"points": 1, "restarts": 1})


@pytest.mark.long
@pytest.mark.parametrize(("point", "count"), AGAIN)
async def test_killed_once_more_while_it_recovers(
    tmp_path: Path, prepared: Path, record_property: Keep, point: str, count: int
) -> None:
    async with matrix(tmp_path, prepared) as house:
        first = await house.child(point="after the wire of orders", count=2)
        assert await first.wait() == KILLED
        second = await house.child(point=point, count=count, at_start=True, is_idle=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(6):
                await second.wait()
        if second.returncode is None:
            await house.stopped(second)
        third = await house.child(is_idle=True)
        await house.settled(third)
        house.hold(await house.stopped(third))
    record_property("crash_matrix", {"points": 1, "restarts": 2})
