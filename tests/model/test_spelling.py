"""The nearest spelling."""

from __future__ import annotations

from framework.model.spelling import nearest


def test_a_similar_name_is_proposed() -> None:
    assert nearest("sped", ["speed", "seed", "tape"]) == "; did you mean 'speed'?"


def test_without_a_similar_name_all_are_told() -> None:
    assert nearest("xyz", ["b", "a"]) == "; known: a, b"
    assert nearest("xyz", []) == "; there are none"
