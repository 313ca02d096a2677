"""A seed: the whole core against a venue, a network and a disk that fail, in the phases chaos, heal, liveness, checks."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from framework.config.limits import LimitsTable
from framework.kernel.clock import NS_PER_S
from framework.kernel.records import SweepStepped
from framework.model.batch import PLACE, Batch, RequestKind
from framework.model.events import OrderReport
from framework.model.money import Amount
from framework.model.orders import Order, OrderState, TimeInForce
from framework.router.kill.flatten import Flatten
from framework.router.kill.states import Phase
from framework.router.kill.sweep import Sweep
from framework.strategy.base import Strategy
from tests.simulation.chance import Chance, Streams
from tests.simulation.checks import check_end, check_swept
from tests.simulation.disk import SimulatedDisk
from tests.simulation.exchange import OPEN_ORDERS_MAX, Exchange
from tests.simulation.history import Broken, History
from tests.simulation.latch import LATCH
from tests.simulation.lives import Crash, Lives
from tests.simulation.machine import Machine
from tests.simulation.market import Market
from tests.simulation.persons import Persons
from tests.simulation.players import Flooder, Maker, Player, Raiser, Sleeper, Taker, Wanderer
from tests.simulation.process import Process
from tests.simulation.shapes import instruments, rules_by
from tests.simulation.swarm import Swarm
from tests.simulation.timeline import Timeline
from tests.simulation.wire import MS
from tests.wired import NOON

CHAOS_S: Final = (14, 22, 32)
"""Faults happen for so long, one of these."""
HEAL_NS: Final = 120 * NS_PER_S
"""After the faults stop, so long until nothing is unknown (I8)."""
NOTIONAL_MAX: Final = Decimal(5_000)


class Watcher:
    """A listener that passes on what the history looks at."""

    def __init__(self, world: World) -> None:
        self._world = world

    def reported(self, order: Order, report: OrderReport) -> None:
        self._world.history.reported(order, report)

    def taken(self, intents: Sequence[Any]) -> None:
        self._world.history.counts["intents"] += len(intents)
        self._world.history.service.taken(intents)

    def sent(self, cleared: Any) -> None:
        """The history counts where bytes leave."""

    def left_dust(self, *args: Any) -> None:
        """Nothing to check."""

    fed = plotted = quarantined = went_as = left_dust


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, off: Collection[str] = (), focus: Collection[str] = ()) -> None:
        self.seed = seed
        self._streams = Streams(seed)
        self.swarm = Swarm(seed, off, focus)
        self.shuffle = self.chance("order") if self.swarm.scales["order"] else None
        """Draws the order of what is ready at one instant, where it is shuffled (S1)."""
        self.timeline = Timeline(NOON, self.shuffle)
        self.disk = SimulatedDisk()
        self.disk.make_folder(LATCH.parent)
        shape = self.chance("shape")
        self.rules = rules_by(shape)
        self.instruments = instruments()
        self.capital = {
            name: [Amount(Decimal(20_000), "USDT"), Amount(Decimal(2), "BTC"), Amount(Decimal(20), "ETH")]
            for name in ("wander", "maker", "taker", "raiser", "flooder")
        }
        held: dict[str, Decimal] = {}
        for amounts in self.capital.values():
            for value, asset in amounts:
                held[asset] = held.get(asset, Decimal(0)) + value
        self.balances = {asset: value + 7 for asset, value in held.items()}
        self.limits = LimitsTable.model_validate(
            {"max_order_notional": f"{NOTIONAL_MAX} USDT", "max_open_orders": OPEN_ORDERS_MAX}
        )
        self.history = History(self.rules, lambda: self.timeline.clock.now_ns)
        self.watcher = Watcher(self)
        self.exchange = Exchange(
            self.rules, self.instruments, self.balances, self.timeline.clock, seed, self.history, self._told
        )
        self.players: dict[str, Player] = {}
        self.paces = {name: shape.uniform(0.34, 0.82) for name in self.capital}
        self._ends_ns = NOON + shape.choice(CHAOS_S) * NS_PER_S
        self._market = Market(self)
        self._persons = Persons(self)
        self._machine = Machine(self)
        self.is_strict = shape.random() < 0.3
        """Whether a gap of the private stream holds everything back, and the third in an hour trips, as in the daemon."""
        self._lives = Lives(self)
        self.step = self._lives.step
        """A place at which a process may be cut off."""
        self.skew_ns = self._skew_ns()
        self.process = Process(self, 1, self.skew_ns)
        self._lives.doom()

    def chance(self, name: str) -> Chance:
        """A stream of chance that nothing else draws from."""
        return self._streams[name]

    def _skew_ns(self) -> int:
        return self.swarm.chance("skew").randrange(-800, 800) * MS if self.swarm.strikes("skew") else 0

    def strategies(self, number: int) -> dict[str, Strategy]:
        """Fresh strategies for a process."""
        btc, eth = (there.id for there in self.instruments)
        bold = {"raiser": Raiser if self.swarm.scales["raise"] else Wanderer, "flooder": Wanderer}
        if self.swarm.scales["flood"]:
            bold["flooder"] = Flooder
        players = {
            "wander": self._wanderer(btc),
            "maker": Maker(btc, self.paces["maker"]),
            "taker": Taker(eth, self.paces["taker"]),
            "raiser": bold["raiser"](eth, self.paces["raiser"] / 2),
            "flooder": bold["flooder"](eth, self.paces["flooder"] / 2),
        }
        for player in players.values():
            player.is_quiet = self.swarm.is_healed
        self.players = players
        return dict(players)

    def _wanderer(self, pair: str) -> Player:
        if self.swarm.scales["loop"]:
            return Sleeper(pair, self.paces["wander"], self._machine.stand_still)
        return Wanderer(pair, self.paces["wander"])

    # Phases.

    def run(self) -> History:
        """Play the seed.

        Raises:
            Broken: an invariant does not hold.
        """
        self.timeline.after(0, self.process.start)
        for begin in (self._market.act, self._troubles):
            with suppress(Crash):  # what follows sees to a process that dies of it, as of any other event
                begin()
        self._play_until(self._ends_ns)
        self._heal()
        self._wait_for_calm()
        check_end(self)
        self.history.counts["events"] = self.history.events
        self.history.counts["virtual_seconds"] = (self.timeline.clock.now_ns - NOON) // NS_PER_S
        return self.history

    def _play_until(self, end_ns: int) -> None:
        timeline, clock, lives, history = self.timeline, self.timeline.clock, self._lives, self.history
        due = timeline.heap
        while True:
            process = self.process
            if process.has_acted:
                process.has_acted = False
                process.bounds.check(history.events)
            core_ns, world_ns = process.due_ns(), due[0][0]
            if core_ns > end_ns and world_ns > end_ns:
                break
            try:
                if core_ns <= world_ns:
                    if core_ns > clock.now_ns:
                        clock.now_ns = core_ns
                    process.advance()
                else:
                    timeline.step()
            except Crash:
                pass
            if lives.is_cut_off:
                lives.end()
            history.events += 1
        clock.now_ns = max(clock.now_ns, end_ns)

    def _heal(self) -> None:
        self.swarm.heal()
        self._machine.mend()
        for player in self.players.values():
            player.is_quiet = True

    def _wait_for_calm(self) -> None:
        """I8: within the bound nothing is unknown, in flight or in doubt."""
        ends_ns = self.timeline.clock.now_ns + HEAL_NS
        self._play_until(self.timeline.clock.now_ns + NS_PER_S)
        self._settle(ends_ns)
        self._market.is_over = True  # what it said last may still be on its way, and have a target go on
        self._play_until(self.timeline.clock.now_ns + 2 * NS_PER_S)
        self._settle(ends_ns)

    def _settle(self, ends_ns: int) -> None:
        while self._unsettled() and self.timeline.clock.now_ns < ends_ns:
            self._play_until(self.timeline.clock.now_ns + NS_PER_S)
        left = self._unsettled()
        self.history.hold("I8", not left, lambda: f"after {HEAL_NS // NS_PER_S} s: {', '.join(left[:5])}")

    def _unsettled(self) -> list[str]:
        core, recovery = self.process.core, self.process.recovery
        if not self.process.is_ready:
            return ["the daemon is down" if not self.process.is_alive else "the daemon recovers"]
        found = [] if recovery.has_answers() and self.process.gap_ns <= recovery.compared_ns else ["books are compared"]
        found += [f"{order.client_order_id} in doubt" for order in core.doubts.orders]
        found += ["the stream is away"] if self.process.wire.is_stream_away else []
        found += ["it is frozen"] if self.process.frozen_until_ns > self.timeline.clock.now_ns else []
        waiting = core.router.orders.yielding.blocked
        for order in self.open_orders():
            if order.reduce_only and order.client_order_id in waiting.get(order.instrument, ()):
                continue  # it is not to meet another one of ours that rests, and no guard goes stale
            never_rests = order.is_market or order.tif is not TimeInForce.GTC  # its end is on its way
            if order.state is not OrderState.OPEN or order.pending or never_rests:
                found.append(f"{order.client_order_id} {order.state.value} {order.pending.value}".rstrip())
        sweeps = self.process.core.effects.sweeps.items()
        found += [f"sweep of {scope} {sweep.phase.value}" for scope, sweep in sweeps if _is_going_on(sweep)]
        flattenings = self.process.core.effects.flattenings.items()
        found += [f"{scope} is being flattened" for scope, flatten in flattenings if _is_selling(flatten)]
        return found

    def open_orders(self) -> list[Order]:
        desk = self.process.core.engine.desk
        return [order for there in self.instruments for order in desk.open_orders(there)]

    # What is held where bytes leave.

    def check_limits(self, batch: Batch) -> None:
        """I15, where bytes leave."""
        if batch.kind is PLACE:
            for order in batch.orders:
                if order.price_points:
                    self.history.check_size(order, NOTIONAL_MAX)
                if not order.is_buy:
                    self._check_sale(order)

    def _check_sale(self, order: Order) -> None:
        """I15: a strategy, and a flattening for it, sells what it has by the venue's own count, and no more."""
        there = order.instrument
        capital = sum(amount.value for amount in self.capital[order.strategy] if amount.asset == there.base)
        held = capital - self.exchange.sold_since_start(order.strategy, there)
        size = there.size_exact(order.size_points)
        self.history.hold("I15", size <= held, lambda: f"{order.client_order_id} sells {size} of {held} {there.base}")

    # What happens of itself.

    def count_fault(self) -> None:
        """Something went wrong by what went wrong before."""
        self.history.counts["network_faults"] += 1

    def alarmed(self, order: Order, why: str) -> None:
        """An order stays in doubt, or comes back from absence."""
        self.history.counts["alarms"] += 1
        raise Broken("I8", f"alarm over {order!r}: {why}")

    def swept(self, step: SweepStepped) -> None:
        """A sweep took a step."""
        if step.phase != Phase.SWEPT.value:
            return
        for scope, sweep in self.process.core.effects.sweeps.items():
            if sweep.trip.id == step.trip_id:
                self.history.counts["sweeps"] += 1
                check_swept(self, scope, is_hard=sweep.is_hard)

    def _told(self, seq: int, data: bytes) -> None:
        self.process.wire.hear(seq, data)

    def _crowd(self) -> None:
        """Others use our limits up: once, or over and over for a while; some go on after a 429, until all is banned."""
        chance = self.chance("crowd")
        kind = chance.choice((RequestKind.PLACE, RequestKind.CANCEL))
        if chance.random() < 0.1:
            self.exchange.overdo(kind)
        rush_ns = chance.choice((0, 0, 0, 2_000, 5_000)) * MS
        for late_ns in range(0, rush_ns + 1, 250 * MS):
            self.timeline.after(late_ns, partial(self.exchange.crowd, kind, chance.randrange(1, 12)))

    def _troubles(self) -> None:
        """What others do to us, every now and then."""
        if self.swarm.is_healed:
            return
        chance = self.chance("troubles")
        try:
            self._trouble(chance)
        finally:
            self.timeline.after(chance.randrange(300, 1_500) * MS, self._troubles)

    def _trouble(self, chance: Chance) -> None:
        if self.swarm.strikes("crowd"):
            self._crowd()
        if self.swarm.strikes("manual"):
            self.exchange.cancel_by_hand(self.swarm.chance("manual"))
        if self.swarm.strikes("foreign") and self.exchange.foreigners < 3:
            self.exchange.place_by_hand(self.instruments[0], 2_000)
        if chance.random() < 0.05 and self.swarm.strikes("freeze"):
            self.process.frozen_until_ns = self.timeline.clock.now_ns + chance.randrange(200, 12_000) * MS
        self._machine.act()
        self._persons.act()

    # What a seed was.

    @property
    def counts(self) -> Counter[str]:
        """What the history counted, with all faults."""
        counts = self.history.counts.copy()
        if self.swarm.faults:
            counts["network_faults"] += self.swarm.faults
        return counts

    @property
    def digest(self) -> str:
        """Of everything that was written: journal and venue."""
        digest = hashlib.sha256()
        for path in map(Path, sorted(self.disk._folders)):
            for name in self.disk.names(path):
                digest.update(name.encode() + self.disk.read(path / name))
        for record in self.exchange.venue.orders.values():
            digest.update(f"{record.order.client_order_id} {record.state} {record.order.filled_points}".encode())
        digest.update(msgspec.json.encode(sorted(self.counts.items())))
        return digest.hexdigest()


def _is_going_on(sweep: Sweep) -> bool:
    return not sweep.is_over and sweep.phase is not Phase.SWEPT


def _is_selling(flatten: Flatten) -> bool:
    """Whether a flattening is to come to an end: where something else has tripped, it waits for a person."""
    left = [each for each in flatten._positions() if not flatten._keeps_in(each.strategy, each.instrument)]
    return not flatten.is_over and not all(map(flatten._is_dust, left))
