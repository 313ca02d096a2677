"""What the thread beside the drive hears and sees."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from framework.app.control import kill_watch
from framework.app.control.kill_watch import FILE_POLL_S, ROOM_POLL_S, KillWatch, reason_of, stands
from framework.app.inbox import Inbox
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING


class Stage:
    """A watch with a clock that a test moves."""

    def __init__(self, *files: Path) -> None:
        self.now_s = 1.0
        self.inbox, self.word = Inbox(), KillWord()
        self.word.open(EVERYTHING)
        self.inbox.is_idle = False
        self.asked: list[tuple[str, str, str]] = []
        self.came = threading.Event()
        self.watch = KillWatch(files, self.word, self.inbox, self.ask, elapsed_s=lambda: self.now_s)

    def ask(self, verb: str, reason: str, who: str) -> None:
        self.asked.append((verb, reason, who))
        self.came.set()

    def look(self, after_s: float) -> None:
        self.now_s += after_s
        self.watch.look()


def test_a_kill_file_is_found_within_a_fifth_of_a_second_and_told_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "KILL")
    stage.look(0)
    (tmp_path / "KILL").write_text("odd fills\nmore", encoding="utf-8")
    stage.look(FILE_POLL_S)
    stage.look(FILE_POLL_S)
    assert stage.asked == [("kill", "odd fills", "file")]


def test_a_kill_file_that_was_removed_kills_again_when_it_comes_back(tmp_path: Path) -> None:
    stage, path = Stage(tmp_path / "KILL"), tmp_path / "KILL"
    for reason in ("first", "second"):
        path.write_text(reason, encoding="utf-8")
        stage.look(FILE_POLL_S)
        path.unlink()
        stage.look(FILE_POLL_S)
    assert stage.asked == [("kill", "first", "file"), ("kill", "second", "file")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_kill_file_may_be_a_pipe_a_folder_or_a_link_to_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    stage = Stage(*(tmp_path / name for name in ("pipe", "folder", "link")))
    stage.look(0)  # and none of them is waited for
    assert stage.asked == [("kill", f"{name} file", "file") for name in ("pipe", "folder", "link")]


def test_where_nobody_may_look_for_a_kill_file_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    stage = Stage(tmp_path / "KILL")
    monkeypatch.setattr(Path, "lstat", refused)
    monkeypatch.setattr(os, "open", refused)
    assert stands(tmp_path / "KILL")
    stage.look(0)
    assert stage.asked == [("kill", "KILL file, or nobody knows: Permission denied", "file")]


def test_a_watch_that_breaks_closes_everything_and_goes_on_looking(tmp_path: Path) -> None:
    word, asked, came = KillWord(), list[tuple[str, str, str]](), threading.Event()
    word.open(EVERYTHING)

    def take() -> None:
        raise LookupError("nobody thought of this")

    def ask(verb: str, reason: str, who: str) -> None:
        asked.append((verb, reason, who))
        if len(asked) == 2:
            came.set()

    watch = KillWatch((tmp_path / "KILL",), word, Inbox(), ask, take=take)
    watch.start()
    try:
        (tmp_path / "KILL").write_text("later", encoding="utf-8")
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

    monkeypatch.setattr(kill_watch, "END_S", 0.01)
    watch = KillWatch((), KillWord(), Inbox(), lambda *_: None, take=hang)
    watch.start()
    assert began.wait(10)
    watch.stop()
    goes_on.set()
    monkeypatch.undo()
    watch.stop()


def test_kept_kills_are_looked_for_as_often_as_files(tmp_path: Path) -> None:
    looks: list[float] = []
    now_s = 1.0
    watch = KillWatch(
        (), KillWord(), Inbox(), lambda *_: None, take=lambda: looks.append(now_s), elapsed_s=lambda: now_s
    )
    for _ in range(5):
        watch.look()
        now_s += FILE_POLL_S / 2
    assert looks == pytest.approx([1.0, 1.0 + FILE_POLL_S, 1.0 + 2 * FILE_POLL_S])


def test_a_disk_without_room_trips_at_once_and_again_after_an_arming() -> None:
    said = ["", "", "full", "full", "full", "full"]
    word, asked, now_s = KillWord(), list[tuple[str, str, str]](), 0.0
    word.open(EVERYTHING)
    watch = KillWatch(
        (),
        word,
        Inbox(),
        lambda *each: asked.append(each),
        room=lambda: said.pop(0),
        stall_s=1e9,
        elapsed_s=lambda: now_s,
    )
    for _ in range(4):
        watch.look()
        now_s += ROOM_POLL_S / 2
    assert asked == []
    watch.look()
    assert asked == [("disk_failed", "full", "disk")] and EVERYTHING in word.closed
    for _ in range(4):
        now_s += ROOM_POLL_S
        watch.look()
    assert len(asked) == 1, "it is tripped"
    word.relax(EVERYTHING, "a person armed once")
    now_s += ROOM_POLL_S
    watch.look()
    assert len(asked) == 2


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_kill_file_needs_no_words(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "KILL").write_bytes(content)
    assert reason_of(tmp_path / "KILL") in ("KILL file", "\ufffd\ufffd")


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
