"""A run's requests become streams of its busiest ten seconds, and peaks of each bucket."""

from __future__ import annotations

from framework.kernel.records import OrderMade, Record, ReportTaken, RequestSent, Turn
from framework.model.batch import BatchKind
from framework.model.events import OrderReport, ReportKind, Source
from framework.reports.streams import recorded_load
from framework.router.budget.forecast import Stream
from tests.wired import MS, SECOND, rules_of

BTC, ETH = "BTC/USDT@bitget", "ETH/USDT@bitget"


def made(order: str, there: str = BTC, strategy: str = "a") -> OrderMade:
    return OrderMade(order, strategy, there, True, 1, 1, "gtc", False, False, "")


def sent(number: int, *orders: str, kind: str = "place", request: str = "") -> RequestSent:
    return RequestSent(number, "bitget", "main", BTC, kind, orders, (), request)


def test_the_busiest_ten_seconds_become_streams() -> None:
    records: list[Record] = [*[made(f"b{n}") for n in range(20)], made("e0", ETH, "b")]
    records += [Turn(0, 1), sent(1, "b0")]
    for number in range(3):
        records += [Turn(20 * SECOND + number, 1), sent(2 + number, *[f"b{3 * number + n}" for n in range(3)])]
    records += [sent(9, "e0"), sent(10, "b0", kind="cancel")]
    found = recorded_load(records, rules_of())
    assert found.streams == (
        Stream("a", BTC, BatchKind.PLACE, 0.9, 3),
        Stream("b", ETH, BatchKind.PLACE, 0.1, 1),
        Stream("a", BTC, BatchKind.CANCEL, 0.1, 1),
    )
    assert (found.orders, found.requests, found.kept_back) == (12, 6, 0)


def test_peaks_are_counted_over_any_window_as_the_venue_counts_them() -> None:
    records: list[Record] = [*[made(f"b{n}") for n in range(50)], made("e0", ETH)]
    mixed = sent(3, *[f"b{n}" for n in range(11)], "e0", request="place_batch")
    records += [Turn(900 * MS, 1), sent(1, "b0"), Turn(1_100 * MS, 1), sent(2, "b1"), mixed, Turn(1_901 * MS, 1)]
    records += [sent(4, "b2", request="place")]
    found = recorded_load(records, rules_of())
    assert found.peaks["place"] == 2
    assert found.peaks["place_batch"] == 3  # two for eleven of a pair, one for the other pair
    assert found.peaks["cancel"] == 0


def test_orders_kept_back_are_counted_and_a_silent_run_has_no_streams() -> None:
    def told(reason: str, kind: ReportKind = ReportKind.REFUSED) -> ReportTaken:
        return ReportTaken(OrderReport("b0", 1, kind, Source.GATE, reason=reason))

    records: list[Record] = [made("b0"), told("stale"), told("rate_limited", ReportKind.REJECTED), told("funds")]
    found = recorded_load(records, rules_of())
    assert (found.streams, found.kept_back) == ((), 2)
