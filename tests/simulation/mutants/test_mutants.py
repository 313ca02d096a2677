"""Seeded bugs: those that the first seeds catch are hunted in every test run, all of them by `make mutants`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.simulation.mutants.__main__ import broken_without_a_bug
from tests.simulation.mutants.bugs import BUGS, Bug
from tests.simulation.mutants.hunt import CAUGHT_BY, Caught, hunt_apart
from tests.simulation.mutants.patched import Edit, Outdated, edited, exchange
from tests.simulation.mutants.score import QUICK, read_caught, seeds_for, write_caught
from tests.simulation.swarm import FAULTS, Swarm

KNOWN = read_caught()
QUICKLY = [name for name, seed in KNOWN.items() if seed <= QUICK]


@pytest.mark.parametrize("bug", BUGS.values(), ids=list(BUGS))
def test_the_code_that_a_bug_exchanges_is_there(bug: Bug) -> None:
    for path in dict.fromkeys(edit.path for edit in bug.edits):
        here = [edit for edit in bug.edits if edit.path == path]
        text = edited(path.read_text(encoding="utf-8"), here)
        compile(text, str(path), "exec", dont_inherit=True)


def test_every_bug_was_caught() -> None:
    assert set(KNOWN) == set(BUGS)
    assert len(BUGS) >= 25


def test_what_a_bug_is_hunted_with_are_classes_of_faults() -> None:
    assert {name for each in BUGS.values() for name in each.focus} <= FAULTS.keys()
    assert Swarm(7, focus=["busy"]).on == ["busy"]


@pytest.mark.parametrize("name", QUICKLY)
def test_the_simulation_catches_a_bug(name: str) -> None:
    caught = hunt_apart(name, seeds_for(name, KNOWN, 12), BUGS[name].focus)
    assert caught.seed > 0, caught.broken or f"none of the first seeds catches {name}: run make mutants"
    assert CAUGHT_BY.match(caught.broken)


def test_without_a_bug_those_seeds_break_nothing() -> None:
    broken = broken_without_a_bug([Caught(name, KNOWN[name]) for name in QUICKLY])
    assert broken and not any(broken.values())


@pytest.mark.parametrize("text", ["nothing of it", "old old"])
def test_an_edit_that_does_not_fit_fails_loudly(text: str) -> None:
    with pytest.raises(Outdated, match=r"expected this exactly once in framework\.router\.gate"):
        edited(text, [Edit("router.gate", "old", "new")])


def test_a_module_that_is_loaded_is_not_exchanged() -> None:
    import framework.router.gate

    assert framework.router.gate.__name__ in sys.modules
    with pytest.raises(AssertionError, match=r"framework\.router\.gate"):
        exchange([Edit("router.gate", "old", "new")])


def test_a_bug_that_is_badly_made_is_not_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised breaks a seed; a slip in the bug itself is no evidence."""
    assert CAUGHT_BY.match("I13: 41 questions wait") and CAUGHT_BY.match("AssertionError: order")
    assert not any(map(CAUGHT_BY.match, ("NameError: x", "ImportError: y", "IndexError: z", "AttributeError: I1:")))
    failed = hunt_apart("no_such_bug", [1])
    assert failed.seed == 0 and "KeyError" in failed.broken


def test_the_seed_that_caught_a_bug_is_played_first(tmp_path: Path) -> None:
    write_caught({"b": 7, "a": 2}, tmp_path / "caught.txt")
    known = read_caught(tmp_path / "caught.txt")
    assert (tmp_path / "caught.txt").read_text() == "a 2\nb 7\n"
    assert seeds_for("b", known, 3) == [7, 1, 2, 3]
    assert seeds_for("new", known, 3) == [1, 2, 3]
    assert seeds_for("b", known, 3, but=[7, 2]) == [1, 3]
    assert read_caught(tmp_path / "none.txt") == {}
