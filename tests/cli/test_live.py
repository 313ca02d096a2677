"""`run.py live` as a person starts it: a process of its own, asked by the verbs, ended by a signal."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from framework.kernel.account_lock import LOCKS
from framework.ops.control_client import ask, find
from tests.app.live_house import LiveHouse, live_house

ROOT = Path(__file__).resolve().parents[2]
IN_A_HOME = """
import pwd, runpy, sys, types
home = types.SimpleNamespace(pw_dir=sys.argv[1])
pwd.getpwuid = lambda uid: home
del sys.argv[:2]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""run.py for a user whose home, in the password database, is the test's own folder."""


async def started(house: LiveHouse) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "BOT_LIVE__HOST": f"127.0.0.1:{house.port}",
        "BOT_JOURNAL__FOLDER": str(house.folder / "var"),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", IN_A_HOME, str(house.folder), str(ROOT / "run.py"), "live", "--config", "config/live.example.toml", "--json",
        cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def asked(house: LiveHouse, **request: Any) -> dict[str, Any]:
    return await asyncio.to_thread(lambda: ask(find(house.folder / "var"), request))


@pytest.mark.fault("P24")
async def test_it_trades_when_armed_and_ends_cleanly_at_a_signal(tmp_path: Path) -> None:
    async with live_house(tmp_path) as house, asyncio.timeout(50):
        process = await started(house)
        assert process.stdout is not None
        assert process.stderr is not None
        told = b""
        while b"DISARMED" not in told:
            line = await process.stderr.readline()
            assert line, told
            told += line
        status = await asked(house, verb="status")
        assert (status["mode"], status["state"]) == ("LIVE", "disarmed")
        (lock,) = (house.folder / LOCKS).iterdir()
        assert lock.read_text() == f"{process.pid}\n{house.folder / 'var/live/plain-main'}\n"
        assert (await asked(house, verb="arm", reason="test"))["text"] == "ARMED global"
        while not house.venue.open_ids(""):
            house.move()
            await asyncio.sleep(0.02)
        orders = await asked(house, verb="orders")
        assert {row["order"] for row in orders["orders"]} == set(house.venue.open_ids(""))
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            out, _ = await process.communicate()
        summary = json.loads(out.splitlines()[-1])
        assert (process.returncode, summary["mode"], summary["stopped_by"]) == (0, "LIVE", "SIGTERM")
        assert (summary["faults"], summary["ledger_difference"]) == ([], {})
        assert house.venue.open_ids("") == []
