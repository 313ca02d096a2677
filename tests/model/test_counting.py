"""Nouns by their count."""

from __future__ import annotations

from framework.model.counting import counted, listed


def test_one_is_one_and_others_are_many() -> None:
    assert counted(1, "fill") == "1 fill"
    assert counted(0, "fill") == "0 fills"
    assert counted(2_000, "fill") == "2,000 fills"
    assert counted(2, "more run goes on", "more runs go on") == "2 more runs go on"


def test_the_first_of_many_names_are_listed_and_the_others_counted() -> None:
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
