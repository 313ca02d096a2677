"""`run.py status` in lines."""

from __future__ import annotations

import json
import os
import shutil
import socket
from pathlib import Path

import pytest

from framework.cli import main
from framework.cli.status import tell
from framework.kernel.account_lock import AccountLock, FolderLock
from framework.ops import control_client
from framework.ops.control import NAME, ControlServer, address


def test_a_latch_that_is_not_durable_is_named_once(capsys: pytest.CaptureFixture[str]) -> None:
    tell({"ok": True, "text": "LIVE", "run": "var/live/a", "latch_fault": "latch var/live/a/latch: not on the disk"})
    assert capsys.readouterr().out.splitlines() == [
        "LIVE",
        "run         var/live/a",
        "fault       latch var/live/a/latch: not on the disk",
    ]


def test_a_daemon_that_ended_hard_is_named_beside_the_run_that_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, crashed = tmp_path / "paper" / "20260101-a", tmp_path / "live" / "bitget-main"
    run.mkdir(parents=True)
    FolderLock(crashed).release()
    with socket.socket(socket.AF_UNIX) as dead, address(crashed / NAME) as name:
        dead.bind(name)
    server = ControlServer(run / NAME, lambda request, who: {"ok": True, "text": "PAPER"})
    assert server.start()
    assert main(["status", "--folder", str(tmp_path)]) == 0
    assert (
        f"broken off  {crashed}: its last session ended without the venue's last word, and its orders may stand"
        in " ".join(capsys.readouterr().out.replace("\n", " ").split(" "))
    )
    assert main(["status", "--folder", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["broken_off"] == [str(crashed)]
    server.stop()


def test_where_several_scopes_are_held_each_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    scopes = {"global": "reducing", "strategy:mm": "tripped", "strategy:grid": "armed"}
    tell({"ok": True, "text": "LIVE   TRIPPED strategy:mm: bad", "scopes": scopes})
    assert capsys.readouterr().out.splitlines() == [
        "LIVE   TRIPPED strategy:mm: bad",
        "held        global REDUCING, strategy:mm TRIPPED",
    ]
    tell({"ok": True, "text": "LIVE   DISARMED", "scopes": {"global": "disarmed"}})
    assert capsys.readouterr().out == "LIVE   DISARMED\n"


def test_a_daemon_whose_folder_is_gone_is_named_by_itself_and_beside_a_run_that_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_client, "locks_folder", lambda: tmp_path / "locks")
    runs, account = tmp_path / "var", tmp_path / "var" / "live" / "bitget-main"
    run = runs / "paper" / "20260101-a"
    run.mkdir(parents=True)
    with AccountLock(tmp_path / "locks", "key", "main", account), FolderLock(account):
        shutil.rmtree(account)
        assert main(["status", "--folder", str(runs), "--json"]) == 1
        text = json.loads(capsys.readouterr().out)["text"]
        assert text.startswith(f"{account}: process {os.getpid()} trades this account, but its folder was removed")
        server = ControlServer(run / NAME, lambda request, who: {"ok": True, "text": "PAPER"})
        assert server.start()
        assert main(["status", "--folder", str(runs), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["adrift"] == [text]
        server.stop()


def test_a_kill_that_waits_for_the_next_start_is_told_where_nothing_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account = tmp_path / "live" / "bitget-main"
    FolderLock(account).release()
    assert main(["kill", "--folder", str(tmp_path), "--scope", "strategy:mm", "--reason", "odd fills"]) == 4
    capsys.readouterr()
    assert main(["status", "--folder", str(tmp_path)]) == 3
    told = " ".join(capsys.readouterr().out.split())
    assert f"kept kill {account}: kill of strategy:mm, asked by " in told
    assert "odd fills; what starts there next begins tripped by it" in told
    assert main(["status", "--folder", str(tmp_path), "--json"]) == 3
    (words,) = json.loads(capsys.readouterr().out)["kept_kills"]
    assert words.startswith(f"{account}: kill of strategy:mm")
