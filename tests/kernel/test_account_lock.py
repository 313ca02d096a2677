"""One daemon an account, whatever becomes of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.kernel.account_lock import AccountLock, fingerprint
from framework.model.errors import ConfigError

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
        with pytest.raises(ConfigError, match=f"found it held by process {child.pid}; stop that one first"):
            AccountLock(tmp_path, "key-1")
        AccountLock(tmp_path, "key-2").release()  # another account is another matter
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    with AccountLock(tmp_path, "key-1") as lock:
        assert lock.path.read_text() == f"{os.getpid()}\n"
        with pytest.raises(ConfigError):
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
