"""One daemon an account, whatever becomes of the process."""

from __future__ import annotations

import errno
import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.kernel.account_lock import LOCKS, AccountLock, FolderLock, fingerprint, holder_of, locks_folder
from framework.model.errors import ConfigError, OccupiedError

HOLD = """
import sys
from pathlib import Path
from framework.kernel.account_lock import AccountLock
lock = AccountLock(Path(sys.argv[1]), "key-1")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.fault("P27")
@pytest.mark.timeout(60)
def test_a_second_daemon_of_the_same_key_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(OccupiedError, match=f"found it held by process {child.pid}; stop that one first"):
            AccountLock(tmp_path, "key-1")
        AccountLock(tmp_path, "key-2").release()  # another account is another matter
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with AccountLock(tmp_path, "key-1") as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(OccupiedError):
            AccountLock(tmp_path, "key-1")
    AccountLock(tmp_path, "key-1").release()


def test_the_file_tells_nothing_of_the_key(tmp_path: Path) -> None:
    with AccountLock(tmp_path, "bg_secret_id") as lock:
        assert "secret" not in lock.path.name
        assert lock.path.stem == fingerprint("bg_secret_id")
        assert lock.path.stat().st_mode & 0o777 == 0o600


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigError, match="expected a file to lock"):
        AccountLock(blocked, "key")


@pytest.mark.fault("P27")
def test_a_full_disk_is_told_with_the_place_and_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        with pytest.raises(ConfigError, match=r"daemon\.lock: .*No space left"):
            FolderLock(tmp_path)
    FolderLock(tmp_path).release()


def test_the_place_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    home = pwd.getpwuid(os.geteuid()).pw_dir
    for name in ("HOME", "TMPDIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, "/elsewhere")
    assert locks_folder() == Path(home) / LOCKS


def test_a_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(ConfigError, match="expected a home folder in the password database"):
        locks_folder()


def test_it_makes_its_folder_for_the_user_alone_and_takes_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "state" / "locks"
    AccountLock(folder, "key").release()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o770)
    with pytest.raises(ConfigError, match="mode 700"):
        AccountLock(folder, "key")
    folder.chmod(0o700)
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(ConfigError, match="found l"):
        AccountLock(link, "key")
    somebody = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: somebody)
    with pytest.raises(ConfigError, match=f"a folder of user {somebody} that"):
        AccountLock(folder, "key")


@pytest.mark.fault("P27")
def test_one_daemon_keeps_its_journal_in_a_folder_whatever_its_key(tmp_path: Path) -> None:
    folder = tmp_path / "live" / "bitget-main"
    assert holder_of(folder) == ""
    with FolderLock(folder):
        assert holder_of(folder) == str(os.getpid())
        with pytest.raises(
            OccupiedError, match=f"^{folder}: expected a folder that no other daemon keeps its journal in"
        ):
            FolderLock(folder)
    assert holder_of(folder) == ""
    FolderLock(folder).release()
