"""Code that is another one than a run was made with."""

from __future__ import annotations

import pytest

from framework.app.replay.other_code import other_code
from framework.kernel.records import RunStarted
from framework.model.errors import DataError

STARTED = RunStarted(
    1, "1f3a", "0.1.0", "3.11", "paper", "tape", "digest", b"{}", {"grid": "a" * 64, "gone": "b" * 64}, 0
)
HERE = RunStarted(1, "1f3a", "0.2.0", "3.12", "paper", "tape", "digest", b"{}", {"grid": "c" * 64}, 0)


def test_the_same_code_is_no_change() -> None:
    assert other_code("run x", STARTED, STARTED, is_fine=False) == ()


def test_each_change_is_named_and_refused_unless_it_is_fine() -> None:
    told = other_code("run x", STARTED, HERE, is_fine=True)
    assert told == (
        "Python 3.11, here 3.12",
        "framework 0.1.0, here 0.2.0",
        "plugin grid with code aaaaaaaaaaaa..., here cccccccccccc...",
        "plugin gone with code bbbbbbbbbbbb..., here none...",
    )
    with pytest.raises(DataError, match=r"^run x: expected what it was made with: Python 3.11, .*--with-changes"):
        other_code("run x", STARTED, HERE, is_fine=False)
