"""What earlier sessions drew from rate limits: counted as the venue still counts it."""

from __future__ import annotations

from framework.kernel.records import Record, ReportTaken, RequestSent, Turn
from framework.model.events import OrderReport, ReportKind, Source
from framework.router.budget.budget import Budget
from framework.router.budget.recalled import BudgetRecall
from tests.wired import NOON, SECOND, rules_of

K = ReportKind


def sent(orders: tuple[str, ...], request: str = "", venue: str = "bitget") -> RequestSent:
    return RequestSent(1, venue, "main", "BTC/USDT@bitget", "place", orders, (), request)


def told(order: str, kind: ReportKind = K.ACCEPTED, source: Source = Source.VENUE) -> ReportTaken:
    return ReportTaken(OrderReport(order, NOON, kind, source))


def used(*records: Record, at_ns: int, bucket: str = "place_batch") -> int:
    budget = Budget(rules_of())
    recall = BudgetRecall({("bitget", "main"): budget})
    for record in records:
        take = recall.takers.get(type(record))
        if take is not None:
            take(record)
    return budget.gauges(at_ns)[bucket][0]


def test_a_request_weighs_until_a_window_after_its_answer() -> None:
    orders = tuple(f"o{number}" for number in range(12))
    records = [Turn(NOON, 0), sent(orders), Turn(NOON + SECOND // 2, 0), *[told(order) for order in orders]]
    assert used(*records, at_ns=NOON + SECOND) == 2
    assert used(*records, at_ns=NOON + 3 * SECOND // 2) == 0


def test_a_request_without_an_answer_weighs_as_long_as_the_venue_may_accept_it() -> None:
    records = [Turn(NOON, 0), sent(("o1",), "place"), told("o1", K.UNKNOWN, Source.ROUTER)]
    assert used(*records, at_ns=NOON + 60 * SECOND, bucket="place") == 1
    assert used(*records, at_ns=NOON + 80 * SECOND, bucket="place") == 0


def test_what_our_side_says_later_is_no_answer_of_the_venue() -> None:
    records = [Turn(NOON, 0), sent(("o1",)), told("o1", K.ABSENT, Source.RECONCILE)]
    assert used(*records, at_ns=NOON + 30 * SECOND, bucket="place") == 1


def test_requests_to_venues_that_the_settings_no_longer_have_are_left_out() -> None:
    assert used(Turn(NOON, 0), sent(("o1",), venue="binance"), at_ns=NOON, bucket="place") == 0


def test_cancels_of_a_session_that_is_over_never_hold_a_sweep_back() -> None:
    left = RequestSent(1, "bitget", "main", "BTC/USDT@bitget", "cancel", ("o1",), (), "cancel")
    assert used(Turn(NOON, 0), left, at_ns=NOON + SECOND - 1, bucket="cancel") == 1
    assert used(Turn(NOON, 0), left, at_ns=NOON + SECOND, bucket="cancel") == 0
