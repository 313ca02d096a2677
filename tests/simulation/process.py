"""One life of the daemon: the core with its journal, port and stream, from a start to a crash or to the end."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from framework.app.live.earlier import read_earlier
from framework.app.live.safeguards import Safeguards
from framework.core import Core
from framework.gateway.plain.port import PlainPort
from framework.gateway.plain.stream import PlainStream
from framework.kernel.journal import Chain, GroupJournal
from framework.kernel.kill_word import Passage
from framework.kernel.records import FORMAT, OrderMade, Record, RequestSent, RunStarted, VenueBanned
from framework.model.batch import Batch
from framework.model.events import MarketEvent
from framework.model.instrument import Instrument
from framework.model.questions import Reply
from framework.model.scopes import EVERYTHING, account_scope
from framework.recovery import Recovery
from framework.router.kill.operator import asked_of
from framework.router.kill.states import Cause
from tests.simulation.bounds import Bounds
from tests.simulation.checks import check_ready
from tests.simulation.latch import SimulatedLatch
from tests.simulation.order import LATE_MS, shuffle_timers
from tests.simulation.timeline import NEVER_NS
from tests.simulation.wire import MS, Wire

if TYPE_CHECKING:
    from tests.simulation.world import World

JOURNAL: Final = Path("/run/journal")
ACCOUNT: Final = "main"
SLOW_MS: Final = (400, 400, 400, 6_000)
"""A slow sync takes at most so long, one of these; each of the others a millisecond."""


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
        self._clock = world.timeline.clock
        self._step = world.step
        self._disk_time = world.chance("disk time")
        self._has_begun = False
        self.is_ready = False
        """It has compared its books with the venue's, and trades."""
        self.has_acted = False
        """Its core did something since its bounds were looked at."""
        self.gap_ns = 0
        """When the private stream last lost something; 0: never."""
        self._notes: dict[type, Callable[[Any], None]] = {
            OrderMade: self._note_made,
            RequestSent: world.history.service.sent,
            VenueBanned: self._note_ban,
        }
        """What is done about a record, by its type."""
        self._made: dict[str, int] = {}
        """Order -> number of the record that made it."""
        self._banned = 0
        """Number of the record of the last ban."""
        self._is_draining = False
        run = f"{number:02d}{random.Random(f'{world.seed}/run/{number}').randrange(16**6):06x}"
        world.disk.faults.before_sync = partial(world.step, "before a sync")
        earlier = read_earlier(JOURNAL, self._now_ns, world.disk)
        self._earlier = earlier.records
        self.latch = SimulatedLatch(world)
        self.chain = Chain(JOURNAL, run, world.timeline.clock, world.disk, 32_768, earlier.end)
        self.journal = GroupJournal(self.chain, halt=self._halt, notify=self._notify, rescue=lambda record: None)
        self.core = self._core(run)
        self.wire = Wire(world, self)
        self.stream = PlainStream("", self.core.clock, self.core, self._instrument_of, self._missed)
        self._connect()
        self.bounds = Bounds(self.core)
        self.recovery = Recovery(self.core)
        self.safeguards = Safeguards(self.core, self.recovery)

    def _core(self, run: str) -> Core:
        world = self._world
        core = Core(
            instruments=world.instruments,
            balances=world.balances,
            capital=world.capital,
            bot="sim",
            run_id=run,
            seed=world.seed,
            write=self._write,
            now_ns=world.timeline.clock.now_ns + self.skew_ns,
            latch=self.latch if self._earlier else None,
            differences=lambda scope: self.safeguards.differences(),  # one account, all scopes
        )
        core.kill.latched.keep_in(self.latch)
        if world.shuffle is not None:
            shuffle_timers(core.loop, world.shuffle)
        return core

    def _connect(self) -> None:
        world, core = self._world, self.core
        venue = world.rules.venue
        port = PlainPort(self.wire, core.kill.word, core.clock, core, "venue", self._sign, world.rules)  # type: ignore[arg-type]  # a road in all but name
        core.connect(
            {venue: port},
            {venue: world.rules},
            account=ACCOUNT,
            limits=world.limits,
            standing=lambda since_ns: self.safeguards.standing(since_ns),  # noqa: PLW0108  # there is none before the core is connected
            queries={venue: self.wire},
            feeds_are_live=True,
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
        """Recover, and trade once the venue has told what it knows."""
        self.turn(self._recover)

    def _recover(self) -> None:
        self._write(RunStarted(FORMAT, self.core.kill._run, "0", "3.11", "live", "", "", b"", {}, self._now_ns))
        self.wire.listen()
        self.recovery.recover(self._earlier)
        self.recovery.begin()
        self._earlier = ()
        self._has_begun = True

    def _trade(self) -> None:
        self.is_ready = True
        is_first = self.number == 1
        if is_first:
            self._world.history.closed.pop(EVERYTHING, None)
        self.recovery.start(lambda instrument, timeframe, count: (), arms_itself=is_first)
        self.core.effects.resume()
        self.safeguards.watch()
        self.core.loop.settle()
        check_ready(self._world)

    # Time.

    def due_ns(self) -> int:
        """When the core wants to go on, on the world's clock; what is overdue was to go on earlier."""
        if not self.is_alive:
            return NEVER_NS
        due_ns, frozen_until_ns = self.core.loop._next_ns - self.skew_ns, self.frozen_until_ns
        if due_ns < frozen_until_ns:  # asked with every event: quicker than max
            due_ns = frozen_until_ns
        return due_ns

    def advance(self) -> None:
        """Play what is due in the core."""
        core, now_ns = self.core, self._clock.now_ns + self.skew_ns
        if core.loop._next_ns <= now_ns or core.outbox:
            for _ in core.loop.drain(now_ns):
                pass
        if now_ns > core.clock.now_ns:
            core.clock.now_ns = now_ns
        self.has_acted = True
        if not self.is_ready:
            self._go_on()

    def _go_on(self) -> None:
        """Trade, where recovery is over."""
        if not self.is_ready and self._has_begun and self.is_alive and self.recovery.has_answers():
            self._trade()

    def tick(self) -> None:
        """Its clock shows what it is."""
        clock, now_ns = self.core.clock, self._clock.now_ns + self.skew_ns
        if clock.now_ns < now_ns:
            clock.now_ns = now_ns

    def turn(self, action: Callable[[], None], source: str = "") -> None:
        """Let something happen in the core, as a turn of its own; later, where it is frozen.

        Args:
            source: see `Timeline.after`.
        """
        if not self.is_alive:
            return
        now_ns = self._clock.now_ns
        wait_ns = self.frozen_until_ns - now_ns
        if wait_ns <= 0 and self._world.shuffle is not None and self.core.clock.now_ns < now_ns + self.skew_ns:
            wait_ns = self._wakes_late_ns()
            self.frozen_until_ns = now_ns + wait_ns
        if wait_ns > 0:
            self._world.timeline.after(wait_ns, partial(self.turn, action, source), source)
            return
        self.advance()
        action()
        self.core.loop.settle()
        if not self.is_ready:
            self._go_on()

    def _wakes_late_ns(self) -> int:
        """S1: how late the loop wakes for what has just come."""
        swarm = self._world.swarm
        if not swarm.strikes("order"):
            return 0
        chance = swarm.chance("order")
        return chance.randrange(1, chance.choice(LATE_MS)) * MS

    def play(self, event: Callable[[int], MarketEvent]) -> None:
        """Give the core a market event."""

        def take() -> None:
            for _ in self.core.play([event(self.core.clock.now_ns)]):
                pass

        self.turn(take, "feed")

    @property
    def _now_ns(self) -> int:
        return self._clock.now_ns + self.skew_ns

    # The journal.

    def _write(self, record: Record) -> None:
        if not self.is_alive:
            return
        self._step("before the journal")
        self.journal.write(record)
        note = self._notes.get(type(record))
        if note is not None:
            note(record)
        if not self._is_draining:
            self._is_draining = True
            chance, is_slow = self._disk_time, self._world.swarm.strikes("slow_disk")
            most_ns = chance.choice(SLOW_MS) * MS if is_slow else MS
            self._world.timeline.after(chance.randrange(50_000, most_ns), self._drain)
        self._step("after the journal")

    def _note_made(self, record: OrderMade) -> None:
        self._world.history.service.made(record)
        self._made[record.client_order_id] = self.journal.written

    def _note_ban(self, record: VenueBanned) -> None:  # the last one counts
        self._banned = self.journal.written

    def _drain(self) -> None:
        self._is_draining = False
        if not self.is_alive:
            return
        self._step("before the sync")
        self.journal.drain()
        self._step("after the sync")

    def _notify(self) -> None:
        self._world.timeline.after(0, lambda: self.turn(self.journal.deliver))

    def _when_durable(self, action: Callable[[int], None]) -> None:
        self.journal.when_durable(self.journal.written, lambda: action(self.core.clock.now_ns))

    def _halt(self, reason: str) -> None:
        self._world.count_fault()
        self.core.kill.trip(EVERYTHING, Cause.JOURNAL, reason)

    def is_durable(self, client_order_id: str) -> bool:
        """Whether the record of an order survives a power cut."""
        return 0 < self._made.get(client_order_id, 0) <= self.journal.durable

    @property
    def knows_ban(self) -> bool:
        """Whether the record of the last ban that it was told of survives a power cut."""
        return self._banned <= self.journal.durable

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
        if order is None and self.is_ready:
            self.recovery.heard_stray(client_order_id)
        return None if order is None else order.instrument

    def _missed(self, why: str) -> None:
        """The stream lost something: the books are compared, by some with everything held back meanwhile."""
        self._world.count_fault()
        self.gap_ns = self.core.clock.now_ns
        if self._has_begun:
            self._world.timeline.after(0, partial(self.turn, self._compare))

    def _compare(self) -> None:
        if self._world.is_strict:
            venue = self._world.rules.venue
            self.core.operate(asked_of("gap", scope=account_scope(venue, ACCOUNT), reason="the stream was away"))
        else:
            self.recovery.compare_anew(self.recovery.compared_ns)
