"""Pieces of HTML."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from framework.reports.page import Cell, bar, gauges, shown, sign_class, table, text_cell, zoned_time
from tests.reports.synthetic import START_NS, Run


@given(st.text())
def test_foreign_text_holds_no_markup_and_no_control_characters(text: str) -> None:
    safe = shown(text)
    assert not set("<>\"'") & set(safe)
    assert safe.isprintable()


def test_a_table_names_its_rows_columns_and_itself() -> None:
    made = table([("Who", ""), ("Size", "n")], [[text_cell("<a>"), Cell.number("1,000", 1000)]], caption="Sizes")
    assert '<th scope="col">Who</th><th scope="col" class="n">Size</th>' in made
    assert '<th scope="row">&lt;a&gt;</th><td class="n" data-v="1000">1,000</td>' in made
    assert 'role="region" aria-label="Sizes"' in made
    assert "tabindex" in made


def test_bars_go_right_for_a_gain_and_left_for_a_loss() -> None:
    assert 'class="up" style="left:50.00%;width:25.00%"' in bar(Decimal(1), Decimal(2))
    assert 'class="down" style="left:0.00%;width:50.00%"' in bar(Decimal(-2), Decimal(2))
    assert "width:0.00%" in bar(Decimal(0), Decimal(0))


def test_gauges_of_nothing_and_of_zero_can_be_drawn() -> None:
    assert gauges([]) == '<div class="gauge"></div>'
    assert "width:0.00%" in gauges([("sent", 0, "0", "")])


def test_a_sign_has_a_word() -> None:
    assert [sign_class(Decimal(value)) for value in (1, 0, -1)] == ["gain", "", "loss"]


def test_times_are_shown_to_the_millisecond_in_the_display_zone() -> None:
    assert zoned_time(Run(display_tz="Asia/Tokyo").session, START_NS + 120_999_999) == "2024-08-09 08:54:13.120"
