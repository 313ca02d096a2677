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


def test_what_a_trigger_order_became_is_ours_whatever_the_venue_called_it_first() -> None:
    names, told = Names(), list[tuple[str, str]]()
    names.saw_plan("stop", "tpsl")
    names.learn("v9", "made-up")
    names.on_learnt.append(lambda venue, ours: told.append((venue, ours)))
    assert names.name("v9", "made-up") == "made-up"
    names.became("v9", "stop")
    names.became("v9", "stop")
    names.learn("v9", "made-up")
    assert (names.ours("v9"), names.name("v9", "made-up"), names.name("v1", "other")) == ("stop", "stop", "other")
    assert (names.plans, told) == ({}, [("v9", "stop")])
