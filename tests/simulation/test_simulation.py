"""Seeds of the simulation: as many as fit a test run. `make sim` plays thousands."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import ArgumentTypeError

import pytest

from framework.recovery import Recovery
from tests.simulation.__main__ import classes, count, describe, describe_seed, seeds_that_failed
from tests.simulation.seed import digest_of, play, shrink, silence
from tests.simulation.swarm import FAULTS, Swarm

SEEDS, BLOCK = 300, 15
DIGESTS = "from tests.simulation.seed import digest_of, silence; silence(); print(*map(digest_of, (3, 5)))"


@pytest.mark.fault("N15", "N16", "E5", "E8", "E12", "E13", "E14", "E21", "E22", "S1", "S2", "E20", "E33")
@pytest.mark.fault("P1", "P2", "P3", "P4", "P5", "P6", "P9", "P12", "P16", "P22", "E29")
@pytest.mark.parametrize("first", range(1, 1 + SEEDS, BLOCK))
def test_no_seed_breaks_an_invariant(first: int) -> None:
    silence()
    broken = [told for told in map(play, range(first, first + BLOCK)) if told.broken]
    assert not broken, "\n".join(describe(told, [], [], is_shrunk=False) for told in broken)


def test_no_seed_that_once_failed_fails_again() -> None:
    silence()
    broken = [told for told in map(play, seeds_that_failed()) if told.broken]
    assert not broken, "\n".join(describe(told, [], [], is_shrunk=False) for told in broken)


def test_what_breaks_a_seed_is_counted_like_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    silence()
    monkeypatch.setattr(Recovery, "unadopted", lambda recovery: ["1 BTC more", "2 USDT less"])
    told = play(1)
    assert told.broken.startswith("I4")
    assert told.counts["position_differences"] == 2


def test_a_seed_is_the_same_under_any_hash_seed() -> None:
    said = [
        subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": number},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number in ("0", "1", "2")
    ]
    assert len(said[0].split()) == 2
    assert said[0] == said[1] == said[2]


def test_what_a_seed_held_is_told_beside_what_it_must_hold() -> None:
    told = describe_seed({"intents": 130, "requests": 90, "virtual_seconds": 66}, 2)
    assert told == (
        "a seed on average (at least): "
        "65.00 intents (60), 45.00 requests (40), 33.00 virtual seconds (30), 0.00 crashes (0.5)"
    )


def test_seeds_differ() -> None:
    silence()
    assert digest_of(1) != digest_of(2)


def test_a_class_that_is_switched_off_leaves_the_others_as_they_were() -> None:
    all_on, one_off = Swarm(7), Swarm(7, ["lose_reply"])
    assert one_off.scales["lose_reply"] == 0
    assert {name for name in FAULTS if all_on.scales[name] != one_off.scales[name]} <= {"lose_reply"}


def test_a_broken_seed_says_how_to_break_it_again_and_shrinks(monkeypatch: pytest.MonkeyPatch) -> None:
    silence()
    monkeypatch.setattr(
        "tests.simulation.world.check_end", lambda world: world.history.hold("I3", False, lambda: "made up")
    )
    told = play(1)
    assert told.broken == "I3: made up"
    assert set(shrink(told)) == set(told.on)  # no class of faults is needed for it
    assert "make sim SEEDS=1 FROM=1" in describe(told, ["lose_reply"], [], is_shrunk=False)


def test_classes_can_be_focused_on_from_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    silence()
    monkeypatch.setattr(
        "tests.simulation.world.check_end", lambda world: world.history.hold("I3", False, lambda: "made up")
    )
    told = play(1, focus=classes("busy,crowd"))
    assert told.on == ["busy", "crowd"]
    assert "make sim SEEDS=1 FROM=1 FOCUS=busy,crowd OFF=crowd" in describe(told, ["crowd"], told.on, is_shrunk=False)
    with pytest.raises(ArgumentTypeError, match=r"expected classes of faults .* found bussy"):
        classes("busy,bussy")


@pytest.mark.parametrize("word", ["0", "-3", "x", "", "\u0663"])
def test_no_seeds_are_no_evidence(word: str) -> None:
    with pytest.raises(ArgumentTypeError, match="expected a whole number from 1 on"):
        count(word)
