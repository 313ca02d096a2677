"""Class attributes: defaults, names that belong to Strategy, state that instances share."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Found = Callable[[str], list[str]]


def test_a_parameter_without_default_is_a_fault(found_in_class: Found) -> None:
    assert found_in_class("fast: int\n_inner: int\nKINDS: ClassVar[int]\nslow: int = 3") == [
        "x.py:3: parameter fast has no default (write fast: int = ...)"
    ]


@pytest.mark.parametrize("body", ["name: str = 'x'", "buy = 3", "def ladder(self):\n    pass", "now: int = 3"])
def test_names_of_the_base_class_are_taken(found_in_class: Found, body: str) -> None:
    (text,) = found_in_class(body)
    assert "belongs to Strategy" in text


@pytest.mark.parametrize("statement", ["self.orders = []", "self.now = 3", "self.bars: int = 3", "self.state = None"])
def test_setting_what_belongs_to_the_base_is_found(found_in_class: Found, statement: str) -> None:
    (text,) = found_in_class(f"def on_start(self):\n    {statement}")
    assert text.startswith("x.py:4: self.")
    assert "belongs to Strategy" in text


def test_setting_own_attributes_and_those_of_state_is_free(found_in_class: Found) -> None:
    assert (
        found_in_class("def on_start(self):\n    self.mine = 3\n    self.state.count += 1\n    self.a, self.b = 1, 2")
        == []
    )


@pytest.mark.parametrize(
    "use", ["self.seen.append(1)", "self.seen[3] = 1", "del self.seen[0]", "self.seen[0] += 1", "self.seen.clear()"]
)
@pytest.mark.parametrize("default", ["seen = []", "seen: list[int] = []", "seen = dict()", "seen = {x: 1 for x in ()}"])
def test_a_shared_container_that_is_changed_is_a_warning(found_in_class: Found, default: str, use: str) -> None:
    (text,) = found_in_class(f"{default}\ndef on_start(self):\n    {use}")
    assert text.startswith("x.py:3: warning: seen is shared by all instances")


def test_a_container_that_is_only_read_is_a_parameter_like_any_other(found_in_class: Found) -> None:
    body = "weights: dict[str, float] = {}\ndef on_start(self):\n    self.x = self.weights['a'], self.weights.get('b')"
    assert found_in_class(body) == []


def test_state_without_annotation_or_default_is_a_fault(found_in_class: Found) -> None:
    assert found_in_class("class State:\n    count = 0\n    total: int\n    seen: list[int] = []\n    ok: int = 0") == [
        "x.py:4: State.count is not saved (annotate it: count: int = ...)",
        "x.py:5: State.total has no default (write total: ... = ...)",
        (
            "x.py:6: State.seen has a default that instances would share "
            "(write seen: ... = field(default_factory=...), from dataclasses import field)"
        ),
    ]
