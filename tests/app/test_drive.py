"""Drivers and the wish to stop."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from framework.app.drive import SIGNALS, Stop, drive


class Instant:
    """A pace without waits."""

    def wait_s(self, ts_ns: int) -> float:
        """Never."""
        return 0.0

    def sleep(self, wait_s: float) -> None:
        """Never called."""
        raise AssertionError(wait_s)


def test_stop_ends_before_the_next_instant() -> None:
    stop, played = Stop(), []

    def instants():
        for ts_ns in range(10):
            yield ts_ns
            played.append(ts_ns)
            if ts_ns == 3:
                stop.ask("enough")

    drive(instants(), Instant(), stop, lambda: None)
    assert played == [0, 1, 2, 3]


def test_the_first_reason_is_kept() -> None:
    stop = Stop()
    stop.ask("Ctrl-C")
    stop.ask("SIGTERM")
    assert stop.reason == "Ctrl-C"


def test_a_wait_ends_when_somebody_asks() -> None:
    stop = Stop()

    class Endless(Instant):
        slices = 0

        def wait_s(self, ts_ns: int) -> float:
            return 1.0

        def sleep(self, wait_s: float) -> None:
            self.slices += 1
            if self.slices == 5:
                stop.ask("enough")

    pace = Endless()
    drive(iter([1, 2]), pace, stop, lambda: None)
    assert pace.slices == 5


@pytest.mark.fault("P24")
def test_a_second_sigterm_says_what_is_left_and_ends_the_process() -> None:
    code = (
        "import os, signal; from framework.app.drive import Stop; stop = Stop(); stop.on_signals();"
        "stop.last_words = lambda: '2 orders may stand there: a, b';"
        "os.kill(os.getpid(), signal.SIGTERM); os.kill(os.getpid(), signal.SIGTERM); print('went on')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGTERM
    assert ended.stderr == "ended hard by a second SIGTERM: 2 orders may stand there: a, b\n"
    assert ended.stdout == ""


def test_signals_ask_once_and_then_stop_hard() -> None:
    before = {number: signal.getsignal(number) for number in SIGNALS}
    stop = Stop()
    try:
        stop.on_signals()
        signal.raise_signal(signal.SIGTERM)
        assert stop.reason == "SIGTERM"
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
