"""Reasons in words."""

from __future__ import annotations

from framework.reports.reasons import REMEDIES, advice


def test_every_known_reason_has_a_meaning_and_a_remedy() -> None:
    assert all(advice.meaning and advice.remedy for advice in REMEDIES.values())
    assert list(REMEDIES) == sorted(REMEDIES)


def test_an_unknown_reason_is_shown_as_it_is() -> None:
    assert advice("moon_phase").meaning == "moon phase"
    assert advice("a\x1b[2J").meaning == "a\\x1b[2J"
    assert advice("").meaning == "no reason given"
