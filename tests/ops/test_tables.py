"""Tables: aligned in a terminal, plain where there is none."""

from __future__ import annotations

import io

from rich.console import Console

from framework.ops.tables import show_table


def shown(cell: str, *, is_terminal: bool) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=40, highlight=False, markup=False, color_system=None)
    rows = [("one", "", "1"), ("[red]two", "a word or two", cell)]
    show_table(("NAME", "WHY", "SIZE"), rows, right=("SIZE",), console=console)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_numbers_stand_at_the_right_and_markup_is_text() -> None:
    lines = shown("22" * 30, is_terminal=False)
    assert lines[0].split() == ["NAME", "WHY", "SIZE"]
    assert lines[2].endswith("   1")
    assert lines[3].startswith("[red]two")
    assert len(lines) == 4, "where nobody looks at it in a terminal, no cell is broken"


def test_words_are_folded_the_widest_column_first_and_none_is_broken() -> None:
    assert shown("0.001617 BTC and more", is_terminal=True) == [
        "NAME      WHY                       SIZE",
        "────────────────────────────────────────",
        "one                                    1",
        "[red]two  a word or two     0.001617 BTC",
        "                                and more",
    ]


def test_a_row_that_a_terminal_cannot_hold_is_told_in_lines() -> None:
    assert shown("bot-1f3a9c-market-maker-12 and 3", is_terminal=True) == [
        "NAME one",
        "  size: 1",
        "NAME [red]two",
        "  why: a word or two",
        "  size: bot-1f3a9c-market-maker-12 and 3",
    ]
