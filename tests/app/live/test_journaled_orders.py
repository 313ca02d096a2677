"""Which orders may stand, by a journal alone."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from framework.app.live.journaled_orders import standing_in
from framework.engine.kept import KeptBooks, KeptOrder, KeptTrade
from framework.engine.recall import BOOKS
from framework.kernel.records import Checkpoint, OrderMade, Record, ReportTaken, RequestSent
from framework.model.events import Fill, OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState
from tests.app.live_house import BTC


def made(name: str, size_points: int = 10) -> OrderMade:
    return OrderMade(name, "mm", BTC.id, True, size_points, 100, "gtc", False, False, "")


def sent(*names: str, kind: str = "place", changes: tuple[tuple[int, int], ...] = ()) -> RequestSent:
    return RequestSent(1, "bitget", "main", BTC.id, kind, names, changes)


def told(name: str, kind: ReportKind, filled_points: int = 0, size_points: int = 0, trade_id: str = "1") -> ReportTaken:
    fill = Fill(trade_id, 100, filled_points, Decimal(0), "USDT", is_maker=True) if filled_points else None
    return ReportTaken(OrderReport(name, 1, kind, Source.VENUE, fill=fill, size_points=size_points))


def test_what_left_and_has_not_ended_may_stand() -> None:
    records = [made("a"), made("b"), made("c"), sent("a", "b"), told("a", ReportKind.ACCEPTED)]
    assert standing_in(records) == ["a", "b"]
    assert standing_in([*records, told("a", ReportKind.UNKNOWN), told("b", ReportKind.CANCEL_REJECTED)]) == ["a", "b"]


@pytest.mark.parametrize("kind", ["cancelled", "expired", "rejected", "refused", "absent"])
def test_an_end_is_an_end(kind: str) -> None:
    assert standing_in([made("a"), sent("a"), told("a", ReportKind(kind))]) == []


def test_a_fill_of_all_is_an_end_whatever_was_asked_of_its_size() -> None:
    left: list[Record] = [made("a"), sent("a"), told("a", ReportKind.FILLED, 4)]
    assert standing_in(left) == ["a"]
    assert standing_in([*left, told("a", ReportKind.FILLED, 6, trade_id="2")]) == []
    changed = [*left, sent("a", kind="amend", changes=((100, 15),))]
    assert standing_in([*changed, told("a", ReportKind.FILLED, 6, trade_id="2")]) == ["a"], "it may be larger now"
    shrunk = [*changed, told("a", ReportKind.AMENDED, size_points=6)]
    assert standing_in([*shrunk, told("a", ReportKind.FILLED, 2, trade_id="2")]) == []


def test_a_fill_that_is_told_again_fills_nothing() -> None:
    half = told("a", ReportKind.FILLED, 5)
    assert standing_in([made("a"), sent("a"), half, half]) == ["a"]
    assert standing_in([made("a"), sent("a"), half, half, told("a", ReportKind.FILLED, 5, trade_id="2")]) == []


def test_a_checkpoint_tells_what_was_before() -> None:
    def kept(name: str, state: OrderState) -> KeptOrder:
        order = Order(
            client_order_id=name,
            strategy="mm",
            instrument=BTC,
            is_buy=True,
            size_points=10,
            filled_points=6,
            state=state,
        )
        return KeptOrder.of(order)

    orders = tuple(
        kept(name, state)
        for name, state in (
            ("open", OrderState.OPEN),
            ("lost", OrderState.UNKNOWN),
            ("here", OrderState.QUEUED),
            ("over", OrderState.CANCELLED),
        )
    )
    trade = KeptTrade(BTC.id, "1", True, 1, "open")
    books = KeptBooks(orders, (), {"lost": ((100, 12),)}, {}, (trade,), 0, (), {}, {})
    point = Checkpoint(1, {BOOKS: msgspec.msgpack.Encoder(decimal_format="string").encode(books)})
    assert standing_in([point]) == ["open", "lost"]
    filled = [told("open", ReportKind.FILLED, 4, trade_id="2"), told("lost", ReportKind.FILLED, 4, trade_id="2")]
    assert standing_in([point, *filled]) == ["lost"]
    assert standing_in([point, told("open", ReportKind.FILLED, 6)]) == ["open", "lost"], "it is of before"
