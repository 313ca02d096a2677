"""Paper and live write the same first record: what a restart and a replay need is in either."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from framework.app.first_record import VERSION, first_record
from framework.kernel.records import FORMAT


def test_it_says_what_ran_on_what_with_which_settings_and_code() -> None:
    run: Any = SimpleNamespace(id="r1", start_ns=7, config=SimpleNamespace(canonical=lambda: b"{}"))
    tape: Any = SimpleNamespace(name="sample", digest="d1", laps=3)
    made = first_record(run, "live", tape, {"mm": "11"})
    assert (made.format, made.framework, made.mode, made.run_id) == (FORMAT, VERSION, "live", "r1")
    assert (made.tape, made.tape_digest, made.laps, made.started_ns) == ("sample", "d1", 3, 7)
    assert (made.config, made.plugins) == (b"{}", {"mm": "11"})
