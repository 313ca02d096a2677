from __future__ import annotations

import json

from framework.reports.happenings import QuarantineSeen


def test_a_happening_is_one_object_with_its_name_and_time_first() -> None:
    line = QuarantineSeen(7, "sma", "on_bar raised\nZeroDivisionError").json
    assert "\n" not in line
    assert list(json.loads(line).items()) == [
        ("event", "strategy.quarantined"),
        ("ts_ns", 7),
        ("strategy", "sma"),
        ("reason", "on_bar raised\nZeroDivisionError"),
    ]
