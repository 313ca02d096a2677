"""A looped run for ever: what it remembers is bounded, so its memory comes to rest."""

from __future__ import annotations

import gc
import sys

import pytest

from framework.app.assembly import PaperRun
from framework.app.files import RunFiles
from framework.app.hearing import listen
from framework.app.paper.run import paper_facts
from framework.engine import booked, forgetting
from framework.reports import session as sessions
from framework.reports.series import Thinned
from framework.reports.session import Session
from framework.venues.sim import memory
from tests.app.conftest import MakeConfig

GROWTH_MAX = 1.06
"""Blocks at the end against those of the middle: curves that are thinned come and go by some percent."""
POINTS_KEPT = 300
"""Of each curve and table, instead of some thousands: they are to be full well before the middle."""


@pytest.mark.fault("P15")
@pytest.mark.parametrize(
    ("only", "laps", "done_kept"),
    [
        (("sma", "grid"), 4, 50),
        pytest.param((), 30, 5_000, marks=[pytest.mark.long, pytest.mark.timeout(1_800)], id="all-30-laps"),
    ],
)
def test_memory_comes_to_rest(
    config: MakeConfig, monkeypatch: pytest.MonkeyPatch, only: tuple[str, ...], laps: int, done_kept: int
) -> None:
    monkeypatch.setattr(forgetting, "DONE_KEPT_MAX", done_kept)
    monkeypatch.setattr(booked, "FORGOTTEN_MAX", done_kept)
    monkeypatch.setattr(memory, "DONE_REMEMBERED", done_kept)
    monkeypatch.setattr(memory, "FILLS_REMEMBERED", done_kept)
    monkeypatch.setattr(sessions, "Thinned", lambda limit=POINTS_KEPT: Thinned(min(limit, POINTS_KEPT)))
    settings = config(only=only, loop=True)
    run = PaperRun.of(settings, lambda _: lambda _record: None)
    session = Session(paper_facts(run, RunFiles(settings)), run.core.engine.portfolio, run.core.engine.quote)
    listen(run, session)
    blocks: list[int] = []
    for ts_ns in run.instants():
        if ts_ns >= run.start_ns + (len(blocks) + 1) * run.tape.lap_ns:
            gc.collect()
            blocks.append(sys.getallocatedblocks())
            if len(blocks) == laps:
                break
    assert session.total.fills > laps
    assert blocks[-1] < GROWTH_MAX * blocks[laps // 2 - 1], blocks
