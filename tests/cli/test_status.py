"""`run.py status` in lines."""

from __future__ import annotations

import pytest

from framework.cli.status import tell


def test_a_latch_that_is_not_durable_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    tell({"ok": True, "text": "LIVE", "run": "var/live/a", "latch_fault": "latch var/live/a/latch: not on the disk"})
    assert capsys.readouterr().out.splitlines() == [
        "LIVE",
        "run         var/live/a",
        "fault       latch var/live/a/latch: not on the disk",
    ]
