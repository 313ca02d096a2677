"""The README's table of reliability is the one that the kept figures give."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.results import kept
from tests.reliability import BEGIN, END, FIGURES, README, ROWS, keep, latencies, sums_of, table, with_table

FOUND = {"commit": "1a2b3c4", "date": "2026-01-02", "machine": "2 cores, made up"}


def test_the_readme_shows_what_is_kept() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_table(text, table(kept(FIGURES))), "run make reliability"


def test_what_is_kept_is_shown_and_says_where_it_comes_from() -> None:
    assert {"faults"} <= set(kept(FIGURES)) <= {row.name for row in ROWS}
    for name, found in kept(FIGURES).items():
        assert found["commit"] and found["date"] and found["machine"], name


def test_a_figure_stands_with_its_commit_and_a_missing_one_says_so() -> None:
    made = table({"mutants": {"caught": 39, "bugs": 40, **FOUND}})
    assert "| seeded bugs that the simulation catches | 39/40 | `make mutants` | 1a2b3c4, 2026-01-02 |" in made
    assert "not kept yet" in made
    assert made.endswith("Measured on: 2 cores, made up.")


def test_what_is_kept_anew_stands_over_the_old(tmp_path: Path) -> None:
    keep("mutants", {"caught": 1, "bugs": 2}, tmp_path / "kept.json")
    keep("mutants", {"caught": 2, "bugs": 2}, tmp_path / "kept.json")
    keep("faults", {"automated": 3, "all": 4}, tmp_path / "kept.json")
    found = kept(tmp_path / "kept.json")
    assert (found["mutants"]["caught"], found["faults"]["automated"]) == (2, 3)


def test_latencies_are_taken_over_where_both_were_measured() -> None:
    one = {"value": 1.5, "unit": "ms", **FOUND}
    found = latencies({"kill_confirmed_p50": one, "kill_confirmed_p99": one | {"value": 3.0}, "kill_swept_p50": one})
    assert [(name, each["p50"], each["p99"]) for name, each in found.items()] == [("kill_confirmed", 1.5, 3.0)]
    swept = latencies({"kill_swept": one | {"value": 1004.0}})
    assert "| 1,004 ms of the venue's clock | `make bench` | 1a2b3c4, 2026-01-02 |" in table(swept)


def test_what_tests_count_is_added_up_by_row() -> None:
    reports = [
        SimpleNamespace(user_properties=[("gate_race", {"rounds": 3, "bytes_after": 0}), ("other", 1)]),
        SimpleNamespace(user_properties=[("gate_race", {"rounds": 4, "bytes_after": 0})]),
        SimpleNamespace(user_properties=[("journal_prefixes", {"recovered": 5, "prefixes": 5})]),
        SimpleNamespace(user_properties=[]),
    ]
    found = sums_of(reports)
    assert found == {
        "gate_race": {"rounds": 7, "bytes_after": 0},
        "journal_prefixes": {"recovered": 5, "prefixes": 5},
    }
    made = table({name: figures | FOUND for name, figures in found.items()})
    assert "| 7, 0 | `make long` |" in made and "| 5/5 | `make long` |" in made


@pytest.mark.parametrize("text", ["nothing", BEGIN, f"{BEGIN}{END}{BEGIN}"])
def test_a_readme_without_its_marks_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="once each"):
        with_table(text, "made")


def test_only_what_stands_between_the_marks_changes() -> None:
    assert with_table(f"a\n{BEGIN}\nold\n{END}\nb\n", "new") == f"a\n{BEGIN}\nnew\n{END}\nb\n"
