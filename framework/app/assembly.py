"""A run put together: tape, simulated venue, core and strategies, from the settings."""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from framework.app.asked_instruments import refuse_missing
from framework.app.first_record import first_record
from framework.app.noted import note_events, noting_history
from framework.app.seated import Seated, seat_strategies
from framework.config import Config, check_capital
from framework.config.faults import key_text, told_at
from framework.config.limits import run_faults
from framework.core import Core
from framework.data.candles import CandleModel
from framework.data.catalogue import open_tape
from framework.data.heard import HeardTape, LiveTape
from framework.data.history import history_before, no_bars
from framework.data.laps import LoopedTape
from framework.data.tape import Tape
from framework.engine.warmup import History
from framework.kernel.ids import run_id
from framework.kernel.records import AccountResumed, Record, RunStarted
from framework.model.batch import RequestKind
from framework.model.errors import ConfigError
from framework.model.events import MarketEvent
from framework.model.instants import utc_text
from framework.model.money import Amount, plain
from framework.model.questions import SeenOrder
from framework.model.rules import VenueRules
from framework.reports.valuation import currencies, unvalued_quotes
from framework.venues.named import rules_named
from framework.venues.sim.query import SimQuery
from framework.venues.sim.venue import SimVenue

END_OF_TAPE: Final = "end of tape"
ACCOUNT: Final = "main"
"""The one account of a paper run."""

OpenJournal = Callable[[str], Callable[[Record], None]]
"""Run id -> what takes the run's records."""


class PaperRun:
    """A tape, the simulated venue that plays it, and the core between them.

    Args:
        open_journal: gives, for a run's id, what takes the journal's records.
        strategies: in the order of config.
        plugins: plugin -> digest of its code.
        identity: the run's id, instead of the one that tape, settings and code give (a replay's).
        resumed: the account as an earlier run left it, instead of the one that the settings open.
    """

    def __init__(
        self,
        config: Config,
        tape: Tape,
        rules: VenueRules,
        strategies: Sequence[Seated],
        plugins: Mapping[str, str],
        open_journal: OpenJournal,
        identity: str = "",
        resumed: AccountResumed | None = None,
    ) -> None:
        paper = config.paper
        self.config = config
        self.tape = tape
        self.rules = rules
        self.strategies = tuple(strategies)
        self.start_ns = start_of(config, tape)
        self.resumed = resumed
        self.balances = {amount.asset: amount.value for amount in paper.balances}
        capital = {seated.name: seated.capital for seated in strategies}
        if resumed is not None:
            self.balances = dict(resumed.balances)
            capital = {name: _amounts(owned) for name, owned in resumed.capital.items()}
        self.id = identity or _identity(config, tape, plugins)
        self._write = open_journal(self.id)
        self.core = Core(
            instruments=tape.instruments,
            balances=self.balances,
            capital=capital,
            bot=config.bot,
            run_id=self.id,
            seed=paper.seed,
            write=self._write,
            now_ns=self.start_ns,
            differences=lambda scope: self._differences(),  # noqa: ARG005  # one account, all scopes
        )
        self.venue = SimVenue(
            rules,
            tape.instruments,
            self.balances,
            self.core.clock,
            self.core.loop,
            self.core,
            paper.latency,
            random.Random(f"{paper.seed}/venue"),
            self_trade=paper.self_trade,
            # Where shrinking has a request of its own, every other amend is a cancel-replace.
            amend_keeps_place=rules.amend_keeps_place and RequestKind.SHRINK not in rules.costs,
            topics=self.core.topics,
        )
        self._connect()
        for seated in strategies:
            self.core.engine.seat(seated.name, seated.strategy)
        self.is_playing = True
        """Until it is stopped."""
        self.is_started = False
        """Every strategy has had its start."""
        self._plugins = plugins

    def _connect(self) -> None:
        """Give the core its way to the venue, with the limits of the settings."""
        venue, config = self.rules.venue, self.config
        if isinstance(self.tape, HeardTape):
            note_events(self.core.journal.write, self.core.topics)
        self.core.connect(
            {venue: self.venue},
            {venue: self.rules},
            account=ACCOUNT,
            limits=config.limits,
            self_cross=config.router.self_cross,
            standing=self._standing,
            queries={venue: self._query()},
            feeds_are_live=isinstance(self.tape, HeardTape),
        )
        self.core.router.lanes[venue].is_ours_alone = True
        self.core.gate.intent_age_max_ns = config.router.intent_age_ns
        self.core.router.sender.queue_orders_max = config.router.queue_orders

    def _query(self) -> SimQuery:
        """Whom to ask after an order in doubt; its chance is its own, so that asking moves no order's luck."""
        core, paper = self.core, self.config.paper
        rng = random.Random(f"{paper.seed}/query")
        return SimQuery(self.venue, core.clock, core.loop, core, paper.latency, rng)

    @classmethod
    def of(
        cls,
        config: Config,
        open_journal: OpenJournal,
        tape: Tape | None = None,
        identity: str = "",
        resumed: AccountResumed | None = None,
    ) -> PaperRun:
        """Put a run together from its settings.

        Args:
            tape: instead of the one the settings name (a replay's, a looped one, a live feed).
            identity, resumed: see the class.

        Raises:
            ConfigError, PluginError, DataError: what is wrong, where, and what to do.
        """
        with told_at(config.place_of("paper", "rules"), ("paper", "rules")):
            rules = rules_named(config.paper.rules)
        tape = tape or tape_of(config)
        seats = config.seats()
        if not seats:
            raise ConfigError(f"{config.file}: expected at least one enabled [strategy.NAME] table, found none")
        with told_at(config.file, ("strategy", "*", "capital")):
            check_capital(seats, config.paper.balances)
        check_currency(config, tape)
        check_limits(config, tape)
        strategies, plugins = seat_strategies(config)
        refuse_missing(config, tape.instruments, strategies, source_of(tape))
        return cls(config, tape, rules, strategies, plugins, open_journal, identity, resumed)

    def instants(self) -> Iterator[int]:
        """Start, then play the tape. Yields each instant before it is played, so that the caller may pace or stop."""
        self._write(self.started)
        if isinstance(self.tape, HeardTape):
            for market in self.tape.listed:
                self._write(market)
        if self.resumed is not None:
            self._write(self.resumed)
        self.core.start(self._history, resumed=self.resumed is not None)
        self.is_started = True
        if isinstance(self.tape, LiveTape):
            yield from self.core.follow(self.tape.mailbox.take)
        else:
            yield from self.core.play(self._events())
            if isinstance(self.tape, HeardTape):  # a live run went on after the last event that it heard
                yield from self.core.loop.drain(self.tape.until_ns)

    def stop(self, reason: str) -> Iterator[int]:
        """Stop strategies, take back orders, wait for the answers; yields as `instants`."""
        self.is_playing = False
        return self.core.stop(reason)

    @property
    def unadopted(self) -> list[str]:
        """None: a simulated venue holds what our ledgers say, or the run has failed."""
        return []

    def unfit(self) -> str:
        """Nothing: a journal that cannot be written ends the run."""
        return ""

    @property
    def strangers(self) -> list[SeenOrder]:
        """None: nobody else trades there."""
        return []

    @property
    def ledger_difference(self) -> dict[str, Decimal]:
        """Asset -> our ledgers and what is unassigned, less the venue's balance; only what differs."""
        ours = self.core.engine.portfolio.totals()
        theirs = {asset: free + locked for asset, (free, locked) in self.venue.balances().items()}
        assets = dict.fromkeys((*ours, *theirs))
        differences = {asset: ours.get(asset, Decimal(0)) - theirs.get(asset, Decimal(0)) for asset in assets}
        return {asset: difference for asset, difference in differences.items() if difference}

    def _differences(self) -> list[str]:
        return [f"{plain(value)} {asset}" for asset, value in self.ledger_difference.items()]

    def _standing(self, since_ns: int) -> list[str]:  # noqa: ARG002  # as of now, always
        return [order.client_order_id for order in self.venue.open_orders()]

    @property
    def owned(self) -> dict[str, dict[str, Decimal]]:
        """Strategy -> asset -> owned now."""
        portfolio = self.core.engine.portfolio
        return {name: dict(portfolio.ledger(name).cash) for name in portfolio.strategies}

    @property
    def _history(self) -> History:
        """Where the bars before the start come from."""
        if isinstance(self.tape, HeardTape):
            return noting_history(self.core.journal.write, self.tape.history)
        return no_bars if self.config.paper.start is None else history_before(self._recording, self.start_ns)

    def _events(self) -> Iterator[MarketEvent]:
        events = itertools.chain.from_iterable(self.tape.chunks())
        if self.config.paper.start is None:
            return events
        return itertools.dropwhile(lambda event: event.ts_recv_ns < self.start_ns, events)

    def _recording(self) -> Iterator[MarketEvent]:
        return itertools.chain.from_iterable(self.tape.chunks())

    @property
    def started(self) -> RunStarted:
        """The journal's first record."""
        return first_record(self, "paper", self.tape, self._plugins)


def _identity(config: Config, tape: Tape, plugins: Mapping[str, str]) -> str:
    """The same of two runs that decide alike."""
    decides = [tape.digest.encode(), config.canonical(), repr(sorted(plugins.items())).encode()]
    if tape.laps != 1:  # one that begins again is another run, though nothing else tells it apart
        decides.append(f"laps {tape.laps}".encode())
    return run_id(*decides)


def source_of(tape: Tape) -> str:
    """What has the instruments of a run, for messages."""
    return "[paper] markets" if isinstance(tape, HeardTape) else f"tape {tape.name}"


def _amounts(owned: Mapping[str, Decimal]) -> tuple[Amount, ...]:
    return tuple(Amount(value, asset) for asset, value in owned.items())


def start_of(config: Config, tape: Tape) -> int:
    """Where the run begins, UTC nanoseconds.

    Raises:
        ConfigError: outside the tape.
    """
    start_ns = tape.start_ns if config.paper.start_ns is None else config.paper.start_ns
    if not tape.start_ns <= start_ns < tape.end_ns:
        raise ConfigError(
            f"{config.file}: [paper] start: expected an instant of the tape, {utc_text(tape.start_ns)} to "
            f"{utc_text(tape.end_ns)} UTC, found {utc_text(start_ns)}"
        )
    return start_ns


def tape_of(config: Config, name: str = "", laps: int | None = None) -> Tape:
    """The tape of the settings, played once or for ever.

    Args:
        name, laps: instead of what the settings say (a replay's); 0 laps: for ever.

    Raises:
        ConfigError, DataError: no such tape, or a damaged one.
    """
    paper = config.paper
    wanted = int(not paper.loop) if laps is None else laps
    with told_at(config.place_of("paper", "rules"), ("paper", "rules")):
        rules = rules_named(paper.rules)
    with contextlib.nullcontext() if name else told_at(config.place_of("paper", "tape"), ("paper", "tape")):
        tape = open_tape(
            name or paper.tape,
            rules,
            symbol=paper.symbol,
            timeframe=paper.timeframe,
            model=CandleModel(half_spread_bps=paper.spread_bps / 2),
        )
    return tape if wanted == 1 else LoopedTape(tape, wanted)


def check_currency(config: Config, tape: Tape) -> None:
    """Hold the report currency against what the tape's markets can value: else every figure would be 0.

    Raises:
        ConfigError: with the currencies that would do.
    """
    missing = unvalued_quotes(tape.instruments, config.report_currency)
    if missing:
        raise ConfigError(
            f"{config.file}: report_currency: no market of the tape values {' and '.join(missing)} in "
            f"{config.report_currency}; use one of {', '.join(currencies(tape.instruments)) or 'its quote assets'}"
        )


def check_limits(config: Config, tape: Tape, accounts: Sequence[str] = (ACCOUNT,)) -> None:
    """Hold the limits against the run's instruments and accounts: one that could not be held must not look set.

    Raises:
        ConfigError: with a line for each.
    """

    def is_valued(asset: str) -> bool:
        return not unvalued_quotes(tape.instruments, asset)

    ids = [instrument.id for instrument in tape.instruments]
    faults = [
        f"{config.file}: {key_text(key)}: {what}" for key, what in run_faults(config.limits, ids, accounts, is_valued)
    ]
    if faults:
        raise ConfigError("\n".join(faults))
