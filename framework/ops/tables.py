"""Tables on the terminal; plain text where standard output is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PLAIN_WIDTH: Final = 200
"""Where nobody looks at it in a terminal: room for whole paths."""


def show_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = (), console: Console | None = None
) -> None:
    """Print rows under their columns.

    Args:
        right: the columns of numbers.
        console: for tests; by default standard output, which honours NO_COLOR.
    """
    console = console or Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
