"""What a running daemon tells of itself: trips that hold, and those that a person has armed again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from framework.app.control.facts import Facts, trips
from framework.reports.asked import trips as table_of
from framework.router.kill.operator import asked_of
from tests.wired import SECOND, Bench, Scripted, spot


def bench() -> Bench:
    return Bench({"mm": Scripted()}, instruments=(spot(),), capital={"mm": "500 USDT"})


def seen(made: Bench) -> list[Facts]:
    """As `status` has them."""
    return trips(cast("Any", SimpleNamespace(core=made.core)))


def shown(made: Bench) -> list[str]:
    """The column of the states, as a person sees it."""
    table = table_of({"trips": seen(made)})
    return [row[table.columns.index("STATE")] for row in table.rows]


def armed(made: Bench, trip_id: str) -> None:
    """One step."""
    answer = made.core.operate(asked_of("arm", reason="looked", trip_id=trip_id))
    assert answer.is_done, answer.text


def test_a_trip_that_was_armed_again_is_over_and_one_that_holds_says_what() -> None:
    made = bench()
    first = made.core.operate(asked_of("kill", reason="odd fills")).trip_id
    assert shown(made) == ["TRIPPED"]
    made.wait(62 * SECOND)
    armed(made, first)
    assert shown(made) == ["REDUCING"]
    armed(made, first)
    assert shown(made) == ["over"]
    made.core.operate(asked_of("kill", scope="strategy:mm", reason="again"))
    assert [(each["scope"], each["state"]) for each in seen(made)] == [("global", "over"), ("strategy:mm", "tripped")]


def test_a_trip_whose_place_another_has_taken_is_over() -> None:
    made = bench()
    first = made.core.operate(asked_of("kill", reason="odd fills")).trip_id
    made.wait(62 * SECOND)
    armed(made, first)
    made.core.operate(asked_of("kill", reason="again"))
    assert shown(made) == ["over", "TRIPPED"]
