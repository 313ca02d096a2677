"""A kill that the loop takes, one that it does not, and one that was kept for it."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from framework.app.control import asked_kill as module
from framework.app.control.killing import UNSEEN_MAX, Killing
from framework.app.inbox import Inbox
from framework.kernel.kill_requests import KillRequest, KillRequests
from framework.kernel.kill_word import KillWord
from framework.kernel.records import OperatorAsked
from framework.model.errors import ConfigError
from framework.model.scopes import EVERYTHING
from framework.router.kill.operator import Answer


class Stage:
    """A core that notes what it is asked, behind an inbox that a test serves."""

    def __init__(self, folder: Path) -> None:
        self.word, self.inbox = KillWord(), Inbox()
        self.word.open(EVERYTHING)
        self.asked: list[OperatorAsked] = []
        self.kill = SimpleNamespace(word=self.word, latched=SimpleNamespace(fault=""))
        core: Any = SimpleNamespace(kill=self.kill, engine=SimpleNamespace(seats={"mm": None}), operate=self.operate)
        self.killing = Killing(core, self.inbox, KillRequests(folder))
        self.folder = folder

    def operate(self, asked: OperatorAsked) -> Answer:
        self.asked.append(asked)
        if asked.scope == "strategy:nobody":
            return Answer(False, "no strategy of that name", is_usage=True)
        return Answer(True, f"TRIPPED {asked.scope}", "tripped", "t-1")

    def left(self) -> list[KillRequest]:
        """What a restart would find."""
        return [request for _, request in KillRequests(self.folder).fresh()]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(module, "ANSWER_S", 0.05)
    return Stage(tmp_path)


@pytest.mark.fault("P16")
def test_a_loop_that_hangs_is_killed_past_it_and_a_restart_knows(stage: Stage) -> None:
    answer = stage.killing.kill({"scope": "strategy:mm", "reason": "odd", "flatten": True}, "uid 7")
    assert (answer["ok"], answer["gate"], answer["sweep"]) == (True, "CONFIRMED", "PENDING")
    assert stage.word.closed
    assert stage.left() == [KillRequest("strategy:mm", "odd", "uid 7", flatten=True)]
    stage.inbox.serve()  # the loop goes on
    assert [(asked.verb, asked.scope, asked.flatten) for asked in stage.asked] == [("kill", "strategy:mm", True)]
    assert stage.left() == []


def test_a_loop_that_takes_it_late_leaves_nothing_for_a_restart(stage: Stage) -> None:
    served = threading.Timer(0.08, stage.inbox.serve)
    served.start()
    answer = stage.killing.kill({"reason": "odd"}, "uid 7")
    served.join()
    assert "TRIPPED" in str(answer["text"]) or answer["sweep"] == "PENDING"
    assert len(stage.asked) == 1
    assert stage.left() == []


def test_where_nothing_can_be_kept_the_answer_says_so(stage: Stage) -> None:
    (stage.folder / "kills").write_text("a file where a folder should be")
    answer = stage.killing.kill({"reason": "odd"}, "uid 7")
    assert stage.word.closed
    assert "could not be kept for a restart" in str(answer["text"])


def test_what_was_kept_is_applied_before_anything_is_traded(stage: Stage) -> None:
    KillRequests(stage.folder).keep(KillRequest("nonsense", "who knows", "file"))
    stage.killing.take_now()
    assert [(asked.scope, asked.reason, asked.who) for asked in stage.asked] == [("global", "who knows", "file")]
    assert stage.left() == []


def test_what_is_kept_while_it_runs_is_taken_once(stage: Stage) -> None:
    KillRequests(stage.folder).keep(KillRequest("global", "no answer", "operator"))
    stage.killing.take()
    stage.killing.take()
    assert stage.word.closed
    assert len(stage.left()) == 1
    stage.inbox.serve()
    assert len(stage.asked) == 1
    assert stage.left() == []


def test_what_was_kept_for_a_scope_that_is_not_there_stops_everything(stage: Stage) -> None:
    KillRequests(stage.folder).keep(KillRequest("strategy:nobody", "odd", "operator"))
    stage.killing.take_now()
    assert [asked.scope for asked in stage.asked] == ["strategy:nobody", "global"]
    assert stage.asked[-1].reason == "odd (asked for strategy:nobody, which is not there)"
    assert stage.left() == []


def test_what_the_latch_does_not_hold_stays_kept(stage: Stage) -> None:
    asked = KillRequest("global", "odd", "operator")
    KillRequests(stage.folder).keep(asked)
    stage.kill.latched.fault = "latch: cannot be written"
    stage.killing.take_now()
    assert stage.left() == [asked]


def test_what_the_latch_holds_late_is_kept_no_longer(stage: Stage) -> None:
    asked = KillRequest("global", "odd", "operator")
    KillRequests(stage.folder).keep(asked)
    stage.kill.latched.fault = "latch: not on the disk yet"
    stage.killing.take_now()
    stage.killing.take()
    assert stage.left() == [asked]
    stage.kill.latched.fault = ""
    stage.killing.take()
    assert stage.left() == [], "the next start would trip once more"


def test_an_answer_says_what_a_restart_would_not_know(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 5)
    stage.kill.latched.fault = "latch: not on the disk yet"
    served = threading.Timer(0.01, stage.inbox.serve)
    served.start()
    answer = stage.killing.kill({"reason": "odd"}, "uid 7")
    served.join()
    assert str(answer["text"]).startswith("TRIPPED global; latch: not on the disk yet")


def test_a_kill_while_the_run_ends_is_kept(stage: Stage) -> None:
    stage.inbox.close()
    answer = stage.killing.kill({"reason": "odd"}, "uid 7")
    assert "a restart begins tripped" in str(answer["text"])
    assert stage.word.closed
    assert stage.left() == [KillRequest("global", "odd", "uid 7")]


def test_a_folder_that_cannot_be_read_ends_no_watching_and_begins_no_trading(stage: Stage) -> None:
    (stage.folder / "kills").write_text("a file where a folder should be")
    stage.killing.take()
    assert not stage.asked
    with pytest.raises(ConfigError, match="expected a folder of kept kills"):
        stage.killing.take_now()


@pytest.mark.fault("P29")
def test_a_folder_that_stays_unreadable_stops_everything_once(stage: Stage) -> None:
    kills = stage.folder / "kills"
    kills.write_text("a file where a folder should be")
    for _ in range(UNSEEN_MAX - 1):
        stage.killing.take()
    assert not stage.word.closed
    for _ in range(3):
        stage.killing.take()
    assert "nobody knows whether a kill is kept there" in stage.word.closed[EVERYTHING].reason
    kills.unlink()
    stage.inbox.serve()
    stage.killing.take()
    assert [asked.verb for asked in stage.asked] == ["kill"]


@pytest.mark.parametrize(("request_", "says"), [({"scope": "frob", "reason": "x"}, "frob"), ({}, "expected a reason")])
def test_a_kill_of_nothing_or_without_a_reason_is_refused(stage: Stage, request_: dict[str, object], says: str) -> None:
    answer = stage.killing.kill(request_, "uid 7")
    assert answer["is_usage"]
    assert says in str(answer["text"])
    assert not stage.word.closed


def test_a_kill_that_names_nothing_changes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 5)
    loop = threading.Timer(0.01, stage.inbox.serve)
    loop.start()
    answer = stage.killing.kill({"scope": "strategy:nobody", "reason": "odd"}, "uid 7")
    loop.join()
    assert (answer["ok"], answer["gate"]) == (False, "UNCHANGED")
