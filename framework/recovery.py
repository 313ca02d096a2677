"""A restart: books from the journal, then the venue's word on them, and only then intents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from framework.checkpoint import EVERY_NS, checkpoint_of, is_fit, restore_counts
from framework.core import Core
from framework.engine.recall import Recall, recalled_order
from framework.engine.warmup import History
from framework.kernel.book_records import CapitalPriced, OrderRecalled
from framework.kernel.clock import NS_PER_S
from framework.kernel.records import Checkpoint, Record, Turn
from framework.kernel.tape_loop import TIMER_PRIORITY
from framework.missing_fills import keep_for_missing
from framework.model.counting import counted
from framework.model.errors import ConfigError
from framework.model.events import ReportKind
from framework.model.instants import utc_text
from framework.model.instrument import Instrument
from framework.model.orders import Order, OrderState
from framework.model.questions import SeenOrder
from framework.model.scopes import EVERYTHING, Scope, account_scope
from framework.orphans import note_sent, report_end, take_in_all
from framework.router.budget.recalled import BudgetRecall
from framework.router.doubt.adoption import fill_report
from framework.router.doubt.late_fills import LateFill
from framework.router.doubt.reconcile import (
    AGAIN_LAST_NS,
    AGAIN_NS,
    GRAVE,
    HOLDING,
    Difference,
    DifferenceKind,
    Reconcile,
)
from framework.router.kill.recalled import KillRecall
from framework.router.kill.states import Cause
from framework.router.risk.recalled import RiskRecall
from framework.unassigned import Unassigned

LOOK_NS: Final = 5 * NS_PER_S
"""Orders that rest are shown by the lists of the reconcile; by their own ids they are asked for later than that."""
CAUSES: Final = {
    DifferenceKind.TWIN: Cause.TWIN,
    DifferenceKind.OLD_JOURNAL: Cause.JOURNAL,
    DifferenceKind.LATE_FILL: Cause.DOUBT,
}
"""What trips, and as what."""
UNADOPTED: Final = HOLDING | CAUSES.keys()
"""What forbids arming until a person adopts it."""
STRAY_NS: Final = 3600 * NS_PER_S
"""How far back is looked for what a report of a forgotten order spoke of."""


class Recovery:
    """What a core does before it starts, and whenever it compares its books with the venues'.

    Args:
        core: connected, its strategies seated.
        sends_first: requests of this session leave before their records are durable.

    Raises:
        ConfigError: there are several venues to compare with.
    """

    def __init__(self, core: Core, *, sends_first: bool = False) -> None:
        if len(core.queried) > 1:  # books know no venues: each would be compared with all of them
            raise ConfigError(
                f"expected one venue whose books are compared, found {', '.join(core.queried)}: start a daemon for each, "
                "with an account name and a folder of its own"
            )
        self._sends_first = sends_first
        desk, portfolio = core.engine.desk, core.engine.portfolio
        self.recall = Recall(desk, portfolio, core.ids, dict(core.engine.instruments), portfolio.strategies)
        self.reconciles: dict[str, Reconcile] = {}
        """Venue -> its last reconcile."""
        self.differences: dict[str, tuple[Difference, ...]] = {}
        """Venue -> what no person has adopted."""
        self.compared_ns = 0
        """When the last reconcile was over; 0: none was yet."""
        self._core = core
        self._unassigned = Unassigned(core)
        self._began_ns = core.clock.now_ns
        self._held = KillRecall(tuple(portfolio.strategies))
        lanes = core.router.lanes
        self._budgets = BudgetRecall({(venue, lane.account): lane.budget for venue, lane in lanes.items()})
        self._risk = None if core.risk is None else RiskRecall(core.risk, desk)
        self._asked_ns = self._asked_since_ns = 0
        """When the last comparison began, and from when on it looks."""
        self._apart_ns = AGAIN_NS
        self._again_ns = 0
        """From here on to compare once more when the comparison that goes on is over; 0: needless."""
        core.is_resumable = True
        portfolio.capital_priced = capital_noter(core.journal.write)
        core.operator.compare_by(self)
        core.operator.close_by(self._unassigned)
        desk.funding.noted = core.journal.write
        core.kill.obstacles = partial(self._obstacles, core.kill.obstacles)

    def _obstacles(self, others: Callable[[Scope], Sequence[str]], scope: Scope) -> list[str]:
        return [*others(scope), *self.unadopted()]

    def may_have_missed(self) -> None:
        """Something happened to the daemon, and is over: compare the books once more."""
        self.compare_anew(self.compared_ns)

    def compare_last(self) -> None:
        """The session ends: compare once more, with looks that are nearer to one another."""
        self._apart_ns = AGAIN_LAST_NS
        for reconcile in self.reconciles.values():
            reconcile.again_ns = self._apart_ns
        if not self.doubted():  # what looks again asks for everything once more
            self.may_have_missed()

    def heard_stray(self, client_order_id: str) -> None:
        """An order that we never made was told of: if it bears our name, another daemon trades this account."""
        whose = self._core.ids.whose(client_order_id)
        if self._core.engine.desk.order(client_order_id) is not None:
            return  # it was told of before the journal was read
        for lane in self._core.router.lanes.values():
            lane.is_ours_alone = False
        if whose is not None and not whose.is_known_run:
            words = f"{client_order_id}: another daemon of our name trades this account"
            self._core.kill.trip(EVERYTHING, Cause.TWIN, words, "private stream")
        elif whose is not None:
            self.compare_anew(self._core.clock.now_ns - STRAY_NS)

    def _stepped_illegally(self, order: Order, _to: OrderState) -> None:
        """The venue says what our books do not allow: ask after the order; of one that is done, compare the books."""
        if order.is_done:
            self.compare_anew(order.ts_created_ns)
        else:
            self._core.doubts.look_up(order)

    def compare_anew(self, since_ns: int) -> None:
        """Reconcile once more, from the first time on; where that goes on already, after it.

        Args:
            since_ns: see `begin`.
        """
        since_ns = since_ns or self._first_ns
        if not self.has_answers():
            if self._asked_ns == self._core.clock.now_ns and self._asked_since_ns <= since_ns:
                return  # it has just begun, and looks as far back
            self._again_ns = min(self._again_ns or since_ns, since_ns)
        elif self.reconciles:
            self.begin(since_ns)

    def start(self, history: History, *, arms_itself: bool = True) -> None:
        """Start the strategies, `resumed` where an earlier session was, and hold back what differences forbid."""
        recall = self.recall
        self._core.start(
            history,
            resumed=not recall.is_empty,
            arms_itself=arms_itself,
            down_since_ns=recall.ended_ns,
            armed=self._hold_back,
        )
        self._keep()

    def _keep(self) -> None:
        """Write a checkpoint now, and from time to time: what is older is read by no restart."""
        core = self._core
        checkpoint = checkpoint_of(
            core,
            self.recall.began_ns or self._began_ns,
            sends_first=self._sends_first,
            settled_ns=self._settled_ns,
        )
        if is_fit(checkpoint):
            core.journal.write(checkpoint)
        core.loop.at(core.clock.now_ns + EVERY_NS, TIMER_PRIORITY, self._keep)

    def _hold_back(self) -> None:
        """What differences, breached limits and pauses of earlier sessions forbid."""
        self.hold()
        self._core.hold_limits()
        self._held.resume(self._core.kill)

    def recover(self, records: Iterable[Record]) -> None:
        """Make the books of earlier sessions again. What this writes belongs to the new session.

        Raises:
            ConfigError, PluginError: the settings no longer fit the journal.
        """
        core, blotter = self._core, self._core.engine.blotter
        core.engine.is_recovering = True
        blotter.on_illegal = lambda order, to: None  # noqa: ARG005  # it was looked into then, and is compared anew
        takers = self._takers()
        for record in records:
            if isinstance(record, Checkpoint) and self.recall.is_empty:
                restore_counts(core, self._held, self._budgets, record)
                for take in takers[Turn]:
                    take(Turn(record.ts_ns, 0))
            self.recall.take(record)
            for take in takers.get(type(record), ()):
                take(record)
        blotter.on_stray = lambda report: self.heard_stray(report.client_order_id)
        blotter.on_illegal = self._stepped_illegally
        core.router.sender.restore(self.recall.bans)
        for strategy, state in self.recall.states.items():
            core.engine.restore_state(strategy, state)
        self._resume_counts()
        keep_for_missing(core, self.recall)
        self._budgets.end(core.clock.now_ns)
        self._budgets.allow_for_lost(self.recall.orders, core.clock.now_ns)
        core.doubts.recall(core.engine.desk.absent())
        for order in self.recall.orders:
            core.router.orders.yielding.stands(order)
            self._take_up(order)

    def _takers(self) -> Mapping[type[Record], Sequence[Callable[[Any], None]]]:
        """Who else learns from the journal: limits, the kill switch, budgets."""
        takers = [self._held.takers, self._budgets.takers]
        if self._risk is not None:
            takers.append(self._risk.takers)
        kinds = dict.fromkeys(kind for each in takers for kind in each)
        return {kind: [each[kind] for each in takers if kind in each] for kind in kinds}

    def _resume_counts(self) -> None:
        """What limits and the kill switch have counted goes on from where it was."""
        core = self._core
        for scope, instants in self._held.troubles.items():
            core.kill.recall_troubles(scope, instants)
        if core.risk is not None and self._risk is not None:
            core.risk.resume()
            core.risk.note = core.journal.write

    def _take_up(self, order: Order) -> None:
        """What is known of an order now that whoever sent it is gone."""
        core = self._core
        match order.state:
            case OrderState.QUEUED if self.recall.sends_first:
                note_sent(core, order)
                report_end(core, order, ReportKind.UNKNOWN, "it may have left before its record was durable")
            case OrderState.QUEUED:
                report_end(core, order, ReportKind.REFUSED, "it had not left when the daemon ended")
            case OrderState.SENT:
                report_end(core, order, ReportKind.UNKNOWN, "it was in flight when the daemon ended")
            case _:
                core.doubts.look_up(order, LOOK_NS)

    def reconcile(self) -> Iterator[int]:
        """Ask every venue that can be asked. Yields each instant before it is played, until all is answered."""
        self.begin()
        while not self.has_answers():
            for ts_ns in self._core.loop.drain(self._core.clock.now_ns + NS_PER_S):
                if self.has_answers():
                    return
                yield ts_ns
            self._core.clock.now_ns += 0 if self.has_answers() else NS_PER_S // 10

    def begin(self, since_ns: int = 0) -> None:
        """Begin to ask; what comes of it is told to `differences`.

        Args:
            since_ns: from here on the venue may have done what we do not know of; 0: since the session before.
        """
        core, recall = self._core, self.recall
        since_ns = since_ns or self._first_ns
        self._asked_ns, self._asked_since_ns = core.clock.now_ns, since_ns
        core.engine.desk.funding.start_ns = recall.ended_ns or self._began_ns
        for venue in core.queried:
            self.reconciles[venue] = Reconcile(
                venue,
                enquiries=core.enquiries,
                doubts=core.doubts,
                clock=core.clock,
                schedule=core.loop,
                desk=core.engine.desk,
                ids=core.ids,
                instruments=core.engine.instruments.values(),
                totals=core.engine.portfolio.totals,
                positions=partial(core.engine.portfolio.position_totals, venue),
                costs=partial(core.engine.portfolio.position_costs, venue),
                since_ns=since_ns,
                journal_ns=recall.began_ns or self._began_ns,
                settled_ns=self._settled_ns,
                is_first=recall.is_empty and core.engine.is_recovering,
                loses_end=recall.sends_first,
                funding=core.engine.desk.funding,
                late=self._book_late,
                done=self._compared,
            )
            self.reconciles[venue].again_ns = self._apart_ns

    @property
    def _settled_ns(self) -> int:
        """See `BooksAdopted.settled_ns`."""
        return max(self.recall.settled_ns, self._unassigned.settled_ns)

    @property
    def _first_ns(self) -> int:
        """From here on the first comparison looks."""
        return self.recall.since_ns or self._began_ns

    def has_answers(self) -> bool:
        """Every venue that can be asked has answered."""
        return all(reconcile.is_over for reconcile in self.reconciles.values())

    def doubted(self) -> list[str]:
        """What differed at the last look of comparisons that are not over."""
        return [each.text for reconcile in self.reconciles.values() for each in reconcile.doubted]

    def _compared(self, reconcile: Reconcile) -> None:
        found = list(reconcile.differences)
        if reconcile.is_first:
            found += self._unassigned.open_books(reconcile)
        before = self.differences.get(reconcile.venue, ())  # a late fill stays in sight until a person has seen it
        found += [each for each in before if each.kind is DifferenceKind.LATE_FILL and each not in found]
        self.differences[reconcile.venue] = tuple(found)
        self.compared_ns = self._core.clock.now_ns
        if any(each.kind in (DifferenceKind.FOREIGN, DifferenceKind.ORPHAN) for each in found):
            self._core.router.lanes[reconcile.venue].is_ours_alone = False  # no request may name all orders of a pair
        if not self._core.engine.is_recovering:
            self.hold()
        if self._again_ns and self.has_answers():
            since_ns, self._again_ns = self._again_ns, 0
            self.begin(since_ns)

    def _book_late(self, late: LateFill) -> bool:
        """Book a fill of an order of ours that is forgotten: the order is known again, done."""
        core, seen = self._core, late.seen
        there = core.engine.instruments.get(seen.instrument)
        if there is None or not late.strategy:
            return False
        if core.engine.desk.order(seen.client_order_id) is None:
            recalled = OrderRecalled(seen.client_order_id, late.strategy, there.id, seen.is_buy, late.order_points)
            core.journal.write(recalled)
            core.engine.desk.readmit(recalled_order(recalled, there, core.clock.now_ns), core.clock.now_ns)
        core.report(fill_report(seen, seen.client_order_id, core.clock.now_ns))
        return True

    # What holds, and what a person may do about it.

    def hold(self) -> None:
        """Trip on what is grave; let pass only what reduces while anything else is not adopted."""
        kill = self._core.kill
        for venue, differences in self.differences.items():
            scope = account_scope(venue, kill.accounts[venue])
            for each in differences:
                if each.kind in CAUSES:
                    whole = EVERYTHING if each.kind in GRAVE else scope
                    kill.trip(whole, CAUSES[each.kind], each.text, "reconcile")
            held = [each.text for each in differences if each.kind in HOLDING]
            if held:
                kill.reduce(scope, Cause.DIFFERENCE, "; ".join(held), "reconcile")

    def unadopted(self) -> list[str]:
        """What forbids arming: differences that nobody has adopted."""
        return [
            f"{each.text}: run.py adopt accepts it"
            for differences in self.differences.values()
            for each in differences
            if each.kind in UNADOPTED
        ]

    def adopt(self, who: str) -> str:
        """A person accepts what the last reconcile found: balances become unassigned, orphans their strategy's.

        Returns:
            What was done, for people.
        """
        core = self._core
        open_ = [each.text for found in self.differences.values() for each in found if each.kind in UNADOPTED]
        if not open_:
            return self._nothing_to_adopt()
        taken = [f"{counted(len(open_), 'difference')} adopted"]
        for venue, differences in self.differences.items():
            self._unassigned.take_over(self.reconciles[venue], differences)
            taken += take_in_all(core, differences)
            self.differences[venue] = tuple(each for each in differences if each.kind is DifferenceKind.FOREIGN)
            core.kill.recover(account_scope(venue, core.kill.accounts[venue]), Cause.DIFFERENCE, who)
        return "\n".join([", ".join(taken), *open_])

    def _nothing_to_adopt(self) -> str:
        """As of when, for what happened since is not compared yet; the books are compared anew."""
        seen = "; ".join(self.doubted())
        self.compare_anew(self.compared_ns)
        known = f"differences are being looked at again: {seen}" if seen else "they are compared anew now"
        return (
            f"nothing to adopt: of what was found when last compared, {utc_text(self.compared_ns)}, nothing is open; "
            f"{known}, run.py status shows in a few seconds what differs"
        )

    def strangers(self) -> list[SeenOrder]:
        """Orders of our name that stood at the last look, and that are not in our books."""
        order = self._core.engine.desk.order
        shown = [each.seen for found in self.differences.values() for each in found if each.seen is not None]
        return [seen for seen in shown if order(seen.client_order_id) is None]


def capital_noter(write: Callable[[Record], None]) -> Callable[[Instrument, Decimal], None]:
    """Journals the first prices of capital."""
    return lambda instrument, mid: write(CapitalPriced(instrument.id, mid))
