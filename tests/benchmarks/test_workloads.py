"""Every workload, a taste of it: that it runs and says what it measured. The figures themselves mean nothing here."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import market
from benchmarks.measures import Scope
from benchmarks.workload import WORKLOADS, workload

ROOT = Path(__file__).resolve().parents[2]

DRIVE = ("idle", "trading", "order", "events", "crosses", "fills", "peak_rss")
FIGURES = {
    **dict.fromkeys(("ticks", "ticks_250k", "ticks_quoted", "bars"), DRIVE),
    "event_stages": ("made", "loop", "engine", "cross", "whole"),
    "order_stages": ("verb", "checks_within", "router", "gate_within", "venue_send", "venue_match",
                     "engine_filled", "router_filled", "journal_a_record", "journal_records"),
    "order_road": ("sent", "sent_aiohttp", "one", "one_aiohttp", "one_of_10", "one_of_10_aiohttp", "gate_closed_p50",
                   "gate_closed_p99", "gate_closed_cpu_p99", "sent_async", "turn_async", "turn_sync", "fdatasync", "sync_fdatasyncs"),
    "feed": ("trade", "book", "book_checked", "books_checked_a_second", "line_trade", "line_book_checked"),
    "tick_bytes": ("p50", "p99"),
    "tick_road": tuple(f"{who}{figure}" for who in ("", "bitget_", "ccxt_", "floor_") for figure in ("p50", "p99", "cpu")),
    "first_event": ("", "wall"),
    "first_event_paper": ("", "wall"),
    "journal": ("put", "group_1", "group_10", "group_50", "fdatasync", "before_send_sync", "before_send_async"),
    "paper_idle": ("rss",),
    "kill_switch": (*(f"{figure}_p{part}" for figure in ("gate_closed", "trip_returned", "confirmed", "stalled_loop_closed")
                      for part in (50, 99)), "swept", "swept_orders"),
    "router_delay": ("free_p50", "free_p99", "at_90_p50", "at_90_p99"),
    "planner_steps": ("1_waiting", "10_waiting", "100_waiting", "1000_waiting"),
    "sustained": ("batches_at_50ms", "all_at_50ms", "all_at_20ms", "one_by_one_at_20ms", "limited",
                  *[f"{load}_{wait}" for load in ("full", "90") for wait in ("wait_p50", "wait_p99", "cancel_wait_worst")],
                  *[f"{load}_{figure}" for load in ("churn", "burst_60", "burst_200") for figure in ("cancels", "cancel_wait_worst")]),
    "full_hour": ("limited", "orders", "requests", "cancel_wait_worst"),
    "streams": tuple(f"{name}_{figure}" for name in ("calm", "busy", "rush")
                     for figure in ("orders", "requests", "seconds", "seconds_least")),
}  # fmt: skip
PREFIXES = {"kill_switch": "kill", "event_stages": "event", "order_stages": "order", "planner_steps": "planner",
            "sustained": "load", "full_hour": "load_hour", "streams": "stream"}  # fmt: skip


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings are found where they lie; signals are heard by whom they were heard before."""
    monkeypatch.chdir(ROOT)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, heard in before.items():
        signal.signal(number, heard)


def figures(name: str, folder: Path) -> dict[str, float]:
    """Of a taste of a workload."""
    measures = workload(name)(Scope(folder, is_quick=True))
    found = {measure.name: measure.value for measure in measures}
    assert len(found) == len(measures), "a name stands for one figure"
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_a_workload_gives_its_figures(name: str, tmp_path: Path) -> None:
    prefix = PREFIXES.get(name, name)
    wanted = {f"{prefix}_{figure}" if figure else prefix for figure in FIGURES[name]}
    assert set(figures(name, tmp_path)) == wanted


def test_a_workload_of_the_whole_command_gives_its_figures(tmp_path: Path) -> None:
    found = figures("paper_verb", tmp_path)
    assert set(found) == {"paper_verb", "paper_verb_event", "paper_first_fill", "paper_verb_peak_rss"}


def test_the_tape_workload_gives_its_figures(tmp_path: Path) -> None:
    found = figures("paper_tape", tmp_path)
    assert found["paper_tape_events"] > 0
    assert found["paper_journal_bytes_an_event"] > 0


def test_every_workload_is_tasted_here() -> None:
    assert set(WORKLOADS) == {*FIGURES, "paper_verb", "paper_tape", "grouping"}


@pytest.mark.parametrize("name", ["ticks", "bars"])
def test_every_cross_is_filled_once(name: str, tmp_path: Path) -> None:
    found = figures(name, tmp_path)
    rows = list(market.trade_rows(3_000, 10**6) if name == "ticks" else market.bar_rows(3_000, 10**6))
    crosses = crosses_of([row[0 if name == "ticks" else 3] / 100 for row in rows])
    assert found[f"{name}_crosses"] == found[f"{name}_fills"] == crosses > 0


def crosses_of(prices: list[float]) -> int:
    """Changes of side of the two means, counted from lists: a third count, beside harness and strategy."""
    means: list[list[float]] = []
    for span in (50, 200):
        mean = prices[0]
        means.append([mean := mean + (price - mean) * (2 / (span + 1)) for price in prices])
    is_above = [fast > slow for fast, slow in zip(*means, strict=True)][200:]
    return sum(now != before for before, now in zip([False, *is_above], is_above, strict=False))


def test_the_router_needs_no_more_batch_units_than_the_bound(tmp_path: Path) -> None:
    found = figures("grouping", tmp_path)
    for pairs in (1, 3, 10):
        assert found[f"router_100_on_{pairs}_units"] == found[f"router_100_on_{pairs}_units_least"]
        assert found[f"router_100_on_{pairs}_units_one_by_one"] == 100
    assert found["router_100_on_1_requests"] == 2
    assert found["router_100_on_1_requests_planned"] == 2 + 10, "two batches, and a second's single requests"
