"""Exit codes and JSON of the commands that ask a daemon."""

from __future__ import annotations

import pytest

from framework.ops.asking import DONE, NOTHING_RUNS, PENDING, REFUSED, code_of, json_of


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
