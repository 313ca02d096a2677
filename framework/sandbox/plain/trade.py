"""What the plain dialect's requests about orders ask of the venue, and what it says to each."""

from __future__ import annotations

from collections.abc import Sequence

from framework.model.batch import BatchKind, Change
from framework.model.errors import GridError
from framework.model.events import OrderReport, ReportKind
from framework.model.instrument import Instrument
from framework.model.orders import TimeInForce
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.wire import AmendRequest, CancelRequest, PlacedOrder, PlaceRequest, Result, Results
from framework.venues.sim.orders import VenueOrder

ORDERS_MAX = 50
ID_LENGTH_MAX = 64
REJECTIONS = {ReportKind.REJECTED, ReportKind.CANCEL_REJECTED, ReportKind.AMEND_REJECTED}


class PlainRefusal(Exception):
    """A whole request is not carried out."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


class PlainOrderEntry:
    """Reads requests, asks the venue, writes results. Orders of one request stand and fall on their own."""

    def __init__(self, venue: LoopbackVenue) -> None:
        self._venue = venue

    def instrument(self, symbol: str) -> Instrument:
        """The instrument of a symbol.

        Raises:
            PlainRefusal: it is not traded here.
        """
        found = self._venue.instruments.get(symbol)
        if found is None:
            raise PlainRefusal("unknown_instrument", f"expected one of {', '.join(self._venue.instruments)}")
        return found

    def place(self, request: PlaceRequest) -> Results:
        """New orders."""
        there = self.instrument(request.symbol)
        _hold([order.id for order in request.orders])
        readable: list[VenueOrder] = []
        unreadable: dict[str, Result] = {}
        for wanted in request.orders:
            try:
                readable.append(_order(there, wanted))
            except GridError as error:
                unreadable[wanted.id] = Result(wanted.id, "rejected", "", "off_grid", str(error))
        said = _by_id("accepted", self._venue.place(there, readable)) if readable else {}
        said |= unreadable
        return Results([said[wanted.id] for wanted in request.orders])

    def cancel(self, request: CancelRequest) -> Results:
        """Orders taken back; a whole symbol where no ids are named."""
        there = self.instrument(request.symbol)
        if request.ids is not None:
            _hold(request.ids)
            return Results(list(_by_id("cancelled", self._venue.cancel(there, request.ids)).values()))
        resting = self._venue.open_ids(request.symbol)
        most = self._venue.rules.batch_max[BatchKind.CANCEL]
        results: list[Result] = []
        for at in range(0, len(resting), most):
            results += _by_id("cancelled", self._venue.cancel(there, resting[at : at + most])).values()
        return Results(results)

    def amend(self, request: AmendRequest) -> Results:
        """Orders changed."""
        there = self.instrument(request.symbol)
        _hold([order.id for order in request.orders])
        ids: list[str] = []
        changes: list[Change] = []
        unreadable: dict[str, Result] = {}
        for wanted in request.orders:
            try:
                changes.append(Change(there.data_price(wanted.price), there.data_size(wanted.size)))
                ids.append(wanted.id)
            except GridError as error:
                unreadable[wanted.id] = Result(wanted.id, "rejected", "", "off_grid", str(error))
        said = _by_id("amended", self._venue.amend(there, ids, changes)) if ids else {}
        said |= unreadable
        return Results([said[wanted.id] for wanted in request.orders])


def _hold(ids: Sequence[str]) -> None:
    if not 0 < len(ids) <= ORDERS_MAX:
        raise PlainRefusal("batch_too_long", f"expected 1 to {ORDERS_MAX} orders, found {len(ids)}")
    if len(set(ids)) != len(ids):
        raise PlainRefusal("duplicate_id", "expected each id once in a request")
    if not all(0 < len(client_order_id) <= ID_LENGTH_MAX for client_order_id in ids):
        raise PlainRefusal("bad_id", f"expected ids of 1 to {ID_LENGTH_MAX} characters")


def _order(there: Instrument, wanted: PlacedOrder) -> VenueOrder:
    size_points = there.data_size(wanted.size)
    price_points = 0 if wanted.price is None else there.data_price(wanted.price)
    if wanted.price is not None and not price_points:
        raise GridError(f"price of {there.symbol}: expected above 0, or no price for a market order, found 0")
    return VenueOrder(
        client_order_id=wanted.id,
        instrument=there,
        is_buy=wanted.side == "buy",
        size_points=size_points,
        left_points=size_points,
        price_points=price_points,
        tif=TimeInForce(wanted.tif),
        post_only=wanted.post_only,
        reduce_only=wanted.reduce_only,
    )


def _by_id(done: str, reports: Sequence[OrderReport]) -> dict[str, Result]:
    return {
        report.client_order_id: Result(
            report.client_order_id,
            "rejected" if report.kind in REJECTIONS else done,
            report.venue_order_id,
            report.reason,
            report.detail,
        )
        for report in reports
    }
