"""A story as plain values."""

from __future__ import annotations

from typing import Any

from tests.reports.test_explained import story_of
from tests.router.scene import BTC, bench


def test_facts_are_plain() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    facts: dict[str, Any] = story_of(made, order).facts()
    assert facts["order"]["client_order_id"] == order.client_order_id
    assert set(facts["steps"][0]) == {"ts_ns", "kind", "text"}
