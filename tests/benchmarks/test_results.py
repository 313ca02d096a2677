from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.calibration import Timer
from benchmarks.measures import COUNT, LOOPS, MICROSECONDS, Measure
from benchmarks.results import combined, facts, keep, kept
from benchmarks.table import lines, number
from benchmarks.targets import TARGETS, Target

FACTS = {"machine": "2 cores", "versions": {"python": "3.11"}, "date": "2026-11-21", "commit": "abc"}


def results() -> dict[str, dict[str, object]]:
    """Of three processes."""
    found = [
        [Measure("ticks_trading", us, MICROSECONDS, us * 4), Measure("events", 7, COUNT)] for us in (1.0, 3.0, 2.0)
    ]
    return combined(found, FACTS)


def test_a_result_is_the_median_with_least_and_most() -> None:
    result = results()["ticks_trading"]
    assert {name: result[name] for name in ("value", "unit", "steps", "min", "max", "n")} == {
        "value": 2.0, "unit": MICROSECONDS, "steps": 8.0, "min": 1.0, "max": 3.0, "n": 3,
    }  # fmt: skip
    assert result["machine"] == "2 cores"
    assert results()["events"]["steps"] is None


def test_results_of_other_workloads_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    keep({"b": {"value": 1}}, path)
    keep({"a": {"value": 2}}, path)
    assert list(kept(path)) == ["a", "b"]
    assert json.loads(path.read_text(encoding="utf-8"))["b"] == {"value": 1}


def test_the_file_names_no_path_and_no_host() -> None:
    told = json.dumps(facts())
    assert "/" not in told.replace("+", "")
    assert set(facts()) == {"machine", "versions", "date", "commit"}


def test_the_table_says_in_words_what_was_reached() -> None:
    table = "\n".join(lines(results()))
    assert "must reached" in table
    assert "2026-11-21, 2 cores; python 3.11; commit abc; n = 3" in table


def test_what_the_router_saves_stands_in_a_table_of_its_own() -> None:
    names = ("requests", "units", "units_least", "units_one_by_one", "seconds", "seconds_one_by_one",
             "requests_planned", "seconds_planned")  # fmt: skip
    measures = [Measure(f"router_100_on_3_{name}", 5, COUNT) for name in names]
    table = list(lines(combined([[*measures, Measure("router_100_on_3_order", 1, MICROSECONDS, 250)]], FACTS)))
    row = next(line for line in table if line.startswith("100"))
    assert row.split() == ["100", "3", *["5"] * 8, "250"]


@pytest.mark.parametrize(("found", "verdict"), [(5, "goal reached"), (9.9, "must reached"), (10.1, "not reached")])
def test_a_verdict_compares_with_must_and_goal(found: float, verdict: str) -> None:
    assert Target(must=10, goal=5).verdict(found) == verdict


def test_a_goal_is_never_easier_than_a_must() -> None:
    assert all(target.goal <= target.must for target in TARGETS.values())


@pytest.mark.parametrize(("value", "text"), [(1.234, "1.23"), (12.34, "12.3"), (1234.5, "1,234"), (7, "7")])
def test_a_number_has_three_digits_that_mean_something(value: float, text: str) -> None:
    assert number(value) == text


def test_work_is_timed_between_two_runs_of_the_loop() -> None:
    timer = Timer(2_000)
    done: list[int] = []
    span = timer.span(lambda: done.append(1), iter([1.0, 3.0]).__next__)
    assert done == [1]
    assert span.cpu_s == 2.0
    assert span.step_s > 0
    assert span.loops == pytest.approx(2.0 / span.step_s / 1e6)


def test_long_work_is_done_whole_slice_by_slice() -> None:
    work = iter(range(60_000))
    span = Timer(2_000).slices(work)
    assert next(work, None) is None
    assert span.cpu_s > 0
    assert span.step_s > 0


def test_figures_in_loops_keep_their_own_unit() -> None:
    table = "\n".join(lines(combined([[Measure("first_event", 1.5, LOOPS, 1.5e6)]], FACTS)))
    assert "1.50 loops" in table
    assert "goal reached" in table
