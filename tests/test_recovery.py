"""Restarts: the daemon ends at any record, the venue lives on, and the next session's books are the venue's."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from framework.checkpoint import checkpoint_of
from framework.config.limits import LimitsTable, limits_of
from framework.core import Core
from framework.engine import booked, forgetting
from framework.kernel.clock import ManualClock
from framework.kernel.latch import Latch
from framework.kernel.records import AnswerTaken, OrderMade, Record, RequestSent, RunStarted, StateSaved, VenueBanned
from framework.kernel.topic import Rank
from framework.model.batch import BatchKind
from framework.model.errors import ConfigError, PluginError
from framework.model.events import Fill, OrderReport, Quote, ReportKind, Source, Trade
from framework.model.instants import utc_text
from framework.model.instrument import Instrument
from framework.model.latency import Fixed
from framework.model.money import ZERO, Amount
from framework.model.orders import DONE, Order, OrderState
from framework.model.questions import Ask, Reply, SeenPosition
from framework.model.request_answer import RequestAnswer
from framework.model.scopes import EVERYTHING, account_scope, read_scope
from framework.orphans import take_back
from framework.recovery import Recovery
from framework.router.doubt.reconcile import DifferenceKind
from framework.router.kill.operator import asked_of
from framework.router.kill.states import Cause, KillState
from framework.router.kill.trips import LatchPort
from framework.strategy.base import Strategy
from framework.strategy.timers import every
from framework.venues.sim.orders import VenueOrder
from framework.venues.sim.query import SimQuery
from framework.venues.sim.venue import SimVenue
from tests.router.life import BTC, Played, life_rules
from tests.wired import MS, NOON, SECOND, Scripted, quote, spot

S = OrderState
USDT, COIN = Decimal(1_000_000), Decimal(100)
ACCOUNT = account_scope("bitget", "main")


class Crash(KeyboardInterrupt):
    """The daemon ends here: nothing of it runs any more."""


class Keeper(Scripted):
    """Counts its fills, over restarts."""

    class State:
        fills: int = 0

    def on_fill(self, order: Any, fill: Any) -> None:
        self.state.fills += 1
        super().on_fill(order, fill)


class Entry:
    """Something that is to happen at the venue, or on the way to it."""

    def __init__(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        self.ts_ns, self.priority, self.action, self.is_done = ts_ns, priority, action, False

    def do(self) -> None:
        if not self.is_done:
            self.is_done = True
            self.action()


class World:
    """A venue that outlives daemons: its clock, its schedule and its way back."""

    def __init__(self, **balances: Decimal) -> None:
        self.clock = ManualClock(NOON)
        self.core: Core | None = None
        self.entries: list[Entry] = []
        self.faults = Played()
        self.rules = life_rules()
        held = {"USDT": USDT, "BTC": COIN, **balances}
        self.venue = SimVenue(
            self.rules, (BTC,), held, self, self, self, Fixed(5 * MS), random.Random(1), faults=self.faults
        )
        self.query = SimQuery(self.venue, self, self, self, Fixed(5 * MS), random.Random(2), self.faults)
        self.venue.observe(quote(BTC, NOON))

    @property
    def now_ns(self) -> int:
        return self.clock.now_ns if self.core is None else self.core.clock.now_ns

    def at(self, ts_ns: int, priority: int, action: Callable[[], None]) -> None:
        entry = Entry(ts_ns, priority, action)
        self.entries = [*(each for each in self.entries if not each.is_done), entry]
        if self.core is not None:
            self.core.loop.at(ts_ns, priority, entry.do)

    def report(self, report: OrderReport) -> None:
        if self.core is not None:
            self.core.report(report)

    def answered(self, answer: RequestAnswer) -> None:
        if self.core is not None:
            self.core.journal.write(AnswerTaken(answer))
            self.core.answered(answer)

    def replied(self, reply: Reply) -> None:
        if self.core is not None:
            self.core.replied(reply)

    def crash(self, down_ns: int = 2 * SECOND) -> None:
        """The daemon is gone; requests on their way arrive, and nobody hears of what comes of them."""
        until_ns = self.now_ns + down_ns
        self.clock.now_ns, self.core = self.now_ns, None
        while due := [each for each in self.entries if not each.is_done and each.ts_ns <= until_ns]:
            first = min(due, key=lambda each: (each.ts_ns, each.priority))
            self.clock.now_ns = max(self.clock.now_ns, first.ts_ns)
            first.do()
        self.clock.now_ns = until_ns

    def stranger(self, client_order_id: str, price: int = 9_000) -> None:
        """An order that this daemon never sent."""
        self.venue._entry.place(VenueOrder(client_order_id, BTC, True, 10_000, 10_000, price_points=price), self.now_ns)


class Daemon:
    """One session."""

    def __init__(
        self,
        world: World,
        run: str,
        journal: list[Record] | None = None,
        strategy: Strategy | None = None,
        crash_at: int = 0,
        is_written: bool = False,
        bot: str = "bench",
        limits: LimitsTable | None = None,
        is_quoted: bool = True,
        config: bytes = b"",
        instruments: tuple[Instrument, ...] = (BTC,),
        latch: LatchPort | None = None,
    ) -> None:
        self.records = [] if journal is None else journal
        earlier = list(self.records)
        self.crash_at, self.is_written = crash_at, is_written
        self.world = world
        self.each: Callable[[], None] = lambda: None
        """Called before every instant."""
        self.strategy = strategy or Keeper()
        world.core = None
        self.core = core = Core(
            instruments=instruments,
            balances={"USDT": USDT, "BTC": COIN},
            capital={"a": [Amount(USDT, "USDT"), Amount(COIN, "BTC")]},
            bot=bot,
            run_id=run,
            seed=1,
            write=self.write,
            now_ns=world.clock.now_ns,
            latch=latch if earlier else None,
        )
        if latch is not None:
            core.kill.latched.keep_in(latch)
        world.core = core
        for topic in chain.from_iterable(topics.values() for topics in core.topics.values()):
            topic.join(Rank.VENUE, world.venue.observe)
        core.connect(
            {"bitget": world.venue}, {"bitget": world.rules}, queries={"bitget": world.query},
            limits=limits,
        )  # fmt: skip
        core.engine.seat("a", self.strategy)
        self.recovery = Recovery(core)
        self.write(RunStarted(2, run, "0", "3.11", "test", "", "", config, {}, world.clock.now_ns))
        self.recovery.recover(earlier)
        for _ in self.recovery.reconcile():
            pass
        self.recovery.start(lambda instrument, timeframe, count: ())
        core.effects.resume()
        if is_quoted:
            self.quote()

    def write(self, record: Record) -> None:
        """The journal. It ends with the daemon: before a record is durable, or right after."""
        if not self.crash_at or len(self.records) + 1 < self.crash_at:
            self.records.append(record)
            return
        if self.is_written:
            self.records.append(record)
        self.crash_at = 1  # whatever is still written on the way out is not
        self.is_written = False
        raise Crash

    def wait(self, span_ns: int) -> None:
        until_ns = self.core.clock.now_ns + span_ns
        for _ in self.core.loop.drain(until_ns):
            self.each()
        self.core.clock.now_ns = until_ns

    def quote(self, bid: int = 10_000, ask: int = 10_100) -> None:
        self.play(quote(BTC, self.core.clock.now_ns, bid, ask))

    def play(self, event: Quote | Trade) -> None:
        for _ in self.core.play([event]):
            self.each()

    def act(self, verb: Callable[[Strategy], Any]) -> Any:
        done: list[Any] = []
        seat = self.core.engine.seats["a"]
        self.core.engine.host.call(seat, lambda: done.append(verb(seat.strategy)))
        for _ in self.core.loop.drain(self.core.clock.now_ns):
            self.each()
        return done[0] if done else None

    def buy(self, price: str, size: str = "1") -> Order:
        order = self.act(lambda strategy: strategy.buy(BTC, size, price=price))
        assert isinstance(order, Order)
        return order

    @property
    def difference(self) -> dict[str, Decimal]:
        ours = self.core.engine.portfolio.totals()
        theirs = {asset: free + locked for asset, (free, locked) in self.world.venue.balances().items()}
        return {asset: theirs[asset] - ours[asset] for asset in ours if ours[asset] != theirs[asset]}

    @property
    def kinds(self) -> list[DifferenceKind]:
        return [each.kind for each in self.recovery.differences["bitget"]]

    def state(self, scope: Any = EVERYTHING) -> KillState:
        return self.core.kill.state(scope)


def sold(ts_ns: int, price: int, size: int) -> Trade:
    """Somebody sells into our bids."""
    return Trade(BTC, ts_ns, price, size, False)


def trade(daemon: Daemon) -> None:
    """A short run: orders that rest, fill, change, are taken back, in batches too, and a market that moves."""
    resting = daemon.buy("99")
    daemon.buy("101", "0.5")
    daemon.wait(SECOND)
    daemon.act(lambda strategy: strategy.amend(resting, price="99.5"))
    daemon.act(lambda strategy: [strategy.buy(BTC, "1", price=price) for price in ("98", "97", "96")])
    daemon.wait(8 * MS)  # answers are under way
    daemon.buy("95")
    daemon.wait(SECOND)
    daemon.act(lambda strategy: [strategy.cancel(order) for order in strategy.orders()[:2]])
    daemon.act(lambda strategy: strategy.sell(BTC, "0.7", price="100"))
    daemon.wait(7 * MS)
    daemon.play(sold(daemon.core.clock.now_ns, 9_650, 15_000))
    daemon.wait(SECOND)


def check_equal(daemon: Daemon) -> None:
    """What the issue asks of a restart: equal orders, positions, ledgers; nothing twice, lost or unknown."""
    venue, blotter = daemon.world.venue, daemon.core.engine.blotter
    ours = {order.client_order_id: order for order in blotter._orders.values()}
    assert [order for order in ours.values() if order.state in (S.UNKNOWN, S.SENT, S.QUEUED)] == []
    theirs = {order.client_order_id: order for order in venue.open_orders()}
    assert {order_id for order_id, order in ours.items() if order.state not in DONE} == set(theirs)
    for order_id, seen in theirs.items():
        order = ours[order_id]
        assert (order.price_points, order.left_points) == (seen.price_points, seen.left_points), order
    for order_id, ended in venue.memory.done.items():
        assert ours[order_id].filled_points == ended.filled_points
        assert ours[order_id].state is ended.state
    for order in ours.values():
        if order.state is S.ABSENT:
            assert order.client_order_id not in venue.memory.done
    assert daemon.difference == {}
    bought = sum(each.fill.size_points * (1 if each.order.is_buy else -1) for each in venue.memory.fills)
    assert daemon.core.engine.portfolio.position_points("a", BTC) == COIN.scaleb(4) + bought
    assert daemon.core.engine.portfolio.ledger("a").positions[BTC].quantity == COIN + Decimal(bought).scaleb(-4)
    assert daemon.kinds == []
    assert daemon.core.kill.trips == []


def whole_run() -> tuple[World, Daemon]:
    world = World()
    daemon = Daemon(world, "000001")
    trade(daemon)
    return world, daemon


RECORDS = len(whole_run()[1].records)


@pytest.mark.fault("P1", "P2", "P3", "P4", "P5")
@pytest.mark.parametrize("is_written", [False, True], ids=["before", "after"])
def test_a_restart_at_every_record_gives_the_venues_books(is_written: bool) -> None:
    assert RECORDS > 50
    restarts = 0
    for number in range(2, RECORDS + 1):
        world = World()
        kept: list[Record] = []
        with pytest.raises(Crash):
            trade(Daemon(world, "000001", kept, crash_at=number, is_written=is_written))
        assert len(kept) == number - (not is_written)
        world.crash()
        world.venue.observe(sold(world.now_ns, 9_450, 25_000))  # fills that nobody hears of
        again = Daemon(world, "000002", kept)
        again.wait(30 * SECOND)
        check_equal(again)
        restarts += 1
    assert restarts == RECORDS - 1


def test_the_books_come_back_from_the_journal_alone_where_nobody_can_be_asked() -> None:
    world, daemon = whole_run()
    ledger = daemon.core.engine.portfolio.ledger("a")
    core = Core(
        instruments=(BTC,),
        balances={"USDT": USDT, "BTC": COIN},
        capital={"a": [Amount(USDT, "USDT"), Amount(COIN, "BTC")]},
        bot="bench",
        run_id="000002",
        seed=1,
        write=lambda record: None,
        now_ns=world.now_ns,
    )
    core.connect({"bitget": world.venue}, {"bitget": world.rules})
    core.engine.seat("a", Keeper())
    recovery = Recovery(core)
    recovery.recover(daemon.records)
    again = core.engine.portfolio.ledger("a")
    assert again.cash == ledger.cash
    for name in ("quantity", "cost", "realised", "fees"):
        assert getattr(again.positions[BTC], name) == getattr(ledger.positions[BTC], name), name
    for order in daemon.core.engine.blotter._orders.values():
        known = core.engine.desk.order(order.client_order_id)
        assert known is not None
        assert known.filled_points == order.filled_points
        assert core.engine.desk.reserved(known) == daemon.core.engine.desk.reserved(order)
    assert recovery.unadopted() == []


def test_a_strategy_gets_its_state_and_hears_that_it_was_resumed() -> None:
    world, daemon = whole_run()
    fills = daemon.strategy.state.fills
    assert fills >= 3
    saved = [record for record in daemon.records if isinstance(record, StateSaved)]
    assert len(saved) >= 3
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.strategy.state.fills == fills
    assert isinstance(again.strategy, Scripted)
    assert again.strategy.got("ready") == [True]
    assert again.strategy.names()[:2] == ["start", "ready"]  # nothing was told before the start
    assert Daemon(World(), "000009").strategy.state.fills == 0


def test_a_state_that_no_longer_fits_is_refused_in_words() -> None:
    world, daemon = whole_run()
    world.crash()
    daemon.records.append(StateSaved("a", msgspec.msgpack.encode({"fills": "many"})))
    with pytest.raises(PluginError, match="strategy a: expected a State that the saved one fits"):
        Daemon(world, "000002", daemon.records)


class Clocked(Scripted):
    """Two timers, one of which makes up for what it missed."""

    @every("1m", missed="once")
    def kept(self) -> None:
        self.run("kept")

    @every("1m")
    def skipped(self) -> None:
        self.run("skipped")


def test_a_timer_that_was_missed_is_made_up_for_once_where_it_says_so() -> None:
    world = World()
    daemon = Daemon(world, "000001", strategy=Clocked())
    daemon.wait(SECOND)
    daemon.buy("90")
    daemon.wait(SECOND)
    world.crash(5 * 60 * SECOND)
    again = Daemon(world, "000002", daemon.records, strategy=Clocked())
    again.wait(1)
    assert isinstance(again.strategy, Clocked)
    assert [name for name in again.strategy.names() if name in ("kept", "skipped")] == ["kept"]
    again.wait(60 * SECOND)
    assert again.strategy.names().count("skipped") == 1
    assert again.strategy.names().count("kept") == 2


def test_a_strategy_that_traded_and_is_gone_from_the_settings_is_refused_in_words() -> None:
    world, daemon = whole_run()
    core = Core(
        instruments=(BTC,), balances={}, capital={"b": []}, bot="bench", run_id="2", seed=1,
        write=lambda record: None, now_ns=world.now_ns,
    )  # fmt: skip
    core.connect({"bitget": world.venue}, {"bitget": world.rules})
    with pytest.raises(ConfigError, match="expected strategy a, which has traded before, among b"):
        Recovery(core).recover(daemon.records)


def test_the_first_start_leaves_what_is_no_strategys_unassigned_and_trades_beside_it() -> None:
    world = World(USDT=USDT + 500, ETH=Decimal(7))
    world.stranger("manual-1")
    daemon = Daemon(world, "000001")
    assert daemon.core.engine.portfolio.unassigned["USDT"] == 500
    assert daemon.core.engine.portfolio.unassigned["ETH"] == 7
    assert daemon.kinds == [DifferenceKind.FOREIGN]
    assert daemon.state() is KillState.ARMED
    order = daemon.buy("99")
    daemon.wait(SECOND)
    assert order.state is S.OPEN
    assert world.venue.resting("manual-1") is not None
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.core.engine.portfolio.unassigned["ETH"] == 7
    assert again.kinds == [DifferenceKind.FOREIGN]


@pytest.mark.fault("E21")
def test_a_foreign_order_is_shown_and_not_touched() -> None:
    world, daemon = whole_run()
    world.crash()
    world.stranger("manual-1")
    again = Daemon(world, "000002", daemon.records)
    (difference,) = again.recovery.differences["bitget"]
    assert difference.text == "manual-1, buy BTC/USDT@bitget, open: not ours, left alone"
    again.wait(60 * SECOND)
    assert world.venue.resting("manual-1") is not None
    assert again.core.kill.trips == []


def test_too_little_for_the_capital_holds_the_first_start_back() -> None:
    world = World(USDT=Decimal(10))
    daemon = Daemon(world, "000001")
    assert daemon.kinds == [DifferenceKind.BALANCE]
    assert daemon.state(ACCOUNT) is KillState.REDUCING


@pytest.mark.fault("E23")
def test_a_balance_that_nobody_can_explain_is_shown_and_holds_back_until_a_person_adopts_it() -> None:
    world, daemon = whole_run()
    world.crash()
    account = world.venue._settlement.account
    account.free["USDT"] -= Decimal(250)
    again = Daemon(world, "000002", daemon.records)
    (difference,) = again.recovery.differences["bitget"]
    assert (difference.kind, difference.subject, difference.amount) == (DifferenceKind.BALANCE, "USDT", -250)
    assert again.state(ACCOUNT) is KillState.REDUCING
    fills = sum(order.fills for order in again.core.engine.blotter._orders.values())
    refused = again.buy("99")
    again.wait(SECOND)
    assert (refused.state, refused.reason) == (S.REFUSED, "gate_closed")
    assert any("run.py adopt accepts it" in why for why in again.core.kill.obstacles(ACCOUNT))
    answer = again.core.operate(asked_of("adopt", who="uid 1000"))
    text = "USDT: the venue holds 999672.5, our books 999922.5"
    assert (answer.is_done, answer.text) == (True, f"1 difference adopted\n{text}")
    assert again.core.engine.portfolio.unassigned["USDT"] == -250
    assert again.difference == {}
    assert again.state(ACCOUNT) is KillState.ARMED
    assert sum(order.fills for order in again.core.engine.blotter._orders.values()) == fills  # none was invented
    order = again.buy("99")
    again.wait(SECOND)
    assert order.state is S.OPEN
    world.crash()
    third = Daemon(world, "000003", again.records)
    assert third.kinds == []


@pytest.mark.fault("P13")
def test_a_journal_that_was_deleted_is_noticed_and_its_orders_are_attributed() -> None:
    world, _ = whole_run()
    resting = [order.client_order_id for order in world.venue.open_orders()]
    assert resting
    world.crash()
    again = Daemon(world, "000002")
    orphans = [each for each in again.recovery.differences["bitget"] if each.kind is DifferenceKind.ORPHAN]
    assert [(each.subject, each.strategy) for each in orphans] == [(order_id, "a") for order_id in resting]
    assert DifferenceKind.OLD_JOURNAL in again.kinds
    assert again.state() is KillState.TRIPPED


@pytest.mark.fault("E35")
def test_a_venue_that_forgot_everything_is_noticed_and_nothing_is_opened_there() -> None:
    """As test venues do now and then: no orders, no fills, other balances."""
    world, daemon = whole_run()
    open_before = [order.client_order_id for order in world.venue.open_orders()]
    world.crash()
    reset = World()
    reset.clock.now_ns = world.clock.now_ns
    again = Daemon(reset, "000002", daemon.records)
    assert again.kinds == [DifferenceKind.BALANCE, DifferenceKind.BALANCE]
    assert again.state(ACCOUNT) is KillState.REDUCING
    orders = [again.core.engine.desk.order(order_id) for order_id in open_before]
    assert [(order.state, order.reason) for order in orders if order] == [(S.UNKNOWN, "venue_lost_it")] * 2
    refused = again.buy("99")
    again.wait(120 * SECOND)
    assert (refused.state, refused.reason) == (S.REFUSED, "gate_closed")
    assert again.state(ACCOUNT) is KillState.TRIPPED
    assert "run.py resolve ORDER --absent" in again.core.kill.trips[0].reason


@pytest.mark.fault("P13")
def test_an_older_copy_of_the_journal_is_noticed() -> None:
    world, daemon = whole_run()
    middle = len(daemon.records) // 2
    world.crash()
    again = Daemon(world, "000002", daemon.records[:middle])
    assert DifferenceKind.OLD_JOURNAL in again.kinds
    assert again.state() is KillState.TRIPPED
    assert "later than all that the journal tells of" in again.core.kill.trips[0].reason
    assert any("run.py adopt" in why for why in again.core.kill.obstacles(EVERYTHING))


@pytest.mark.fault("P28")
def test_another_daemon_of_our_name_is_noticed_at_the_start_and_while_we_run() -> None:
    world, daemon = whole_run()
    world.crash()
    world.stranger("bench-777777-a-5")
    again = Daemon(world, "000002", daemon.records)
    assert again.kinds == [DifferenceKind.TWIN]
    assert again.state() is KillState.TRIPPED
    world, daemon = whole_run()
    daemon.core.report(
        OrderReport("bench-777777-a-5", daemon.core.clock.now_ns, ReportKind.ACCEPTED, Source.VENUE, "v1")
    )
    assert daemon.state() is KillState.TRIPPED
    assert "another daemon of our name" in daemon.core.kill.trips[0].reason


def test_an_orphan_is_taken_in_by_its_strategy_when_a_person_adopts() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.buy("99")
    daemon.wait(SECOND)
    world.crash()
    again = Daemon(world, "000002")  # the journal is gone
    assert again.kinds == [DifferenceKind.ORPHAN]
    assert again.state(ACCOUNT) is KillState.REDUCING
    answer = again.core.operate(asked_of("adopt", who="uid 1000"))
    assert answer.text.startswith("1 difference adopted, 1 order taken in by their strategies\nbench-000001-a-1, buy")
    again.wait(2 * SECOND)
    known = again.core.engine.desk.order(order.client_order_id)
    assert known is not None
    assert (known.strategy, known.state, known.price_points) == ("a", S.OPEN, 9_900)
    again.act(lambda strategy: strategy.cancel(strategy.orders()[0]))
    again.wait(SECOND)
    assert world.venue.open_orders() == ()
    assert again.difference == {}


def lost_journal() -> tuple[World, Daemon, Order]:
    """An order that stands, and one before it and one after it that were filled, of a session that lost its journal."""
    world = World()
    daemon = Daemon(world, "000001")
    daemon.act(lambda strategy: strategy.buy(BTC, "1", price="102", tif="ioc"))
    daemon.wait(2 * SECOND)
    later = daemon.buy("99")
    daemon.wait(SECOND)
    daemon.act(lambda strategy: strategy.buy(BTC, "1", price="102", tif="ioc"))
    daemon.wait(2 * SECOND)
    world.crash(120 * SECOND)
    return world, daemon, later


def test_fills_that_the_first_balances_hold_are_not_booked_once_more_when_an_orphan_was_taken_in() -> None:
    world, _, later = lost_journal()
    again = Daemon(world, "000002")
    again.core.operate(asked_of("adopt", who="uid 1000"))
    assert again.core.engine.desk.order(later.client_order_id) is not None
    again.recovery.compare_anew(NOON)
    again.wait(20 * SECOND)
    assert (again.difference, again.kinds) == ({}, [])
    world.crash()
    third = Daemon(world, "000003", again.records)
    assert (third.difference, third.kinds) == ({}, []), "a restart asks since the oldest order that stands"
    fourth = Daemon(world, "000004", [checkpoint_of(third.core, third.core.clock.now_ns, sends_first=False)])
    assert (fourth.difference, fourth.kinds) == ({}, [])


@pytest.mark.parametrize("is_kept", [False, True], ids=["record", "checkpoint"])
def test_what_a_person_adopted_of_a_lost_end_of_the_journal_does_not_come_back(is_kept: bool) -> None:
    world, daemon, _ = lost_journal()
    before = next(number for number, record in enumerate(daemon.records) if isinstance(record, OrderMade))
    again = Daemon(world, "000002", daemon.records[:before])
    assert set(again.kinds) == {DifferenceKind.OLD_JOURNAL, DifferenceKind.BALANCE}
    again.core.operate(asked_of("adopt", who="uid 1000"))
    for _ in range(2):
        again.recovery.compare_anew(NOON)
        again.wait(20 * SECOND)
        assert (again.difference, again.kinds) == ({}, [])
    if is_kept:
        again.recovery._keep()
    world.crash()
    third = Daemon(world, "000003", again.records[-1:] if is_kept else again.records)
    third.recovery.compare_anew(NOON)
    third.wait(20 * SECOND)
    assert (third.difference, third.kinds) == ({}, [])


def test_a_persons_kill_that_was_lifted_takes_back_nothing_of_a_trip_that_nobody_asked_for() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    daemon.core.operate(asked_of("kill", reason="enough"))
    daemon.wait(60 * SECOND)
    trip = daemon.core.kill.trip_of(EVERYTHING)
    assert trip is not None
    arm = msgspec.structs.replace(asked_of("arm", reason="well"), trip_id=trip.id)
    for _ in range(2):
        assert daemon.core.operate(arm).is_done
    assert daemon.state() is KillState.ARMED
    name = handmade(daemon)
    world.stranger(name)
    daemon.recovery.compare_anew(NOON)
    daemon.wait(SECOND)
    assert daemon.state() is KillState.TRIPPED and not daemon.core.effects.sweeps[EVERYTHING].is_over
    daemon.core.enquiries.ask("bitget", Ask.OPEN_ORDERS, lambda reply: take_back(daemon.core, reply.orders))
    daemon.wait(20 * SECOND)
    assert [order.client_order_id for order in world.venue.open_orders()] == [name]


def test_a_restart_on_two_trips_sends_each_cancel_once(tmp_path: Path) -> None:
    world = World()
    daemon = Daemon(world, "000001", latch=Latch(tmp_path / "latch"))
    orders = [daemon.buy(price) for price in ("99", "98", "97")]
    daemon.wait(SECOND)
    assert all(order.is_open for order in orders)
    for scope in ("strategy:a", "global"):
        daemon.core.operate(asked_of("kill", scope=read_scope(scope), reason="enough"))
    world.entries.clear()  # nothing that was sent arrives any more
    world.crash()
    before = len(daemon.records)
    again = Daemon(world, "000002", daemon.records, latch=Latch(tmp_path / "latch"))
    again.wait(SECOND)
    assert world.venue.open_orders() == ()
    cancels = [each for each in again.records[before:] if isinstance(each, RequestSent) and each.kind == "cancel"]
    assert sorted(chain.from_iterable(each.orders for each in cancels)) == [each.client_order_id for each in orders]


def test_with_nothing_to_adopt_it_is_told_as_of_when_and_compared_anew() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    daemon.wait(SECOND)
    world.faults.change = lambda reply: msgspec.structs.replace(reply, balances=reply.balances[:1])
    told = daemon.core.operate(asked_of("adopt", who="uid 1000")).text
    when = utc_text(daemon.recovery.compared_ns)
    assert told.startswith(f"nothing to adopt: of what was found when last compared, {when}, nothing is open;")
    assert "they are compared anew now" in told
    daemon.wait(SECOND)
    told = daemon.core.operate(asked_of("adopt", who="uid 1000")).text
    assert "looked at again: " in told and "our books" in told
    daemon.wait(20 * SECOND)
    assert daemon.kinds == [DifferenceKind.BALANCE]


@pytest.mark.parametrize("is_comparing", [False, True])
def test_the_comparison_at_the_end_of_a_session_knows_a_difference_within_seconds(is_comparing: bool) -> None:
    world = World()
    daemon = Daemon(world, "000001")
    world.faults.change = lambda reply: msgspec.structs.replace(reply, balances=reply.balances[:1])
    daemon.wait(SECOND)
    if is_comparing:
        daemon.core.operate(asked_of("adopt", who="uid 1000"))
        daemon.wait(SECOND)
        assert daemon.recovery.doubted()
    daemon.core.operate(asked_of("compare", reason="the session ends", who="daemon"))
    daemon.wait((4 if is_comparing else 3) * SECOND)
    assert daemon.recovery.has_answers()
    assert daemon.kinds == [DifferenceKind.BALANCE]


def handmade(daemon: Daemon) -> str:
    """The name of an order that a person made and named as if it were ours."""
    return f"bench-{daemon.core.ids.runs[-1]}-a-50"


def test_an_order_of_our_name_that_no_journal_tells_of_is_nobodys_once_it_is_adopted() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    name = handmade(daemon)
    world.stranger(name)
    world.stranger("bench-777777-gone-1")
    world.stranger("by-hand")
    daemon.recovery.compare_anew(NOON)
    daemon.wait(20 * SECOND)
    assert [seen.client_order_id for seen in daemon.recovery.strangers()] == [name, "bench-777777-gone-1"]
    text = daemon.core.operate(asked_of("adopt", who="uid 1000")).text
    assert text.startswith("2 differences adopted, 2 orders unassigned: not traded, and taken back by a kill\n")
    assert daemon.recovery.strangers() == [] and daemon.kinds == [DifferenceKind.FOREIGN]
    assert daemon.core.engine.seats["a"].strategy.orders() == []
    daemon.recovery.compare_anew(NOON)
    daemon.wait(20 * SECOND)
    assert daemon.kinds == [DifferenceKind.FOREIGN]
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.kinds == [DifferenceKind.FOREIGN]
    world.venue.observe(sold(again.core.clock.now_ns, 8_000, 10_000))
    again.wait(20 * SECOND)
    assert again.difference == {} and len(again.core.effects.open_orders(EVERYTHING)) == 1
    assert again.core.engine.portfolio.ledger("a").cash == {"USDT": USDT, "BTC": COIN}
    assert again.core.engine.portfolio.unassigned["BTC"] == 1
    again.core.operate(asked_of("kill", reason="enough"))
    again.wait(20 * SECOND)
    assert [order.client_order_id for order in world.venue.open_orders()] == ["by-hand"]
    checkpoint = checkpoint_of(again.core, NOON, sends_first=False)
    assert Daemon(world, "000003", [checkpoint]).difference == {}


@pytest.mark.parametrize("scope", ["global", "account:main@bitget", "strategy:a"])
def test_a_persons_kill_takes_back_what_bears_our_name_and_nobody_knows(scope: str) -> None:
    world = World()
    daemon = Daemon(world, "000001")
    name = handmade(daemon)
    world.stranger(name)
    world.stranger("bench-777777-gone-1")
    world.stranger("by-hand")
    daemon.core.enquiries.ask("bitget", Ask.OPEN_ORDERS, lambda reply: take_back(daemon.core, reply.orders))
    daemon.wait(SECOND)
    assert daemon.core.effects.open_orders(EVERYTHING) == [], "nobody wants them gone yet"
    daemon.core.operate(asked_of("kill", scope=read_scope(scope), reason="enough"))
    daemon.core.enquiries.ask("bitget", Ask.OPEN_ORDERS, lambda reply: take_back(daemon.core, reply.orders))
    daemon.wait(20 * SECOND)
    left = [order.client_order_id for order in world.venue.open_orders()]
    assert left == (["by-hand"] if scope != "strategy:a" else [name, "bench-777777-gone-1", "by-hand"])


def test_a_persons_kill_on_top_of_an_automatic_trip_reaches_what_nobody_knows_after_a_restart_too(
    tmp_path: Path,
) -> None:
    world = World()
    daemon = Daemon(world, "000001", latch=Latch(tmp_path / "latch"))
    daemon.core.kill.trip(ACCOUNT, Cause.LIMIT, "lost too much", "risk")
    daemon.core.operate(asked_of("kill", scope=ACCOUNT, reason="all of it", who="ann"))
    name = handmade(daemon)
    world.crash()
    world.stranger(name)
    again = Daemon(world, "000002", daemon.records, latch=Latch(tmp_path / "latch"))
    trip = again.core.kill.trip_of(ACCOUNT)
    assert trip is not None and (trip.cause, trip.reason) == (Cause.OPERATOR, "lost too much; all of it")
    again.core.enquiries.ask("bitget", Ask.OPEN_ORDERS, lambda reply: take_back(again.core, reply.orders))
    again.wait(20 * SECOND)
    assert not world.venue.open_orders()


@pytest.mark.fault("E2")
def test_a_ban_outlives_the_restart() -> None:
    world, daemon = whole_run()
    world.crash()
    until_ns = world.now_ns + 60 * SECOND
    daemon.records.append(VenueBanned("bitget", "main", until_ns))
    asked = len(world.query.asked)
    again = Daemon(world, "000002", daemon.records)
    assert again.core.clock.now_ns > until_ns  # nothing was asked before, and nothing started
    assert len(world.query.asked) > asked


@pytest.mark.fault("E24")
def test_nothing_starts_before_every_question_was_answered() -> None:
    world, daemon = whole_run()
    world.crash()
    failing = 3

    def change(reply: Reply) -> Reply:
        nonlocal failing
        if reply.question.ask is Ask.BALANCES and failing:
            failing -= 1
            return Reply(reply.question, reply.ts_recv_ns, "server_error")
        return reply

    world.faults.change = change
    again = Daemon(world, "000002", daemon.records)
    assert again.recovery.reconciles["bitget"].rounds == 4
    assert again.kinds == []
    assert failing == 0


def test_a_question_that_failed_is_no_look_at_a_difference_that_passes() -> None:
    """The balance was told before a fill and the fills after it, in the first round that was answered whole."""
    world, daemon = whole_run()
    world.crash()
    left = 3

    def change(reply: Reply) -> Reply:
        nonlocal left
        if reply.question.ask is not Ask.BALANCES or not left:
            return reply
        left -= 1
        if left:
            return Reply(reply.question, reply.ts_recv_ns, "server_error")
        held = tuple([msgspec.structs.replace(each, free=each.free + 1) for each in reply.balances])
        return msgspec.structs.replace(reply, balances=held)

    world.faults.change = change
    again = Daemon(world, "000002", daemon.records)
    assert (again.recovery.reconciles["bitget"].rounds, left) == (4, 0)
    assert again.kinds == []
    assert again.state(ACCOUNT) is KillState.ARMED


@pytest.mark.parametrize(("lasts", "kinds"), [(6, []), (99, [DifferenceKind.BALANCE])], ids=["passes", "goes_on"])
def test_what_differs_by_another_amount_each_time_is_looked_at_again_but_not_for_ever(
    lasts: int, kinds: list[DifferenceKind]
) -> None:
    """An account that trades all the time: each answer about balances is a fill older than the books."""
    world, daemon = whole_run()
    world.crash()
    looks = 0

    def change(reply: Reply) -> Reply:
        nonlocal looks
        if reply.question.ask is not Ask.BALANCES or looks >= lasts:
            return reply
        looks += 1
        held = [
            msgspec.structs.replace(each, free=each.free + looks * (each.asset == "BTC")) for each in reply.balances
        ]
        return msgspec.structs.replace(reply, balances=tuple(held))

    world.faults.change = change
    again = Daemon(world, "000002", daemon.records)
    assert again.kinds == kinds
    assert again.recovery.reconciles["bitget"].rounds == min(lasts + 1, 10)


def test_a_restart_is_the_same_twice() -> None:
    def run() -> list[Record]:
        world, daemon = whole_run()
        world.crash()
        again = Daemon(world, "000002", daemon.records)
        again.wait(5 * SECOND)
        return again.records

    assert run() == run()


def test_ids_go_on_where_a_run_of_the_same_id_is_restarted() -> None:
    world, daemon = whole_run()
    used = [order.client_order_id for order in daemon.core.engine.blotter._orders.values()]
    world.crash()
    again = Daemon(world, "000001", daemon.records)
    order = again.buy("90")
    assert order.client_order_id not in used
    again.wait(SECOND)
    assert order.state is S.OPEN


def test_a_cancel_that_was_in_flight_is_sent_again() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.buy("99")
    daemon.wait(SECOND)
    world.venue.send = partial(_swallow, world.venue.send)  # type: ignore[method-assign]  # this cancel is lost
    daemon.act(lambda strategy: strategy.cancel(order))
    world.crash()
    del world.venue.send
    again = Daemon(world, "000002", daemon.records)
    again.wait(20 * SECOND)
    known = again.core.engine.desk.order(order.client_order_id)
    assert known is not None
    assert known.state is S.CANCELLED
    assert world.venue.open_orders() == ()


def _swallow(send: Callable[..., None], cleared: Any) -> None:
    if cleared.batch.kind is not BatchKind.CANCEL:
        send(cleared)


def test_an_illegal_step_of_a_done_order_has_the_books_compared() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.buy("99")
    daemon.wait(SECOND)
    daemon.act(lambda strategy: strategy.cancel(order))
    daemon.wait(SECOND)
    asked = len(world.query.asked)
    daemon.core.report(OrderReport(order.client_order_id, daemon.core.clock.now_ns, ReportKind.EXPIRED, Source.VENUE))
    daemon.wait(10 * SECOND)
    assert world.query.asked[asked:] == [Ask.OPEN_ORDERS, Ask.RECENT_ORDERS, Ask.FILLS, Ask.BALANCES]
    assert daemon.kinds == []
    assert daemon.state(ACCOUNT) is KillState.ARMED


def test_what_was_odd_in_a_session_before_leaves_nobody_in_doubt_for_ever() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.buy("99")
    daemon.wait(SECOND)
    odd = OrderReport(order.client_order_id, daemon.core.clock.now_ns, ReportKind.REJECTED, Source.VENUE)
    daemon.core.report(odd)
    daemon.act(lambda strategy: strategy.cancel(order))
    daemon.wait(30 * SECOND)
    assert (order.state, daemon.core.engine.blotter.illegal_steps) == (S.CANCELLED, 1)
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.core.engine.blotter.illegal_steps == 1
    assert again.core.doubts.orders == []


@pytest.mark.fault("E23")
def test_a_fill_that_the_venue_never_made_is_found_while_we_run_and_holds_back() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.buy("99")
    daemon.wait(SECOND)
    daemon.act(lambda strategy: strategy.cancel(order))
    daemon.wait(SECOND)
    fill = Fill("made-up", 9_900, 10_000, Decimal(0), "USDT", is_maker=True)
    for trade_id in ("made-up", "made-up-2"):
        daemon.core.report(
            OrderReport(
                order.client_order_id,
                daemon.core.clock.now_ns,
                ReportKind.FILLED,
                Source.VENUE,
                fill=msgspec.structs.replace(fill, trade_id=trade_id),
            )
        )
    daemon.wait(20 * SECOND)
    assert daemon.kinds == [DifferenceKind.BALANCE, DifferenceKind.BALANCE]
    assert daemon.state(ACCOUNT) is KillState.REDUCING


def test_where_others_trade_too_no_request_names_all_orders_of_a_pair() -> None:
    world = World()
    world.stranger("manual-1")
    daemon = Daemon(world, "000001")
    daemon.core.router.lanes["bitget"].is_ours_alone = True
    daemon.recovery.begin()
    daemon.wait(10 * SECOND)
    assert not daemon.core.router.lanes["bitget"].is_ours_alone
    assert daemon.kinds == [DifferenceKind.FOREIGN]


def test_an_order_of_somebody_else_that_the_stream_tells_of_is_enough() -> None:
    daemon = Daemon(World(), "000001")
    lane = daemon.core.router.lanes["bitget"]
    lane.is_ours_alone = True
    daemon.recovery.heard_stray("manual-1")
    assert not lane.is_ours_alone


class Lost:
    """A venue whose fills do not reach us as reports, from when it says so."""

    def __init__(self, world: World) -> None:
        self.world, self.is_lost = world, False
        self._report = world.report
        world.report = self.report  # type: ignore[method-assign]

    def report(self, report: OrderReport) -> None:
        if not (self.is_lost and report.fill is not None):
            self._report(report)


def forgotten_fill(monkeypatch: pytest.MonkeyPatch, *, trades_kept: int = 50_000) -> tuple[World, Daemon, str]:
    """An order of which we heard that it was cancelled, not that half of it filled before; and it is forgotten."""
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 0)
    monkeypatch.setattr(booked, "FORGOTTEN_MAX", trades_kept)
    world = World()
    lost = Lost(world)
    daemon = Daemon(world, "000001")
    daemon.core.engine.desk.may_lack = lambda venue: False  # it would be asked after at once
    order = daemon.buy("99")
    daemon.wait(SECOND)
    lost.is_lost = True
    daemon.play(sold(daemon.core.clock.now_ns, 9_890, 5_000))
    daemon.wait(SECOND)
    lost.is_lost = False
    daemon.act(lambda strategy: strategy.cancel(order))
    daemon.wait(SECOND)
    assert (order.state, order.filled_points) == (S.CANCELLED, 0)
    pass_on(daemon)
    assert daemon.core.engine.desk.order(order.client_order_id) is None
    return world, daemon, order.client_order_id


def pass_on(daemon: Daemon) -> None:
    """Time goes by, and another order is done: what was done before is forgotten."""
    daemon.wait(300 * SECOND)
    passing = daemon.buy("90")
    daemon.wait(SECOND)
    daemon.act(lambda strategy: strategy.cancel(passing))
    daemon.wait(SECOND)


def late_report(daemon: Daemon, order_id: str) -> OrderReport:
    """The stream tells the fill at last."""
    fill = next(each.fill for each in daemon.world.venue.memory.fills if each.order.client_order_id == order_id)
    return OrderReport(order_id, daemon.core.clock.now_ns, ReportKind.FILLED, Source.VENUE, fill=fill)


@pytest.mark.fault("E13")
@pytest.mark.parametrize("is_comparing", [False, True], ids=["calm", "as_a_comparison_begins"])
def test_a_late_fill_of_a_forgotten_order_is_booked_once_and_trips(
    monkeypatch: pytest.MonkeyPatch, is_comparing: bool
) -> None:
    _world, daemon, order_id = forgotten_fill(monkeypatch)
    assert daemon.difference != {}
    assert isinstance(daemon.strategy, Keeper)
    fills = daemon.strategy.state.fills
    if is_comparing:  # one that looks no further back than its gap
        daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.core.report(late_report(daemon, order_id))
    daemon.core.report(late_report(daemon, order_id))
    daemon.wait(30 * SECOND)
    assert daemon.difference == {}
    assert daemon.strategy.state.fills == fills + 1
    assert daemon.state(ACCOUNT) is KillState.TRIPPED
    (trip,) = daemon.core.kill.trips
    assert trip.cause is Cause.DOUBT
    assert order_id in trip.reason
    assert trip.reason.endswith("its order is forgotten; it is booked now")
    assert any("run.py adopt accepts it" in why for why in daemon.core.kill.obstacles(ACCOUNT))


@pytest.mark.fault("E13")
def test_a_late_fill_that_a_restart_finds_is_booked_once_over_all_restarts(monkeypatch: pytest.MonkeyPatch) -> None:
    world, daemon, order_id = forgotten_fill(monkeypatch)
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.difference != {}  # nobody asks that far back without a word of it
    again.core.report(late_report(again, order_id))
    again.wait(30 * SECOND)
    assert again.difference == {}
    world.crash()
    third = Daemon(world, "000003", again.records)
    assert third.difference == {}
    third.core.report(late_report(third, order_id))
    third.wait(30 * SECOND)
    assert third.difference == {}
    assert third.core.kill.trips == []  # known again since the second session: what comes twice is no news


@pytest.mark.fault("E13")
def test_a_late_fill_that_may_have_been_booked_is_shown_and_never_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    _world, daemon, order_id = forgotten_fill(monkeypatch, trades_kept=0)
    order = daemon.buy("101", "0.5")
    pass_on(daemon)
    assert daemon.core.engine.desk.order(order.client_order_id) is None
    difference = daemon.difference
    daemon.core.report(late_report(daemon, order_id))
    daemon.wait(30 * SECOND)
    assert daemon.difference == difference
    late = [each for each in daemon.recovery.differences["bitget"] if each.kind is DifferenceKind.LATE_FILL]
    assert late[0].text.endswith("its order is forgotten; nobody knows whether it was booked")
    assert daemon.state(ACCOUNT) is KillState.TRIPPED
    daemon.core.operate(asked_of("adopt", who="uid 1000"))
    assert daemon.difference == {}
    assert daemon.recovery.unadopted() == []


def test_old_fills_of_forgotten_orders_are_no_difference_where_the_balances_agree(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", 0)
    monkeypatch.setattr(booked, "FORGOTTEN_MAX", 0)
    world = World()
    daemon = Daemon(world, "000001")
    resting = daemon.buy("90")
    for _ in range(3):
        daemon.buy("101", "0.5")
        pass_on(daemon)
    assert resting.state is S.OPEN  # since before the fills: a restart asks that far back
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.kinds == []
    assert again.core.kill.trips == []


@pytest.mark.fault("E13")
def test_an_order_that_was_called_absent_before_the_restart_alarms_when_it_comes_alive_after_it() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    world.faults.requests = [()]
    order = daemon.buy("99")
    daemon.wait(60 * SECOND)
    assert order.state is S.ABSENT
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    fill = Fill("late", 9_900, 5_000, Decimal(0), "USDT", is_maker=True)
    late = OrderReport(order.client_order_id, again.core.clock.now_ns, ReportKind.FILLED, Source.VENUE, fill=fill)
    again.core.report(late)
    assert again.core.kill.trips[0].cause is Cause.DOUBT
    assert "it was called absent and is open" in again.core.kill.trips[0].reason


LOSING = limits_of({"max_loss": "100 USDT", "loss_window": "1h", "max_drawdown": "150 USDT"})


def lose(daemon: Daemon, bid: int) -> None:
    """The market moves, and losses are looked at."""
    daemon.wait(60 * SECOND)
    for _ in range(2):  # what is looked at is what was before an event
        daemon.quote(bid, bid + 100)
        daemon.wait(SECOND)


def test_a_rolling_loss_and_a_drawdown_go_on_over_a_restart() -> None:
    world = World()
    daemon = Daemon(world, "000001", limits=LOSING)
    lose(daemon, 10_050)  # the best: 50 more than at the start
    lose(daemon, 9_960)  # 90 below the best
    assert daemon.core.kill.trips == []
    world.crash()
    again = Daemon(world, "000002", daemon.records, limits=LOSING)
    assert again.core.kill.trips == []  # what is held has no price before the first quote
    lose(again, 9_890)
    assert [trip.reason for trip in again.core.kill.trips] == ["max_loss: limit 100 USDT, found 110 USDT"]
    assert again.core.risk is not None
    assert [loss.reached for scope in again.core.risk.scopes for loss in scope.losses] == [110, 160]


def test_a_breached_loss_holds_over_a_restart_until_a_person_lifts_it() -> None:
    world = World()
    daemon = Daemon(world, "000001", limits=LOSING)
    lose(daemon, 9_880)
    assert daemon.state() is KillState.TRIPPED
    world.crash()
    again = Daemon(world, "000002", daemon.records, limits=LOSING)
    assert again.core.risk is not None
    assert again.core.risk.breached == ["all"]
    assert again.state() is KillState.TRIPPED
    lose(again, 9_880)
    again.wait(300 * SECOND)
    for _ in range(2):
        (trip,) = again.core.kill.trips
        assert again.core.kill.arm(EVERYTHING, "seen", "uid 1000", trip.id) == []
    assert again.core.risk.breached == []
    lose(again, 9_880)
    world.crash()
    third = Daemon(world, "000003", again.records, limits=LOSING)
    assert third.state() is KillState.ARMED
    lose(third, 9_870)
    assert third.core.kill.trips == []  # counted from when a person lifted it


def test_before_the_first_price_of_what_is_held_only_what_reduces_is_sent() -> None:
    world = World()
    daemon = Daemon(world, "000001", limits=LOSING)
    daemon.buy("101", "0.5")
    daemon.wait(SECOND)
    world.crash()
    again = Daemon(world, "000002", daemon.records, limits=LOSING, is_quoted=False)
    refused, reducing = again.buy("99"), again.act(lambda strategy: strategy.sell(BTC, "0.1", price="99"))
    again.wait(SECOND)
    assert refused.detail == "max_loss of all: limit 100 USDT, found no price yet of what is held"
    assert reducing.state is S.FILLED
    again.quote()
    order = again.buy("99")
    again.wait(SECOND)
    assert order.state is S.OPEN


def test_rejects_that_a_person_must_lift_stay_held_over_a_restart() -> None:
    limits = limits_of({"max_equal_rejects": 2})
    world = World()
    daemon = Daemon(world, "000001", limits=limits)
    for _ in range(2):
        order = daemon.buy("99")
        daemon.core.report(
            OrderReport(
                order.client_order_id, daemon.core.clock.now_ns, ReportKind.REJECTED, Source.VENUE, reason="minimum"
            )
        )
        daemon.wait(MS)
    assert daemon.state() is KillState.TRIPPED
    world.crash()
    again = Daemon(world, "000002", daemon.records, limits=limits)
    assert again.core.risk is not None
    assert again.core.risk.breached == ["all"]
    assert again.state() is KillState.TRIPPED


def test_a_pause_holds_over_restarts_until_a_person_resumes() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    mine = read_scope("strategy:a")
    daemon.core.operate(asked_of("pause", scope=mine, reason="lunch", who="uid 1000"))
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.state(mine) is KillState.REDUCING
    assert again.core.kill.words == "REDUCING strategy:a: lunch"
    refused = again.buy("99")
    again.wait(SECOND)
    assert refused.reason == "gate_closed"
    world.crash()
    third = Daemon(world, "000003", again.records)
    assert third.state(mine) is KillState.REDUCING
    third.core.operate(asked_of("resume", scope=mine, who="uid 1000"))
    assert third.state(mine) is KillState.ARMED
    world.crash()
    assert Daemon(world, "000004", third.records).state(mine) is KillState.ARMED


@pytest.mark.fault("P17")
@pytest.mark.parametrize("is_kept", [False, True], ids=["record", "checkpoint"])
def test_a_strategy_that_was_put_aside_is_paused_after_restarts_until_a_person_resumes_it(is_kept: bool) -> None:
    world = World()
    daemon = Daemon(world, "000001")
    daemon.act(lambda strategy: 1 // 0)
    assert daemon.core.engine.seats["a"].is_quarantined
    if is_kept:
        daemon.recovery._keep()
    world.crash()
    again = Daemon(world, "000002", daemon.records[-1:] if is_kept else daemon.records)
    mine = read_scope("strategy:a")
    assert again.state(mine) is KillState.REDUCING
    assert "ZeroDivisionError" in again.core.kill.words and "run.py resume a" in again.core.kill.words
    refused = again.buy("99")
    again.wait(SECOND)
    assert (refused.state, refused.reason) == (S.REFUSED, "gate_closed")
    world.crash()
    third = Daemon(world, "000003", again.records)
    assert third.state(mine) is KillState.REDUCING
    third.core.operate(asked_of("resume", scope=mine, reason="mended"))
    order = third.buy("99")
    third.wait(SECOND)
    assert order.state is S.OPEN
    world.crash()
    assert Daemon(world, "000004", third.records).state(mine) is KillState.ARMED


def test_passing_troubles_of_an_hour_are_counted_over_restarts() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    for _ in range(2):
        daemon.core.kill.reduce(ACCOUNT, Cause.STREAM_GAP, "gap")
        daemon.core.kill.recover(ACCOUNT, Cause.STREAM_GAP)
        daemon.wait(SECOND)
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    assert again.state(ACCOUNT) is KillState.ARMED
    again.core.kill.reduce(ACCOUNT, Cause.STREAM_GAP, "gap")
    assert again.state(ACCOUNT) is KillState.TRIPPED


def test_what_was_drawn_from_a_rate_limit_just_before_a_restart_still_counts() -> None:
    world = World()
    slow = tuple(msgspec.structs.replace(bucket, window_ns=60 * SECOND) for bucket in world.rules.buckets)
    world.rules = msgspec.structs.replace(world.rules, buckets=slow)
    daemon = Daemon(world, "000001")
    daemon.act(lambda strategy: [strategy.buy(BTC, "1", price=f"{90 + number}") for number in range(3)])
    daemon.wait(SECOND)
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    budget = again.core.router.lanes["bitget"].budget
    assert budget.gauges(world.now_ns)["place_batch"] == (1, 10)
    again.wait(60 * SECOND)
    assert budget.gauges(world.now_ns)["place_batch"] == (0, 10)


def test_cancels_that_left_before_their_records_were_durable_are_counted_after_a_power_cut() -> None:
    """They wait for no disk. At most each order that stood by the journal was taken back, a moment before the end."""
    world = World()
    slow = tuple(msgspec.structs.replace(bucket, window_ns=60 * SECOND) for bucket in world.rules.buckets)
    world.rules = msgspec.structs.replace(world.rules, buckets=slow)
    daemon = Daemon(world, "000001")
    orders = daemon.act(lambda strategy: [strategy.buy(BTC, "1", price=f"{80 + number}") for number in range(11)])
    daemon.wait(SECOND)
    durable = len(daemon.records)
    for order in orders[:10]:
        daemon.act(lambda strategy, order=order: strategy.cancel(order))
        daemon.wait(20 * MS)
    before = daemon.core.router.lanes["bitget"].budget.gauges(world.now_ns)
    assert sum(used for name, (used, _) in before.items() if "cancel" in name) == 10
    world.crash()
    again = Daemon(world, "000002", daemon.records[:durable])
    budget = again.core.router.lanes["bitget"].budget
    now = budget.gauges(world.now_ns)
    assert all(now[name][0] >= before[name][0] for name in before)
    again.wait(60 * SECOND)
    assert budget.gauges(world.now_ns)["cancel"] == (0, 10)
    assert again.kinds == []


SWAP = spot("BTC/USDT:USDT")
PRICE = Decimal(6)
"""Of a size point."""


class Holder:
    """A venue that shows positions beside what it really trades."""

    def __init__(self, world: World) -> None:
        self.positions: dict[str, int] = {}
        world.faults.change = self.change

    def change(self, reply: Reply) -> Reply:
        if reply.question.ask is not Ask.POSITIONS:
            return reply
        shown = tuple(SeenPosition(name, points, PRICE * points) for name, points in self.positions.items())
        return msgspec.structs.replace(reply, positions=shown)


def test_positions_that_are_there_at_the_first_start_are_unassigned_and_a_later_difference_holds_back() -> None:
    world = World()
    holder = Holder(world)
    holder.positions = {SWAP.id: 25_000, "DOGEUSDT": 0}
    daemon = Daemon(world, "000001", instruments=(BTC, SWAP))
    portfolio = daemon.core.engine.portfolio
    assert portfolio.unassigned_points(SWAP) == 25_000
    assert portfolio.position_costs("bitget") == {SWAP: 25_000 * PRICE}
    assert [each.text for each in daemon.recovery.differences["bitget"]] == [
        "DOGEUSDT: a position in a market that this run does not trade, left alone"
    ]
    assert daemon.state(ACCOUNT) is KillState.ARMED
    world.crash()
    holder.positions = {SWAP.id: -5_000}
    again = Daemon(world, "000002", daemon.records, instruments=(BTC, SWAP))
    (difference,) = again.recovery.differences["bitget"]
    assert difference.kind is DifferenceKind.POSITION
    assert difference.text == "BTC/USDT:USDT@bitget: the venue holds -0.5, our books 2.5"
    assert again.state(ACCOUNT) is KillState.REDUCING
    again.core.operate(asked_of("adopt", who="uid 1000"))
    assert again.core.engine.portfolio.unassigned_points(SWAP) == -5_000
    assert again.state(ACCOUNT) is KillState.ARMED
    world.crash()
    third = Daemon(world, "000003", again.records, instruments=(BTC, SWAP))
    kept = checkpoint_of(third.core, NOON, sends_first=False)
    world.crash()
    fourth = Daemon(world, "000004", [kept], instruments=(BTC, SWAP))
    for daemon in (third, fourth):
        assert daemon.kinds == []
        assert daemon.core.engine.portfolio.position_costs("bitget") == {SWAP: -5_000 * PRICE}


def test_a_position_that_is_adopted_against_a_strategys_is_told_and_shown_as_nobodys() -> None:
    world = World()
    holder = Holder(world)
    daemon = Daemon(world, "000001", instruments=(BTC, SWAP))
    portfolio = daemon.core.engine.portfolio
    bought = Order(client_order_id="o", strategy="a", instrument=SWAP, is_buy=True, size_points=6_000)
    portfolio.fill(bought, Fill("t", int(PRICE) * 100, 6_000, ZERO, "USDT", is_maker=True))
    holder.positions = {SWAP.id: 0}  # a person closed it by hand
    daemon.core.operate(asked_of("compare", who="daemon"))
    daemon.wait(10 * SECOND)
    told = daemon.core.operate(asked_of("adopt", who="uid 1000")).text
    assert told.startswith("1 difference adopted\nBTC/USDT:USDT@bitget: the venue holds 0, our books 0.6\n")
    assert "BTC/USDT:USDT@bitget: -0.6 is nobody's now, against it stand in our books a 0.6: to close those" in told
    (nobodys,) = portfolio.nobodys()
    assert (nobodys.instrument, nobodys.position_points) == (SWAP, -6_000)


@pytest.mark.fault("P17")
def test_a_state_that_cannot_be_kept_puts_its_strategy_aside_and_nothing_of_it_leaves() -> None:
    world = World()
    daemon = Daemon(world, "000001")

    def want(strategy: Strategy) -> Order:
        cast("Any", strategy).state.fills = 2**70
        return cast("Order", strategy.buy(BTC.id, "0.1", price=100))

    order = daemon.act(want)
    daemon.wait(SECOND)
    assert "class State: expected numbers" in daemon.core.engine.aside["a"]
    assert (order.state, order.reason) == (S.REFUSED, "handler_raised")
    assert world.venue.open_orders() == ()


def test_on_spot_alone_nobody_asks_for_positions() -> None:
    world = World()
    Daemon(world, "000001")
    assert Ask.POSITIONS not in world.query.asked


@pytest.mark.parametrize("before_send", ["sync", "async"])
def test_an_order_whose_record_of_leaving_was_lost_is_found_where_requests_leave_first(before_send: str) -> None:
    config = b'{"journal":{"before_send":"%s"}}' % before_send.encode()
    world = World()
    daemon = Daemon(world, "000001", config=config)
    order = daemon.buy("99")
    daemon.wait(SECOND)
    last = max(number for number, record in enumerate(daemon.records) if isinstance(record, OrderMade))
    world.crash()
    if before_send == "sync":
        world.venue._entry.cancel(order.client_order_id)  # it cannot have left: as if it never had
    again = Daemon(world, "000002", daemon.records[: last + 1])
    again.wait(30 * SECOND)
    known = again.core.engine.desk.order(order.client_order_id)
    assert known is not None
    assert known.state is (S.OPEN if before_send == "async" else S.REFUSED)
    assert again.kinds == []
    if before_send == "async":  # and where not even the order's own record is left
        world.crash()
        third = Daemon(world, "000003", daemon.records[:last])
        assert third.kinds == [DifferenceKind.ORPHAN]
        assert third.core.kill.trips == []


def test_a_comparison_while_it_trades_finds_the_end_of_an_order_that_nobody_told_of() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.buy("99")
    daemon.wait(SECOND)
    world.core = None  # its stream is away
    world.venue._entry.cancel(order.client_order_id)
    daemon.wait(SECOND)
    world.core = daemon.core
    assert order.state is S.OPEN
    daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.wait(30 * SECOND)
    assert order.state is S.CANCELLED
    check_equal(daemon)


def test_a_comparison_believes_the_end_of_an_order_whose_own_answer_is_late() -> None:
    world = World()
    daemon = Daemon(world, "000001")
    order = daemon.act(lambda strategy: strategy.buy(BTC, "1", price="99", tif="ioc"))
    world.clock.now_ns, world.core = daemon.core.clock.now_ns, None  # its stream is away
    daemon.wait(SECOND)
    world.core = daemon.core
    assert order.state is S.SENT
    assert world.venue.memory.done[order.client_order_id].state is S.EXPIRED
    daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.wait(SECOND)
    daemon.core.report(OrderReport(order.client_order_id, daemon.core.clock.now_ns, ReportKind.ACCEPTED, Source.VENUE))
    daemon.wait(SECOND)
    check_equal(daemon)


def test_what_is_missed_while_books_are_compared_has_them_compared_once_more() -> None:
    daemon = Daemon(World(), "000001")
    asked = daemon.world.query.asked
    asked.clear()
    daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.wait(5 * SECOND)
    assert asked.count(Ask.FILLS) == 1, "it had just begun"
    daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.wait(MS)
    daemon.recovery.compare_anew(daemon.core.clock.now_ns)
    daemon.wait(5 * SECOND)
    assert asked.count(Ask.FILLS) == 3


@pytest.mark.parametrize("is_answered", [True, False], ids=["resting", "in_flight"])
def test_after_a_restart_no_order_meets_one_of_ours_from_before(is_answered: bool) -> None:
    world = World()
    daemon = Daemon(world, "000001")
    before = daemon.buy("99")
    if is_answered:
        daemon.wait(SECOND)
    world.crash()
    again = Daemon(world, "000002", daemon.records)
    sell = again.act(lambda strategy: strategy.sell(BTC, "1", price="99"))
    again.wait(SECOND)
    assert sell.state is S.QUEUED
    again.act(lambda strategy: strategy.cancel(strategy.orders()[0]))
    again.wait(SECOND)
    known = again.core.engine.desk.order(before.client_order_id)
    assert known is not None and known.state is S.CANCELLED
    assert sell.state in (S.OPEN, S.FILLED)


def test_a_second_venue_is_refused_in_words() -> None:
    daemon = Daemon(World(), "000001")
    daemon.core.queried = ("bitget", "plain")
    with pytest.raises(ConfigError, match="expected one venue whose books are compared, found bitget, plain"):
        Recovery(daemon.core)
