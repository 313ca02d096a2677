"""Threads that watch: nothing that breaks or hangs in one leaves anything open, or holds another up."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from framework.app.control import watch_thread
from framework.app.control.disk_watch import DiskWatch
from framework.app.control.kill_watch import KillWatch
from framework.app.inbox import Inbox
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING


def test_a_watch_that_breaks_closes_everything_and_goes_on_looking(tmp_path: Path) -> None:
    word, asked, came = KillWord(), list[tuple[str, str, str]](), threading.Event()
    word.open(EVERYTHING)

    def take() -> None:
        raise LookupError("nobody thought of this")

    def ask(verb: str, reason: str, who: str) -> None:
        asked.append((verb, reason, who))
        if len(asked) == 2:
            came.set()

    watch = DiskWatch((tmp_path / "KILL",), word, ask, take=take)
    watch.start()
    try:
        (tmp_path / "written").write_text("later", encoding="utf-8")
        (tmp_path / "written").rename(tmp_path / "KILL")  # whole when it is first seen
        assert came.wait(10)
    finally:
        watch.stop()
    words = "the kill watch broke: LookupError: nobody thought of this"
    assert sorted(asked) == [("kill", "later", "file"), ("kill", words, "watchdog")]
    assert word.closed[EVERYTHING].reason == words


def test_an_end_does_not_wait_for_a_watch_that_the_disk_holds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    began, goes_on = threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        assert goes_on.wait(10)

    monkeypatch.setattr(watch_thread, "END_S", 0.01)
    watch = DiskWatch((), KillWord(), lambda *_: None, take=hang)
    watch.start()
    assert began.wait(10)
    assert not watch.stop()
    goes_on.set()
    monkeypatch.undo()
    assert watch.stop()


@pytest.mark.fault("P16")
@pytest.mark.parametrize("hangs", ["take", "room"])
def test_a_disk_that_hangs_does_not_hold_up_the_watchdog(monkeypatch: pytest.MonkeyPatch, hangs: str) -> None:
    began, goes_on, stalled = threading.Event(), threading.Event(), threading.Event()

    def hang() -> str:
        began.set()
        assert goes_on.wait(10)
        return ""

    word, inbox = KillWord(), Inbox()
    word.open(EVERYTHING)
    word.watch(lambda _: stalled.set())
    inbox.is_idle = False
    disk_watch = DiskWatch((), word, lambda *_: None, **{hangs: hang})  # type: ignore[arg-type]  # what it says is not read
    watch = KillWatch(word, inbox, lambda *_: None, stall_s=0.1)
    disk_watch.start()
    assert began.wait(10)
    watch.start()
    try:
        assert stalled.wait(10), "the loop has stood still, and the disk with it"
    finally:
        goes_on.set()
        watch.stop()
        disk_watch.stop()
