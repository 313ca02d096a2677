"""Nouns by their count."""

from __future__ import annotations

from framework.model.counting import counted


def test_one_is_one_and_others_are_many() -> None:
    assert counted(1, "fill") == "1 fill"
    assert counted(0, "fill") == "0 fills"
    assert counted(2_000, "fill") == "2,000 fills"
    assert counted(2, "more run goes on", "more runs go on") == "2 more runs go on"
