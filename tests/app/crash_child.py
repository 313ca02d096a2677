"""The daemon as a process that kills itself at a named point: `python -m tests.app.crash_child JSON`.

Everything of it lies in what a test hands over (disk, dial, a hook): no setting and no variable reaches it.
"""

from __future__ import annotations

import os
import signal
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from framework.app.drive import Stop
from framework.app.live import start as live
from framework.app.live.opened import Parts
from framework.app.live.run import LiveRun
from framework.app.live.start import trade_live
from framework.app.seated import Seated
from framework.app.views import view_of
from framework.gateway.connection import Connection
from framework.gateway.dial import TcpDial
from framework.kernel.disk import DiskFile, RealDisk
from framework.kernel.records import KillStepped, Record, ReportTaken
from framework.model.money import Amount
from framework.model.orders import Order
from framework.model.rules import Certainty
from framework.reports.summary import to_json
from framework.strategy.base import Strategy
from framework.strategy.timers import every
from framework.venues.named import rules_named
from tests.app.live_house import BTC, settings

SECOND = 1_000_000_000
RULES = msgspec.structs.replace(
    rules_named("bitget-spot"),
    acceptance_bound_ns=SECOND,  # the test's venue takes no request that is older
    acceptance_certainty=Certainty.DOCUMENTED,
    lookup_horizon_ns=3_600 * SECOND,
)


class Points:
    """Where the process ends: the `count`-th time that it passes there."""

    def __init__(self, point: str, count: int) -> None:
        self.point = point
        self.left = count
        self.is_on = False

    def at(self, name: str) -> None:
        if not self.is_on or name != self.point:
            return
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


class Worker(Strategy):
    """Orders that fill, orders that rest, and cancels, ten times a second."""

    class State:
        ticks: int = 0

    def __init__(self, points: Points, *, is_idle: bool) -> None:
        super().__init__()
        self.points = points
        self.is_idle = is_idle

    def on_start(self) -> None:
        self.quotes(BTC.id)
        self.resting: list[Order] = []

    @every("100ms")
    def work(self) -> None:
        quote = self.quote(BTC.id)
        if self.is_idle or quote is None:
            return
        self.points.is_on = True
        self.state.ticks += 1
        match self.state.ticks % 4:
            case 0:
                self.buy(BTC.id, "0.0003", price=f"{quote.bid - 1:.2f}")
            case 1 | 2:
                self.resting.append(self.buy(BTC.id, "0.0002", price=f"{quote.bid * 0.99:.2f}"))
            case _:
                if self.resting:
                    self.cancel(self.resting.pop(0))


class CrashFile:
    """A file of the journal or the latch."""

    def __init__(self, file: DiskFile, name: str, points: Points) -> None:
        self._file, self._name, self._points = file, name, points

    def append(self, data: bytes) -> None:
        self._file.append(data)

    def sync(self) -> None:
        self._points.at(f"before {self._name} sync")
        self._file.sync()
        self._points.at(f"after {self._name} sync")

    def close(self) -> None:
        self._file.close()


class CrashDisk(RealDisk):
    """This machine's, with an end before and after what makes something durable."""

    def __init__(self, points: Points) -> None:
        self._points = points

    def create(self, path: Path) -> Any:
        return CrashFile(super().create(path), "latch" if path.name.startswith("latch") else "journal", self._points)

    def replace(self, source: Path, target: Path) -> None:
        self._points.at(f"before {target.name} is replaced")
        super().replace(source, target)
        self._points.at(f"after {target.name} is replaced")


class CrashTransport:
    """Passes everything on; bytes that create or cancel orders may be the last thing that it does."""

    def __init__(self, transport: Any, points: Points) -> None:
        self._transport, self._points = transport, points

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        what = next((kind for kind in ("orders", "cancels") if data.startswith(f"POST /{kind}".encode())), "question")
        self._points.at(f"before the wire of {what}")
        self._transport.write(data)
        self._points.at(f"after the wire of {what}")


class CrashDial(TcpDial):
    """Dials, and stands between connection and transport."""

    points: Points

    async def __call__(self, connection: Connection) -> None:
        await super().__call__(connection)
        connection._transport = CrashTransport(connection._transport, self.points)  # type: ignore[assignment]
        take = connection.data_received

        def received(data: bytes) -> None:
            self.points.at("before an answer")
            take(data)
            self.points.at("after an answer")

        connection.data_received = received  # type: ignore[method-assign]


def name_of(record: Record) -> str:
    """What a record is called among the points."""
    if isinstance(record, ReportTaken):
        return record.report.kind.value
    if isinstance(record, KillStepped):
        return f"kill {record.state}"
    return type(record).__name__


def main(asked: dict[str, Any]) -> int:
    """Trade until killed or stopped; the last line is the summary."""
    folder, points = Path(asked["folder"]), Points(asked.get("point", ""), asked.get("count", 1))
    points.is_on = asked.get("at_start", False)
    stop = Stop()
    stop.on_signals()
    dial = CrashDial("127.0.0.1", asked["port"])
    dial.points = points

    def made(run: LiveRun) -> None:
        journal = run._journal
        assert journal is not None
        write = journal.write

        def noted(record: Record) -> None:
            points.at(f"before {name_of(record)}")
            write(record)
            points.at(f"after {name_of(record)}")

        journal.write = noted  # type: ignore[method-assign]

    worker = Worker(points, is_idle=asked.get("is_idle", False))
    capital = (Amount(Decimal(1_000), "USDT"), Amount(Decimal("0.001"), "BTC"))
    live.seat_strategies = lambda config: ([Seated("mm", "worker", worker, capital)], {})  # type: ignore[assignment]
    parts = Parts(
        disk=CrashDisk(points),
        dial=dial,
        rules=RULES,
        locks=folder / "locks",
        made=made,
        stall_s=asked.get("stall_s", 20.0),
    )
    out = sys.stdout
    summary = trade_live(settings(folder, asked["port"]), view_of(is_plain=True, is_json=False), stop, parts)
    out.write(to_json(summary) + "\n")
    return 1 if summary.faults else 0


if __name__ == "__main__":
    raise SystemExit(main(msgspec.json.decode(sys.argv[1])))
