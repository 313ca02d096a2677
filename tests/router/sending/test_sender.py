"""Slots, batches and budgets: the fewest requests, and none that the venue would refuse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from framework.kernel.journal import JournalWriter, read_journal
from framework.kernel.records import RequestSent, VenueBanned
from framework.model.batch import Batch, BatchKind, Change, Cleared, Refused
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending, write
from framework.model.request_answer import RequestAnswer
from framework.router.gate import Gate
from framework.router.sending.lane import CANCELS_HELD_NS, Lane
from framework.router.sending.sender import Sender
from framework.router.sending.slots import Service
from framework.venues.named import rules_named
from tests.wired import MS, NOON, SECOND, FakeDesk, order_of, quote, rules_of, spot

BTC, ETH = spot(), spot("ETH/USDT")


class Port:
    def __init__(self) -> None:
        self.sent: list[Cleared] = []

    def send(self, cleared: Cleared) -> None:
        self.sent.append(cleared)

    def ids(self) -> list[list[str]]:
        return [[order.client_order_id for order in cleared.batch.orders] for cleared in self.sent]


class Kit:
    """A sender with what stands around it."""

    def __init__(self, **rules: Any) -> None:
        self.port, self.gate, self.desk = Port(), Gate(), FakeDesk(quote(BTC, NOON))
        self.records: list[Any] = []
        self.refused: list[tuple[str, str, ReportKind]] = []
        self.listeners: list[Any] = []
        self.lane = Lane(rules_of(**rules), "main", self.port)
        self.sender = Sender({"bitget": self.lane}, self.gate, self.desk, self, self.refuse, self.listeners)

    def write(self, record: Any) -> None:
        self.records.append(record)

    def refuse(self, order: Order, reason: str, detail: str, source: Source, kind: ReportKind) -> None:
        assert source is Source.GATE
        assert detail
        self.refused.append((order.client_order_id, reason, kind))

    def put(self, count: int, kind: BatchKind = BatchKind.PLACE, first: int = 0, **facts: Any) -> list[Order]:
        there = facts.pop("there", BTC)
        orders = [order_of(there, f"{there.base}{first + index}", **facts) for index in range(count)]
        self.desk.orders += orders
        for order in orders:
            self.sender.put(kind, order, Change(9_000, 1) if kind is BatchKind.AMEND else None)
        return orders

    def answer(self, cleared: Cleared, kind: ReportKind, now_ns: int, reason: str = "", request_id: int = 0) -> None:
        for order in cleared.batch.orders:
            report = OrderReport(order.client_order_id, now_ns, kind, Source.VENUE, "", reason, request_id=request_id)
            self.sender.on_report(order, report, now_ns)


def test_orders_of_a_pair_share_a_request_up_to_the_venues_most() -> None:
    kit = Kit(batch=20)
    kit.put(50)
    kit.sender.step(NOON)
    assert [len(ids) for ids in kit.port.ids()] == [20, 20, 10]


def test_two_instruments_never_share_a_request() -> None:
    kit = Kit()
    kit.put(2)
    kit.put(2, there=ETH)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0", "BTC1"], ["ETH0", "ETH1"]]
    assert [cleared.batch.instrument for cleared in kit.port.sent] == [BTC, ETH]


def test_places_cancels_and_amends_go_apart_and_cancels_first() -> None:
    kit = Kit()
    kit.put(1)
    kit.put(2, BatchKind.AMEND, first=10)
    kit.put(2, BatchKind.CANCEL, first=20)
    kit.sender.step(NOON)
    assert [cleared.batch.kind for cleared in kit.port.sent] == [BatchKind.CANCEL, BatchKind.AMEND, BatchKind.PLACE]
    assert kit.port.sent[1].batch.changes == (Change(9_000, 1),) * 2


def test_sells_go_before_buys_of_the_same_turn() -> None:
    kit = Kit(batch=2)
    kit.put(2)
    kit.put(2, first=2, is_buy=False)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC2", "BTC3"], ["BTC0", "BTC1"]]


def test_an_unsent_order_can_be_taken_out_and_a_sent_one_cannot() -> None:
    kit = Kit(limit=1, batch=1)
    sent, waits = kit.put(2)
    kit.sender.step(NOON)
    assert not kit.sender.withdraw(BatchKind.PLACE, sent)
    assert kit.sender.withdraw(BatchKind.PLACE, waits)
    assert not kit.sender.withdraw(BatchKind.PLACE, waits)
    assert kit.sender.waiting == 0


def test_a_full_budget_holds_orders_until_one_window_after_the_answer() -> None:
    kit = Kit(limit=2, batch=1)
    kit.put(3)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0"], ["BTC1"]]
    kit.answer(kit.port.sent[0], ReportKind.ACCEPTED, NOON + 30 * MS)
    wake_ns = kit.sender.step(NOON + 30 * MS)
    assert wake_ns == NOON + 30 * MS + SECOND
    kit.sender.step(wake_ns - 1)
    assert len(kit.port.sent) == 2
    assert kit.sender.step(wake_ns) == 0
    assert kit.port.ids()[2:] == [["BTC2"]]


def test_what_arrives_while_budget_is_awaited_joins_the_batch() -> None:
    kit = Kit(limit=1)
    kit.put(10)
    kit.put(1, first=10)
    kit.sender.step(NOON)
    kit.put(2, first=20)
    kit.sender.step(NOON)
    kit.put(2, first=30)
    assert [len(ids) for ids in kit.port.ids()] == [10, 1]
    kit.answer(kit.port.sent[0], ReportKind.ACCEPTED, NOON)
    kit.sender.step(NOON + SECOND)
    assert kit.port.ids()[2:] == [["BTC20", "BTC21", "BTC30", "BTC31"]]


def test_cancels_leave_when_places_are_held() -> None:
    kit = Kit(limit=1, batch=1)
    kit.put(2)
    kit.sender.step(NOON)
    kit.put(1, BatchKind.CANCEL, first=20)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0"], ["BTC20"]]


def test_a_request_is_journaled_and_in_flight_before_it_is_handed_over() -> None:
    kit = Kit()
    seen: list[tuple[int, int]] = []
    kit.lane.port.send = lambda cleared: seen.append((len(kit.records), len(kit.desk.in_flight)))  # type: ignore[method-assign]
    kit.put(2)
    kit.sender.step(NOON)
    assert seen == [(1, 1)]
    assert kit.records == [RequestSent(1, "bitget", "main", BTC.id, "place", ("BTC0", "BTC1"), (), "place_batch")]


def test_listeners_hear_of_each_request() -> None:
    kit = Kit()
    heard: list[Cleared] = []
    kit.listeners.append(SimpleNamespace(sent=heard.append))
    kit.put(2)
    kit.sender.step(NOON)
    assert heard == kit.port.sent


def test_a_stale_order_is_refused_alone() -> None:
    kit = Kit()
    kit.put(1, ts_created_ns=NOON - 6 * SECOND)
    kit.put(1, first=1)
    kit.sender.step(NOON)
    assert kit.refused == [("BTC0", "stale", ReportKind.REFUSED)]
    assert kit.port.ids() == [["BTC1"]]


def test_orders_that_are_all_stale_cost_no_budget() -> None:
    kit = Kit(limit=1)
    kit.put(2, ts_created_ns=NOON - 6 * SECOND)
    assert kit.sender.step(NOON) == 0
    assert len(kit.refused) == 2
    assert kit.lane.budget.gauges(NOON)["place_batch"] == (0, 1)


@pytest.mark.parametrize(
    ("kind", "said"), [(BatchKind.PLACE, ReportKind.REFUSED), (BatchKind.AMEND, ReportKind.AMEND_REJECTED)]
)
def test_a_closed_gate_refuses_places_and_amends_in_their_own_words(kind: BatchKind, said: ReportKind) -> None:
    kit = Kit()
    kit.gate.close("by hand")
    kit.put(2, kind)
    kit.sender.step(NOON)
    assert kit.refused == [("BTC0", "gate_closed", said), ("BTC1", "gate_closed", said)]
    assert not kit.port.sent
    assert not kit.records


def test_a_closed_gate_lets_cancels_pass() -> None:
    kit = Kit()
    kit.gate.close("by hand")
    kit.put(2, BatchKind.CANCEL)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0", "BTC1"]]


def test_a_rate_limited_rejection_pauses_requests_of_its_form() -> None:
    kit = Kit(limit=2)
    kit.put(2)
    kit.sender.step(NOON)
    kit.answer(kit.port.sent[0], ReportKind.REJECTED, NOON, "rate_limited")
    kit.put(3, first=2)
    kit.put(1, BatchKind.CANCEL, first=10)
    assert kit.sender.step(NOON) == NOON + SECOND
    assert kit.port.ids()[1:] == [["BTC10"], ["BTC2"], ["BTC3"]]
    kit.sender.step(NOON + SECOND)
    assert kit.port.ids()[4:] == [["BTC4"]]


def test_the_first_report_of_a_batch_is_its_answer() -> None:
    kit = Kit(limit=1)
    kit.put(3)
    kit.sender.step(NOON)
    first, *others = kit.port.sent[0].batch.orders
    kit.sender.on_report(first, OrderReport(first.client_order_id, NOON, ReportKind.ACCEPTED, Source.VENUE), NOON)
    for order in others:
        late_ns = NOON + 500 * MS
        kit.sender.on_report(
            order, OrderReport(order.client_order_id, late_ns, ReportKind.ACCEPTED, Source.VENUE), late_ns
        )
    kit.put(3, first=10)
    kit.sender.step(NOON + SECOND)
    assert len(kit.port.sent) == 2


@pytest.mark.parametrize("source", [Source.ROUTER, Source.GATE, Source.RECONCILE])
def test_only_the_venue_answers_requests(source: Source) -> None:
    kit = Kit(limit=1, batch=1)
    order, _ = kit.put(2)
    kit.sender.step(NOON)
    kit.sender.on_report(order, OrderReport("BTC0", NOON, ReportKind.ACCEPTED, source), NOON)
    kit.sender.step(NOON + SECOND)
    assert len(kit.port.sent) == 1


def test_cancel_and_amend_of_an_order_that_is_done_meanwhile_never_leave() -> None:
    kit = Kit(limit=1, batch=1)
    kit.put(1, BatchKind.CANCEL)
    kit.put(1, BatchKind.AMEND)
    kit.sender.step(NOON)
    cancelled, amended = kit.put(1, BatchKind.CANCEL, first=1)[0], kit.put(1, BatchKind.AMEND, first=2)[0]
    kit.sender.step(NOON)
    for order in (cancelled, amended):
        write(order, state=OrderState.FILLED)
        kit.sender.on_report(order, OrderReport(order.client_order_id, NOON, ReportKind.FILLED, Source.VENUE), NOON)
    assert kit.sender.waiting == 0


def test_a_newer_change_replaces_the_one_that_waits() -> None:
    kit = Kit()
    (order,) = kit.put(1, BatchKind.AMEND)
    kit.sender.put(BatchKind.AMEND, order, Change(9_500, 2))
    kit.sender.step(NOON)
    assert [cleared.batch.changes for cleared in kit.port.sent] == [(Change(9_500, 2),)]


def test_an_order_keeps_its_other_pending_work_when_it_is_taken_out() -> None:
    kit = Kit()
    (order,) = kit.put(1, BatchKind.AMEND)
    assert kit.sender.withdraw(BatchKind.AMEND, order)
    kit.sender.put(BatchKind.CANCEL, order)
    kit.sender.step(NOON)
    assert [cleared.batch.kind for cleared in kit.port.sent] == [BatchKind.CANCEL]
    assert order.pending is Pending.NOTHING  # the desk's business


def test_a_turn_takes_what_the_budget_has_room_for() -> None:
    kit = Kit(limit=5)
    kit.put(15)
    kit.sender.step(NOON)
    kit.put(45, first=100)
    kit.sender.step(NOON)
    assert [len(ids) for ids in kit.port.ids()] == [15, 30, *[1] * 5]
    assert kit.sender.waiting == 10


def test_a_pair_that_comes_later_is_not_kept_waiting_by_a_flood() -> None:
    kit = Kit(limit=1, batch=10)
    kit.put(100)
    kit.sender.step(NOON)
    kit.put(1, there=ETH, strategy="b")
    for cleared in kit.port.sent:
        kit.answer(cleared, ReportKind.ACCEPTED, NOON)
    kit.sender.step(NOON + SECOND)
    assert kit.port.ids()[2:] == [["ETH0"], [f"BTC{number}" for number in range(11, 21)]]


def test_strategies_are_served_in_turn() -> None:
    kit = Kit(limit=1, batch=1)
    kit.put(3)
    kit.put(2, first=10, strategy="b")
    for turn in range(5):
        kit.sender.step(NOON + turn * SECOND)
        kit.answer(kit.port.sent[-1], ReportKind.ACCEPTED, NOON + turn * SECOND)
    assert kit.port.ids() == [["BTC0"], ["BTC10"], ["BTC1"], ["BTC11"], ["BTC2"]]


def test_an_order_that_waited_long_goes_before_fuller_batches_of_others() -> None:
    kit = Kit(limit=1, batch=10)
    kit.put(2, strategy="b", there=ETH)
    kit.put(1000)
    kit.sender.step(NOON)
    assert [len(ids) for ids in kit.port.ids()] == [10, 1]
    kit.answer(kit.port.sent[0], ReportKind.ACCEPTED, NOON)
    kit.sender.step(NOON + SECOND)
    assert kit.port.ids()[2:] == [["ETH1"]]


def test_classes_share_a_request_when_all_can_go() -> None:
    kit = Kit()
    kit.put(2)
    kit.put(1, first=10, reduce_only=True, is_buy=False)
    kit.put(1, BatchKind.CANCEL, first=20)
    (swept,) = kit.put(1, BatchKind.CANCEL, first=21)
    kit.sender.put(BatchKind.CANCEL, swept, service=Service.SWEEP)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC21", "BTC20"], ["BTC10", "BTC0", "BTC1"]]


def test_reducing_orders_go_first_when_not_all_can_go_and_others_fill_up_their_batch() -> None:
    kit = Kit(limit=1, batch=20)
    kit.put(20)
    kit.put(13, first=100, reduce_only=True)
    kit.sender.step(NOON)
    assert kit.port.ids() == [[f"BTC{number}" for number in range(100, 110)], ["BTC110"]]
    assert kit.sender.waiting == 22


def test_a_sweep_goes_before_other_cancels() -> None:
    kit = Kit(limit=1, batch=1)
    kit.put(2, BatchKind.CANCEL)
    for order in kit.put(1, BatchKind.CANCEL, first=10):
        kit.sender.put(BatchKind.CANCEL, order, service=Service.SWEEP)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC10"]]


def test_reducing_orders_never_become_stale() -> None:
    kit = Kit()
    kit.put(1, ts_created_ns=NOON - 60 * SECOND, reduce_only=True)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0"]]
    assert not kit.refused


def test_the_gate_refuses_reducing_orders_for_their_own_sake_only() -> None:
    kit = Kit()
    seal = kit.gate.clear

    def only_reducing(batch: Batch, now_ns: int) -> Cleared | Refused:
        is_reducing = all(order.reduce_only for order in batch.orders)
        return seal(batch, now_ns) if is_reducing else Refused(batch, "reducing", "nothing new for now")

    kit.gate.clear = only_reducing  # type: ignore[method-assign]  # a gate that lets pass what reduces
    kit.put(2)
    kit.put(1, first=10, reduce_only=True)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC10"]]
    assert [order for order, _, _ in kit.refused] == ["BTC0", "BTC1"]


def test_an_older_order_that_comes_late_is_not_sent_stale_with_others() -> None:
    kit = Kit()
    kit.put(1)
    kit.put(1, first=1, ts_created_ns=NOON - 4 * SECOND)
    kit.sender.put(BatchKind.PLACE, kit.desk.orders[0])
    kit.sender.step(NOON + 2 * SECOND)
    assert kit.refused == [("BTC1", "stale", ReportKind.REFUSED)]
    assert kit.port.ids() == [["BTC0"]]


def test_an_answer_frees_the_older_of_two_requests_of_an_order() -> None:
    kit = Kit(limit=2, batch=1)
    (order,) = kit.put(1, BatchKind.AMEND)
    kit.sender.step(NOON)
    kit.sender.put(BatchKind.AMEND, order, Change(9_100, 1))
    kit.sender.step(NOON + 400 * MS)
    kit.answer(kit.port.sent[0], ReportKind.AMENDED, NOON + 500 * MS)
    kit.answer(kit.port.sent[1], ReportKind.AMENDED, NOON + 900 * MS)
    gauges = [kit.lane.budget.gauges(NOON + at * MS)["amend"][0] for at in (1_499, 1_500, 1_899, 1_900)]
    assert gauges == [2, 1, 1, 0]


@pytest.mark.parametrize("kind", [ReportKind.AMENDED, ReportKind.AMEND_REJECTED])
def test_an_answer_that_names_its_request_is_that_ones_though_an_older_one_is_out(kind: ReportKind) -> None:
    kit = Kit(limit=2, batch=1)
    (order,) = kit.put(1, BatchKind.AMEND)
    kit.sender.step(NOON)
    kit.sender.put(BatchKind.AMEND, order, Change(9_100, 1))
    kit.sender.step(NOON + 400 * MS)
    older, newer = [cleared.batch.request_id for cleared in kit.port.sent]
    kit.answer(kit.port.sent[1], kind, NOON + 500 * MS, request_id=newer)
    out = kit.sender.outstanding
    assert [out.is_out(order, BatchKind.AMEND, each) for each in (older, newer)] == [True, False]
    kit.answer(kit.port.sent[1], kind, NOON + 600 * MS, request_id=newer)
    assert out.is_out(order, BatchKind.AMEND, older), "told twice it answers nothing"


# What answers say of limits.


def answered(kit: Kit, cleared: Cleared, now_ns: int, **facts: Any) -> None:
    kit.sender.on_answer(RequestAnswer(cleared.batch.request_id, "bitget", **facts), now_ns)


def test_a_limited_answer_pauses_its_bucket_for_as_long_as_it_says() -> None:
    kit = Kit(batch=1)
    kit.put(1)
    kit.sender.step(NOON)
    answered(kit, kit.port.sent[0], NOON, is_limited=True, retry_after_ns=3 * SECOND)
    kit.answer(kit.port.sent[0], ReportKind.REJECTED, NOON, "rate_limited")
    kit.put(1, first=1)
    assert kit.sender.step(NOON) == NOON + 3 * SECOND
    kit.put(1, BatchKind.CANCEL, first=2)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0"], ["BTC2"]]


def test_an_answer_ends_the_wait_for_its_request() -> None:
    kit = Kit(limit=1, batch=1)
    kit.put(2)
    kit.sender.step(NOON)
    answered(kit, kit.port.sent[0], NOON + MS)
    assert kit.sender.step(NOON + MS) == NOON + MS + SECOND


def test_a_ban_stops_everything_is_journaled_once_and_outlives_the_run(tmp_path: Path) -> None:
    kit = Kit()
    kit.put(1)
    kit.sender.step(NOON)
    until_ns = NOON + 120 * SECOND
    for _ in range(2):
        answered(kit, kit.port.sent[0], NOON, banned_until_ns=until_ns)
    assert kit.records[1:] == [VenueBanned("bitget", "main", until_ns)]
    path = tmp_path / "journal"
    with JournalWriter(path, "run") as journal:
        for record in kit.records:
            journal.write(record)
    again = Kit()
    (banned,) = [record for record in read_journal(path) if isinstance(record, VenueBanned)]
    again.sender.restore({(banned.venue, banned.account): banned.until_ns})
    again.put(1, BatchKind.CANCEL, first=5)
    assert again.sender.step(NOON + SECOND) == until_ns
    assert not again.port.sent
    again.sender.step(until_ns)
    assert again.port.ids() == [["BTC5"]]


def test_a_ban_of_another_account_is_not_ours() -> None:
    kit = Kit()
    kit.sender.restore({("bitget", "other"): NOON + SECOND, ("binance", "main"): NOON + SECOND})
    kit.put(1)
    kit.sender.step(NOON)
    assert kit.port.ids() == [["BTC0"]]


def test_a_full_queue_of_one_strategy_is_not_that_of_another_nor_of_what_reduces() -> None:
    kit = Kit(limit=1, batch=1)
    kit.sender.queue_orders_max = 3
    kit.put(4)
    kit.sender.step(NOON)
    refusal = kit.sender.full(order_of(BTC, "next"))
    assert refusal == ("queue_full", "most 3 orders of a strategy may wait, 3 do")
    assert kit.sender.full(order_of(BTC, "other", strategy="b")) is None
    assert kit.sender.full(order_of(BTC, "out", reduce_only=True)) is None


def test_what_stands_at_the_venue_keeps_room_for_its_cancels() -> None:
    kit = Kit()
    kit.lane = Lane(rules_named("binance-spot"), "main", kit.port)
    kit.sender = Sender({"bitget": kit.lane}, kit.gate, kit.desk, kit, kit.refuse)
    orders = kit.put(5)
    kit.sender.step(NOON)
    assert kit.lane.budget.rooms(NOON)["request_weight"].reserve == 5
    write(orders[0], state=OrderState.CANCELLED)
    for _ in range(2):
        kit.sender.on_report(orders[0], OrderReport("BTC0", NOON, ReportKind.CANCELLED, Source.RECONCILE), NOON)
    assert kit.lane.budget.rooms(NOON)["request_weight"].reserve == 4


def test_a_market_order_keeps_no_room_for_cancels() -> None:
    kit = Kit()
    kit.lane = Lane(rules_named("binance-spot"), "main", kit.port)
    kit.sender = Sender({"bitget": kit.lane}, kit.gate, kit.desk, kit, kit.refuse)
    orders = [*kit.put(2, price_points=0), *kit.put(3, first=2)]
    kit.sender.step(NOON)
    kept = []
    for order in orders:
        write(order, state=OrderState.FILLED)
        kit.sender.on_report(order, OrderReport(order.client_order_id, NOON, ReportKind.FILLED, Source.VENUE), NOON)
        kept.append(kit.lane.budget.rooms(NOON)["request_weight"].reserve)
    assert kept == [3, 3, 2, 1, 1], "one cancel's room is kept in any case"


def test_what_never_left_is_not_waited_for() -> None:
    kit = Kit()
    (order,) = kit.put(1)
    kit.sender.step(NOON)
    write(order, state=OrderState.OPEN)
    kit.sender.put(BatchKind.CANCEL, order)
    kit.sender.step(NOON)
    write(order, state=OrderState.REFUSED)
    for said in (ReportKind.CANCEL_REJECTED, ReportKind.REFUSED):
        kit.sender.on_report(order, OrderReport(order.client_order_id, NOON, said, Source.GATEWAY), NOON)
    assert (len(kit.sender.outstanding), kit.sender._placed) == (0, {})


def test_no_cancel_leaves_for_an_order_that_a_reconcile_found_ended() -> None:
    kit = Kit()
    (order,) = kit.put(1)
    kit.sender.step(NOON)
    write(order, state=OrderState.OPEN)
    kit.sender.put(BatchKind.CANCEL, order)
    write(order, state=OrderState.CANCELLED)
    kit.sender.on_report(order, OrderReport(order.client_order_id, NOON, ReportKind.CANCELLED, Source.RECONCILE), NOON)
    kit.sender.step(NOON + SECOND)
    assert kit.port.ids() == [[order.client_order_id]]
    assert kit.sender.waiting == 0


@pytest.mark.fault("E1")
def test_where_answers_are_told_only_they_give_units_of_cancels_back() -> None:
    """An order may be ended by another cancel or a person while this one still waits to leave: its unit is not free."""
    kit = Kit(limit=2, batch=1)
    kit.put(2, BatchKind.CANCEL)
    kit.sender.step(NOON)
    answered(kit, kit.port.sent[0], NOON)
    for cleared in kit.port.sent:
        kit.answer(cleared, ReportKind.CANCELLED, NOON)
    kit.put(2, BatchKind.CANCEL, first=10)
    kit.sender.step(NOON + SECOND)
    assert kit.port.ids()[2:] == [["BTC10"]]
    answered(kit, kit.port.sent[1], NOON + SECOND)
    kit.sender.step(NOON + 2 * SECOND)
    assert kit.port.ids()[3:] == [["BTC11"]]


def test_new_orders_wait_for_cancels_that_limits_keep_back_and_leave_with_them() -> None:
    kit = Kit(limit=1, batch=1)
    kit.put(2, BatchKind.CANCEL)
    kit.sender.step(NOON)
    late_ns = NOON + CANCELS_HELD_NS
    kit.put(1, first=10, ts_created_ns=late_ns)
    kit.sender.step(late_ns)
    assert kit.port.ids() == [["BTC0"]]
    answered(kit, kit.port.sent[0], late_ns)
    kit.sender.step(late_ns + SECOND)
    assert kit.port.ids() == [["BTC0"], ["BTC1"], ["BTC10"]]
