"""A live run put together: the core, its journal over all sessions, its recovery, and its way to the venue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Protocol

import msgspec

from framework.app.first_record import first_record
from framework.app.live.capital_before import capital_before, recapitalise, summed
from framework.app.live.drive import LiveDrive
from framework.app.live.early_requests import EarlyRequests
from framework.app.live.gateways import CoreWay, Ties
from framework.app.live.safeguards import Safeguards
from framework.app.noted import note_events, noting_history
from framework.app.seated import Seated
from framework.config import Config
from framework.config.raised import limits_text, raised_since
from framework.core import Core
from framework.data.heard import HeardTape, instrument_of, listed_of
from framework.kernel.ids import run_id
from framework.kernel.kill_word import KillWord
from framework.kernel.latch import encode
from framework.kernel.logging import get_logger
from framework.kernel.market_records import FiltersListed, MarketListed
from framework.kernel.records import (
    MadeDurable,
    OperatorAsked,
    Record,
    RunStarted,
    SessionOpened,
)
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.orders import Order, Pending
from framework.model.questions import SeenOrder
from framework.model.rules import VenueRules
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope
from framework.recovery import Recovery
from framework.router.doubt.reconcile import DifferenceKind
from framework.router.kill.operator import asked_of
from framework.router.kill.states import Cause
from framework.router.kill.sweep import is_protective
from framework.router.kill.trips import ArmTerms, LatchPort

log = get_logger()


class SessionJournal(Protocol):
    """What a session needs of its journal (`framework.app.live.journal.DaemonJournal`)."""

    def write(self, record: Record) -> None:
        """Put one record down."""
        ...

    def when_durable(self, action: Callable[[int], None]) -> None:
        """See `framework.router.sending.awaiting.WhenDurable`."""
        ...

    def mended(self) -> str:
        """See `GroupJournal.mended`."""
        ...

    @property
    def written(self) -> int:
        """Records of this session."""
        ...


class LiveRun:
    """One session of a daemon. Everything is called in the loop's thread.

    Args:
        instruments: as the feed lists them.
        earlier: of the journal, oldest first.
        latch: of the account; a first session begins a new one.
        word: what the gateway's bytes pass.
        identity: the run's id, instead of a new one (a replay's).
    """

    def __init__(
        self,
        config: Config,
        tape: HeardTape,
        rules: VenueRules,
        strategies: Sequence[Seated],
        plugins: Mapping[str, str],
        earlier: Sequence[Record],
        drive: LiveDrive,
        latch: LatchPort,
        word: KillWord,
        identity: str = "",
    ) -> None:
        self.config = config
        self.tape = tape
        self.rules = rules
        self.strategies = tuple(strategies)
        self.start_ns = drive.clock.now_ns
        self.id = identity or run_id(
            b"live", str(self.start_ns).encode(), config.canonical(), repr(sorted(plugins.items())).encode()
        )
        self.is_playing = True
        self.is_asking = False
        """The first questions to the venue are out: whatever is missed from now on, their answers may not tell."""
        self.has_begun = False
        """The start was tried: orders may have left, even if it broke before `is_started`."""
        self.is_started = False
        self._mistimed_ns = 0
        self._early: list[OperatorAsked] = []
        """What happened to the daemon while it recovered."""
        self._plugins = plugins
        self._earlier = earlier
        self.drive = drive
        self._journal: SessionJournal | None = None
        self.account = account_scope(rules.venue, config.live.account)
        self.core = self._core(latch, word)
        self.early_requests = EarlyRequests(self.core)
        """Until a session listens."""
        self.recovery: Recovery
        self.safeguards: Safeguards
        self.hear_books: Callable[[Sequence[Instrument]], None] = lambda instruments: None  # noqa: ARG005
        """Told at the start which books a strategy reads."""

    def _core(self, latch: LatchPort, word: KillWord) -> Core:
        core = Core(
            instruments=self.tape.instruments,
            balances=self._capital(),
            capital={seated.name: seated.capital for seated in self.strategies},
            bot=self.config.bot,
            run_id=self.id,
            seed=self.config.live.seed,
            write=self._write,
            now_ns=self.start_ns,
            latch=latch if self._earlier else None,
            word=word,
            differences=lambda scope: self.safeguards.differences(),  # noqa: ARG005  # one account, all scopes
            terms=ArmTerms(limits_text(self.config.limits), lambda text: raised_since(text, self.config.limits)),
        )
        core.kill.latched.keep_in(latch)
        if not self._earlier:
            core.kill.latched.begin()
        return core

    def _capital(self) -> dict[str, Decimal]:
        """Asset -> what all strategies have."""
        return summed(amount for seated in self.strategies for amount in seated.capital)

    def _write(self, record: Record) -> None:
        assert self._journal is not None, "nothing is decided before there is a journal"
        self._journal.write(record)

    @property
    def written(self) -> int:
        """Records of this session."""
        return 0 if self._journal is None else self._journal.written

    def unfit(self) -> str:
        """See `Running`."""
        return "" if self._journal is None else self._journal.mended()

    def keep_in(self, journal: SessionJournal) -> None:
        """Everything is journaled here from now on."""
        self._journal = journal

    def connect(self, gateway: CoreWay) -> None:
        """Give the core its way to the venue, and what watches it."""
        core, config, venue = self.core, self.config, self.rules.venue
        ties = Ties(
            self.drive.arrivals, self.missed, self._stray, self.key_lost, self.market_lost, self._relisted, self.busy,
            self.mistimed,
        )  # fmt: skip
        port, query = gateway.join(core, ties)
        note_events(core.journal.write, core.topics)
        core.connect(
            {venue: port},
            {venue: self.rules},
            account=config.live.account,
            limits=config.limits,
            self_cross=config.router.self_cross,
            standing=lambda since_ns: self.safeguards.standing(since_ns),  # noqa: PLW0108  # there is none before the core is connected
            queries={venue: query},
            feeds_are_live=True,
        )
        core.router.lanes[venue].is_ours_alone = config.live.alone
        core.gate.intent_age_max_ns = config.router.intent_age_ns
        core.router.sender.queue_orders_max = config.router.queue_orders
        core.router.sender.when_durable = self._when_durable if config.journal.before_send == "sync" else None
        for seated in self.strategies:
            core.engine.seat(seated.name, seated.strategy)
        self.recovery = Recovery(core, sends_first=config.journal.before_send == "async")
        self.safeguards = Safeguards(core, self.recovery)

    def _when_durable(self, action: Callable[[int], None]) -> None:
        assert self._journal is not None
        number = self._journal.written

        def durable() -> None:
            self.core.journal.write(MadeDurable(number))
            action(self.core.clock.now_ns)

        # In a turn of its own, like whatever else comes from outside.
        self._journal.when_durable(lambda _: self.drive.arrivals.put(durable))

    # Start.

    def recover(self, gateway: CoreWay) -> None:
        """Make the books of earlier sessions again, and begin to ask the venue."""
        self._write(self.started)
        for market in self.tape.listed:
            self._write(market)
        self._write(self.opened)
        self.recovery.recover(self._earlier)
        before = capital_before(self._earlier)
        if before is not None:
            recapitalise(self.core, before, self._capital())
        self._earlier = ()
        gateway.know(self.recovery.recall.orders)
        self.recovery.begin()
        self.is_asking = True

    def has_answers(self) -> bool:
        """The venue has answered everything."""
        return self.recovery.has_answers()

    def has_quotes(self) -> bool:
        """Every market was quoted."""
        return all(self.core.engine.quote(instrument) is not None for instrument in self.tape.instruments)

    def start(self) -> None:
        """Start the strategies: what they ask for leaves where the kill switch is armed."""
        self.has_begun = True
        self.core.operate(asked_of("begin", reason="the venue has answered", who="daemon"))
        self.recovery.start(noting_history(self.core.journal.write, self.tape.history), arms_itself=False)
        self.hear_books([there for there in self.tape.instruments if self.core.engine.book(there) is not None])
        self.core.effects.resume()
        self.safeguards.watch()
        self.core.loop.settle()
        self.is_started = True
        for asked in self._early:
            self.core.operate(asked)

    @property
    def balances(self) -> dict[str, Decimal]:
        """What the venue said that the account holds."""
        return {
            asset: held
            for reconcile in self.recovery.reconciles.values()
            for asset, held in reconcile.balances.items()
            if held
        }

    # What happens to the daemon.

    def operate(self, verb: str, reason: str, who: str, subject: str = "", scope: Scope | None = None) -> None:
        """Have something that happened to the daemon applied, in a turn of its own, as an input."""
        asked = asked_of(verb, scope=scope or self._scope_of(verb), reason=reason, who=who, subject=subject)
        self.drive.arrivals.put(partial(self._operate, asked))

    def _scope_of(self, verb: str) -> Scope:
        return self.account if verb in ("gap", "key_lost", "busy") else EVERYTHING

    def _operate(self, asked: OperatorAsked) -> None:
        """What was missed has the books compared before anything starts; the rest waits: the word is closed already."""
        if self.is_started or asked.verb == "gap":
            self.core.operate(asked)
        else:
            self._early.append(asked)

    def missed(self, why: str) -> None:
        """The private stream did not tell all: hold back until the books were compared."""
        if self.is_asking:
            self.operate("gap", f"private stream: {why}", "private stream")

    def key_lost(self, why: str) -> None:
        """The venue refuses the key in mid-session."""
        self.core.kill.word.close(self.account, why)
        self.operate("key_lost", why, "gateway")

    def busy(self, why: str) -> None:
        """The venue takes nothing new: hold back until it answers again, and the books were compared."""
        self.operate("busy", why, "gateway")

    def market_lost(self, there: Instrument, why: str) -> None:
        """A market is not what it was: it alone trips."""
        scope = Scope(ScopeKind.INSTRUMENT, there.id)
        self.core.kill.word.close(scope, why)
        self.operate("market_lost", why, "gateway", scope=scope)

    def _relisted(self, there: Instrument, listed: Instrument) -> None:
        assert there.id == listed.id, (there, listed)
        self.drive.arrivals.put(partial(self.relist, listed_of(listed)))

    def relist(self, listed: MarketListed) -> None:
        """A market has other filters: orders are held to them from now on, and what waits and no longer fits is refused."""
        now = instrument_of(listed)
        there = self.core.engine.instruments[now.id]
        self.core.journal.write(FiltersListed(listed))
        there.take_filters(now)
        log.warning(
            "market.relisted", market=there.id, tick=there.tick, lot=there.lot, notional_min=str(there.notional_min)
        )
        self.core.router.relisted(there)

    def mistimed(self, why: str) -> None:
        """The venue finds a request dated wrong: ask its time now, not in a minute."""
        now_ns = self.drive.clock.now_ns
        if now_ns - self._mistimed_ns >= NS_PER_S:
            self._mistimed_ns = now_ns
            self.operate("mistimed", why, "gateway")

    def _stray(self, client_order_id: str) -> None:
        self.operate("stray", "an order that we never made", "private stream", client_order_id)

    def journal_failed(self, reason: str) -> None:
        """From any thread: nothing new is sent, and the loop trips as soon as it can."""
        self.core.kill.word.close(EVERYTHING, reason)
        self.drive.call_safely(lambda: self.operate("disk_failed", reason, "journal"))

    def broke_beside(self, error: Exception) -> None:
        """A bug of ours in nobody's turn: nothing new leaves from now on, and the next turn ends in it."""
        self.core.kill.word.close(EVERYTHING, f"{type(error).__name__}: {error}")
        self.drive.fail(error)

    def broke(self, words: str) -> None:
        """Our own bug: nothing new is sent, by any way, until a person has looked."""
        core, scope = self.core, str(EVERYTHING)
        try:
            core.journal.write(OperatorAsked(core.clock.now_ns, core.loop.cursor, "broke", scope, words, "daemon"))
        finally:
            core.kill.trip(EVERYTHING, Cause.INVARIANT, words, "daemon")

    # End.

    def end(self, reason: str) -> None:
        """No new intents; orders are taken back, or stay as the settings say."""
        self.is_playing = False
        self.core.end(reason, self._stays)
        self.core.loop.settle()

    def _stays(self, order: Order) -> bool:
        return self.config.live.on_stop == "keep" or is_protective(order)

    def compare(self) -> None:
        """Hold the books against the venue's a last time."""
        self.core.operate(asked_of("compare", reason="the session ends", who="daemon"))

    def is_calm(self) -> bool:
        """Nothing that was asked is without an answer, and nothing that was to be taken back stands."""
        orders = [order for seated in self.strategies for order in self.core.engine.blotter.open_of(seated.name)]
        return all(self._stays(order) and order.is_open and order.pending is Pending.NOTHING for order in orders)

    @property
    def unadopted(self) -> list[str]:
        """See `Recovery.unadopted`."""
        return self.recovery.unadopted()

    @property
    def strangers(self) -> Sequence[SeenOrder]:
        """See `Recovery.strangers`."""
        return self.recovery.strangers()

    @property
    def ledger_difference(self) -> dict[str, Decimal]:
        """As the last reconcile had it."""
        return {
            each.subject: -each.amount
            for differences in self.recovery.differences.values()
            for each in differences
            if each.kind is DifferenceKind.BALANCE
        }

    @property
    def opened(self) -> SessionOpened:
        """What it found elsewhere."""
        found = self.core.kill.latched.found
        rules = msgspec.msgpack.Encoder(decimal_format="string").encode(self.rules)
        return SessionOpened(rules, b"" if found is None else encode(found))

    @property
    def started(self) -> RunStarted:
        """The session's first record."""
        return first_record(self, "live", self.tape, self._plugins)
