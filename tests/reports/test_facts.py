"""Facts of a run."""

from __future__ import annotations

import pytest

from tests.reports.synthetic import SECOND_NS, START_NS, facts


def test_a_tape_has_a_length_and_a_feed_without_end_has_none() -> None:
    assert facts().span_ns == 651 * SECOND_NS
    assert facts(ts_end_ns=0).span_ns == 0
    assert facts(ts_end_ns=START_NS - 1).span_ns == 0


def test_facts_do_not_change() -> None:
    with pytest.raises(AttributeError):
        facts().seed = 8  # type: ignore[misc]
