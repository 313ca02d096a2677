"""JSON for pipes."""

from __future__ import annotations

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from framework.model.events import ReportKind
from framework.reports.encoding import event_line, json_text
from framework.reports.summary import to_json
from tests.reports.synthetic import Run, summary_of


def test_foreign_text_is_plain_ascii_in_json() -> None:
    run = Run(["m\x1b[31m\u202e\ud800"])
    run.end(run.order("m\x1b[31m\u202e\ud800"), ReportKind.REJECTED, "bad\x9b", "detail")
    line = to_json(summary_of(run))
    assert line.isascii()
    assert line.isprintable()
    assert list(json.loads(line)["strategies"]) == ["m\x1b[31m\u202e\ud800"]


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(10**12), 10**12), st.booleans(), st.none())))
def test_what_is_written_is_read_back(facts: dict[str, object]) -> None:
    line = json_text(facts)
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line) == facts


def test_the_name_of_an_event_comes_first() -> None:
    assert event_line("order.filled", {"size": Decimal("0.00160")}) == '{"event":"order.filled","size":0.00160}'


def test_small_amounts_are_written_out_and_texts_are_left_alone() -> None:
    facts = {'"fee\\': Decimal("2.1E-7"), "text": '"1E-7 \\"', "big": Decimal("-1E+3"), "none": Decimal("0E-8")}
    line = json_text(facts)
    assert line == r'{"\"fee\\":0.00000021,"text":"\"1E-7 \\\"","big":-1000,"none":0.00000000}'
    assert json.loads(line)["text"] == facts["text"]


def test_what_is_not_a_number_is_null() -> None:
    assert json_text([float("nan"), float("inf")]) == "[null,null]"
