"""Orders without an answer: asked after, adopted or proved absent, and never sent again."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from framework.kernel.records import OperatorAsked, QuestionAsked, RequestSent
from framework.model.batch import Batch, Change, RequestKind
from framework.model.events import Fill, OrderReport, ReportKind, Source, Trade
from framework.model.orders import OrderState, Pending
from framework.model.questions import Ask, Question, Reply, SeenFill, SeenOrder
from framework.model.rules import Certainty
from framework.router.doubt.absence import SKEW_NS
from framework.router.doubt.doubt import STUCK_NS, Doubt
from framework.router.kill.operator import asked_of
from framework.router.sending.deadlines import ANSWER_NS
from tests.router.life import BOUND, BTC, Life, life_rules
from tests.wired import SECOND

LOST: tuple[int, ...] = ()
S = OrderState


def lost(life: Life) -> str:
    """An order whose request never reaches the venue, at the moment at which silence becomes UNKNOWN."""
    life.faults.requests = [LOST]
    order = life.buy()
    life.wait(ANSWER_NS)
    assert order.state is S.UNKNOWN
    return order.client_order_id


def places(life: Life) -> int:
    return sum(isinstance(record, RequestSent) and record.kind == "place" for record in life.records)


def questions(life: Life, *asks: Ask) -> list[Question]:
    """What was asked of these kinds, oldest first."""
    asked = [record.question for record in life.records if isinstance(record, QuestionAsked)]
    return [question for question in asked if question.ask in asks]


@pytest.mark.fault("N1", "E20")
def test_a_lost_request_is_absent_only_after_proof_and_is_never_sent_again() -> None:
    life = Life()
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    reserved = life.core.engine.desk.reserved(order)
    assert reserved == 99
    life.wait(BOUND)
    assert order.state is S.UNKNOWN  # asked several times, and still it could arrive
    assert life.asked(Ask.ORDER) > 2
    assert life.core.engine.desk.reserved(order) == reserved
    assert life.core.engine.desk.open_orders(BTC) == [order]
    life.wait(30 * SECOND)
    assert (order.state, order.reason) == (S.ABSENT, "proved_absent")
    assert life.core.engine.desk.free("a", "USDT") == 1_000_000
    assert (places(life), life.placed(), life.alarms) == (1, 0, [])
    assert life.core.doubts.orders == []


def test_only_what_could_tell_more_is_asked() -> None:
    life = Life()
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    left_ns = life.now_ns
    life.wait(BOUND)
    assert set(life.query.asked) == {Ask.TIME, Ask.ORDER, Ask.OPEN_ORDERS}, "it may still be on its way"
    assert life.asked(Ask.OPEN_ORDERS) == 1, "it might be shown there alone"
    assert life.asked(Ask.TIME) == 1, "how late it is there nobody had said"
    life.wait(30 * SECOND)
    assert order.state is S.ABSENT
    lists = questions(life, Ask.OPEN_ORDERS, Ask.FILLS)[1:]
    assert [question.ask for question in lists] == [Ask.OPEN_ORDERS, Ask.FILLS] * 2
    assert min(question.asked_ns for question in lists) > left_ns + BOUND
    assert life.asked(Ask.TIME) == 2, "once it was late enough, and no more"


def test_an_order_that_is_shown_among_open_ones_alone_is_found_at_once() -> None:
    """As one that waits for a price: it is not found by its id."""
    life = Life()
    life.faults.reports = [LOST]
    life.faults.change = lambda reply: (
        msgspec.structs.replace(reply, orders=()) if reply.question.ask is Ask.ORDER else reply
    )
    order = life.buy()
    life.wait(ANSWER_NS + 2 * SECOND)
    assert order.state is S.OPEN


@pytest.mark.parametrize(("price", "asked"), [("99", [Ask.ORDER]), ("102", [Ask.ORDER, Ask.FILLS])])
def test_an_order_that_is_found_needs_no_list_but_that_of_fills_that_lack(price: str, asked: list[Ask]) -> None:
    life = Life()
    life.faults.reports = [LOST, LOST]
    order = life.buy(price)
    life.wait(ANSWER_NS + 60 * SECOND)
    assert order.state is (S.OPEN if price == "99" else S.FILLED)
    assert [ask for ask in life.query.asked if ask is not Ask.TIME] == asked


def test_orders_in_doubt_share_the_lists_that_are_out_where_these_reach_back_far_enough() -> None:
    life = Life()
    orders = [life.core.engine.desk.order(lost(life)) for _ in range(3)]
    life.wait(BOUND + 60 * SECOND)
    assert [order is not None and order.state for order in orders] == [S.ABSENT] * 3
    assert life.asked(Ask.FILLS) < life.asked(Ask.ORDER) // 2
    young, old = life.buy(), orders[0]
    assert old is not None
    life.core.doubts._doubts[young.client_order_id] = Doubt(young, life.core.doubts._absence(young), 0, 0)
    before = len(questions(life, Ask.FILLS))
    life.core.doubts._ask_lists("bitget", Ask.FILLS)
    life.core.doubts._ask_lists("bitget", Ask.FILLS)
    life.core.doubts._doubts[old.client_order_id] = Doubt(old, life.core.doubts._absence(old), 0, 0)
    life.core.doubts._ask_lists("bitget", Ask.FILLS)
    life.wait(SECOND)
    since_ns = [question.since_ns for question in questions(life, Ask.FILLS)[before:]]
    assert since_ns == [young.ts_created_ns - SKEW_NS, old.ts_created_ns - SKEW_NS]


def test_who_else_asks_without_end_keeps_nobody_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sweeps asked so often that there was always a question waiting, and an order's own never came up."""
    life = Life()
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    monkeypatch.setattr(life.core.enquiries, "is_behind", lambda venue: True)
    life.wait(BOUND + 50 * SECOND)
    assert (order.state, life.alarms) == (S.ABSENT, [])


def test_during_a_ban_one_round_waits_and_no_more() -> None:
    """Each was asked after anew every few seconds, for as long as nothing could leave."""
    life = Life()
    orders = [life.core.engine.desk.order(lost(life)) for _ in range(3)]
    life.core.router.lanes["bitget"].budget.ban(life.now_ns + 600 * SECOND)
    for _ in range(599):
        life.wait(SECOND)
        assert len(life.core.enquiries._waiting["bitget"]) <= len(orders) + 3
    life.wait(BOUND + 60 * SECOND)
    assert [order is not None and order.state for order in orders] == [S.ABSENT] * 3


@pytest.mark.fault("N2")
@pytest.mark.parametrize("price", ["99", "102"])
def test_an_order_whose_answer_was_lost_is_adopted(price: str) -> None:
    life = Life()
    life.faults.reports = [LOST, LOST]
    order = life.buy(price)
    life.wait(ANSWER_NS + 3 * SECOND)
    assert order.state is (S.OPEN if price == "99" else S.FILLED)
    assert order.venue_order_id
    assert life.difference == {}
    assert (places(life), life.placed()) == (1, 1)


@pytest.mark.fault("N3")
@pytest.mark.parametrize("late_s", [1, 4, 16, 19])
def test_a_request_that_arrives_late_is_adopted_and_never_called_absent_before(late_s: int) -> None:
    life = Life(life_rules(acceptance_bound_ns=20 * SECOND))
    life.faults.requests = [(late_s * SECOND,)]
    order = life.buy()
    for _ in range(40):
        life.wait(SECOND)
        assert order.state is not S.ABSENT
    assert order.state is S.OPEN
    assert life.alarms == []


@pytest.mark.fault("E17")
def test_a_fill_is_found_where_the_order_is_not() -> None:
    life = Life()
    life.faults.reports = [LOST, LOST]
    life.faults.change = lambda reply: msgspec.structs.replace(reply, orders=())
    order = life.buy("102")
    life.wait(ANSWER_NS + 60 * SECOND)
    assert order.state is S.FILLED
    assert life.difference == {}


@pytest.mark.fault("E24")
def test_a_question_that_fails_says_nothing() -> None:
    life = Life()
    life.faults.change = lambda reply: Reply(reply.question, reply.ts_recv_ns, "server_error")
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    life.wait(BOUND + STUCK_NS + 60 * SECOND)
    assert order.state is S.UNKNOWN
    assert len(life.alarms) == 1  # once
    life.faults.change = lambda reply: reply
    life.wait(120 * SECOND)
    assert order.state is S.ABSENT


def test_silence_of_those_asked_is_a_failure() -> None:
    life = Life()
    life.faults.questions = [LOST] * 500
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    life.wait(BOUND + STUCK_NS + 60 * SECOND)
    assert order.state is S.UNKNOWN
    assert len(life.alarms) == 1


def test_a_list_that_was_asked_for_before_a_cancel_was_lost_is_no_word_on_that_cancel() -> None:
    life = Life()
    order, desk, doubts = life.buy(), life.core.engine.desk, life.core.doubts
    life.wait(SECOND)
    life.faults.questions = [LOST] * 500
    lost_cancel = OrderReport(order.client_order_id, life.now_ns, ReportKind.UNKNOWN, Source.GATEWAY, "", "timeout")

    def listed(asked_ns: int) -> Reply:
        seen = SeenOrder(order.client_order_id, "1", BTC.id, True, order.size_points, order.price_points, 0, S.OPEN)
        question = Question(1, "bitget", "main", Ask.OPEN_ORDERS, asked_ns=asked_ns)
        return Reply(question, life.now_ns, ts_venue_ns=life.now_ns, orders=(seen,))

    desk.cancel_asked(order)
    life.core.report(lost_cancel)
    life.wait(SECOND // 4)  # before the cancel is asked for again
    asked_ns = life.now_ns
    life.wait(SECOND // 4)
    life.core.report(lost_cancel)  # the cancel that was sent once more
    doubts.hear(listed(asked_ns))
    assert (doubts.orders, order.pending) == ([order], Pending.CANCEL), "it may be gone since"
    doubts.hear(listed(life.now_ns))
    assert (doubts.orders, order.state) == ([], S.OPEN)


def test_what_the_venue_has_told_of_is_absent_only_where_a_person_says_so_of_just_that() -> None:
    life = Life()
    order, doubts = life.buy(), life.core.doubts
    life.wait(SECOND)
    life.faults.questions = [LOST] * 500
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.UNKNOWN, Source.GATEWAY, "", "timeout"))
    absent = asked_of("resolve", reason="seen", who="ann", subject=order.client_order_id)
    refused = life.core.operate(absent)
    assert not refused.is_done and order.state is S.UNKNOWN
    assert f"found {order.client_order_id} acknowledged as {order.venue_order_id}, 0 fills" in refused.text
    assert refused.text.endswith(f"run.py resolve {order.client_order_id} --absent --though-acknowledged --reason WHY")
    assert life.core.operate(msgspec.structs.replace(absent, though_acknowledged=True)).is_done
    assert (order.state, doubts.orders) == (S.ABSENT, [])
    asked = [record for record in life.records if isinstance(record, OperatorAsked)]
    assert [each.though_acknowledged for each in asked] == [False, True]


@pytest.mark.parametrize("facts", [{"acceptance_certainty": Certainty.NONE}, {"lookup_horizon_ns": 0}])
def test_without_a_bound_or_a_horizon_an_order_stays_unknown_until_a_person_decides(facts: dict[str, object]) -> None:
    life = Life(life_rules(**facts))
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    life.wait(600 * SECOND)
    assert order.state is S.UNKNOWN
    assert "run.py resolve" in life.alarms[0]
    assert life.core.doubts.resolve(order.client_order_id, " ") == (
        "expected a reason, found none: say with --reason how you know"
    )
    assert life.core.doubts.resolve(order.client_order_id, "seen on the venue's page") == ""
    assert (order.state, order.reason, order.detail) == (S.ABSENT, "resolved_absent", "seen on the venue's page")
    assert life.core.engine.desk.free("a", "USDT") == 1_000_000
    assert "found it absent" in life.core.doubts.resolve(order.client_order_id, "again")
    assert "found none called nobody" in life.core.doubts.resolve("nobody", "why")


def test_a_proof_that_comes_after_the_venue_forgets_is_none() -> None:
    life = Life(life_rules(lookup_horizon_ns=ANSWER_NS + BOUND + 2 * SECOND))
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    life.wait(300 * SECOND)
    assert order.state is S.UNKNOWN


@pytest.mark.fault("E13")
def test_an_absent_order_that_fills_is_adopted_and_alarms() -> None:
    life = Life()
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    life.wait(40 * SECOND)
    assert order.state is S.ABSENT
    fill = Fill("late", 9_900, 4_000, Decimal(0), "USDT", is_maker=True)
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.FILLED, Source.VENUE, "v9", fill=fill))
    assert (order.state, order.filled_points) == (S.OPEN, 4_000)
    assert life.core.engine.desk.open_orders(BTC) == [order]
    assert life.core.engine.desk.reserved(order) == Decimal("59.4")
    assert life.alarms == [f"{order.client_order_id}: it was called absent and is open, 1 fill"]


def test_fills_without_our_name_in_the_same_market_prove_nothing() -> None:
    life = Life()
    stranger = SeenFill("", "v77", BTC.id, True, Fill("x", 9_900, 1, Decimal(0), "USDT", is_maker=True), 0)

    def change(reply: Reply) -> Reply:
        return msgspec.structs.replace(reply, fills=(stranger,)) if reply.question.ask is Ask.FILLS else reply

    life.faults.change = change
    order = life.core.engine.desk.order(lost(life))
    assert order is not None
    life.wait(120 * SECOND)
    assert order.state is S.UNKNOWN


@pytest.mark.fault("E19")
def test_a_request_that_came_twice_and_is_refused_for_its_id_is_adopted() -> None:
    life = Life()
    life.faults.requests = [(0, 0)]
    life.faults.reports = [LOST]
    order = life.buy()
    life.wait(SECOND // 10)
    assert (order.state, order.reason) == (S.UNKNOWN, "duplicate_id")
    life.wait(3 * SECOND)
    assert order.state is S.OPEN
    assert life.placed() == 1


def test_a_cancel_without_an_answer_is_asked_after_and_done() -> None:
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    assert order.state is S.OPEN
    life.faults.reports = [LOST]
    life.act(lambda strategy: strategy.cancel(order))
    life.wait(ANSWER_NS + 5 * SECOND)
    assert order.state is S.CANCELLED


def test_an_order_without_an_answer_is_not_changed_and_is_taken_back_once_it_is_found() -> None:
    life = Life()
    life.faults.requests = [(19 * SECOND,)]
    life.rules = life_rules(acceptance_bound_ns=20 * SECOND)
    life.venue.rules = life.rules
    order = life.buy()
    life.wait(ANSWER_NS)
    assert order.state is S.UNKNOWN
    life.act(lambda strategy: strategy.amend(order, price="98"))
    life.wait(SECOND // 10)
    assert (order.reason, order.price_points) == ("unknown", 9_900)
    life.act(lambda strategy: strategy.cancel(order))
    life.wait(SECOND)
    assert (order.state, order.pending) == (S.UNKNOWN, Pending.CANCEL)  # nothing to cancel there yet
    life.wait(10 * SECOND)
    assert order.state is S.CANCELLED
    assert life.venue.open_orders() == ()


@pytest.mark.fault("E14", "E15")
def test_a_cancel_that_finds_nothing_proves_nothing_and_asks() -> None:
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    denied = OrderReport(
        order.client_order_id, life.now_ns, ReportKind.CANCEL_REJECTED, Source.VENUE, "", "unknown_order"
    )
    life.core.report(denied)
    assert life.core.doubts.orders == [order]
    life.wait(2 * SECOND)
    assert order.state is S.OPEN
    assert life.core.doubts.orders == []
    assert life.asked(Ask.ORDER) == 1


def test_an_accepted_order_that_the_venue_shows_no_more_is_unknown_and_never_absent() -> None:
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    life.faults.change = lambda reply: msgspec.structs.replace(reply, orders=())
    life.core.report(
        OrderReport(order.client_order_id, life.now_ns, ReportKind.CANCEL_REJECTED, Source.VENUE, "", "unknown_order")
    )
    life.wait(60 * SECOND)
    assert (order.state, order.reason) == (S.UNKNOWN, "venue_lost_it")
    life.wait(60 * SECOND)
    assert len(life.alarms) == 1
    assert order.state is S.CANCELLED  # it was there all the time: the sweep of the trip found it


@pytest.mark.fault("N3")
def test_an_order_that_has_not_left_is_in_no_doubt() -> None:
    """The time in which it may still arrive begins when it leaves: asked after before, it was called absent too early."""
    life = Life()
    life.core.router.sender.when_durable = lambda _action: None
    order = life.buy()
    assert order.state is S.QUEUED
    life.core.doubts.look_up(order)
    assert life.core.doubts.orders == []


@pytest.mark.fault("N3")
def test_what_spoke_for_absence_before_an_order_was_unknown_counts_no_more() -> None:
    """It was asked after while its request could still wait for a connection."""
    life = Life()
    life.faults.requests = [LOST]
    order = life.buy()
    life.core.doubts.look_up(order)
    life.wait(ANSWER_NS)
    assert order.state is S.UNKNOWN
    (doubt,) = life.core.doubts._doubts.values()
    assert doubt.absence.accepted_until_ns > life.now_ns + BOUND
    assert not doubt.absence._looks
    life.wait(BOUND + 30 * SECOND)
    assert order.state is S.ABSENT


def test_a_change_that_left_while_its_order_was_in_doubt_is_in_doubt_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody asked after it: the order stayed as if its change were under way, for ever."""
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    life.faults.change = lambda reply: Reply(reply.question, reply.ts_recv_ns, "server_error")
    life.core.doubts.look_up(order)
    monkeypatch.setattr(life.faults, "of_request", lambda _batch: LOST)
    life.act(lambda strategy: strategy.amend(order, price="98"))
    life.wait(ANSWER_NS)
    assert (order.state, order.pending) == (S.UNKNOWN, Pending.AMEND)
    life.faults.change = lambda reply: reply
    life.wait(BOUND + 60 * SECOND)
    assert (order.state, order.pending, order.reason) == (S.OPEN, Pending.NOTHING, "unanswered")
    assert life.core.doubts.orders == []


@pytest.mark.fault("E22")
def test_an_order_that_somebody_else_cancelled_follows_the_venue() -> None:
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    life.faults.reports = [LOST]
    life.venue._entry.cancel(order.client_order_id)
    life.core.doubts.look_up(order)
    life.wait(2 * SECOND)
    assert order.state is S.CANCELLED


@pytest.mark.fault("E22")
def test_a_change_that_somebody_else_made_is_asked_after_until_an_answer_is_newer_than_it() -> None:
    life = Life()
    order = life.buy("99")
    life.wait(SECOND)
    life.faults.questions = [(SECOND,)]
    before = life.venue.open_orders()[0].price_points

    def change(reply: Reply) -> Reply:
        """The venue looks, and its answer is long on its way."""
        life.faults.change = lambda reply: reply
        return msgspec.structs.replace(reply, orders=(msgspec.structs.replace(reply.orders[0], price_points=before),))

    life.faults.change = change
    life.core.doubts.look_up(order, 0)
    life.wait(SECOND // 2)
    life.venue._entry.amend(order.client_order_id, Change(9_500, 10_000), life.now_ns)
    life.wait(SECOND)
    assert (order.price_points, life.core.doubts.orders) == (9_900, [order]), "nobody asked for it, or knows better"
    life.wait(20 * SECOND)
    assert (order.price_points, order.state, life.core.doubts.orders) == (9_500, S.OPEN, [])


def test_what_was_asked_before_a_change_was_told_says_nothing_of_an_order_that_came_into_doubt_after_it() -> None:
    """Found by the simulation: an older list gave the order its old price back, and another order of ours met it."""
    life = Life()
    order, lists = life.buy("97"), list[Reply]()
    life.wait(SECOND)
    life.core.enquiries.ask("bitget", Ask.OPEN_ORDERS, lists.append)
    life.wait(SECOND)
    life.act(lambda strategy: strategy.amend(order, price="98"))
    life.wait(SECOND)
    assert (order.price_points, lists[0].orders[0].price_points) == (9_800, 9_700)
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.UNKNOWN, Source.GATEWAY))
    life.core.doubts.hear(lists[0])
    assert (order.price_points, life.core.doubts.orders) == (9_800, [order])
    life.wait(20 * SECOND)
    assert (order.price_points, order.state, life.core.doubts.orders) == (9_800, S.OPEN, [])


def test_nothing_is_asked_while_all_goes_well() -> None:
    life = Life()
    for price in ("99", "102", "98"):
        life.buy(price)
        life.wait(SECOND)
    life.wait(60 * SECOND)
    assert life.query.asked == []


def test_an_order_that_stands_is_in_no_doubt_where_nobody_can_be_asked() -> None:
    life = Life()
    life.core.enquiries._ports = {}
    order = life.buy()
    life.wait(SECOND)
    life.core.report(
        OrderReport(order.client_order_id, life.now_ns, ReportKind.CANCEL_REJECTED, Source.VENUE, "", "unknown_order")
    )
    life.wait(300 * SECOND)
    assert (order.state, life.core.doubts.orders, life.alarms) == (S.OPEN, [], [])


@pytest.mark.parametrize("asked", [Change(9_900, 20_000), Change(9_800, 20_000)])
def test_a_fill_that_overtook_a_change_without_an_answer_ends_with_what_the_venue_shows(asked: Change) -> None:
    life = Life()
    order = life.buy()
    life.wait(SECOND)
    life.core.engine.desk.change_asked(order, asked)
    batch = Batch(99, "bitget", "main", BTC, RequestKind.AMEND, (order,), (asked,))
    life.core.engine.desk.handed_over(batch)  # on the way it is lost, and the order fills as it was
    for _ in life.core.play([Trade(BTC, life.now_ns, 9_800, 500_000, False)]):
        pass
    life.wait(SECOND)
    assert (order.state, order.filled_points, order.pending) == (S.OPEN, 10_000, Pending.AMEND)
    assert life.core.engine.desk.reserved(order) > 0
    life.core.report(OrderReport(order.client_order_id, life.now_ns, ReportKind.UNKNOWN, Source.GATEWAY))
    life.wait(20 * SECOND)
    assert (order.state, life.core.engine.desk.reserved(order)) == (S.FILLED, 0)
    assert (life.difference, life.core.doubts.orders, life.alarms) == ({}, [], [])


def test_all_changes_without_an_answer_end_where_the_order_filled_while_a_cancel_was_out() -> None:
    """Found by the simulation: with one left, nobody asked any more, and the order stood open for ever."""
    life = Life()
    order, desk = life.buy(), life.core.engine.desk
    life.wait(SECOND)
    for number in range(5):
        asked = Change(9_900 - number, 20_000)
        desk.change_asked(order, asked)
        desk.handed_over(Batch(90 + number, "bitget", "main", BTC, RequestKind.AMEND, (order,), (asked,)))
    desk.handed_over(Batch(99, "bitget", "main", BTC, RequestKind.CANCEL, (order,)))
    for _ in life.core.play([Trade(BTC, life.now_ns, 9_800, 500_000, False)]):
        pass
    told = OrderReport(order.client_order_id, life.now_ns, ReportKind.CANCEL_REJECTED, Source.VENUE, "", "already_done")
    life.core.report(told)
    life.wait(120 * SECOND)
    assert (order.state, desk.reserved(order)) == (S.FILLED, 0)
    assert (life.difference, life.core.doubts.orders, life.alarms) == ({}, [], [])


def test_questions_after_many_orders_do_not_pile_up() -> None:
    """Found by the simulation: rounds were asked for before the one before was answered, and no proof came in time."""
    rules = life_rules()
    wide = tuple([msgspec.structs.replace(bucket, limit=1_000) for bucket in rules.buckets])
    life = Life(msgspec.structs.replace(rules, buckets=wide))
    orders = []
    for _ in range(40):
        life.faults.requests.append(LOST)
        orders.append(life.buy())
        life.wait(SECOND // 2)
    life.wait(ANSWER_NS + BOUND + STUCK_NS)
    assert {order.state for order in orders} == {S.ABSENT}
    assert life.alarms == []
    assert life.asked(Ask.FILLS) < len(orders)  # they share rounds
