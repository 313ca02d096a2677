"""The core, wired: engine, router, gate and loop around order ports that somebody else gives. The same in every mode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec import structs

from framework.engine.engine import Engine
from framework.engine.forgetting import late_fill_ns
from framework.engine.warmup import History
from framework.kernel.clock import NS_PER_S, ManualClock
from framework.kernel.ids import OrderIds
from framework.kernel.journal import TurnJournal
from framework.kernel.kill_word import KillWord
from framework.kernel.records import KillStepped, OperatorAsked, Record, RunStopped
from framework.kernel.tape_loop import TapeLoop
from framework.kernel.topic import Rank, topics_for
from framework.model.events import FeedStatus, MarketEvent, OrderReport
from framework.model.instants import utc_text
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.model.money import Amount
from framework.model.orders import Order
from framework.model.questions import Reply
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.model.scopes import Scope, ScopeKind, account_scope, scopes_at
from framework.model.self_cross import SelfCross
from framework.ports import Listener, OrderPort, Query
from framework.router.doubt.adoption import as_told
from framework.router.doubt.doubts import Doubts
from framework.router.doubt.endings import Endings
from framework.router.doubt.enquiries import Enquiries
from framework.router.gate import Gate
from framework.router.kill.effects import KillEffects
from framework.router.kill.operator import Answer, Operator
from framework.router.kill.states import Cause, KillState
from framework.router.kill.switch import KillSwitch
from framework.router.kill.trips import NO_TERMS, ArmTerms, Differences, LatchPort, limited_scope, no_differences
from framework.router.risk import Risk
from framework.router.router import Router
from framework.router.sending.deadlines import Deadlines
from framework.router.sending.lane import Lane

if TYPE_CHECKING:
    from framework.config.limits import LimitsTable

TAIL_NS: Final = 10 * NS_PER_S
"""Clock time that answers of the last requests get after the stop."""


class Core:
    """Everything between feeds and order ports.

    Args:
        instruments: everything this run knows.
        balances: the account at the start, asset -> owned.
        capital: strategy -> amounts of its own, in the order in which strategies are called.
        bot: name of the daemon, part of every order id.
        run_id: see `framework.kernel.ids.run_id`.
        seed: of every random choice.
        write: takes the journal's records.
        now_ns: where the clock stands.
        latch, word: where the kill switch outlives the run, and what its orders' bytes pass; None: nowhere, its own.
        differences, terms: how our books differ from the venue's, and what a person arms under (`KillSwitch`).
    """

    def __init__(
        self,
        *,
        instruments: Sequence[Instrument],
        balances: Mapping[str, Decimal],
        capital: Mapping[str, Sequence[Amount]],
        bot: str,
        run_id: str,
        seed: int,
        write: Callable[[Record], None],
        now_ns: int,
        latch: LatchPort | None = None,
        word: KillWord | None = None,
        differences: Differences = no_differences,
        terms: ArmTerms = NO_TERMS,
    ) -> None:
        self.clock = ManualClock(now_ns)
        self.outbox: list[tuple[str, Intent]] = []
        self.listeners: list[Listener] = []
        """Views and reports, told of the run as it goes: by the engine, and of requests by the sender."""
        self.topics = topics_for(instruments)  # of market events: the engine joins them, and whoever else takes some
        self.loop = TapeLoop(self.clock, self.topics, self.outbox, self._turn)
        self.journal = TurnJournal(write, self.clock, lambda: self.loop.cursor)
        self.ids = OrderIds(bot, run_id, capital)
        self._capital = capital
        self._breaches: dict[str, str] = {}
        """Scope that a limit tripped -> the limit's own name for it."""
        self.kill = self._kill_switch(run_id, latch, word, differences, terms)
        self.gate = Gate(self.kill)
        self.engine = Engine(
            clock=self.clock,
            schedule=self.loop,
            topics=self.topics,
            instruments=instruments,
            balances=balances,
            capital=capital,
            ids=self.ids,
            journal=self.journal,
            outbox=self.outbox,
            seed=seed,
            listeners=self.listeners,
        )
        self.engine.halted = lambda strategy, reason: self.kill.trip(
            Scope(ScopeKind.STRATEGY, strategy), Cause.STRATEGY, reason, strategy
        )
        self.router: Router
        self.is_resumable = False
        """What a restart needs beyond orders and reports is journaled: states of strategies, first prices of capital."""
        self.queried: tuple[str, ...] = ()
        """Venues that can be asked; `enquiries` is what they are asked."""
        self.enquiries: Enquiries
        self.doubts: Doubts
        """Orders in doubt; what stays so trips the account."""
        self.risk: Risk | None = None
        """The limits, where any are set; who wants to hear of breaches appends to its listeners."""
        self.effects: KillEffects
        """What follows the kill switch's steps."""
        self.operator: Operator
        self.taken: list[Callable[[Sequence[tuple[str, Intent]]], None]] = []
        """Told of the intents of each turn, before the router takes them."""

    def _kill_switch(
        self, run_id: str, latch: LatchPort | None, word: KillWord | None, differences: Differences, terms: ArmTerms
    ) -> KillSwitch:
        return KillSwitch(
            clock=self.clock,
            schedule=self.loop,
            journal=self.journal,
            run=run_id,
            word=word,
            latch=latch,
            differences=differences,
            terms=terms,
        )

    def connect(
        self,
        ports: Mapping[str, OrderPort],
        rules: Mapping[str, VenueRules],
        account: str = "main",
        limits: LimitsTable | None = None,
        self_cross: SelfCross = SelfCross.HOLD,
        standing: Callable[[int], Iterable[str] | None] | None = None,
        queries: Mapping[str, Query] | None = None,
        *,
        feeds_are_live: bool = False,
    ) -> None:
        """Give it its way to the venues.

        Args:
            ports: venue -> where cleared requests go.
            rules: venue -> what it holds us to.
            limits: what orders may do; None: whatever the venue allows.
            queries: venue -> whom to ask there; what is unknown where nobody can be asked stays so until a person decides.
            self_cross: what becomes of an order that would trade with another of ours.
            standing: client order ids that the venues show open, asked since an instant; None: they have not told yet. A
                sweep believes these, not us.
            feeds_are_live: trouble of a feed holds its instrument back.
        """
        lanes = {venue: Lane(rules[venue], account, port) for venue, port in ports.items()}
        self._ask_after(queries or {}, rules, dict.fromkeys(ports, account), lanes)
        self.risk = self._risk_of(limits, {venue: lane.account for venue, lane in lanes.items()})
        self.loop.watch = self._look_at_losses if self.risk is not None and self.risk.watches_losses else None
        for topic in self.topics[FeedStatus].values() if feeds_are_live else ():
            topic.join(Rank.KILL_SWITCH, self._mind_feed)
        self.router = Router(
            desk=self.engine.desk,
            lanes=lanes,
            gate=self.gate,
            clock=self.clock,
            schedule=self.loop,
            journal=self.journal,
            reports=self,
            ids=self.ids,
            endings=self.endings,
            fault=self.engine.put_aside,
            risk=self.risk,
            listeners=self.listeners,
            self_cross=self_cross,
        )
        self.kill.accounts = dict.fromkeys(ports, account)
        sender = self.router.sender
        sender.watch = Deadlines(self.clock, self.loop, self, sender.outstanding.is_out).sent
        self.kill.on_step.append(lambda step: self.router.told.stepped())  # noqa: ARG005
        self.effects = self._effects_of(rules, standing)
        markets = self.engine.instruments.values()
        places = dict.fromkeys(place for there in markets for place in scopes_at(there.venue, account, there.id))
        self.operator = Operator(self.kill, self.effects, tuple(self._capital), places, self.doubts.resolve)
        if self.risk is not None:
            self.risk.listeners.append(self._breached)
            self.risk.is_exempt = self.kill.is_exempt
            self.kill.on_step.append(self._lift)

    def report(self, report: OrderReport) -> None:
        """Take an order report, from a venue or from the router: the engine first, then what waited for it."""
        if report.reason:
            report = as_told(report)
        self.engine.take_report(report)
        self.router.on_report(report)
        self.effects.on_report(report)
        self.doubts.on_report(report)
        if self.is_resumable and report.fill is not None:
            self.engine.save_states()

    def replied(self, reply: Reply) -> None:
        """Take what a venue said when it was asked."""
        self.enquiries.replied(reply)

    def answered(self, answer: RequestAnswer) -> None:
        """Take what a venue's answer says of its limits."""
        self.router.sender.on_answer(answer, self.clock.now_ns)
        if answer.banned_until_ns > self.clock.now_ns:
            scope = account_scope(answer.venue, self.kill.accounts[answer.venue])
            self.kill.trip(scope, Cause.BANNED, f"{answer.venue} bans us until {utc_text(answer.banned_until_ns)}")

    def operate(self, asked: OperatorAsked) -> Answer:
        """Apply what a person asked for, between two instants: journaled as an input, done at once."""
        asked = structs.replace(asked, ts_ns=self.clock.now_ns, cursor=self.loop.cursor)
        self.journal.write(asked)
        answer = self.operator.apply(asked)
        self.loop.settle()
        return answer

    def start(
        self,
        history: History,
        *,
        resumed: bool = False,
        arms_itself: bool = True,
        down_since_ns: int = 0,
        armed: Callable[[], None] | None = None,
    ) -> None:
        """Start every strategy; what they ask for in `on_ready` leaves at once.

        Args:
            arms_itself: a run that cannot send a real order is armed without a person.
            down_since_ns: when the session before was last alive; 0: there was none.
            armed: called before the first strategy is: what a reconcile found may hold it back.
        """
        if arms_itself:
            self.kill.begin_armed()
        if armed is not None:
            armed()
        self.engine.start(history, resumed=resumed, down_since_ns=down_since_ns)
        if self.outbox:
            self._turn()

    def play(self, events: Iterable[MarketEvent]) -> Iterator[int]:
        """Play events. Yields each instant before it is played (see `TapeLoop.instants`)."""
        return self.loop.instants(events)

    def follow(self, take: Callable[[], tuple[Sequence[MarketEvent], int]]) -> Iterator[int]:
        """Play a live feed for as long as it is followed (see `TapeLoop.follow`)."""
        return self.loop.follow(take)

    def stop(self, reason: str) -> Iterator[int]:
        """Stop strategies, take back their orders, and wait for the answers. Yields as `play`."""
        self.end(reason)
        yield from self.loop.drain(self.clock.now_ns + TAIL_NS)

    def end(self, reason: str, keeps: Callable[[Order], bool] = lambda order: False) -> None:  # noqa: ARG005
        """Stop strategies, and take back their orders but those that are to stay; the answers are still to come."""
        self.journal.write(RunStopped(self.clock.now_ns, self.loop.cursor, reason))
        self.engine.stop(keeps)
        if self.is_resumable:
            self.engine.save_states()

    def _breached(self, name: str, check: str, limit: str, value: str) -> None:
        """A limit that stays breached until a person lifts it: its scope trips, and arming it is lifting it."""
        scope = limited_scope(name, self.kill.accounts)
        self._breaches[str(scope)] = name
        self.kill.trip(scope, Cause.LIMIT, f"{check}: limit {limit}, found {value}", "risk")

    def hold_limits(self) -> None:
        """Limits that were breached in an earlier session hold until a person arms their scopes."""
        for name in self.risk.breached if self.risk is not None else ():
            scope = limited_scope(name, self.kill.accounts)
            self._breaches[str(scope)] = name
            if self.kill.state(scope) in (
                KillState.ARMED,
                KillState.DISARMED,
            ):  # it broke off before the latch was down
                self.kill.trip(scope, Cause.LIMIT, f"a limit of {name} was breached in an earlier session", "risk")

    def _lift(self, step: KillStepped) -> None:
        if self.risk is not None and step.state == KillState.ARMED.value and step.scope in self._breaches:
            self.risk.lift(self._breaches.pop(step.scope))

    def _doubted(self, order: Order, why: str) -> None:
        """Nobody knows what stands at the venue: nothing new goes there until a person has looked."""
        venue = order.instrument.venue
        scope = account_scope(venue, self.kill.accounts[venue])
        self.kill.trip(scope, Cause.DOUBT, f"{order.client_order_id}: {why}", "router")

    def _ask_after(
        self,
        queries: Mapping[str, Query],
        rules: Mapping[str, VenueRules],
        accounts: Mapping[str, str],
        lanes: Mapping[str, Lane],
    ) -> None:
        """No order stays without an answer: questions after what is in doubt, and after what ended."""
        self.queried = tuple(queries)
        self.engine.blotter.done.late_ns = {venue: late_fill_ns(table) for venue, table in rules.items()}
        self.enquiries = Enquiries(
            queries, accounts, self.clock, self.loop, self.journal, lambda venue: lanes[venue].budget.banned_until_ns
        )
        self.engine.desk.may_lack = lambda venue: venue in queries and not self.engine.is_recovering
        self.doubts = Doubts(self.enquiries, self.clock, self.loop, self.engine.desk, self, rules)
        self.doubts.on_alarm.append(self._doubted)
        self.engine.blotter.on_illegal = lambda order, to: self.doubts.look_up(order)  # noqa: ARG005
        self.endings = Endings(
            self.enquiries, self.doubts.hear, self.clock, self.loop, self.engine.blotter.done.late_ns
        )

    def _effects_of(
        self, rules: Mapping[str, VenueRules], standing: Callable[[int], Iterable[str] | None] | None
    ) -> KillEffects:
        return KillEffects(
            self.kill,
            router=self.router,
            desk=self.engine.desk,
            clock=self.clock,
            schedule=self.loop,
            journal=self.journal,
            ids=self.ids,
            rules=rules,
            strategies=tuple(self._capital),
            instruments=self.engine.instruments.values(),
            standing=standing,
            endings=self.endings,
            ended_since=lambda ts_ns: self.engine.blotter.done.since(ts_ns, self.clock.now_ns),
            announce=self.engine.announce_halt,
        )

    def _risk_of(self, limits: LimitsTable | None, accounts: Mapping[str, str]) -> Risk | None:
        if limits is None or limits.is_empty:
            return None
        return Risk(
            limits,
            desk=self.engine.desk,
            clock=self.clock,
            schedule=self.loop,
            strategies=tuple(self.engine.portfolio.strategies),
            instruments=tuple(self.engine.instruments.values()),
            accounts=accounts,
        )

    def _look_at_losses(self, now_ns: int) -> None:
        """From time to time, as events come."""
        if self.risk is not None and now_ns >= self.risk.next_look_ns:
            self.risk.look()

    def _mind_feed(self, status: FeedStatus) -> None:
        """Trouble of a feed is the kill switch's business first."""
        self.effects.on_feed(status)

    def _turn(self) -> None:
        if self.is_resumable:
            self.engine.save_states()  # before what was decided on them leaves
        intents = list(self.outbox)
        self.outbox.clear()
        for listener in self.taken:
            listener(intents)
        self.router.accept(intents)
