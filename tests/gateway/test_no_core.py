"""No copy of the memory of a process that holds a key."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOLDS_KEY = """
import ctypes, os, resource, sys
sys.path.insert(0, {root!r})
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
from pathlib import Path
from framework.gateway.key_files import read_key
key = read_key("x", {{"BOT_X_KEY": "canary", "BOT_X_SECRET": "secret", "BOT_X_PASSPHRASE": "pass"}})
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), flush=True)
{then}
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")


def child(folder: Path, then: str) -> subprocess.Popen[str]:
    code = HOLDS_KEY.format(root=str(ROOT), then=then)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


@pytest.mark.fault("A7")
def test_who_read_a_key_leaves_no_core_when_it_ends_hard(tmp_path: Path) -> None:
    out, _ = (process := child(tmp_path, "os.abort()")).communicate(timeout=30)
    assert process.returncode == -6
    assert out.splitlines()[-1] == "(0, 0) 0", "no size for a core, and not dumpable"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fault("A7")
@pytest.mark.skipif(os.geteuid() == 0, reason="root sees all memory, always")
def test_nobody_of_the_same_user_looks_into_it(tmp_path: Path) -> None:
    process = child(tmp_path, "sys.stdin.read()")
    try:
        assert process.stdout is not None and process.stdout.readline()
        for name in ("environ", "mem"):
            with pytest.raises(PermissionError):
                Path(f"/proc/{process.pid}/{name}").open("rb").close()
    finally:
        process.kill()
        process.communicate()
