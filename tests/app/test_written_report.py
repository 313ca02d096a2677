"""The report of a run that is over."""

from __future__ import annotations

import pytest

from tests.app.conftest import MakeConfig, Trade


def test_a_report_that_cannot_be_made_leaves_the_summary(
    config: MakeConfig, trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise OverflowError("cannot convert float infinity to integer")

    monkeypatch.setattr("framework.reports.html.write_report", broken)
    summary = trade(config(only=("sma",)))
    assert summary.fills > 0
    (fault,) = summary.faults
    assert "not written, OverflowError: cannot convert float infinity" in fault
