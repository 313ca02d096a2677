"""Exit codes and JSON of the commands that ask a daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.ops.asking import DONE, NOTHING_RUNS, PENDING, REFUSED, USAGE, among, code_of, code_of_all, json_of


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"ok": True}, DONE),
        ({"ok": False}, REFUSED),
        ({"ok": False, "nothing_runs": True}, NOTHING_RUNS),
        ({"ok": True, "sweep": "PENDING"}, PENDING),
    ],
)
def test_an_exit_code_for_each_kind_of_answer(answer: dict[str, object], code: int) -> None:
    assert code_of(answer) == code


def test_json_holds_what_was_answered_and_no_more() -> None:
    assert json_of({"ok": False, "text": "no", "nothing_runs": True}) == '{"ok": false, "text": "no"}'


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([{"ok": True}, {"ok": True}], DONE),
        ([{"ok": True}, {"ok": True, "sweep": "PENDING"}], PENDING),
        ([{"ok": True}, {"ok": False, "is_usage": True}], REFUSED),
        ([{"ok": False, "is_usage": True}, {"ok": False, "is_usage": True}], USAGE),
    ],
)
def test_several_answers_are_done_when_all_are(answers: list[dict[str, object]], code: int) -> None:
    assert code_of_all(answers) == code


def test_where_several_runs_go_on_the_answer_says_whose_it_is() -> None:
    sockets = [Path("var", "live", "plain-main", "s"), Path("var", "paper", "a", "s"), Path("var", "paper", "b", "s")]
    assert among({"ok": True, "text": "stopping"}, sockets[:1]) == {"ok": True, "text": "stopping"}
    assert str(among({"ok": True, "text": "stopping"}, sockets)["text"]).splitlines() == [
        "var/live/plain-main: stopping",
        "2 more runs go on: var/paper/a, var/paper/b; --run names the one that is meant",
    ]
    assert "1 more run goes on: var/paper/a;" in str(among({"text": "stopping"}, sockets[:2])["text"])
