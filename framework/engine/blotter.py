"""The blotter: every order of ours, changed by reports alone. Idempotent, and never backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from framework.engine.booked import BookedTrades, TradeKey
from framework.engine.forgetting import DoneOrders, was_sent
from framework.kernel.logging import get_logger
from framework.model.batch import CANCEL, KINDS, PLACE, Batch, Change
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.instrument import Instrument
from framework.model.money import MONEY
from framework.model.orders import (
    DONE,
    FILLED,
    OPEN,
    QUEUED,
    SENT,
    STEPS,
    Order,
    OrderState,
    Pending,
    TimeInForce,
    write,
    write_one,
)

LEADS_TO: Final[Mapping[ReportKind, OrderState]] = {
    ReportKind.ACCEPTED: OrderState.OPEN,
    ReportKind.CANCELLED: OrderState.CANCELLED,
    ReportKind.EXPIRED: OrderState.EXPIRED,
    ReportKind.REJECTED: OrderState.REJECTED,
    ReportKind.REFUSED: OrderState.REFUSED,
    ReportKind.UNKNOWN: OrderState.UNKNOWN,
    ReportKind.ABSENT: OrderState.ABSENT,
}
"""The state that a report of this kind leads to."""

LATE: Final = frozenset({OrderState.CANCELLED, OrderState.EXPIRED})
"""States that a late partial fill leaves as they are."""

UNSENT: Final = frozenset({Source.ROUTER, Source.GATE})
"""Who speaks of what never left: that answers no request which is under way."""

log = get_logger()


class Blotter:
    """Orders by id; those that are not done also by instrument and by strategy, oldest first."""

    def __init__(self) -> None:
        self._orders: dict[str, Order] = {}
        self.order: Callable[[str], Order | None] = self._orders.get
        """An order by its id, done or not."""
        self._open_there: defaultdict[Instrument, dict[str, Order]] = defaultdict(dict)
        self._open_of: defaultdict[str, dict[str, Order]] = defaultdict(dict)
        self.done = DoneOrders()
        """Those that are done and still known."""
        self.booked = BookedTrades()
        self.illegal_steps = 0
        """Reports that the table of states forbids: each asks for a reconcile."""
        self.strays = 0
        """Reports of orders that are not ours, or are forgotten."""
        self.most_points: Callable[[Order], int] = lambda order: order.size_points
        """The largest size that an order may have while changes of it are unanswered: filled is what has filled that."""
        self.on_stray: Callable[[OrderReport], None] = lambda report: None  # noqa: ARG005
        """Told of a report that no order of ours fits."""
        self.on_illegal: Callable[[Order, OrderState], None] = lambda order, to: None  # noqa: ARG005
        """Told of an order that a report would have taken where the table forbids, or of which it says what nobody asked."""

    def admit(self, order: Order, *, is_refused: bool = False) -> None:
        """Take a new order; one that is about to be refused is known but stands nowhere."""
        assert order.client_order_id not in self._orders, order
        self._orders[order.client_order_id] = order
        if is_refused:
            return
        self._open_there[order.instrument][order.client_order_id] = order
        self._open_of[order.strategy][order.client_order_id] = order

    def kept(self) -> list[Order]:
        """Every order that may matter after a restart, in the order of admission: not those that never left."""
        done = {id(each.order) for each in self.done.kept()}
        return [order for order in self._orders.values() if not order.is_done or id(order) in done]

    def restore(self, orders: Iterable[Order], done: Iterable[tuple[str, int]]) -> None:
        """Orders as a checkpoint has them."""
        for order in orders:
            self._orders[order.client_order_id] = order
            if not order.is_done:
                self._open_there[order.instrument][order.client_order_id] = order
                self._open_of[order.strategy][order.client_order_id] = order
        for client_order_id, ts_ns in done:
            self.done.add(self._orders[client_order_id], ts_ns, was_sent=True)

    def absent(self) -> list[str]:
        """Orders that were called absent."""
        return [order.client_order_id for order in self._orders.values() if order.state is OrderState.ABSENT]

    def readmit(self, order: Order, now_ns: int) -> None:
        """An order that was forgotten is known again, done as it is: something came of it."""
        assert order.client_order_id not in self._orders and order.is_done, order
        self._orders[order.client_order_id] = order
        self.done.add(order, now_ns, was_sent=True)

    def open_orders(self, instrument: Instrument) -> list[Order]:
        """Orders there that are not done, oldest first."""
        return list(self._open_there.get(instrument, {}).values())

    def count_open(self, instrument: Instrument) -> int:
        """How many of them there are."""
        return len(self._open_there[instrument])

    def open_of(self, strategy: str) -> list[Order]:
        """A strategy's orders that are not done, oldest first."""
        return list(self._open_of.get(strategy, {}).values())

    def handed_over(self, batch: Batch) -> None:
        """A request went to the transport."""
        kind = KINDS[batch.request]
        for order in batch.orders:
            if kind is PLACE:
                self._step(order, SENT)
            elif kind is CANCEL:
                write(order, pending=Pending.CANCEL)
            else:
                write(order, pending=Pending.AMEND)

    def cancel_asked(self, order: Order) -> None:
        """It is to be taken back: nothing else is asked of it any more."""
        write(order, pending=Pending.CANCEL)

    def still_changing(self, order: Order) -> None:
        """What was said of a change was not the answer to the one that is out."""
        if not order.pending and not order.is_done:
            write(order, pending=Pending.AMEND)

    def changed(self, order: Order, change: Change) -> None:
        """An unsent order has another price and size from now on."""
        assert order.state is QUEUED, order
        write(order, price_points=change.price_points, size_points=change.size_points)

    def bounded(self, order: Order, price_points: int) -> None:
        """An unsent order that would not rest takes what is there up to a price, and no more."""
        assert order.state is QUEUED and (order.is_market or order.tif is TimeInForce.IOC), order
        write(order, price_points=price_points, tif=TimeInForce.IOC)

    def apply(self, report: OrderReport) -> Order | None:
        """Change the order that a report speaks of. None: a stray, a duplicate or an illegal step; nothing changed."""
        order = self._orders.get(report.client_order_id)
        if order is None:
            self.strays += 1
            self.on_stray(report)
            log.warning(
                "report.strayed", order=report.client_order_id, kind=report.kind.value, source=report.source.value
            )
            return None
        # Even an acknowledgement that a fill has overtaken tells the venue's name of the order.
        if report.venue_order_id and (not order.venue_order_id or _names_anew(report)):
            write_one(order, "venue_order_id", report.venue_order_id)
        before = order.state
        if not self._changes[report.kind](self, order, report):
            return None
        if report.reason:
            write(order, reason=report.reason, detail=report.detail)
        if order.state in DONE:
            if before not in DONE:
                self._retire(order, report.ts_recv_ns, before)
        elif before in DONE:
            self._revive(order)
        return order

    def _enter(self, order: Order, report: OrderReport) -> bool:
        to = LEADS_TO[report.kind]
        if to is order.state or (to is OPEN and order.is_done and order.state is not OrderState.ABSENT):
            return False
        if not self._step(order, to):
            return False
        if order.pending and order.is_done:
            write(order, pending=Pending.NOTHING)
        return True

    def _fill(self, order: Order, report: OrderReport) -> bool:
        """A fill always counts, for money moved; where the table forbids it, a reconcile is due as well."""
        fill = report.fill
        assert fill is not None, report
        if not self.booked.add(order.client_order_id, _key(order, fill), report.ts_recv_ns):
            return False
        filled_points = order.filled_points + fill.size_points
        notional = MONEY.add(order.notional, order.instrument.notional(fill.price_points, fill.size_points))
        is_inside = report.source is Source.ROUTER  # two orders of ours met before they left: no venue has spoken
        write_one(order, "filled_points", filled_points)
        write_one(order, "notional", notional)
        write_one(order, "fills", order.fills + 1)
        if is_inside:
            write_one(order, "inside_points", order.inside_points + fill.size_points)
        else:
            write_one(order, "is_acknowledged", True)
        if order.state is FILLED:
            self._forbid(order, FILLED)
        elif filled_points >= self.most_points(order):
            self._finish(order, is_inside=is_inside)
        elif order.state not in LATE and not is_inside:
            self._step(order, OPEN)
        return True

    def complete(self, order: Order, now_ns: int) -> None:
        """A change of it was answered: if what has filled is all that it may have by now, it is done."""
        if not order.is_done and order.filled_points >= self.most_points(order):
            before = order.state
            self._finish(order)
            self._retire(order, now_ns, before)

    def _finish(self, order: Order, *, is_inside: bool = False) -> None:
        if order.state is QUEUED and not is_inside:
            self._forbid(order, FILLED)  # no venue can fill what never left
            return
        self._step(order, FILLED)
        if order.pending:
            write(order, pending=Pending.NOTHING)

    def has_booked(self, order: Order, fill: Fill) -> bool:
        """Whether a fill of an order's market and direction was booked before."""
        return _key(order, fill) in self.booked

    def _amended(self, order: Order, report: OrderReport) -> bool:
        if order.is_done and order.state is not OrderState.ABSENT:
            if order.state is FILLED and report.size_points > order.filled_points:
                self._forbid(order, OPEN)  # the venue says that there is more of it
            return False
        write(order, price_points=report.price_points, size_points=report.size_points)
        if report.source is not Source.ROUTER:
            self._step(order, OPEN)  # a venue changes what it has: this order lives
        self._settle(order, report, Pending.AMEND)
        if order.filled_points >= self.most_points(order):
            self._finish(order)
        return True

    def _kept(self, order: Order, report: OrderReport) -> bool:
        """A cancel or amend was refused: the order is as it was."""
        self._settle(order, report, Pending.CANCEL if report.kind is ReportKind.CANCEL_REJECTED else Pending.AMEND)
        return True

    def _settle(self, order: Order, report: OrderReport, asked: Pending) -> None:
        """What left was answered; something else that is under way stays so, and so it does when we refuse by ourselves."""
        if order.pending is asked and report.source not in UNSENT:
            write(order, pending=Pending.NOTHING)

    def _step(self, order: Order, to: OrderState) -> bool:
        if order.state is to:
            return True
        if to not in STEPS[order.state]:
            self._forbid(order, to)
            return False
        write_one(order, "state", to)
        if to is OPEN:
            write_one(order, "is_acknowledged", True)
        return True

    def _forbid(self, order: Order, to: OrderState) -> None:
        self.illegal_steps += 1
        log.warning("order.step_illegal", order=order.client_order_id, found=order.state.value, asked=to.value)
        self.on_illegal(order, to)

    def wonder(self, order: Order) -> None:
        """A venue said something of an order that is the answer to nothing: it is asked what is so."""
        if not order.is_done:
            log.warning("order.change_unasked", order=order.client_order_id, found=order.state.value)
            self.on_illegal(order, order.state)

    def _retire(self, order: Order, now_ns: int, before: OrderState) -> None:
        """It is done: it stands nowhere any more, and is forgotten when it is old and enough others came after it."""
        client_order_id = order.client_order_id
        self._open_of[order.strategy].pop(client_order_id, None)
        self._open_there[order.instrument].pop(client_order_id, None)
        if self.done.add(order, now_ns, was_sent=was_sent(order, before)):
            for forgotten in self.done.overdue(now_ns):
                self._orders.pop(forgotten.client_order_id, None)
                self.booked.forget(forgotten.client_order_id)

    def _revive(self, order: Order) -> None:
        """An order that was called absent is alive: it stands again where it stood."""
        self.done.remove(order)
        ages = {client_order_id: age for age, client_order_id in enumerate(self._orders)}
        for standing in (self._open_there[order.instrument], self._open_of[order.strategy]):
            orders = [*standing.values(), order]
            standing.clear()
            standing.update(
                (each.client_order_id, each) for each in sorted(orders, key=lambda each: ages[each.client_order_id])
            )

    _changes: Final[Mapping[ReportKind, Callable[[Blotter, Order, OrderReport], bool]]] = {
        ReportKind.ACCEPTED: _enter,
        ReportKind.CANCELLED: _enter,
        ReportKind.EXPIRED: _enter,
        ReportKind.REJECTED: _enter,
        ReportKind.REFUSED: _enter,
        ReportKind.UNKNOWN: _enter,
        ReportKind.ABSENT: _enter,
        ReportKind.FILLED: _fill,
        ReportKind.AMENDED: _amended,
        ReportKind.CANCEL_REJECTED: _kept,
        ReportKind.AMEND_REJECTED: _kept,
    }


def _names_anew(report: OrderReport) -> bool:
    """Whether a report tells the venue's name of an order as it is now: some venues replace an order to change it."""
    is_shown = report.kind is ReportKind.ACCEPTED and report.source is Source.RECONCILE
    return is_shown or report.kind is ReportKind.AMENDED


def _key(order: Order, fill: Fill) -> TradeKey:
    return order.instrument.id, fill.trade_id, order.is_buy


def refuse(order: Order, reason: str) -> None:
    """An order that never reached the router: nobody reports of it, so its handle says why by itself."""
    write(order, state=OrderState.REFUSED, reason=reason)
