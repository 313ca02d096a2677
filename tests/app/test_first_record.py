"""Paper and live write the same first record: what a restart and a replay need is in either."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from framework.app.first_record import VERSION, first_record, started_of
from framework.kernel.records import FORMAT, RunStarted, Turn
from framework.model.errors import DataError


def test_it_says_what_ran_on_what_with_which_settings_and_code() -> None:
    run: Any = SimpleNamespace(id="r1", start_ns=7, config=SimpleNamespace(canonical=lambda: b"{}"))
    tape: Any = SimpleNamespace(name="sample", digest="d1", laps=3)
    made = first_record(run, "live", tape, {"mm": "11"})
    assert (made.format, made.framework, made.mode, made.run_id) == (FORMAT, VERSION, "live", "r1")
    assert (made.tape, made.tape_digest, made.laps, made.started_ns) == ("sample", "d1", 3, 7)
    assert (made.config, made.plugins) == (b"{}", {"mm": "11"})


def test_a_journal_that_begins_with_something_else_is_refused_in_words() -> None:
    journal = Path("var/journal.bin")
    started = RunStarted(FORMAT, "r1", VERSION, "3.11", "paper", "tape", "digest", b"{}", {}, 0)
    assert started_of(journal, started) is started
    with pytest.raises(
        DataError, match=r"var/journal\.bin: expected .* found none: the run ended before its first one"
    ):
        started_of(journal, None)
    with pytest.raises(DataError, match="found Turn"):
        started_of(journal, Turn(1, 1))
