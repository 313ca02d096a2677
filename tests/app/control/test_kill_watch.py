"""What the watchdog hears, and when it takes the loop for one that stands still."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from framework.app.control.kill_watch import KillWatch
from framework.app.inbox import Inbox
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING


class Stage:
    """A watch with a clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1.0
        self.inbox, self.word = Inbox(), KillWord()
        self.word.open(EVERYTHING)
        self.inbox.is_idle = False
        self.asked: list[tuple[str, str, str]] = []
        self.came = threading.Event()
        self.watch = KillWatch(self.word, self.inbox, self.ask, elapsed_s=lambda: self.now_s)

    def ask(self, verb: str, reason: str, who: str) -> None:
        self.asked.append((verb, reason, who))
        self.came.set()

    def look(self, after_s: float) -> None:
        self.now_s += after_s
        self.watch.look()


@pytest.mark.fault("P26")
def test_a_process_that_was_stopped_holds_back_when_it_goes_on() -> None:
    stage = Stage()
    stage.look(0)
    stage.inbox.beats = 9
    stage.look(600)
    assert stage.asked == [("stall", "the loop stood still for 600.0 s", "watchdog")]
    assert stage.word.closed[EVERYTHING].reason == "the process stood still for 600.0 s"


@pytest.mark.fault("P16")
def test_a_loop_that_stands_still_closes_the_gate_and_recovers_when_it_goes_on() -> None:
    stage = Stage()
    stage.inbox.beats = 7
    stage.look(0)
    stage.look(2.5)
    stage.look(2.4)
    assert not stage.word.closed
    stage.look(0.2)
    assert stage.word.closed[EVERYTHING].reason == "the loop has stood still for 5.1 s"
    stage.look(3)
    assert stage.asked == []
    stage.inbox.beats = 8
    stage.look(0.05)
    assert stage.asked == [("stall", "the loop stood still for 8.1 s", "watchdog")]


def test_a_loop_that_sleeps_does_not_stand_still() -> None:
    stage = Stage()
    stage.inbox.is_idle = True
    for _ in range(500):
        stage.look(0.05)
    assert not stage.word.closed


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="this system has no SIGUSR1")
def test_sigusr1_kills() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    stage = Stage()
    stage.watch.start()
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert stage.came.wait(10)
    finally:
        stage.watch.stop()
    assert stage.asked == [("kill", "SIGUSR1", "signal")]
    assert signal.getsignal(signal.SIGUSR1) == before
