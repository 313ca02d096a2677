"""What a journal alone tells of orders that may stand at the venue: for a start that the venue does not answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from framework.engine.kept import KeptBooks
from framework.engine.recall import BOOKS
from framework.kernel.checkpoint_part import part_of
from framework.kernel.records import Checkpoint, OrderMade, Record, ReportTaken, RequestSent
from framework.model.batch import BatchKind
from framework.model.events import Fill, OrderReport, ReportKind
from framework.model.orders import DONE, OrderState

ENDS: Final = frozenset(
    {ReportKind.CANCELLED, ReportKind.EXPIRED, ReportKind.REJECTED, ReportKind.REFUSED, ReportKind.ABSENT}
)


class JournaledOrder:
    """An order as far as it matters whether it may stand.

    Args:
        size_points: the largest that it may have.
        trades: those that its fills of before were of.
    """

    def __init__(
        self, size_points: int, filled_points: int = 0, *, has_left: bool = False, trades: Iterable[str] = ()
    ) -> None:
        self.size_points = size_points
        self.filled_points = filled_points
        self.has_left = has_left
        self._trades = set(trades)

    def fill(self, fill: Fill) -> None:
        """A fill was told: it counts once, for streams tell some again."""
        if fill.trade_id not in self._trades:
            self._trades.add(fill.trade_id)
            self.filled_points += fill.size_points


class JournaledOrders:
    """Takes the records of a journal since a checkpoint, oldest first. Settings and markets are not needed."""

    def __init__(self) -> None:
        self._orders: dict[str, JournaledOrder] = {}
        """Those that are not done."""

    def standing(self) -> list[str]:
        """The orders that may stand, oldest first."""
        return [name for name, order in self._orders.items() if order.has_left]

    def take(self, record: Record) -> None:
        """One record."""
        match record:
            case Checkpoint():
                self._orders = _kept(part_of(record, BOOKS, KeptBooks))
            case OrderMade():
                self._orders[record.client_order_id] = JournaledOrder(record.size_points)
            case RequestSent():
                self._send(record)
            case ReportTaken():
                self._report(record.report)
            case _:
                pass

    def _send(self, sent: RequestSent) -> None:
        orders = [self._orders.get(name) for name in sent.orders]
        for order in orders:
            if order is not None and sent.kind == BatchKind.PLACE:
                order.has_left = True
        for order, (_, size_points) in zip(orders, sent.changes, strict=False):
            if order is not None:
                order.size_points = max(order.size_points, size_points)

    def _report(self, report: OrderReport) -> None:
        order = self._orders.get(report.client_order_id)
        if order is None:
            return
        if report.kind is ReportKind.AMENDED:
            order.size_points = report.size_points
        if report.fill is not None:
            order.fill(report.fill)
        if report.kind in ENDS or order.filled_points >= order.size_points:
            del self._orders[report.client_order_id]


def standing_in(records: Iterable[Record]) -> list[str]:
    """Client order ids of what may stand, by a journal."""
    orders = JournaledOrders()
    for record in records:
        orders.take(record)
    return orders.standing()


def _kept(books: KeptBooks) -> dict[str, JournaledOrder]:
    """The orders of a checkpoint that are not done."""
    trades: defaultdict[str, list[str]] = defaultdict(list)
    for trade in books.trades:
        trades[trade.client_order_id].append(trade.trade_id)
    return {
        order.client_order_id: JournaledOrder(
            max([order.size_points, *(size_points for _, size_points in books.changes.get(order.client_order_id, ()))]),
            order.filled_points,
            has_left=order.state is not OrderState.QUEUED,
            trades=trades[order.client_order_id],
        )
        for order in books.orders
        if order.state not in DONE
    }
