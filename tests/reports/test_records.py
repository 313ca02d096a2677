"""Records as rows: everything in them, once, in a form that programs and spreadsheets take."""

from __future__ import annotations

import csv
import json
from decimal import Decimal

from msgspec.structs import replace

from framework.kernel.records import IntentTaken, ReportTaken, StrategyQuarantined
from framework.reports.records import (
    COLUMNS,
    KINDS,
    Numbering,
    csv_lines,
    json_line,
    kind_of,
    record_facts,
    record_line,
)
from tests.kernel.journal.examples import RECORDS

ROWS = list(map(Numbering(), RECORDS))


def test_records_are_counted_and_have_the_time_of_their_turn() -> None:
    assert [row.number for row in ROWS] == list(range(1, len(RECORDS) + 1))
    assert [row.ts_ns for row in ROWS[:3]] == [5, 10, 10]


def test_every_kind_has_its_word() -> None:
    assert {kind_of(record) for record in RECORDS} == set(KINDS)


def test_a_line_of_json_holds_every_field() -> None:
    for row in ROWS:
        line = json.loads(json_line(row))
        assert list(line)[:3] == ["number", "ts_ns", "kind"]
        assert (line["number"], line["kind"]) == (row.number, kind_of(row.record))
        assert set(record_facts(row.record)) <= set(line)


def test_a_report_stands_beside_its_record() -> None:
    facts = record_facts(RECORDS[5])
    assert facts["client_order_id"] == "id-1"
    assert facts["report"] == "filled"
    assert facts["fill"]["fee"] == "0.0006165512"
    taken = RECORDS[5]
    assert isinstance(taken, ReportTaken) and taken.report.fill is not None
    small = replace(taken.report, fill=replace(taken.report.fill, fee=Decimal("2.1E-7")))
    assert record_facts(replace(taken, report=small))["fill"]["fee"] == "0.00000021"


def test_the_settings_are_json_and_bytes_are_base64() -> None:
    assert record_facts(RECORDS[0])["config"] == {}
    assert record_facts(RECORDS[-1])["state"] == {"orders": "AQ=="}


def test_a_csv_has_every_record_under_its_columns() -> None:
    rows = list(csv.DictReader(csv_lines(ROWS)))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["kind"] for row in rows] == [kind_of(record) for record in RECORDS]
    assert rows[2] == {
        "number": "3",
        "ts_ns": "10",
        "time": "1970-01-01T00:00:00.000000Z",
        "kind": "intent",
        "strategy": "mm",
        "instrument": "BTC/USDT@bitget",
        "client_order_id": "",
        "rest": '{"verb":"ladder","subject":"ladder 2","price_points":0,"size_points":0,"rungs":[]}',
    }


def test_no_cell_of_a_csv_is_a_formula() -> None:
    lines = list(csv_lines([Numbering()(IntentTaken("=1+1", "buy", "@x", "s"))]))
    assert next(iter(csv.DictReader(lines)))["strategy"] == "'=1+1"


def test_words_say_what_there_is_and_obey_nothing() -> None:
    assert record_line(ROWS[1]) == "       2  1970-01-01T00:00:00.000000Z  turn        cursor=3"
    assert "filled_points" not in record_line(ROWS[5]), "-1: not told"
    assert "\x1b" not in record_line(Numbering()(StrategyQuarantined("mm", "\x1b[31m")))
