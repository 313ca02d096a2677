"""One kill for every run below a folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from framework.kernel.account_lock import AccountLock, FolderLock
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.ops import control_client, kill_kept
from framework.ops import kill_each as module
from framework.ops.control import NAME, ControlServer, address
from framework.ops.kill_each import Answer, kill_each

ASKED = KillRequest("global", "odd", "operator", is_hard=True)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    monkeypatch.setattr(kill_kept, "TAKEN_S", 0.02)


@contextmanager
def run_in(folder: Path, heard: list[Answer]) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)

    def answer(request: Answer, _who: str) -> Answer:
        heard.append(request)
        return {"ok": True, "text": f"killed {folder.name}"}

    server = ControlServer(folder / NAME, answer)
    assert server.start()
    yield
    server.stop()


def test_every_run_that_answers_is_killed_live_first_and_named(tmp_path: Path) -> None:
    live, paper, heard = tmp_path / "live" / "bitget-main", tmp_path / "paper" / "20260101-a", list[Answer]()
    with run_in(paper, heard), run_in(live, heard):
        told = kill_each(tmp_path, None, ASKED)
        assert [(each["run"], each["text"]) for each in told] == [
            (str(live), "killed bitget-main"),
            (str(paper), "killed 20260101-a"),
        ]
        wanted = {"verb": "kill", "reason": "odd", "scope": "global", "hard": True, "flatten": False}
        assert heard == [wanted, wanted]
        assert [each["run"] for each in kill_each(tmp_path, paper, ASKED)] == [str(paper)]


def test_a_live_account_that_is_held_and_does_not_answer_has_it_kept_though_another_run_answers(tmp_path: Path) -> None:
    idle = tmp_path / "live" / "bitget-idle"
    FolderLock(idle).release()
    starting, hangs = tmp_path / "live" / "bitget-starting", tmp_path / "live" / "bitget-hangs"
    with ExitStack() as stack:
        stack.enter_context(run_in(tmp_path / "paper" / "20260101-a", []))
        for account in (starting, hangs):
            stack.enter_context(FolderLock(account))
        deaf = stack.enter_context(socket.socket(socket.AF_UNIX))
        with address(hangs / NAME) as name:
            deaf.bind(name)
        deaf.listen()
        told = {str(each["run"]): each for each in kill_each(tmp_path, None, ASKED)}
    assert told[str(tmp_path / "paper" / "20260101-a")]["ok"]
    for account in (starting, hangs):
        assert told[str(account)]["gate"] == "KEPT"
        assert [request for _, request in KillRequests(account).fresh()] == [ASKED]
    assert str(idle) not in told  # nothing runs there, and something does elsewhere


def test_the_account_of_a_daemon_that_ended_hard_has_it_kept_though_another_run_answers(tmp_path: Path) -> None:
    crashed = tmp_path / "live" / "bitget-main"
    FolderLock(crashed).release()
    with socket.socket(socket.AF_UNIX) as dead, address(crashed / NAME) as name:
        dead.bind(name)
    with run_in(tmp_path / "paper" / "20260101-a", []):
        told = {str(each["run"]): each for each in kill_each(tmp_path, None, ASKED)}
    assert told[str(crashed)]["gate"] == "KEPT"
    assert "until then its orders may stand" in str(told[str(crashed)]["text"])
    assert [request for _, request in KillRequests(crashed).fresh()] == [ASKED]


def test_nothing_runs_is_one_answer_and_accounts_have_it_kept(tmp_path: Path) -> None:
    assert [each["nothing_runs"] for each in kill_each(tmp_path, None, ASKED)] == [True]
    FolderLock(tmp_path / "live" / "bitget-main").release()
    (kept,) = kill_each(tmp_path, None, ASKED)
    assert (kept["gate"], kept["sweep"]) == ("KEPT", "PENDING")


@pytest.mark.parametrize("is_held", [True, False])
def test_a_kill_that_cannot_be_kept_says_what_can_be_done(tmp_path: Path, *, is_held: bool) -> None:
    account = tmp_path / "live" / "bitget-main"
    with ExitStack() as stack:
        lock = FolderLock(account)
        stack.callback(lock.release) if is_held else lock.release()
        (account / "kills").write_text("a file where a folder should be")
        (told,) = kill_each(tmp_path, None, ASKED)
    end = f"end its process: {os.getpid()}" if is_held else "none runs: make room before the next start"
    assert not told["ok"]
    assert str(told["text"]).endswith(end)


def test_a_daemon_whose_folder_is_gone_is_killed_by_a_signal_where_it_hears_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_client, "locks_folder", lambda: tmp_path / "locks")
    account, mine, heard = tmp_path / "live" / "bitget-main", f"kill -USR1 {os.getpid()}", list[int]()
    narrow = KillRequest("strategy:mm", "odd", "operator")
    with AccountLock(tmp_path / "locks", "key", "main", account), FolderLock(account):
        shutil.rmtree(account)
        for told in (kill_each(tmp_path, None, ASKED), kill_each(tmp_path, account, ASKED)):
            assert [(each["run"], each["ok"], "nothing_runs" in each) for each in told] == [
                (str(account), False, False)
            ]
            text = str(told[0]["text"])
            assert text.startswith("NOTHING WAS KILLED: ")
            assert f"does not hear SIGUSR1, and would end; if it is the daemon (ps -fp {os.getpid()}): {mine}" in text
        with run_in(tmp_path / "paper" / "20260101-a", []):
            assert [each["ok"] for each in kill_each(tmp_path, None, ASKED)] == [True, False]
        before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
        try:
            assert f"to close its gate now: run.py kill, or {mine}" in str(kill_each(tmp_path, None, narrow)[0]["text"])
            assert heard == []
            (told,) = kill_each(tmp_path, None, ASKED)
            assert (told["ok"], told["gate"], told["sweep"], heard) == (True, "PENDING", "PENDING", [signal.SIGUSR1])
            assert "SIGUSR1 was sent, by which it closes its gate and takes its orders back; protective" in str(
                told["text"]
            )
        finally:
            signal.signal(signal.SIGUSR1, before)
