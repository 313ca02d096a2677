"""What is looked for on the disk: KILL files, kept kills, room."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from framework.app.control.disk_watch import FILE_POLL_S, ROOM_POLL_S, DiskWatch, reason_of, stands
from framework.kernel.kill_word import KillWord
from framework.model.scopes import EVERYTHING


class Stage:
    """A watch of some files, and what it asked for."""

    def __init__(self, *files: Path) -> None:
        self.word = KillWord()
        self.word.open(EVERYTHING)
        self.asked: list[tuple[str, str, str]] = []
        self.watch = DiskWatch(files, self.word, lambda *each: self.asked.append(each))


def test_a_kill_file_is_found_and_told_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "KILL")
    stage.watch.look()
    (tmp_path / "KILL").write_text("odd fills\nmore", encoding="utf-8")
    stage.watch.look()
    stage.watch.look()
    assert stage.asked == [("kill", "odd fills", "file")]


def test_a_kill_file_that_was_removed_kills_again_when_it_comes_back(tmp_path: Path) -> None:
    stage, path = Stage(tmp_path / "KILL"), tmp_path / "KILL"
    for reason in ("first", "second"):
        path.write_text(reason, encoding="utf-8")
        stage.watch.look()
        path.unlink()
        stage.watch.look()
    assert stage.asked == [("kill", "first", "file"), ("kill", "second", "file")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_kill_file_may_be_a_pipe_a_folder_or_a_link_to_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nothing")
    stage = Stage(*(tmp_path / name for name in ("pipe", "folder", "link")))
    stage.watch.look()  # and none of them is waited for
    assert stage.asked == [("kill", f"{name} file", "file") for name in ("pipe", "folder", "link")]


def test_where_nobody_may_look_for_a_kill_file_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    stage = Stage(tmp_path / "KILL")
    monkeypatch.setattr(Path, "lstat", refused)
    monkeypatch.setattr(os, "open", refused)
    assert stands(tmp_path / "KILL")
    stage.watch.look()
    assert stage.asked == [("kill", "KILL file, or nobody knows: Permission denied", "file")]


def test_files_and_kept_kills_are_looked_for_again_and_again() -> None:
    came, looks = threading.Event(), list[None]()

    def take() -> None:
        looks.append(None)
        if len(looks) == 2:
            came.set()

    watch = DiskWatch((), KillWord(), lambda *_: None, take=take)
    watch.start()
    assert came.wait(10 * FILE_POLL_S + 10)
    watch.stop()


def test_a_disk_without_room_trips_at_once_and_again_after_an_arming() -> None:
    said = ["", "", "full", "full", "full", "full"]
    word, asked, now_s = KillWord(), list[tuple[str, str, str]](), 0.0
    word.open(EVERYTHING)
    watch = DiskWatch((), word, lambda *each: asked.append(each), room=lambda: said.pop(0), elapsed_s=lambda: now_s)
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
