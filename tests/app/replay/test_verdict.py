"""What a replay says."""

from __future__ import annotations

import json

from framework.app.replay.verdict import JournalVerdict, Verdict

SAME, OTHER = Verdict("aa", 1_200), Verdict("bb", 3, "record 4: another")
GONE = Verdict("cc", 0, obstacle="its market data was removed")


def test_a_run_is_identical_different_or_cannot_be_told() -> None:
    assert [each.is_identical for each in (SAME, OTHER, GONE)] == [True, False, False]
    assert [each.is_different for each in (SAME, OTHER, GONE)] == [False, True, False]
    assert SAME.lines() == ["run aa: identical, 1,200 records"]
    assert OTHER.lines() == ["run bb: different after 3 equal records", "record 4: another"]
    assert GONE.lines() == ["run cc: cannot be replayed after 0 equal records: its market data was removed"]


def test_a_journal_is_what_all_its_sessions_are() -> None:
    assert JournalVerdict("j", (SAME, SAME)).is_identical
    mixed = JournalVerdict("j", (SAME, GONE), torn_bytes=7)
    assert (mixed.is_identical, mixed.is_different) == (False, False)
    assert mixed.lines()[-2:] == [
        "the journal ends inside a record (7 bytes); compared up to there",
        "1 of 2 sessions identical, 1,200 equal records",
    ]
    facts = json.loads(json.dumps(JournalVerdict("j", (SAME, OTHER)).facts()))
    assert (facts["is_different"], [each["run_id"] for each in facts["sessions"]]) == (True, ["aa", "bb"])
