"""What the venue keeps, and that it knows where its memory begins."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.events import Fill
from framework.venues.sim import memory
from framework.venues.sim.memory import Memory
from framework.venues.sim.orders import VenueOrder
from tests.venues.sim.stage import pair


def order(number: int) -> VenueOrder:
    return VenueOrder(f"o{number}", pair(), True, 5, 5)


def test_the_oldest_are_forgotten_and_the_memory_says_from_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "DONE_REMEMBERED", 2)
    monkeypatch.setattr(memory, "FILLS_REMEMBERED", 2)
    kept = Memory()
    for number in range(4):
        kept.end(order(number))
        kept.fill(order(number), Fill(str(number), 1, 1, Decimal(0), "USDT", is_maker=True), 10 * number)
    assert list(kept.done) == ["o2", "o3"]
    assert [traded.ts_ns for traded in kept.fills] == [20, 30]
    assert kept.fills_since_ns == 11
