"""Fills of orders that are forgotten: whose they are, and whether they can have been booked."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from framework.kernel.ids import OrderIds
from framework.model.events import Fill
from framework.model.orders import OrderState
from framework.model.questions import Ask, Booked, Question, Reply, SeenFill, SeenOrder
from framework.ports import Desk
from framework.router.doubt.absence import SKEW_NS
from framework.router.doubt.late_fills import late_fills, named_fills, shown_open
from tests.wired import NOON, SECOND

BTC = "BTC/USDT@bitget"


class Books:
    """A desk that knows some orders, and of some trades whether they were booked."""

    def __init__(self, known: tuple[str, ...] = (), booked: Mapping[str, Booked] | None = None) -> None:
        self.known, self.booked = known, booked or {}
        self.since_ns: list[int] = []

    def order(self, client_order_id: str) -> str | None:
        return client_order_id if client_order_id in self.known else None

    def is_booked(self, seen: SeenFill, since_ns: int) -> Booked:
        self.since_ns.append(since_ns)
        return self.booked.get(seen.fill.trade_id, Booked.NO)


def fill(client_order_id: str, trade_id: str = "t1", points: int = 10, venue_id: str = "v1") -> SeenFill:
    traded = Fill(trade_id, 10_000, points, Decimal(0), "USDT", is_maker=True)
    return SeenFill(client_order_id, venue_id, BTC, True, traded, NOON)


def ids() -> OrderIds:
    names = OrderIds("bench", "000002", ("a",))
    names.remember("000001")
    names.skip("bench-000001-a-9")
    names.skip("bench-000001-gone-9")
    return names


def found(books: Books, *fills: SeenFill, but: tuple[str, ...] = ()) -> list[tuple[str, str, bool, int]]:
    late = late_fills(fills, cast("Desk", books), ids(), 3 * SECOND, but)
    return [(each.seen.fill.trade_id, each.strategy, each.is_new, each.order_points) for each in late]


def test_a_fill_of_an_order_that_nobody_knows_any_more_is_late() -> None:
    books = Books()
    assert found(books, fill("bench-000001-a-3")) == [("t1", "a", True, 10)]
    assert books.since_ns == [NOON - 3 * SECOND - SKEW_NS]  # on our Clock, at the earliest


def test_fills_of_one_order_tell_its_size_together() -> None:
    order = "bench-000001-a-3"
    both = [fill(order), fill(order, "t2", 5)]
    assert [late[3] for late in found(Books(), *both)] == [15, 15]


def test_what_is_known_booked_left_out_or_not_ours_is_not_late() -> None:
    ours = "bench-000001-a-3"
    assert found(Books(known=(ours,)), fill(ours)) == []
    assert found(Books(booked={"t1": Booked.YES}), fill(ours)) == []
    assert found(Books(), fill(ours), but=(ours,)) == []
    assert found(Books(), fill("manual-1")) == []
    assert found(Books(), fill("")) == []
    assert found(Books(), fill("bench-777777-a-3")) == []  # a run that is not ours: a twin, or no journal
    assert found(Books(), fill("bench-000001-a-10")) == []  # later than all that the journal has


def test_as_old_as_what_is_forgotten_means_that_nobody_knows() -> None:
    assert found(Books(booked={"t1": Booked.PERHAPS}), fill("bench-000001-a-3")) == [("t1", "a", False, 10)]


def test_a_strategy_that_the_settings_have_no_more_has_no_name() -> None:
    assert found(Books(), fill("bench-000001-gone-3")) == [("t1", "", True, 10)]


def test_lists_of_orders_name_the_orders_of_fills() -> None:
    def shown(state: OrderState, name: str, venue_id: str) -> SeenOrder:
        return SeenOrder(name, venue_id, BTC, True, 10, 10_000, 0, state)

    def reply(ask: Ask, **facts: tuple[SeenOrder, ...] | tuple[SeenFill, ...]) -> Reply:
        return Reply(Question(1, "bitget", "main", ask), NOON, **facts)  # type: ignore[arg-type]  # orders or fills

    lists = [
        reply(Ask.OPEN_ORDERS, orders=(shown(OrderState.OPEN, "a", "v1"),)),
        reply(Ask.RECENT_ORDERS, orders=(shown(OrderState.CANCELLED, "b", "v2"), shown(OrderState.OPEN, "c", ""))),
    ]
    fills = (fill("", venue_id="v1"), fill("", venue_id="v2"), fill("z", venue_id="v1"), fill("", venue_id="v9"))
    named = named_fills(reply(Ask.FILLS, fills=fills), lists)
    assert [each.client_order_id for each in named.fills] == ["a", "b", "z", ""]
    assert shown_open(lists) == {"a", "c"}
