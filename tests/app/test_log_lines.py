"""What of a log's lines may be published: of both forms the same."""

from __future__ import annotations

import json

import pytest

from framework.app.log_lines import told_line

TOLD = "12:00:00 warning kill.recovery_waits scope=strategy:mm times=3"


def test_names_and_counts_are_told_and_texts_are_not() -> None:
    line = "12:00:00 warning kill.recovery_waits difference=USDT: the venue holds 123.5 order=bot-1-9 scope=strategy:mm times=3"
    assert told_line(line) == TOLD
    facts = {"difference": "USDT: the venue holds 123.5", "order": "bot-1-9", "scope": "strategy:mm", "times": 3}
    head = {"ts_ns": 12 * 3_600 * 10**9, "level": "warning", "event": "kill.recovery_waits"}
    assert told_line(json.dumps(head | facts)) == TOLD


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("12:00:00 info    bought 5 at 61000 strategy=mm", "12:00:00 info    (not told) strategy=mm"),
        ("12:00:00 error   limit.breached check=max_loss found=12.5 limit=10", "12:00:00 error   limit.breached check=max_loss"),
        ("12:00:00 info    order.sent strategy=61000.5 times=1000000000000", "12:00:00 info    order.sent"),
        ("a plugin printed 61000", ""),
        ('{"event": "no instant"}', ""),
        ('{"ts_ns": "x"', ""),
        ("", ""),
    ],
)  # fmt: skip
def test_what_is_no_name_or_small_number_is_left_out(line: str, told: str) -> None:
    assert told_line(line) == told
