"""Tables: aligned in a terminal, plain where there is none."""

from __future__ import annotations

import io

from rich.console import Console

from framework.ops.tables import show_table


def shown(*, is_terminal: bool) -> list[str]:
    file = io.StringIO()
    console = Console(file=file, force_terminal=is_terminal, width=40, highlight=False, markup=False, color_system=None)
    show_table(("NAME", "SIZE"), [("one", "1"), ("[red]two", "22" * 30)], right=("SIZE",), console=console)
    return file.getvalue().splitlines()


def test_numbers_stand_at_the_right_and_markup_is_text() -> None:
    lines = shown(is_terminal=False)
    assert lines[0].split() == ["NAME", "SIZE"]
    assert lines[2].rstrip().endswith("   1")
    assert lines[3].startswith("[red]two")
    assert len(lines) == 4, "where nobody looks at it in a terminal, no cell is broken"


def test_a_terminal_folds_what_does_not_fit() -> None:
    assert all(len(line) <= 40 for line in shown(is_terminal=True))
