"""A core on a simulated venue that may lose, delay, repeat, lie and forget: for tests of an order's life."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from framework.core import Core
from framework.kernel.records import Record
from framework.model.batch import Batch, BatchKind
from framework.model.events import OrderReport, Quote
from framework.model.latency import Fixed
from framework.model.money import Amount
from framework.model.orders import Order
from framework.model.questions import Ask, Question, Reply
from framework.model.rules import Certainty, VenueRules
from framework.strategy.base import Strategy
from framework.venues.sim.faults import Faults
from framework.venues.sim.query import SimQuery
from framework.venues.sim.venue import SimVenue
from tests.wired import MS, NOON, SECOND, Scripted, quote, rules_of, spot

BTC = spot()
BOUND = 5 * SECOND
HORIZON = 3600 * SECOND
USDT, COIN = Decimal(1_000_000), Decimal(100)


def life_rules(**facts: Any) -> VenueRules:
    """Rules under which absence can be proved."""
    known = {
        "acceptance_bound_ns": BOUND,
        "acceptance_certainty": Certainty.DOCUMENTED,
        "lookup_horizon_ns": HORIZON,
        **facts,
    }
    return msgspec.structs.replace(rules_of(), **known)


class Played(Faults):
    """Faults that a test sets: each a list that is used up, then nothing goes wrong."""

    def __init__(self) -> None:
        self.requests: list[Sequence[int]] = []
        """Delays of the copies of the next placing requests."""
        self.reports: list[Sequence[int]] = []
        self.questions: list[Sequence[int]] = []
        self.change: Callable[[Reply], Reply] = lambda reply: reply

    def of_request(self, batch: Batch) -> Sequence[int]:
        return self.requests.pop(0) if self.requests and batch.kind is BatchKind.PLACE else (0,)

    def of_report(self, report: OrderReport) -> Sequence[int]:
        return self.reports.pop(0) if self.reports else (0,)

    def of_question(self, question: Question) -> Sequence[int]:
        return self.questions.pop(0) if self.questions else (0,)

    def of_reply(self, reply: Reply) -> Reply:
        return self.change(reply)


class Life:
    """One strategy, one pair at 100.00 to 101.00, one venue."""

    def __init__(self, rules: VenueRules | None = None, strategies: Mapping[str, Strategy] | None = None) -> None:
        self.faults = Played()
        self.records: list[Record] = []
        self.alarms: list[str] = []
        self.strategies = dict(strategies or {"a": Scripted()})
        self.rules = rules or life_rules()
        capital = {name: [Amount(USDT, "USDT"), Amount(COIN, "BTC")] for name in self.strategies}
        held = {"USDT": USDT * len(capital), "BTC": COIN * len(capital)}
        self.core = core = Core(
            instruments=(BTC,),
            balances=held,
            capital=capital,
            bot="bench",
            run_id="000001",
            seed=1,
            write=self.records.append,
            now_ns=NOON,
        )
        self.venue = SimVenue(
            self.rules,
            (BTC,),
            held,
            core.clock,
            core.loop,
            core,
            Fixed(5 * MS),
            random.Random(1),
            faults=self.faults,
            topics=core.topics,
        )
        self.query = SimQuery(
            self.venue, core.clock, core.loop, core, Fixed(5 * MS), random.Random(2), faults=self.faults
        )
        core.connect({"bitget": self.venue}, {"bitget": self.rules}, queries={"bitget": self.query})
        core.doubts.on_alarm.append(lambda order, why: self.alarms.append(f"{order.client_order_id}: {why}"))
        for name, strategy in self.strategies.items():
            core.engine.seat(name, strategy)
        core.start(lambda instrument, timeframe, count: ())
        self.quote()

    @property
    def now_ns(self) -> int:
        return self.core.clock.now_ns

    def quote(self, bid: int = 10_000, ask: int = 10_100) -> None:
        """The market."""
        event: Quote = quote(BTC, self.now_ns, bid, ask)
        for _ in self.core.play([event]):
            pass

    def wait(self, span_ns: int) -> None:
        """Let time pass."""
        until_ns = self.now_ns + span_ns
        for _ in self.core.loop.drain(until_ns):
            pass
        self.core.clock.now_ns = until_ns

    def act(self, verb: Callable[[Strategy], Any], name: str = "a") -> Any:
        """Let the strategy do something, as a handler of its own at this instant."""
        done: list[Any] = []
        seat = self.core.engine.seats[name]
        self.core.engine.host.call(seat, lambda: done.append(verb(seat.strategy)))
        for _ in self.core.loop.drain(self.now_ns):
            pass
        return done[0] if done else None

    def buy(self, price: str = "99", size: str = "1") -> Order:
        """A buy of strategy `a`."""
        order = self.act(lambda strategy: strategy.buy(BTC, size, price=price))
        assert isinstance(order, Order)
        return order

    def asked(self, ask: Ask) -> int:
        """How often the venue was asked something."""
        return self.query.asked.count(ask)

    def placed(self) -> int:
        """How many orders the venue ever accepted."""
        return len(self.venue.memory.done) + len(self.venue.open_orders())

    @property
    def difference(self) -> dict[str, Decimal]:
        """Our ledgers less the venue's balances; only what differs."""
        ours = self.core.engine.portfolio.totals()
        theirs = {asset: free + locked for asset, (free, locked) in self.venue.balances().items()}
        return {asset: ours[asset] - theirs[asset] for asset in ours if ours[asset] != theirs[asset]}
