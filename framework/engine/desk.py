"""The router's desk (`framework.ports.Desk`): orders, and what they reserve, kept in step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final, NamedTuple

from framework.engine.blotter import Blotter
from framework.engine.changes import OrderChanges
from framework.engine.funding import FundingBook
from framework.engine.kept import KeptBooks, KeptOrder
from framework.engine.markets import Markets
from framework.engine.portfolio import Portfolio
from framework.model.batch import Batch, Change
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.orders import DONE, Order, OrderState, market_buy_points, spending
from framework.model.questions import Booked, SeenFill

AMEND_ANSWERS: Final = frozenset({ReportKind.AMENDED, ReportKind.AMEND_REJECTED})
OVERTAKING: Final = frozenset({ReportKind.CANCELLED, ReportKind.EXPIRED})
"""Ends that may be told before all that filled of their order."""
RESERVE_ANEW: Final = AMEND_ANSWERS | {ReportKind.FILLED}
"""Reports after which an order that goes on may use more or less than before."""


class Lacking(NamedTuple):
    """An order that ended while fills of it may be missing."""

    order: Order
    most_points: int
    """The most that has filled of it."""
    ended_ns: int
    """When its end was told."""


class TradingDesk:
    """Blotter, portfolio and markets as one. Whatever changes an order changes here what it reserves, at once."""

    def __init__(self, blotter: Blotter, portfolio: Portfolio, markets: Markets, funding: FundingBook) -> None:
        self.funding = funding
        self._blotter = blotter
        self._portfolio = portfolio
        self._markets = markets
        self._expected_points: dict[str, int] = {}
        """Order -> what it pays if it is a market order: for a buy with a margin (`market_buy_points`); 0: no price is known."""
        self._changes = changes = OrderChanges()
        self._halted: set[str] = set()
        self._lacking: dict[str, Lacking] = {}
        """Orders that ended while fills of them may be missing."""
        self.may_lack: Callable[[str], bool] = lambda venue: False  # noqa: ARG005
        """Whether a venue may tell of an end before it has told of all fills: then it must be one that can be asked."""
        blotter.most_points = changes.most_points
        # What the router reads comes straight from its owners.
        self.order = blotter.order
        self.open_orders = blotter.open_orders
        self.count_open = blotter.count_open
        self.open_of = blotter.open_of
        self.absent = blotter.absent
        self.has_booked = blotter.has_booked
        self.quote = markets.quote
        self.pulse = markets.pulse
        self.position_points = portfolio.position_points
        self.account_points = portfolio.account_points
        self.net_out = portfolio.net_out
        self.moves = portfolio.moves
        self.free = portfolio.free
        self.reserved = portfolio.reserved
        self.rate = portfolio.rate
        self.net = portfolio.net
        self.is_priced = portfolio.is_priced
        self.changes = changes.of
        self.is_changing = changes.is_out
        self.changed_by = changes.changed_by

    # What changes orders.

    def admit(self, order: Order, *, is_refused: bool = False, is_held: bool = False) -> None:
        """A new order is known; it reserves what it may use, unless it is refused or held."""
        self._blotter.admit(order, is_refused=is_refused)
        if not is_refused and not is_held:
            self.release(order)

    def readmit(self, order: Order, now_ns: int) -> None:
        """An order that was forgotten is known again, done as it is."""
        self._blotter.readmit(order, now_ns)

    def release(self, order: Order) -> None:
        """An order reserves what it may use from now on."""
        quote = self._markets.quote(order.instrument)
        touch = 0 if quote is None else market_buy_points(quote.ask_points) if order.is_buy else quote.bid_points
        self._expected_points[order.client_order_id] = touch
        self._portfolio.reserve(order, order.price_points or touch, self.changes(order))

    def price_came(self, there: Instrument, mid: Decimal) -> None:
        """The first price of a market: what orders there of before the restart may cost is known from now on."""
        self._portfolio.price_came(there, mid)
        unpriced = [self._blotter.order(name) for name, points in self._expected_points.items() if not points]
        for order in [each for each in unpriced if each is not None and each.instrument is there]:
            self.release(order)
            if order.is_done:
                self._keep_or_settle(order)

    def change(self, order: Order, change: Change) -> None:
        """An unsent order changes, and its reservation with it."""
        self._blotter.changed(order, change)
        self._reserve(order)

    def bound(self, order: Order, price_points: int) -> None:
        """An unsent market order becomes one that takes up to a price alone."""
        self._blotter.bounded(order, price_points)
        self._reserve(order)

    def change_asked(self, order: Order, change: Change) -> None:
        """The venue is to change an order: the larger of both is reserved until it answers."""
        self._changes.wanted[order.client_order_id] = change
        self._reserve(order)

    def cancel_asked(self, order: Order) -> None:
        """An order is to be taken back; a change that has not left never will."""
        if self._changes.wanted.pop(order.client_order_id, None) is not None:
            self._reserve(order)
        self._blotter.cancel_asked(order)

    def handed_over(self, batch: Batch) -> None:
        """A request went to the transport."""
        self._blotter.handed_over(batch)
        if batch.changes:
            self._changes.handed_over(batch)

    def apply(self, report: OrderReport) -> Order | None:
        """Change order, ledger and reservation as a report says. None: it changed nothing."""
        is_amend_answer = report.kind in AMEND_ANSWERS
        if is_amend_answer and self._is_unasked(report):
            return None
        order = self._blotter.apply(report)
        if order is None:
            return None
        if report.fill is not None:
            self._portfolio.fill(order, report.fill)
        if is_amend_answer:
            self._amend_answered(order, report)
            if self.is_changing(order):
                self._blotter.still_changing(order)
            self._blotter.complete(order, report.ts_recv_ns)
        if order.state in DONE:
            self._end(order, report)
        elif order.state is OrderState.OPEN and order.client_order_id not in self._expected_points:
            self.release(order)  # it was called absent, and is alive
        elif report.kind in RESERVE_ANEW:
            self._reserve(order)
        return order

    def _is_unasked(self, report: OrderReport) -> bool:
        """A venue tells of a change to terms that no change on its way has. It is not believed, but asked after.

        One made since may have been told before it, or somebody else made it: both look the same from here.
        """
        if report.kind is not ReportKind.AMENDED or report.source is not Source.VENUE:
            return False
        order = self._blotter.order(report.client_order_id)
        if order is None or order.is_done:
            return False
        told, asked = Change(report.price_points, report.size_points), self._changes.asked_of(order.client_order_id)
        if told in asked or told == Change(order.price_points, order.size_points):
            return False
        self._blotter.wonder(order)
        return True

    def _end(self, order: Order, report: OrderReport) -> None:
        """A done order reserves what may have filled of it and was not told yet: what is free is counted at worst."""
        if may_overtake(report) and self.may_lack(order.instrument.venue):
            self.keep_for_missing(order, report)
        else:
            self._keep_or_settle(order)

    def keep_for_missing(self, order: Order, report: OrderReport) -> None:
        """An order ended, by its venue's word, and fills of it may be missing: as many as the venue counts, if it says so."""
        is_told = report.filled_points >= 0
        most = report.filled_points + order.inside_points if is_told else self._changes.most_points(order)
        self._lacking[order.client_order_id] = Lacking(order, most, report.ts_recv_ns)
        self._expected_points.setdefault(order.client_order_id, 0)  # after a restart: until there is a price
        self._keep_or_settle(order)

    def _keep_or_settle(self, order: Order) -> None:
        name = order.client_order_id
        if name not in self._lacking or self._lacking[name].most_points <= order.filled_points:
            self.settle(order)
            return
        price_points = order.price_points or self._expected_points[name]
        lacking_points = self._lacking[name].most_points - order.filled_points
        self._portfolio.reserve(order, price_points, lacking_points=lacking_points)

    def settle(self, order: Order) -> None:
        """All that filled of a done order is in the books: it reserves nothing, and nothing more becomes of it."""
        client_order_id = order.client_order_id
        self._lacking.pop(client_order_id, None)
        if self._changes.wanted or self._changes.asked:
            self._changes.drop(client_order_id)
        self._expected_points.pop(client_order_id, None)
        self._portfolio.release(client_order_id)

    def _amend_answered(self, order: Order, report: OrderReport) -> None:
        is_refusal = report.kind is ReportKind.AMEND_REJECTED and report.source is Source.VENUE
        if is_refusal and not self._changes.refused(report):
            self._blotter.wonder(order)  # what was taken for the answer was an older change's, to the same terms
        self._changes.answered(report)

    def _reserve(self, order: Order) -> None:
        """Hold what the rest of an order may use. A held one holds nothing."""
        order_id = order.client_order_id
        expected = self._expected_points.get(order_id)
        if expected is not None:
            changes = self.changes(order)
            self._portfolio.reserve(order, order.price_points or expected, changes)

    def halt(self, strategy: str) -> None:
        """Nothing new is made for a strategy from now on."""
        self._halted.add(strategy)

    # What a checkpoint keeps.

    def kept(self) -> KeptBooks:
        """Orders, trades and ledgers as they are."""
        blotter, portfolio = self._blotter, self._portfolio
        return KeptBooks(
            orders=tuple([KeptOrder.of(order) for order in blotter.kept()]),
            done=tuple([(done.order.client_order_id, done.ts_ns) for done in blotter.done.kept()]),
            changes=self._changes.kept(),
            expected_points=dict(self._expected_points),
            trades=blotter.booked.kept(),
            forgotten_ns=blotter.booked.forgotten_ns,
            ledgers=portfolio.kept(),
            unassigned=dict(portfolio.unassigned),
            unassigned_points={there.id: points for there, points in portfolio.all_unassigned_points.items()},
            funding=self.funding.kept(),
        )

    def restore(
        self,
        kept: KeptBooks,
        instrument: Callable[[str], Instrument],
        changed_by: Mapping[str, Sequence[int]] = MappingProxyType({}),
        lacking: Mapping[str, tuple[int, int]] = MappingProxyType({}),
    ) -> None:
        """As a checkpoint has them: nothing is known yet.

        Args:
            lacking: order that ended while fills of it may be missing -> the most that filled, and when it ended.
        """
        blotter, portfolio = self._blotter, self._portfolio
        orders = [each.order(instrument(each.instrument)) for each in kept.orders]
        blotter.restore(orders, kept.done)
        blotter.booked.restore(kept.trades, kept.forgotten_ns)
        for ledger in kept.ledgers:
            if ledger.strategy in portfolio.strategies:
                portfolio.ledger(ledger.strategy).restore(ledger, instrument)
        portfolio.assign(kept.unassigned)
        portfolio.assign_positions({instrument(name): points for name, points in kept.unassigned_points.items()})
        self.funding.restore(kept.funding)
        self._expected_points.update(kept.expected_points)
        self._changes.restore(kept.changes, changed_by)
        for order in orders:
            if order.client_order_id in lacking:
                self._lacking[order.client_order_id] = Lacking(order, *lacking[order.client_order_id])
                self._keep_or_settle(order)
            elif not order.is_done:
                self._reserve(order)

    # What the router reads, beside what comes straight from blotter, portfolio and markets.

    def left_points(self, order: Order) -> int:
        """The most of an order that may still fill, or has filled without our having been told."""
        if order.is_done:
            held = self._lacking.get(order.client_order_id) if self._lacking else None
            return 0 if held is None else max(held.most_points - order.filled_points, 0)
        size_points, changes = order.size_points, self.changes(order)
        if changes:
            size_points = max(size_points, *[change.size_points for change in changes])
        return max(size_points - order.filled_points, 0)

    def lacks_fills(self, order: Order) -> bool:
        """Whether an order ended while fills of it may be missing: what they would use is not free."""
        return order.client_order_id in self._lacking

    def lacking(self) -> list[Lacking]:
        """All such orders."""
        return list(self._lacking.values())

    def is_freeing(self, strategy: str, asset: str) -> bool:
        """Whether such orders keep some of an asset from a strategy."""
        return any(
            each.order.strategy == strategy and spending(each.order, 0, 0)[0] == asset
            for each in self._lacking.values()
        )

    def is_booked(self, seen: SeenFill, since_ns: int) -> Booked:
        """Whether a fill that a venue shows was booked, of whatever order of ours."""
        return self._blotter.booked.is_booked((seen.instrument, seen.fill.trade_id, seen.is_buy), since_ns)

    def is_halted(self, strategy: str) -> bool:
        """Whether it was stopped or put aside."""
        return strategy in self._halted


def may_overtake(report: OrderReport) -> bool:
    """Whether a report is of an end that may be told before all that filled of its order."""
    return report.kind in OVERTAKING and report.source is Source.VENUE
