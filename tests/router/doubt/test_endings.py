"""Orders that ended: settled by what the venue shows, and by nothing less."""

from __future__ import annotations

import msgspec
import pytest

from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, write
from framework.model.questions import Ask, Reply
from framework.router.doubt.endings import Endings
from framework.router.doubt.enquiries import Enquiries
from tests.router.life import BTC, Life
from tests.wired import SECOND

LATE = (30 * SECOND,)
LATE_FILL_NS = {"bitget": 65 * SECOND}


def endings_of(life: Life) -> Endings:
    """Nobody else asks after what ended."""
    life.core.engine.desk.may_lack = lambda venue: False
    return Endings(life.core.enquiries, life.core.doubts.hear, life.core.clock, life.core.loop, LATE_FILL_NS)


def ended(life: Life, endings: Endings, size: str = "3") -> Order:
    """An order that took what there was, one coin; its end came, and its fill is late."""
    order: Order = life.act(lambda me: me.buy(BTC, size, price="101", tif="ioc"))
    endings.watch(order, life.now_ns)
    life.faults.reports = [LATE, (0,)]
    life.wait(SECOND)
    assert (order.state, order.filled_points) == (OrderState.EXPIRED, 0)
    return order


def test_fills_that_the_venue_counts_are_booked_before_an_order_is_settled() -> None:
    life = Life()
    endings = endings_of(life)
    order = ended(life, endings)
    assert endings.unsettled() == [order]
    endings.ask()
    endings.ask()
    assert endings.unsettled() == [order]
    life.wait(SECOND)
    assert (endings.unsettled(), order.filled_points) == ([], 10_000)
    assert (life.asked(Ask.ORDER), life.asked(Ask.FILLS)) == (1, 1)


def test_an_order_of_which_nothing_filled_is_settled_by_one_answer() -> None:
    life = Life()
    endings = endings_of(life)
    order: Order = life.act(lambda me: me.buy(BTC, 1, price="99", tif="ioc"))
    endings.watch(order, life.now_ns)
    life.wait(SECOND)
    assert endings.unsettled() == [order]
    endings.ask()
    life.wait(SECOND)
    assert (endings.unsettled(), life.asked(Ask.FILLS)) == ([], 0)


def test_no_failure_settles_an_order_and_it_is_asked_after_again() -> None:
    life = Life()
    endings = endings_of(life)
    order = ended(life, endings)

    def only(failing: Ask | None, reply: Reply) -> Reply:
        is_failing = reply.question.ask is failing
        return msgspec.structs.replace(reply, failure="down", orders=(), fills=()) if is_failing else reply

    for failing in (Ask.ORDER, Ask.FILLS):
        life.faults.change = lambda reply, failing=failing: only(failing, reply)  # type: ignore[misc]  # bound now
        endings.ask()
        life.wait(SECOND)
        assert (endings.unsettled(), order.filled_points) == ([order], 0)
    life.faults.change = lambda reply: msgspec.structs.replace(reply, orders=())
    endings.ask()
    life.wait(SECOND)
    assert endings.unsettled() == [order], "not found says nothing of its fills"
    life.faults.change = lambda reply: reply
    endings.ask()
    life.wait(SECOND)
    assert (endings.unsettled(), order.filled_points) == ([], 10_000)


@pytest.mark.parametrize(("told", "is_settled"), [(0, False), (-1, False), (10_001, False), (10_000, True)])
def test_an_end_that_tells_what_filled_needs_no_question_where_our_books_have_as_much(
    told: int, is_settled: bool
) -> None:
    life = Life()
    endings = endings_of(life)
    order: Order = life.act(lambda me: me.buy(BTC, "3", price="101", tif="ioc"))
    endings.watch(order, life.now_ns)
    life.wait(SECOND)
    assert (order.state, order.filled_points) == (OrderState.EXPIRED, 10_000)
    endings.on_report(
        OrderReport(order.client_order_id, life.now_ns, ReportKind.EXPIRED, Source.VENUE, filled_points=told)
    )
    assert endings.hides("a", BTC) is not is_settled
    assert life.asked(Ask.ORDER) == 0


def test_what_we_ended_before_it_left_needs_no_answer() -> None:
    life = Life()
    endings = endings_of(life)
    order = Order(client_order_id="o1", strategy="a", instrument=BTC, is_buy=True, size_points=1)
    endings.watch(order, life.now_ns)
    write(order, state=OrderState.CANCELLED)
    assert endings.unsettled() == [order]
    endings.on_report(OrderReport("o1", life.now_ns, ReportKind.CANCELLED, Source.ROUTER))
    assert endings.unsettled() == []


def test_where_nobody_can_be_asked_an_end_is_the_last_word() -> None:
    life = Life()
    endings_of(life)
    mute = Enquiries({}, {}, life.core.clock, life.core.loop, life.core.journal, lambda venue: 0)
    endings = Endings(mute, life.core.doubts.hear, life.core.clock, life.core.loop, LATE_FILL_NS)
    ended(life, endings)
    assert endings.unsettled() == []


def test_an_order_that_the_venue_forgot_is_settled_when_no_fill_can_be_under_way() -> None:
    life = Life()
    endings = endings_of(life)
    order = ended(life, endings)
    life.faults.change = lambda reply: msgspec.structs.replace(reply, orders=(), fills=())
    for _ in range(60):
        life.wait(SECOND)
        endings.ask()
        assert endings.unsettled() == [order]
    life.wait(10 * SECOND)
    assert endings.unsettled() == []


def test_what_is_held_is_hidden_until_an_end_is_settled_which_is_told_once() -> None:
    life, told = Life(), list[str]()
    endings = endings_of(life)
    endings.on_settled.append(lambda order: told.append(order.client_order_id))
    order = ended(life, endings)
    assert endings.hides("a", BTC)
    assert not endings.hides("b", BTC)
    assert told == []
    life.wait(SECOND)
    assert (told, order.filled_points) == ([order.client_order_id], 10_000)
    assert not endings.hides("a", BTC)


def test_without_an_answer_it_is_asked_less_and_less_often_but_always_again() -> None:
    life = Life()
    endings = endings_of(life)
    ended(life, endings)
    life.faults.change = lambda reply: msgspec.structs.replace(reply, failure="down", orders=(), fills=())
    assert endings.hides("a", BTC)
    life.wait(20 * SECOND)
    assert 5 <= life.asked(Ask.ORDER) <= 8
    life.faults.change = lambda reply: reply
    life.wait(20 * SECOND)
    assert not endings.hides("a", BTC)


def test_whoever_waits_for_an_order_that_the_venue_forgot_goes_on_when_no_fill_can_be_under_way() -> None:
    life, told = Life(), list[str]()
    endings = endings_of(life)
    endings.on_settled.append(lambda order: told.append(order.client_order_id))
    order = ended(life, endings)
    life.faults.change = lambda reply: msgspec.structs.replace(reply, orders=(), fills=())
    assert endings.hides("a", BTC)
    life.wait(60 * SECOND)
    assert (endings.unsettled(), told) == ([order], [])
    life.wait(40 * SECOND)
    assert (endings.unsettled(), told) == ([], [order.client_order_id])


def test_fills_that_are_awaited_settle_an_order_when_they_come_without_a_question() -> None:
    life = Life()
    endings, settled = endings_of(life), list[Order]()
    endings.on_settled.append(settled.append)
    order: Order = life.act(lambda me: me.buy(BTC, 1, price="99"))
    life.wait(SECOND)
    asked = life.asked(Ask.ORDER)
    write(order, state=OrderState.CANCELLED)
    endings.await_fills(order)
    name, now_ns = order.client_order_id, life.now_ns
    endings.on_report(OrderReport(name, now_ns, ReportKind.CANCELLED, Source.VENUE, filled_points=7))
    assert settled == []
    write(order, filled_points=7)
    endings.on_report(OrderReport(name, now_ns, ReportKind.FILLED, Source.VENUE))
    assert settled == [order]
    life.wait(SECOND)
    assert life.asked(Ask.ORDER) == asked
