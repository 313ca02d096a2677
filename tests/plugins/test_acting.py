"""A plugin that acts while it is loaded: refused or taken back, with file and line; the others are loaded."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.model.errors import PluginError
from framework.plugins import Library
from framework.plugins.load import load_plugin, make

SMALL = '\nfrom framework import Strategy\nclass Acts(Strategy):\n    """Acts."""\n'
Write = Callable[..., Path]


@pytest.mark.fault("P20")
@pytest.mark.parametrize(
    ("act", "says"),
    [
        (
            "import socket\nsocket.create_connection(('127.0.0.1', 9))",
            r"bad\.py:2: it opens a connection \(socket\.getaddrinfo\)",
        ),
        (
            "import socket\nwith socket.socket() as s: s.connect(('127.0.0.1', 9))",
            r"bad\.py:2: it opens a connection \(socket\.connect\)",
        ),
        ("import urllib.request as r\nr.urlopen('http://127.0.0.1:9')", r"bad\.py:2: it opens a connection"),
        ("import subprocess\nsubprocess.run(['true'])", r"bad\.py:2: it starts a process \(subprocess\.Popen\)"),
        ("import os\nos.system('true')", r"bad\.py:2: it starts a process \(os\.system\)"),
        ("import os\nos.fork()", r"bad\.py:2: it starts a process \(os\.fork\)"),
        ("import os\nos.chdir('/')", r"it changed the working directory while it was loaded; do it in on_start"),
        ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)", r"it took SIGTERM away from the run"),
    ],
)
def test_what_a_plugin_may_not_do_while_it_is_imported(folder: Path, write: Write, act: str, says: str) -> None:
    write("bad.py", f"{act}\n{SMALL}")
    write("good.py")
    library, cwd, handler = Library(folder), Path.cwd(), signal.getsignal(signal.SIGTERM)
    with pytest.raises(PluginError, match=says):
        library.load("bad")
    assert library.load("good").__name__ == "Small", "it fails alone"
    assert (Path.cwd(), signal.getsignal(signal.SIGTERM)) == (cwd, handler)


@pytest.mark.fault("P20")
def test_a_thread_that_an_import_starts_is_named(folder: Path, write: Write) -> None:
    write(
        "bad.py",
        f"import threading\nE = threading.Event()\ndef feed():\n    E.wait(5)\nthreading.Thread(target=feed, name='feeder', daemon=True).start()\n{SMALL}",
    )
    with pytest.raises(PluginError, match="it started the thread 'feeder'"):
        load_plugin("bad", folder)
    sys.modules["strategy_plugin_bad"].E.set()


def test_an_init_may_do_no_more_and_a_swallowed_refusal_stays_one(folder: Path, write: Write) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    write(
        "bad.py",
        'import socket\nfrom framework import Strategy\nclass Acts(Strategy):\n    """Acts."""\n    def __init__(self, **p):\n'
        "        super().__init__(**p)\n        try:\n"
        f"            socket.create_connection({server.getsockname()!r})\n        except Exception:\n            pass\n",
    )
    make("bad", load_plugin("bad", folder), {}, folder)
    with pytest.raises(TimeoutError):
        server.accept()
    server.close()


def test_a_library_may_ask_the_machine_and_afterwards_everybody_may_act(
    folder: Path, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "asks_machine.py").write_text("import subprocess\nsubprocess.run(['true'], check=True)\n")
    monkeypatch.syspath_prepend(tmp_path)
    write("good.py", f"import asks_machine\n{SMALL}")
    assert load_plugin("good", folder).__name__ == "Acts"
    assert subprocess.run(["true"], check=False).returncode == 0
    assert threading.current_thread() is threading.main_thread() and Path.cwd()
