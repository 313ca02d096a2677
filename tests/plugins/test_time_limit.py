"""A plugin that loops while it is loaded is ended, and named."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.model.errors import PluginError
from framework.plugins import Library, load_plugin, make, time_limit
from framework.plugins.check import check_plugins

Write = Callable[..., Path]
LOOPS = "from framework import Strategy\n\n\nclass Loops(Strategy):\n    pass\n\n\nwhile True:\n    pass\n"


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "SECONDS_MAX", 0.05)


def test_a_loop_at_the_top_is_named_with_file_and_line(folder: Path, write: Write) -> None:
    write("loops.py", LOOPS)
    with pytest.raises(PluginError, match=r"^strategies/loops\.py:[89]: still running after 0\.05 s"):
        load_plugin("loops", folder)
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0, "nothing rings later"


def test_a_loop_in_init_and_one_that_catches_exceptions_are_ended_too(folder: Path, write: Write) -> None:
    body = "        while True:\n            try:\n                pass\n            except Exception:\n                pass\n"
    head = "from framework import Strategy\nclass Loops(Strategy):\n    def __init__(self):\n"
    write("loops.py", head + body)
    loops = load_plugin("loops", folder)
    with pytest.raises(PluginError, match=r"^strategies/loops\.py:\d: still running"):
        make("loops", loops, {}, folder)


@pytest.mark.fault("P20")
def test_the_other_faults_are_listed_and_nothing_hangs_twice(folder: Path, write: Write) -> None:
    write("a_loops.py", LOOPS)
    write("b_raises.py", "raise OSError('no disk')\n")
    library = Library(folder)
    findings = check_plugins(library)
    assert [(finding.file, finding.line > 0) for finding in findings] == [
        ("strategies/a_loops.py", True),
        ("strategies/b_raises.py", True),
    ]
    write("a_loops.py")  # mended: a library keeps what it found
    with pytest.raises(PluginError, match="still running"):
        library.load("a_loops")


def test_who_waits_is_told_what_for(
    folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time_limit, "NOTICE_S", 0.01)
    write("loops.py", LOOPS)
    with pytest.raises(PluginError):
        load_plugin("loops", folder)
    said = capsys.readouterr().err
    assert said.startswith("strategies/loops.py: still loading after 0.01 s, at loops.py:"), said
    assert said.endswith("given up after 0.05 s\n")


def test_code_that_cannot_be_ended_ends_with_the_process() -> None:
    code = (
        "import itertools\nfrom framework.plugins import time_limit as t\nt.HARD_S = 0.05\n"
        "with t.time_limit('x.py', 0.05):\n    sum(itertools.repeat(0))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert 'File "<string>", line 5' in ended.stderr


def test_away_from_the_main_thread_no_limit_is_set() -> None:
    ran: list[str] = []

    def work() -> None:
        with time_limit.time_limit("x.py"):
            ran.append("yes")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ran == ["yes"]
