"""Daemons whose folder went away under them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from framework.kernel import adrift as module
from framework.kernel.account_lock import AccountLock, FolderLock, lock_told
from framework.kernel.adrift import Adrift, adrift_below

DAEMON = """
import signal, sys
from pathlib import Path
from framework.kernel.account_lock import AccountLock, FolderLock
if sys.argv[3] == "hears":
    signal.signal(signal.SIGUSR1, lambda number, frame: print("SIGUSR1", flush=True))
account = Path(sys.argv[2])
with AccountLock(Path(sys.argv[1]), "key", "main", account), FolderLock(account):
    print("holds", flush=True)
    while True:
        signal.pause()
"""


def test_a_daemon_whose_folder_is_gone_or_is_another_is_found_by_its_accounts_lock(tmp_path: Path) -> None:
    runs, locks = tmp_path / "var", tmp_path / "locks"
    account = runs / "live" / "bitget-main"
    with AccountLock(locks, "key", "main", account), FolderLock(account):
        assert adrift_below(runs, locks) == []
        shutil.rmtree(account)
        (found,) = adrift_below(runs, locks)
        assert found[:2] == (account, str(os.getpid()))
        assert f"kill -USR1 {os.getpid()}" in found.words
        assert adrift_below(account, locks) == [found]
        FolderLock(account).release()  # as another start would make it anew
        assert adrift_below(runs, locks) == [found]
        assert adrift_below(tmp_path / "elsewhere", locks) == []
    assert adrift_below(runs, locks) == []  # its process is gone


def test_a_lock_that_says_no_folder_says_nothing(tmp_path: Path) -> None:
    with AccountLock(tmp_path / "locks", "key") as lock:
        assert lock_told(lock.path) is None
        assert adrift_below(tmp_path, tmp_path / "locks") == []
    assert lock_told(tmp_path / "none.lock") is None


@contextmanager
def lost_daemon(tmp_path: Path, hears: str = "hears") -> Iterator[tuple[Adrift, subprocess.Popen[str]]]:
    """A process that holds an account whose folder is gone."""
    account = tmp_path / "var" / "live" / "bitget-main"
    command = [sys.executable, "-c", DAEMON, str(tmp_path / "locks"), str(account), hears]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None and process.stdout.readline() == "holds\n"
            shutil.rmtree(account)
            (found,) = adrift_below(tmp_path / "var", tmp_path / "locks")
            yield found, process
        finally:
            process.kill()


def test_a_signal_reaches_the_process_that_holds_the_account(tmp_path: Path) -> None:
    with lost_daemon(tmp_path) as (found, process):
        assert found.process == str(process.pid)
        assert found.close_gate() == ""
        assert process.stdout is not None and process.stdout.readline() == "SIGUSR1\n"
        process.kill()
        process.wait()
        assert "cannot be held on to" in found.close_gate()


def test_a_process_that_a_signal_would_end_gets_none(tmp_path: Path) -> None:
    with lost_daemon(tmp_path, "is deaf") as (found, process):
        assert found.close_gate() == f"process {process.pid} does not hear SIGUSR1, and would end"
        assert process.poll() is None


def test_a_process_that_the_system_does_not_say_holds_the_lock_gets_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lost_daemon(tmp_path) as (found, process):
        mine = found._replace(process=str(os.getpid()))
        assert "does not say that process" in mine.close_gate()
        assert "cannot be held on to" in found._replace(process="unknown").close_gate()
        (tmp_path / "proc" / found.process).mkdir(parents=True)
        monkeypatch.setattr(module, "SYSTEM", tmp_path / "proc")
        assert "No such file" in found.close_gate()
        shutil.copy("/proc/locks", tmp_path / "proc")
        status = tmp_path / "proc" / found.process / "status"
        status.write_text(f"Uid:\t0\t{os.geteuid() + 1}\t0\t0\nSigCgt:\tffff\n")
        assert found.close_gate() == f"process {process.pid} is another user's"
        monkeypatch.delattr(signal, "pidfd_send_signal")
        assert found.close_gate() == "this system cannot hold on to a process"
        assert process.poll() is None
