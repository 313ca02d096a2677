"""Finding the daemon that runs."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from framework.kernel.account_lock import FolderLock
from framework.kernel.left_standing import note_left
from framework.ops.control import NAME, ControlServer, address
from framework.ops.control_client import NothingRuns, OutOfReach, ask, broken_off, find, running


def run_in(folder: Path) -> ControlServer:
    folder.mkdir(parents=True)
    server = ControlServer(folder / NAME, lambda request, who: {"ok": True, "run": folder.name})
    assert server.start()
    return server


def dead_in(folder: Path) -> None:
    folder.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as dead, address(folder / NAME) as name:
        dead.bind(name)


def test_the_newest_that_runs_is_found_and_dead_sockets_are_passed_over(tmp_path: Path) -> None:
    servers = [run_in(tmp_path / "paper" / name) for name in ("20260101-a", "20260102-b")]
    dead_in(tmp_path / "paper" / "20260103-c")
    assert ask(find(tmp_path), {})["run"] == "20260102-b"
    assert ask(find(tmp_path, tmp_path / "paper" / "20260101-a"), {})["run"] == "20260101-a"
    for server in servers:
        server.stop()
    with pytest.raises(NothingRuns, match="nothing runs under"):
        find(tmp_path)


def test_live_comes_before_paper_and_the_newest_of_each_first(tmp_path: Path) -> None:
    runs = [tmp_path / "paper" / "20260102-b", tmp_path / "live" / "bitget-main", tmp_path / "live" / "bitget-alt",
            tmp_path / "paper" / "20260101-a"]  # fmt: skip
    servers = [run_in(run) for run in runs]
    for at_ns, run in enumerate(runs):
        os.utime(run / NAME, ns=(at_ns, at_ns))
    assert [path.parent.name for path in running(tmp_path)] == ["bitget-alt", "bitget-main", "20260101-a", "20260102-b"]
    for server in servers:
        server.stop()


def test_a_named_run_that_is_over_is_said_so(tmp_path: Path) -> None:
    dead_in(tmp_path / "paper" / "over")
    with pytest.raises(NothingRuns, match="expected a run that goes on"):
        find(tmp_path, tmp_path / "paper" / "over")
    with pytest.raises(NothingRuns, match="expected an answer"):
        ask(tmp_path / "paper" / "over" / NAME, {})


def test_a_daemon_that_does_not_answer_yet_is_named(tmp_path: Path) -> None:
    with (
        FolderLock(tmp_path / "live" / "bitget-main"),
        pytest.raises(OutOfReach, match=f"process {os.getpid()}") as told,
    ):
        find(tmp_path)
    assert "comparing its books" in str(told.value)


def test_so_is_one_that_was_named_and_does_not_answer_yet(tmp_path: Path) -> None:
    account = tmp_path / "live" / "bitget-main"
    with FolderLock(account), pytest.raises(OutOfReach, match=f"process {os.getpid()}.*comparing its books"):
        find(tmp_path, account)
    with pytest.raises(NothingRuns, match="expected a run that goes on"):
        find(tmp_path, account)


def test_a_daemon_that_was_asked_and_says_nothing_is_named(tmp_path: Path) -> None:
    dead_in(tmp_path / "live" / "bitget-main")
    with (
        FolderLock(tmp_path / "live" / "bitget-main"),
        pytest.raises(OutOfReach, match=f"process {os.getpid()} holds it and does not answer"),
    ):
        ask(tmp_path / "live" / "bitget-main" / NAME, {})


def test_a_live_account_whose_daemon_ended_hard_is_told_apart(tmp_path: Path) -> None:
    crashed, clean, held = (tmp_path / "live" / name for name in ("bitget-crashed", "bitget-clean", "bitget-held"))
    dead_in(crashed)
    dead_in(held)
    unheard = tmp_path / "live" / "bitget-unheard"
    FolderLock(unheard).release()
    note_left(unheard, "the venue was not reached; 1 order may stand there: mm-3")
    dead_in(tmp_path / "paper" / "20260103-c")  # paper leaves no order anywhere
    FolderLock(crashed).release()
    FolderLock(clean).release()
    with FolderLock(held):
        assert broken_off(tmp_path) == [crashed, unheard]
        with pytest.raises(NothingRuns, match="its orders may stand there; start it again"):
            find(tmp_path, crashed)
    with pytest.raises(NothingRuns, match=f"{crashed}: its last session ended without") as told:
        find(tmp_path)
    assert str(clean) not in str(told.value)


def test_where_no_run_can_be_it_does_not_say_that_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        NothingRuns, match=f"var: no such folder below {tmp_path}: no run was ever started there"
    ) as told:
        find(Path("var"))
    assert "nothing runs" not in str(told.value)
    Path("var").mkdir()
    with pytest.raises(NothingRuns, match="nothing runs under var"):
        find(Path("var"))
