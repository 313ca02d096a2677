"""What a trial keeps for the test, and what it makes of a handler that raised."""

from __future__ import annotations

import pytest

from framework.model.errors import PluginError
from framework.ports import Listener
from framework.testing.notes import Notes


def test_it_is_a_runs_listener() -> None:
    listener: Listener = Notes()
    listener.plotted("trial", "mid", 5, 1.5)
    listener.plotted("trial", "mid", 6, 2.5)
    assert isinstance(listener, Notes)
    assert listener.plots == {"mid": [(5, 1.5), (6, 2.5)]}


def test_a_quarantine_fails_the_test_with_its_reason() -> None:
    with pytest.raises(PluginError, match="the strategy raised: ValueError: no"):
        Notes().quarantined("trial", 5, "ValueError: no")
