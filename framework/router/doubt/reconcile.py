"""After a restart, and whenever a person asks: every difference between our books and the venue's is explained or shown.

Rounds of questions (fills, recent orders, open orders, balances, positions of derivatives) until one has no failure. What can be attributed
is adopted: fills of our orders, their states. What cannot is a `Difference`: shown, never turned into an invented fill,
and what belongs to others is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Final

from msgspec import Struct

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.ids import OrderIds, Whose
from framework.kernel.logging import get_logger
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO, plain
from framework.model.orders import OrderState
from framework.model.questions import Ask, Reply, SeenFill, SeenOrder
from framework.ports import Desk, FundingBooks, Schedule
from framework.router.doubt.doubts import Doubts
from framework.router.doubt.enquiries import Enquiries
from framework.router.doubt.late_fills import LateFill, late_fills, named_fills, shown_open

MARGIN_NS: Final = 60 * NS_PER_S
"""Asked for so much more than is missing: clocks differ, and what is known already is dropped."""
FUNDING_LATE_NS: Final = 3600 * NS_PER_S
"""A venue may show a funding payment so long after its instant."""
AGAIN_NS: Final = 2 * NS_PER_S
AGAIN_LAST_NS: Final = NS_PER_S // 5  # at a session's end: nobody of ours trades any more, and a person waits
LOOKS: Final = 3
"""A balance may be asked for just before a fill and the fills just after: differences count that stay for so many looks."""
LOOKS_MAX: Final = 10
"""While what differs is another amount each time somebody is trading, and it is looked again; so often at most."""
ROUNDED: Final = Decimal("0.0001")
"""Of an asset in which derivatives are settled: venues round each result, and average prices to a tick at worst."""
ROUND: Final = (Ask.OPEN_ORDERS, Ask.RECENT_ORDERS, Ask.FILLS, Ask.BALANCES)
OF_DERIVATIVES: Final = (Ask.POSITIONS, Ask.FUNDING)

log = get_logger()


class DifferenceKind(StrEnum):
    """What differs, and how bad that is."""

    FOREIGN = "foreign"
    """An order of somebody else: reported, and not touched."""
    ORPHAN = "orphan"
    """An order that bears our name and that no journal tells of."""
    BALANCE = "balance"
    """The account holds more or less of an asset than our books say."""
    POSITION = "position"
    """A derivative's position is another one than our books say."""
    TWIN = "twin"
    """An order of another daemon of our name, made while we ran: two of us trade one account."""
    OLD_JOURNAL = "old_journal"
    """The venue has later orders of ours than the journal: it was deleted, or an older copy was restored."""
    LATE_FILL = "late_fill"
    """A fill of an order of ours that is forgotten: booked if it cannot have been before, else only shown."""


GRAVE: Final = frozenset({DifferenceKind.TWIN, DifferenceKind.OLD_JOURNAL})
"""These trip everything."""
HELD: Final = frozenset({DifferenceKind.BALANCE, DifferenceKind.POSITION})
"""What the account holds: a moment later it may agree."""
HOLDING: Final = frozenset({DifferenceKind.ORPHAN}) | HELD
"""With these only what reduces may be sent, until a person adopts them."""


class Difference(Struct, frozen=True):
    """One thing that our books do not explain."""

    kind: DifferenceKind
    subject: str
    """An order's id, an asset, or an instrument."""
    text: str
    """For people."""
    amount: Decimal = ZERO
    """BALANCE, POSITION (in size points): the venue's less ours."""
    strategy: str = ""
    """ORPHAN: whose it was, by its name; empty where that strategy is not in the settings."""
    seen: SeenOrder | None = None
    """Of an order of our name that stands: as the venue shows it."""


class Reconcile:
    """One reconcile of one venue's account.

    Args:
        instruments: everything this run knows.
        totals: our books, asset -> owned by all ledgers and unassigned.
        positions: our books, each derivative that is traded there -> size points; of spot alone, none.
        costs: what those cost, where our books know it.
        since_ns: from here on the venue may have done what we do not know of.
        is_first: there is no journal of an earlier session.
        loses_end: requests left before they were durable: an order that the journal lacks is no sign of an old copy.
        journal_ns: when the journal begins; orders from before it are nobody's twin.
        settled_ns: what was done until then with orders of our name that no journal tells of lies in the balances that the
            books began with, or that a person adopted: it is neither booked nor shown again.
        funding: which payments of perpetuals are in our books, and who books the others.
        late: takes a late fill that is in nobody's books; whether it could be booked.
        done: called when it is over.
    """

    is_over = False
    differences: tuple[Difference, ...] = ()
    again_ns = AGAIN_NS
    rounds = 0
    """Of questions, also those that failed."""
    asked_ns = 0  # when the last of them began

    def __init__(
        self,
        venue: str,
        *,
        enquiries: Enquiries,
        doubts: Doubts,
        clock: Clock,
        schedule: Schedule,
        desk: Desk,
        ids: OrderIds,
        instruments: Iterable[Instrument],
        totals: Callable[[], Mapping[str, Decimal]],
        positions: Callable[[], Mapping[Instrument, int]],
        costs: Callable[[], Mapping[Instrument, Decimal]],
        since_ns: int,
        journal_ns: int,
        settled_ns: int = 0,
        is_first: bool,
        loses_end: bool,
        funding: FundingBooks,
        late: Callable[[LateFill], bool],
        done: Callable[[Reconcile], None],
    ) -> None:
        self.venue = venue
        self.is_first = is_first
        self.balances: Mapping[str, Decimal] = {}
        """What the account holds of each asset, as the venue said last."""
        self.positions: Mapping[str, int] = {}
        """What it holds of each derivative."""
        self._shown_costs: Mapping[str, Decimal | None] = {}
        """What that cost, as the venue says."""
        self._looks = 0
        """Rounds that were answered whole."""
        self._held: list[Difference] = []
        """What differed in what is held, at the last look."""
        self._enquiries = enquiries
        self._doubts = doubts
        self._clock = clock
        self._schedule = schedule
        self._desk = desk
        self._ids = ids
        self._instruments = tuple([there for there in instruments if there.venue == venue])
        self._totals = totals
        self._positions = positions
        self._costs = costs
        self._funding = funding
        self._round = (*ROUND, *OF_DERIVATIVES) if positions() else ROUND
        # Who held a position when funding was paid, the fills since then tell.
        self._since_ns = (min(since_ns, funding.asked_ns(venue)) if positions() else since_ns) - MARGIN_NS
        self._journal_ns = journal_ns
        self._settled_ns = 0 if is_first else max(journal_ns, settled_ns)
        self._loses_end = loses_end
        self._late = late
        self._booked_late: dict[tuple[str, str], Difference] = {}
        """Late fills that were booked here, or that nobody's books can take."""
        self._done = done
        self._replies: dict[Ask, Reply] = {}
        self._ask()

    @property
    def doubted(self) -> tuple[Difference, ...]:
        """What differed in what is held at the last look, while it looks again."""
        return () if self.is_over else tuple(self._held)

    def _ask(self) -> None:
        self.rounds += 1
        self.asked_ns = self._clock.now_ns
        self._replies.clear()
        for ask in self._round:
            since_ns = self._since_ns
            if ask is Ask.FUNDING:
                since_ns = self._funding.asked_ns(self.venue) - FUNDING_LATE_NS
            self._enquiries.ask(self.venue, ask, self._take, since_ns=max(0, since_ns))

    def _take(self, reply: Reply) -> None:
        self._replies[reply.question.ask] = reply
        if len(self._replies) < len(self._round):
            return
        failures = {ask.value: each.failure for ask, each in self._replies.items() if each.failure}
        if failures:
            log.warning("reconcile.failed", venue=self.venue, round=self.rounds, **failures)
            self._again()
            return
        self._adopt()
        differences = tuple(self._compare())
        self._looks += 1
        if self._may_pass(differences):
            self._again()
            return
        self.differences, self.is_over = differences, True
        for each in differences:
            log.warning("reconcile.differs", venue=self.venue, kind=each.kind.value, text=each.text)
        self._done(self)

    def _again(self) -> None:
        self._schedule.at(self._clock.now_ns + self.again_ns, SENDER_PRIORITY, self._ask)

    def _may_pass(self, differences: tuple[Difference, ...]) -> bool:
        """Whether it may only be that the questions were not answered at one moment."""
        held, before = [each for each in differences if each.kind in HELD], self._held
        self._held = held
        if self._looks < LOOKS:
            return bool(held) or any(order.state is not OrderState.UNKNOWN for order in self._doubts.of(self.venue))
        return bool(held) and held != before and self._looks < LOOKS_MAX

    def _adopt(self) -> None:
        """Fills first, then orders that ended, then those that rest: each says more than the one before."""
        lists = [self._replies[Ask.OPEN_ORDERS], self._replies[Ask.RECENT_ORDERS]]
        fills = self._replies[Ask.FILLS] = named_fills(self._replies[Ask.FILLS], lists)
        self._doubt(lists)
        for reply in (fills, *reversed(lists)):
            self._doubts.hear(reply)
        for late in self._late_fills():
            if late.is_new:
                what = "it is booked now" if self._late(late) else "nobody's books can take it"
                self._booked_late.setdefault(late.key, _late(late, what))
        if Ask.FUNDING in self._replies:
            self._funding.book(self._replies[Ask.FUNDING], self._our_fills(), is_held=self.is_first)

    def _our_fills(self) -> Iterator[tuple[str, SeenFill]]:
        """What the venue shows of our fills, with the strategy of each."""
        for seen in self._replies[Ask.FILLS].fills:
            order, whose = self._desk.order(seen.client_order_id), self._ids.whose(seen.client_order_id)
            if order is not None or whose is not None:
                yield (order.strategy if order is not None else whose.strategy if whose is not None else ""), seen

    def _doubt(self, lists: Sequence[Reply]) -> None:
        """Orders that stand in our books and, for the venue, do not: their end may have been lost while we traded."""
        shown = {seen.client_order_id: seen for reply in lists for seen in reply.orders}
        for order in [each for there in self._instruments for each in self._desk.open_orders(there)]:
            seen = shown.get(order.client_order_id)
            is_old = order.state is OrderState.OPEN and order.ts_created_ns < self._since_ns
            if is_old if seen is None else seen.state is not OrderState.OPEN:
                self._doubts.look_up(order)  # also where its answer is still to come: a late "accepted" would revive it

    def _late_fills(self) -> list[LateFill]:
        lists = (self._replies[Ask.OPEN_ORDERS], self._replies[Ask.RECENT_ORDERS])
        fills, ahead_ns = self._replies[Ask.FILLS].fills, self._enquiries.ahead_ns(self.venue)
        return late_fills(fills, self._desk, self._ids, ahead_ns, shown_open(lists), self._settled_ns)

    def _is_settled(self, ts_ns: int) -> bool:
        """Whether something that the venue did at an instant of its clock lies in what the books have."""
        return ts_ns - self._enquiries.ahead_ns(self.venue) <= self._settled_ns

    # What is left.

    def _compare(self) -> list[Difference]:
        found: dict[str, Difference] = {}
        for seen in self._shown_orders():
            name = seen.client_order_id or seen.venue_order_id
            if name not in found and self._desk.order(seen.client_order_id) is None:
                difference = self._order(seen, name)
                if difference is not None:
                    found[name] = difference
        made_ns = {seen.client_order_id: seen.ts_ns for seen in self._shown_orders()}
        for fill in self._replies[Ask.FILLS].fills:
            if not self._is_settled(min(fill.ts_ns, made_ns.get(fill.client_order_id, fill.ts_ns))):
                self._fill(fill, found)
        positions = self._position_differences()
        held = [*self._balance_differences({each.subject for each in positions}), *positions]
        # Where all that is held agrees, a fill that is as old as forgotten ones was booked.
        unsure = [_late(late, "nobody knows whether it was booked") for late in self._late_fills()] if held else []
        return [*found.values(), *self._booked_late.values(), *unsure, *held]

    def _shown_orders(self) -> Sequence[SeenOrder]:
        """What stands there, and what ended."""
        return (*self._replies[Ask.OPEN_ORDERS].orders, *self._replies[Ask.RECENT_ORDERS].orders)

    def _order(self, seen: SeenOrder, name: str) -> Difference | None:
        """An order that we do not know."""
        is_open = seen.state is OrderState.OPEN
        side = "buy" if seen.is_buy else "sell"
        what = f"{name}, {side} {seen.instrument}, {seen.state.value}"
        whose = self._ids.whose(seen.client_order_id)
        if whose is None:
            if not is_open:
                return None
            return Difference(DifferenceKind.FOREIGN, name, f"{what}: not ours, left alone")
        return self._bearing_our_name(whose, seen, what, is_open=is_open)

    def _bearing_our_name(self, whose: Whose, seen: SeenOrder, what: str, *, is_open: bool) -> Difference | None:
        if not is_open and self._is_settled(seen.ts_ns):
            return None
        if is_open and seen.instrument not in {there.id for there in self._instruments}:
            text = f"{what}: ours, in a market that this run does not trade; only a person can cancel it, there"
            return Difference(DifferenceKind.FOREIGN, seen.client_order_id, text)
        kind, why = self._kind_of(whose, seen, is_open=is_open)
        strategy, text = (whose.strategy if kind is DifferenceKind.ORPHAN else ""), f"{what}: {why}"
        shown = seen if is_open else None
        return None if kind is None else Difference(kind, seen.client_order_id, text, ZERO, strategy, shown)

    def _kind_of(self, whose: Whose, seen: SeenOrder, *, is_open: bool) -> tuple[DifferenceKind | None, str]:
        """What an order of our name is that we do not know, and that in words; None: nothing odd."""
        if whose.is_later and not (is_open and self._loses_end):
            return DifferenceKind.OLD_JOURNAL, "later than all that the journal tells of"
        if self.is_first:
            owner = f"of {whose.strategy or 'a strategy that the settings do not have'}, from a run without a journal"
            if is_open:
                return DifferenceKind.ORPHAN, owner
            return DifferenceKind.OLD_JOURNAL, f"{owner}: was the journal deleted?"
        if not whose.is_known_run and seen.ts_ns >= self._journal_ns:
            return DifferenceKind.TWIN, "another daemon of our name trades this account"
        return (DifferenceKind.ORPHAN if is_open else None), "the journal has forgotten it"

    def _fill(self, seen: SeenFill, found: dict[str, Difference]) -> None:
        """A fill of an order that we do not know, and that no list of orders has shown either."""
        whose = self._ids.whose(seen.client_order_id)
        if whose is None or seen.client_order_id in found or self._desk.order(seen.client_order_id) is not None:
            return
        if whose.is_later or not whose.is_known_run:
            kind = DifferenceKind.OLD_JOURNAL if whose.is_later or self.is_first else DifferenceKind.TWIN
            if seen.ts_ns >= self._journal_ns:
                text = (
                    f"{seen.client_order_id}, fill {seen.fill.trade_id} of {seen.instrument}: no order of this journal"
                )
                found[seen.client_order_id] = Difference(kind, seen.client_order_id, text)

    def cost_of(self, there: Instrument) -> Decimal | None:
        """What the account's position in a derivative cost, as the venue says; None: it does not."""
        return self._shown_costs.get(there.id, ZERO)

    def _balance_differences(self, elsewhere: Collection[str]) -> list[Difference]:
        """What an asset differs by, beside what lies in the cost of positions.

        Two strategies that hold one perpetual have an average price each, the venue one for both: who closes realises
        another profit here than there, and what is still open cost so much more or less. Together they agree.

        Args:
            elsewhere: derivatives of which another position is held: what those cost says nothing.
        """
        self.balances = {each.asset: each.total for each in self._replies[Ask.BALANCES].balances}
        if self.is_first:
            return []  # whatever is there, and no strategy's, is unassigned
        ours, dearer = self._totals(), self._dearer(elsewhere)
        found = []
        for asset in dict.fromkeys((*ours, *self.balances)):
            amount = MONEY.subtract(self.balances.get(asset, ZERO), ours.get(asset, ZERO))
            words = f"{asset}: the venue holds {plain(self.balances.get(asset, ZERO))}, our books {plain(ours.get(asset, ZERO))}"
            if asset in dearer:
                cost, rounding = dearer[asset]
                amount = MONEY.subtract(amount, cost)
                if abs(amount) <= rounding:
                    continue
                words += f", of it {plain(cost)} in what positions cost" if cost else ""
            if amount:
                found.append(Difference(DifferenceKind.BALANCE, asset, words, amount))
        return found

    def _dearer(self, elsewhere: Collection[str]) -> dict[str, tuple[Decimal, Decimal]]:
        """Asset -> what positions cost more at the venue than in our books, and how far its rounding may reach."""
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for there, ours in self._costs().items():
            cost = self.cost_of(there)
            if Ask.POSITIONS not in self._replies or cost is None or there.id in elsewhere:
                continue
            before, rounding = found.get(there.quote, (ZERO, ROUNDED))
            rounding += there.notional(there.tick_points, abs(self.positions.get(there.id, 0)))
            found[there.quote] = MONEY.add(before, MONEY.subtract(cost, ours)), rounding
        return found

    def _position_differences(self) -> list[Difference]:
        if Ask.POSITIONS not in self._replies:
            return []
        shown = self._replies[Ask.POSITIONS].positions
        self.positions = {each.instrument: each.points for each in shown}
        self._shown_costs = {each.instrument: each.cost for each in shown}
        found, ours = [], self._positions()
        for there, points in ours.items():
            held = self.positions.get(there.id, 0)
            if held != points and not self.is_first:
                words = f"{there.id}: the venue holds {there.size_text(held)}, our books {there.size_text(points)}"
                found.append(Difference(DifferenceKind.POSITION, there.id, words, Decimal(held - points)))
        known = {there.id for there in ours}
        for name in self.positions:
            if name not in known:
                words = f"{name}: a position in a market that this run does not trade, left alone"
                found.append(Difference(DifferenceKind.FOREIGN, name, words))
        return found


def _late(late: LateFill, what: str) -> Difference:
    return Difference(
        DifferenceKind.LATE_FILL, late.seen.client_order_id, f"{late.text}; {what}", strategy=late.strategy
    )
