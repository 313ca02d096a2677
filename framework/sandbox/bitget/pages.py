"""Pages of rows: newest first, by time, from below an id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from framework.sandbox.bitget.call import Call

Row = TypeVar("Row")


def page(
    call: Call,
    rows: Sequence[Row],
    number: Callable[[Row], str],
    ts_ms: Callable[[Row], int],
    most: int = 100,
    cursor: str = "idLessThan",
) -> list[Row]:
    """Rows of `startTime` to `endTime`, below the cursor, at most `limit`.

    Args:
        rows: oldest first.
        number: what the cursor compares.
    """
    start_ms, end_ms = call.number("startTime", 0), call.number("endTime", 2**62)
    below = call.number(cursor, 2**62)
    limit = max(1, call.number("limit", 100, most))
    found = [row for row in reversed(rows) if start_ms <= ts_ms(row) <= end_ms and int(number(row)) < below]
    found.sort(key=lambda row: -int(number(row)))
    return found[:limit]
