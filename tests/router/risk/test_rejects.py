"""Equal rejects in a row are counted by side, and a side that is held stays so until somebody lifts it."""

from __future__ import annotations

from framework.model.events import OrderReport, ReportKind, Source
from framework.router.risk.rejects import Rejects
from tests.wired import order_of, spot

BTC = spot()


def said(kind: ReportKind, ts_ns: int, reason: str = "", source: Source = Source.VENUE) -> OrderReport:
    return OrderReport("o1", ts_ns, kind, source, reason=reason)


def counted(rejects: Rejects, *reports: OrderReport) -> list[int]:
    order = order_of(BTC)
    return [0 if (streak := rejects.take(order, report)) is None else streak.count for report in reports]


def test_equal_rejects_add_up_and_another_reason_begins_anew() -> None:
    found = counted(Rejects(), *[said(ReportKind.REJECTED, ts, reason) for ts, reason in enumerate("aabbb")])
    assert found == [1, 2, 1, 2, 3]


def test_a_success_ends_a_streak() -> None:
    reports = said(ReportKind.REJECTED, 1, "a"), said(ReportKind.ACCEPTED, 2), said(ReportKind.REJECTED, 3, "a")
    assert counted(Rejects(), *reports) == [1, 0, 1]


def test_the_orders_of_one_answer_count_once() -> None:
    assert counted(Rejects(), *[said(ReportKind.REJECTED, 7, "a")] * 10) == [1, *[0] * 9]


def test_neither_our_own_refusals_nor_a_full_bucket_count() -> None:
    assert counted(Rejects(), said(ReportKind.REJECTED, 1, "rate_limited"), said(ReportKind.REFUSED, 2, "funds")) == [
        0,
        0,
    ]
    assert counted(Rejects(), said(ReportKind.REJECTED, 1, "a", Source.ROUTER)) == [0]


def test_sides_are_told_apart_and_bounded() -> None:
    rejects = Rejects()
    for ts in range(100):
        rejects.take(order_of(BTC, is_buy=bool(ts % 2)), said(ReportKind.REJECTED, ts, "a"))
    assert len(rejects._streaks) == 2


def test_what_is_held_is_not_ended_by_a_success_but_by_a_person() -> None:
    rejects, order = Rejects(), order_of(BTC)
    streak = rejects.take(order, said(ReportKind.REJECTED, 1, "a"))
    assert streak is not None
    streak.held_by = "all"
    rejects.take(order, said(ReportKind.FILLED, 2))
    assert rejects.streak(order) is streak
    assert rejects.lift("b") == 0
    assert rejects.lift(scope="strategy b") == 0
    assert rejects.lift("a", "ETH/USDT@bitget") == 0
    assert rejects.lift("a") == 1
    assert rejects.streak(order) is None
