"""Make the kept journals anew: `make replays`, after a change that is meant to decide otherwise.

Three short runs: a tape on paper; a daemon that meets faults, ends hard and starts again; a daemon that is killed, swept
and armed again. They must replay identically (`tests/replays/test_replays.py`): what changed decisions, and was not
meant to, shows there with the first one.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

from framework.app.assembly import PaperRun
from framework.app.drive import Stop
from framework.app.hearing import SAMPLE_PRIORITY
from framework.app.paper.run import trade_on_paper
from framework.config import load_config
from framework.kernel.journal.compression import compress_segments
from framework.reports.session import Session
from tests.app.conftest import Blind
from tests.app.live_house import live_house
from tests.app.replay.player import FAULTS, journal_of, player

FOLDER: Final = Path(__file__).parent
PAPER_NS: Final = 30_000_000_000
"""Of the tape's time."""


def paper(folder: Path) -> Path:
    """Half a minute of the default run, to the nanosecond: the same each time it is made; gives the journal."""
    overrides = {"paper": {"speed": "max"}, "journal": {"folder": str(folder)}}
    config = load_config(Path("config/paper.toml"), overrides).only(("mm", "sma"))
    stop = Stop()

    def view(_session: Session, run: PaperRun) -> Blind:
        run.core.loop.at(run.start_ns + PAPER_NS, SAMPLE_PRIORITY, lambda: stop.ask("Ctrl-C"))
        return Blind(stop)

    return Path(trade_on_paper(config, view, stop).journal)


async def faults(folder: Path) -> Path:
    """Answers that are lost, late and garbled; a hard end in the middle of it; a start that finds out."""
    async with live_house(folder) as house:
        async with player(house) as first:
            await first.arm()
            await first.move(4)
        house.server.faults.add(FAULTS)
        async with player(house, is_killed=True) as second:
            await second.move(30)
        async with player(house) as third:
            await third.move(4)
    return journal_of(folder)


async def kill(folder: Path) -> Path:
    """A kill while orders stand, its sweep, and the two steps of arming in the next session."""
    async with live_house(folder) as house:
        async with player(house) as first:
            await first.arm()
            await first.move(6)
            trip = await first.kill()
        async with player(house) as second:
            await second.arm(trip)
            await second.move(4)
    return journal_of(folder)


def keep(journal: Path, name: str) -> None:
    """Copy a journal, small, to where it is kept."""
    target = FOLDER / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    if journal.is_file():
        shutil.copy(journal, target)
        return
    compress_segments(journal)
    shutil.copytree(journal, target / journal.name)
    shutil.copy(journal.with_suffix(".head"), target)


def main() -> None:
    """Run all three."""
    daemons: dict[str, Callable[[Path], Coroutine[Any, Any, Path]]] = {"faults": faults, "kill": kill}
    with tempfile.TemporaryDirectory() as made:
        keep(paper(Path(made)), "paper")
        for name, run in daemons.items():
            (folder := Path(made) / name).mkdir()
            keep(asyncio.run(run(folder)), name)
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts:
            sys.stdout.write(f"{path.stat().st_size:>9,}  {path.relative_to(FOLDER)}\n")


if __name__ == "__main__":
    main()
