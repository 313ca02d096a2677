"""Daemons whose folder went away under them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from framework.kernel.account_lock import AccountLock, FolderLock, lock_told
from framework.kernel.adrift import adrift_below


def test_a_daemon_whose_folder_is_gone_or_is_another_is_found_by_its_accounts_lock(tmp_path: Path) -> None:
    runs, locks = tmp_path / "var", tmp_path / "locks"
    account = runs / "live" / "bitget-main"
    with AccountLock(locks, "key", "main", account), FolderLock(account):
        assert adrift_below(runs, locks) == []
        shutil.rmtree(account)
        (found,) = adrift_below(runs, locks)
        assert found == (account, str(os.getpid()))
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
