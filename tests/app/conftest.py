"""What the tests of whole runs share: settings that write to a temporary folder, and a view that shows nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framework.app.assembly import END_OF_TAPE, PaperRun
from framework.app.drive import Stop
from framework.app.paper.run import trade_on_paper
from framework.config import Config, load_config
from framework.kernel.records import Record
from framework.reports.session import Session
from framework.reports.summary import Summary

MakeConfig = Callable[..., Config]
Trade = Callable[..., Summary]


class Blind:
    """A view that shows nothing, and may ask to stop."""

    def __init__(self, stop: Stop, stop_at_ns: int = 0) -> None:
        self._stop = stop
        self._stop_at_ns = stop_at_ns

    def start(self) -> None:
        """Nothing."""

    def refresh(self, now_ns: int) -> None:
        """Ask to stop when it is time."""
        if self._stop_at_ns and now_ns >= self._stop_at_ns:
            self._stop.ask("Ctrl-C")

    def stop(self) -> None:
        """Nothing."""


@pytest.fixture
def config(tmp_path: Path) -> MakeConfig:
    """Settings of the default file at full speed, their runs under a temporary folder."""

    def make(file: str = "config/paper.toml", only: tuple[str, ...] = (), **paper: Any) -> Config:
        overrides = {"paper": {"speed": "max", **paper}, "journal": {"folder": str(tmp_path / "var")}}
        loaded = load_config(Path(file), overrides)
        return loaded.only(only) if only else loaded

    return make


@pytest.fixture
def trade() -> Trade:
    """Trade to the end of the tape, or until an instant."""

    def run(config: Config, stop_at_ns: int = 0) -> Summary:
        stop = Stop()

        def view(_session: Session, _run: PaperRun) -> Blind:
            return Blind(stop, stop_at_ns)

        return trade_on_paper(config, view, stop)

    return run


def records_of(config: Config, play: Callable[[PaperRun], None]) -> list[Record]:
    """What a run journals that is played by a driver, and then stopped."""
    records: list[Record] = []
    run = PaperRun.of(config, lambda _: records.append)
    play(run)
    for _ in run.stop(END_OF_TAPE):
        pass
    return records


def straight(run: PaperRun) -> None:
    """The plainest driver."""
    for _ in run.instants():
        pass


def nothing() -> None:
    """No screen to look at."""


def forget(_run_id: str) -> Callable[[Record], None]:
    """No journal."""
    return lambda _record: None
