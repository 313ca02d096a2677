"""Threads of strategies: told of in a line, and left behind."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from framework.ops.stray_threads import faults_told, leave, left

ROOT = Path(__file__).parents[2]
FEEDER = """
import threading
from framework import Quote, Strategy

class Feeder(Strategy):
    def on_start(self) -> None:
        self.quotes("BTC/USDT@bitget")
        threading.Thread(target=self.feed, name="feeder").start()

    def feed(self) -> None:
        try:
            self.buy("BTC/USDT@bitget", 1)
        finally:
            threading.Event().wait()

    def on_quote(self, quote: Quote) -> None: ...
"""


def test_nothing_left_is_the_code_alone() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    assert left() == []
    assert leave(3) == 3


def test_what_ends_a_thread_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    before = threading.excepthook
    with faults_told():
        for target in (lambda: 1 / 0, sys.exit):
            thread = threading.Thread(target=target, name="feeder")
            thread.start()
            thread.join()
    assert threading.excepthook is before
    line = "the thread 'feeder' ended at test_stray_threads.py:"
    said = capsys.readouterr().err
    assert said.startswith(line), said
    assert said.endswith(": ZeroDivisionError: division by zero\n")
    assert said.count("\n") == 1


def test_a_process_ends_although_a_plugins_thread_goes_on(tmp_path: Path) -> None:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies/feeder.py").write_text(FEEDER)
    (tmp_path / "prices.csv").write_text(
        "time,open,high,low,close,volume\n" + "".join(f"{1_700_000_000 + 60 * n},100,101,99,100,5\n" for n in range(5))
    )
    (tmp_path / "own.toml").write_text(
        '[paper]\ntape = "prices.csv"\nsymbol = "BTC/USDT"\nspeed = "max"\nbalances = ["100 USDT"]\n'
        '[strategy.feeder]\nuse = "feeder"\ncapital = "50 USDT"\n'
    )
    code = "import sys, run; sys.exit(run.start(['paper', '--config', 'own.toml', '--plain']))"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "the thread 'feeder' still runs at feeder.py:14; the process ends without it" in done.stderr
    assert "Traceback" not in done.stderr
    assert "0 fills" in done.stdout
