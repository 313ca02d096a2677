"""The picture of a run, drawn anew a few times a second."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from framework.app import refresh
from framework.app.refresh import REFRESH_S, Refresh


class Watch:
    """A stopwatch that is set by hand."""

    elapsed_s = 0.0


def test_it_is_drawn_when_it_is_due_and_at_once_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    watch, drawn = Watch(), []
    monkeypatch.setattr(refresh, "Stopwatch", lambda: watch)
    core = SimpleNamespace(loop=SimpleNamespace(cursor=0), clock=SimpleNamespace(now_ns=0))
    session, view = SimpleNamespace(events=0), SimpleNamespace(refresh=drawn.append)
    picture = Refresh(cast("Any", SimpleNamespace(core=core)), cast("Any", session), cast("Any", view))
    for step in range(9):
        watch.elapsed_s = step * REFRESH_S / 4
        core.clock.now_ns, core.loop.cursor = step, 10 * step
        picture()
    assert drawn == [0, 4, 8]
    assert session.events == 80
    picture.now()
    assert drawn == [0, 4, 8, 8]
