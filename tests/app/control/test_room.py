from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from framework.app.control.room import no_room


@pytest.mark.parametrize(("free", "is_full"), [(0, True), (9, True), (10, False), (1_000, False)])
def test_below_a_hundredth_of_the_disk_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_full: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(total=1_000, free=free))
    assert bool(no_room(tmp_path)) is is_full
    assert not is_full or "expected 1% of the disk free, found" in no_room(tmp_path)


def test_a_disk_that_cannot_be_asked_is_not_full(tmp_path: Path) -> None:
    assert no_room(tmp_path / "nowhere") == ""
