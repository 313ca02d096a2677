"""One life of the daemon: the core with its journal, port and stream, from a start to a crash or to the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from framework.config.limits import LimitsTable
from framework.core import Core
from framework.gateway.plain.port import PlainPort
from framework.gateway.plain.stream import PlainStream
from framework.kernel.disk import durable_replace
from framework.kernel.journal import Chain, GroupJournal
from framework.kernel.kill_word import Passage
from framework.kernel.latch import Page, decode, encode
from framework.kernel.records import OrderMade, Record
from framework.model.batch import Batch
from framework.model.events import MarketEvent
from framework.model.instrument import Instrument
from framework.model.questions import Ask, Reply
from framework.model.scopes import EVERYTHING
from framework.router.kill.states import Cause
from framework.router.kill.trips import Trip
from tests.simulation.timeline import NEVER_NS
from tests.simulation.wire import MS, Wire

if TYPE_CHECKING:
    from tests.simulation.world import World

JOURNAL: Final = Path("/run/journal")
LATCH: Final = Path("/run/latch")
ACCOUNT: Final = "main"


class SimulatedLatch:
    """A latch on the simulated disk, written in the loop's thread."""

    def __init__(self, world: World) -> None:
        self._disk = world.disk
        self._hold = world.history.hold
        self._is_failing = False

    def read(self) -> Page | None:
        """See `LatchPort`."""
        try:
            return decode(self._disk.read(LATCH))
        except OSError:
            return None

    def keep_trip(self, page: Page) -> str:
        """See `LatchPort`."""
        try:
            durable_replace(LATCH, encode(page), self._disk)
        except OSError as error:
            self._is_failing = True
            return f"latch: {error}"
        self._is_failing = False
        return ""

    keep_arm = keep_trip

    def check(self, trip: Trip) -> None:
        """I22: a trip that took effect stands on the disk, unless that failed."""
        page = decode(self._disk.durable(LATCH))
        is_kept = self._is_failing or (page is not None and not page.is_armed(trip.scope))
        self._hold("I22", is_kept, lambda: f"the latch does not tell of the trip of {trip.scope}")


class Process:
    """Core and all that stands around it.

    Args:
        skew_ns: how far its clock is ahead of the world's.
    """

    def __init__(self, world: World, number: int, skew_ns: int) -> None:
        self.is_alive = True
        self.frozen_until_ns = 0
        self.number = number
        self.skew_ns = skew_ns
        self._world = world
        self._made: dict[str, int] = {}
        """Order -> number of the record that made it."""
        self._is_draining = False
        run = f"{number:02d}{random.Random(f'{world.seed}/run/{number}').randrange(16**6):06x}"
        self.latch = SimulatedLatch(world)
        self.chain = Chain(JOURNAL, run, world.timeline.clock, world.disk, segment_bytes=32_768)
        self.journal = GroupJournal(self.chain, halt=self._halt, notify=self._notify, rescue=lambda record: None)
        self.core = self._core(run)
        self.wire = Wire(world, self)
        self.stream = PlainStream("", self.core.clock, self.core, self._instrument_of, self._missed)
        self._connect()

    def _core(self, run: str) -> Core:
        world = self._world
        return Core(
            instruments=world.instruments,
            balances=world.balances,
            capital=world.capital,
            bot="sim",
            run_id=run,
            seed=world.seed,
            write=self._write,
            now_ns=world.timeline.clock.now_ns + self.skew_ns,
            latch=self.latch if self.number > 1 else None,
        )

    def _connect(self) -> None:
        world, core = self._world, self.core
        venue = world.rules.venue
        port = PlainPort(self.wire, core.kill.word, core.clock, core, "venue", self._sign)  # type: ignore[arg-type]  # a road in all but name
        core.connect(
            {venue: port},
            {venue: world.rules},
            account=ACCOUNT,
            limits=LimitsTable.model_validate(world.limits),
            queries={venue: self.wire},
        )
        core.router.sender.when_durable = self._when_durable
        core.kill.word.watch(self._closed)
        core.kill.on_trip.append(world.history.tripped)
        core.kill.on_trip.append(self.latch.check)
        core.kill.on_step.append(world.history.stepped)
        core.effects.on_sweep.append(world.swept)
        core.doubts.on_alarm.append(world.alarmed)
        core.listeners.append(world.watcher)
        core.taken.append(world.watcher.taken)
        for name, strategy in world.strategies(self.number).items():
            core.engine.seat(name, strategy)

    def start(self) -> None:
        """Begin to trade."""
        self.turn(self._start)

    def _start(self) -> None:
        if self.number == 1:
            self.core.kill.keep_in(self.latch)
            self._world.history.closed.pop(EVERYTHING, None)
        self.core.start(lambda instrument, timeframe, count: ())
        self.wire.listen()

    # Time.

    @property
    def due_ns(self) -> int:
        """When the core wants to go on, on the world's clock."""
        heap = self.core.loop._heap
        if not self.is_alive or not heap:
            return NEVER_NS
        return max(heap[0][0] - self.skew_ns, self._world.timeline.clock.now_ns, self.frozen_until_ns)

    def advance(self) -> None:
        """Play what is due in the core."""
        for _ in self.core.loop.drain(self._now_ns):
            pass
        self.tick()

    def tick(self) -> None:
        """Its clock shows what it is."""
        self.core.clock.now_ns = max(self.core.clock.now_ns, self._now_ns)

    def turn(self, action: Callable[[], None]) -> None:
        """Let something happen in the core, as a turn of its own; later, where it is frozen."""
        if not self.is_alive:
            return
        wait_ns = self.frozen_until_ns - self._world.timeline.clock.now_ns
        if wait_ns > 0:
            self._world.timeline.after(wait_ns, partial(self.turn, action))
            return
        self.advance()
        action()
        self.core.loop.settle()

    def play(self, event: Callable[[int], MarketEvent]) -> None:
        """Give the core a market event."""

        def take() -> None:
            for _ in self.core.play([event(self.core.clock.now_ns)]):
                pass

        self.turn(take)

    @property
    def _now_ns(self) -> int:
        return self._world.timeline.clock.now_ns + self.skew_ns

    # The journal.

    def _write(self, record: Record) -> None:
        self._world.step("before the journal")
        self._world.history.service.recorded(record)
        self.journal.write(record)
        if isinstance(record, OrderMade):
            self._made[record.client_order_id] = self.journal.written
        if not self._is_draining:
            self._is_draining = True
            slow = self._world.swarm.strikes("slow_disk")
            delay_ns = self._world.chance("disk time").randrange(50_000, 400 * MS if slow else MS)
            self._world.timeline.after(delay_ns, self._drain)
        self._world.step("after the journal")

    def _drain(self) -> None:
        self._is_draining = False
        if not self.is_alive:
            return
        self._world.step("before the sync")
        self.journal.drain()
        self._world.step("after the sync")

    def _notify(self) -> None:
        self._world.timeline.after(0, lambda: self.turn(self.journal.deliver))

    def _when_durable(self, action: Callable[[int], None]) -> None:
        self.journal.when_durable(self.journal.written, lambda: action(self.core.clock.now_ns))

    def _halt(self, reason: str) -> None:
        self._world.count_fault("disk halted us")
        self.core.kill.trip(EVERYTHING, Cause.JOURNAL, reason)

    def is_durable(self, client_order_id: str) -> bool:
        """Whether the record of an order survives a power cut."""
        return 0 < self._made.get(client_order_id, 0) <= self.journal.durable

    # The wire.

    def wrote(self, batch: Batch, passage: Passage | None) -> None:
        """Bytes left."""
        self._world.history.wrote(batch, passage, self.is_durable)
        self._world.check_limits(batch)

    def replied(self, reply: Reply) -> None:
        """A reply is here."""
        self.turn(lambda: self.core.replied(msgspec.structs.replace(reply, ts_recv_ns=self.core.clock.now_ns)))

    def _sign(self, method: str, target: str, body: bytes) -> list[tuple[str, str]]:
        return [("X-Time", str(self.core.clock.now_ns))]

    def _closed(self, scope: Any) -> None:
        self._world.timeline.after(0, lambda: self.wire.cut(scope) if self.is_alive else None)

    def _instrument_of(self, client_order_id: str) -> Instrument | None:
        order = self.core.engine.desk.order(client_order_id)
        return None if order is None else order.instrument

    def _missed(self, why: str) -> None:
        """The stream lost something: every order is asked after, and every fill."""
        self._world.count_fault("stream gap")
        for order in [order for there in self._world.instruments for order in self.core.engine.desk.open_orders(there)]:
            self.core.doubts.look_up(order)
        self._ask_fills()

    def _ask_fills(self) -> None:
        self.core.enquiries.ask(self._world.rules.venue, Ask.FILLS, self._filled, since_ns=1)

    def _filled(self, reply: Reply) -> None:
        if reply.failure:
            self._ask_fills()
        else:
            self.core.doubts._filled(reply)
