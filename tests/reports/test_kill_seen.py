"""Steps of the kill switch in words and as objects."""

from __future__ import annotations

import json

from framework.kernel.records import KillStepped, SweepStepped
from framework.reports.kill_seen import KillSeen, SweepSeen


def test_a_trip_in_words_and_as_an_object() -> None:
    seen = KillSeen(5, KillStepped("strategy:mm", "tripped", "operator", "odd\nfills", "uid 1000", "1f3a9c-2"))
    assert seen.text == "TRIPPED strategy:mm: odd\\nfills (trip 1f3a9c-2)"
    told = json.loads(seen.json)
    assert (told["event"], told["ts_ns"], told["trip"], told["who"]) == ("kill.tripped", 5, "1f3a9c-2", "uid 1000")


def test_a_step_that_is_no_trip_names_none() -> None:
    seen = KillSeen(5, KillStepped("global", "armed", "operator", "looked", "uid 1000", ""))
    assert seen.text == "ARMED global: looked"
    assert seen.noun == "kill step"


def test_a_sweep_in_words_and_as_an_object() -> None:
    seen = SweepSeen(5, SweepStepped("1f3a9c-2", "sweep_blocked", 3, 60_000_000, "banned"))
    assert seen.text == "sweep of 1f3a9c-2: sweep blocked, 3 orders asked to be cancelled in 60 ms (banned)", (
        "of before"
    )
    assert json.loads(seen.json)["event"] == "sweep.sweep_blocked"
    seen = SweepSeen(5, SweepStepped("1f3a9c-2", "swept", 4, 60_000_000, "", 3, 1))
    assert seen.text == "sweep of 1f3a9c-2: swept, 1 order cancelled, 3 filled meanwhile, in 60 ms"
