"""A journal's records as rows: for people, for programs (JSON lines) and for tables (csv)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple, get_args

import msgspec

from framework.kernel.records import EventHeard, Record, ReportTaken, RunStarted, Turn
from framework.model.instants import utc
from framework.reports.words import clean

COLUMNS: Final = ("number", "ts_ns", "time", "kind", "strategy", "instrument", "client_order_id", "rest")
"""Of a csv. `rest` is a JSON object of what has no column of its own."""

NOT_TOLD: Final = ("filled_points", -1)
"""How a report says that it does not tell what is filled."""

NUMBER: Final = re.compile(r"-?[0-9]+([.][0-9]+)?")
KINDS: Final = tuple(str(kind.__struct_config__.tag) for kind in get_args(Record))


class Numbered(NamedTuple):
    """A record with its place in the journal and its time."""

    number: int
    ts_ns: int
    """Of its turn; of the run's start before the first. 0: not known."""
    record: Record


class Numbering:
    """Counts records from 1 and gives each the time of its turn."""

    def __init__(self) -> None:
        self._number = 0
        self._ts_ns = 0

    def __call__(self, record: Record) -> Numbered:
        """The next record."""
        self._number += 1
        if isinstance(record, Turn):
            self._ts_ns = record.ts_ns
        elif isinstance(record, RunStarted):
            self._ts_ns = record.started_ns
        return Numbered(self._number, self._ts_ns, record)


def kind_of(record: Record) -> str:
    """A record's kind in a word, as it stands in the journal: `order`, `report`, `turn` ..."""
    return str(record.__struct_config__.tag)


def record_facts(record: Record) -> dict[str, Any]:
    """A record's fields for JSON: money as text, bytes in base64, a report's fields beside its own."""
    facts: dict[str, Any] = {name: getattr(record, name) for name in record.__struct_fields__}
    if isinstance(record, ReportTaken):
        facts = {name: getattr(record.report, name) for name in record.report.__struct_fields__}
        facts["report"] = facts.pop("kind")
    if isinstance(record, RunStarted):
        facts["config"] = json.loads(record.config or b"{}")
    if "kind" in facts:
        facts["event" if isinstance(record, EventHeard) else "request"] = facts.pop("kind")
    return {
        name: _written(msgspec.to_builtins(value, str_keys=True, builtin_types=(Decimal,)))
        for name, value in facts.items()
    }


def _written(value: Any) -> Any:
    """Money as text without an exponent, wherever it stands."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return {name: _written(each) for name, each in value.items()}
    return [_written(each) for each in value] if isinstance(value, list | tuple) else value


def json_line(row: Numbered) -> str:
    """One record as a JSON object: `number`, `ts_ns`, `kind`, then its own fields."""
    head = {"number": row.number, "ts_ns": row.ts_ns, "kind": kind_of(row.record)}
    return json.dumps(head | record_facts(row.record) | head, ensure_ascii=False, separators=(",", ":"))


def csv_lines(rows: Iterable[Numbered]) -> Iterator[str]:
    """A csv's lines, the names of `COLUMNS` first."""
    yield csv_line(COLUMNS)
    for row in rows:
        facts = record_facts(row.record)
        own = [facts.pop(name, "") for name in COLUMNS[4:-1]]
        facts.pop("ts_ns", None)
        rest = json.dumps(facts, ensure_ascii=False, separators=(",", ":")) if facts else ""
        yield csv_line([row.number, row.ts_ns, time_text(row.ts_ns), kind_of(row.record), *own, rest])


def time_text(ts_ns: int) -> str:
    """UTC with microseconds, `2024-08-08T23:54:01.000250Z`; empty where it is not known."""
    return f"{utc(ts_ns):%Y-%m-%dT%H:%M:%S.%fZ}" if ts_ns else ""


def record_line(row: Numbered) -> str:
    """One record on one line, for people: time, kind, and its fields that say something."""
    facts = {
        name: value
        for name, value in record_facts(row.record).items()
        if value not in ("", None, [], {}, 0, False) and (name, value) != NOT_TOLD
    }
    facts.pop("ts_ns", None)
    said = " ".join(f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in facts.items())
    return clean(f"{row.number:>8}  {time_text(row.ts_ns)}  {kind_of(row.record):<10}  {said}", 400)


def csv_line(cells: Iterable[object]) -> str:
    """A line of a csv, without its end."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    is_odd = isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not NUMBER.fullmatch(cell)
    return f"'{cell}" if is_odd else cell
