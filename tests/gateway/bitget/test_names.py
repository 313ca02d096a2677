"""Names of orders: learnt once, told to who waits, bounded."""

from __future__ import annotations

import pytest

from framework.gateway.bitget import names
from framework.gateway.bitget.names import Names


def test_a_name_is_learnt_once_and_told() -> None:
    known, told = Names(), list[tuple[str, str]]()
    known.on_learnt.append(lambda theirs, ours: told.append((theirs, ours)))
    known.learn("5", "a")
    known.learn("5", "b")
    known.learn("", "c")
    known.learn("6", "")
    assert told == [("5", "a")]
    assert (known.ours("5"), known.ours("6")) == ("a", "")


def test_the_oldest_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "NAMES_MAX", 2)
    known = Names()
    for number in "123":
        known.learn(number, f"o{number}")
    assert [known.ours(number) for number in "123"] == ["", "o2", "o3"]


def test_trigger_orders_seen_last_are_kept_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "NAMES_MAX", 2)
    known = Names()
    for name in ("a", "b", "a", "c"):
        known.saw_plan(name, "normal_plan")
    assert list(known.plans) == ["a", "c"]
