"""Tries that come to the same, told once: a cancel that is sent each two seconds while no venue answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from framework.reports.story import StoryStep

TOLD_APART: Final = 2
"""So many tries after the first are still told one by one."""


def without_repeats(steps: Sequence[StoryStep]) -> Iterator[StoryStep]:
    """The steps of a story; of requests that were answered alike in a row the first, and how many followed."""
    for _, alike in groupby(tries(steps), _said):
        first, *again = alike
        yield from first
        if len(again) <= TOLD_APART or first[0].kind != "request":
            yield from (step for each in again for step in each)
            continue
        last = again[-1][0]
        number = last.text.partition(" ")[0]
        yield replace(last, kind="again", text=f"the same {len(again):,} more times, the last as request {number}")


def tries(steps: Sequence[StoryStep]) -> Iterator[tuple[StoryStep, ...]]:
    """Each request with what came after it; before the first, each step alone."""
    found: list[StoryStep] = []
    for step in steps:
        if found and (step.kind == "request" or found[0].kind != "request"):
            yield tuple(found)
            found = []
        found.append(step)
    if found:
        yield tuple(found)


def _said(one: tuple[StoryStep, ...]) -> tuple[tuple[str, str], ...]:
    """What a try came to, without the number of its request."""
    return tuple((step.kind, step.text.partition(" ")[2] if step.kind == "request" else step.text) for step in one)
