"""Tries that come to the same."""

from __future__ import annotations

from framework.reports.repeated import without_repeats
from framework.reports.story import StoryStep


def steps(*texts: str) -> list[StoryStep]:
    """`kind: text`, a second apart."""
    return [StoryStep(at, *text.split(": ", 1)) for at, text in enumerate(texts)]


def told(*texts: str) -> list[str]:
    return [f"{step.kind}: {step.text}" for step in without_repeats(steps(*texts))]


MADE = ("order: made", "request: 1 place, alone", "report: accepted")


def tried(*numbers: int, answer: str = "cancel rejected") -> list[str]:
    return [text for number in numbers for text in (f"request: {number} cancel, alone", f"report: {answer}")]


def test_a_cancel_that_fails_alike_is_told_once_with_the_number_of_the_last() -> None:
    assert told(*MADE, *tried(*range(2, 40)), "report: cancelled") == [
        *MADE,
        *tried(2),
        "again: the same 36 more times, the last as request 38",
        *tried(39),
        "report: cancelled",
    ]


def test_a_few_are_told_one_by_one() -> None:
    assert told(*MADE, *tried(2, 3, 4)) == [*MADE, *tried(2, 3, 4)]


def test_another_answer_is_told_apart() -> None:
    assert told(*tried(1, 2, 3, 4), *tried(5, answer="unknown")) == [
        *tried(1),
        "again: the same 3 more times, the last as request 4",
        *tried(5, answer="unknown"),
    ]


def test_what_is_no_request_is_never_left_out() -> None:
    waits = ["netted: waits"] * 5
    assert told(*waits) == waits
    assert told() == []


def test_the_time_is_that_of_the_last_one() -> None:
    *_, again = without_repeats(steps(*tried(1, 2, 3, 4)))
    assert again.ts_ns == 6
