"""Tables on the terminal; plain text where standard output is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from framework.kernel.screen import flowed

PLAIN_WIDTH: Final = 10_000
"""Where nobody looks at it in a terminal: a row is a line."""
GAP: Final = 2
"""Between two columns."""


def show_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = (), console: Console | None = None
) -> None:
    """Print rows under their columns; on a terminal that cannot hold them, each row as a few lines.

    Args:
        right: the columns of numbers.
        console: for tests; by default standard output, which honours NO_COLOR.
    """
    console = console or Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    widths = widths_of(columns, rows, console.width)
    if widths is None:
        for line in stacked(columns, rows, console.width):
            console.print(Text(line), soft_wrap=True)
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name, width in zip(columns, widths, strict=True):
        table.add_column(name, justify="right" if name in right else "left", overflow="fold", width=width)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def widths_of(columns: Sequence[str], rows: Sequence[Sequence[str]], room: int) -> list[int] | None:
    """How wide each column is: as wide as its cells, or folded between words; None: words or numbers would break."""
    cells = list(zip(columns, *rows, strict=True))
    widths = [max(map(len, column)) for column in cells]
    least = [max(len(word) for cell in column for word in cell.split() or [""]) for column in cells]
    left = room - GAP * (len(widths) - 1)
    if sum(least) > left:
        return None
    while sum(widths) > left:  # the widest of those that can be folded gives way
        _, widest = max((widths[at], at) for at in range(len(widths)) if widths[at] > least[at])
        widths[widest] -= 1
    return widths


def stacked(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """Each row as `TITLE cell`, and below it `title: cell` for the cells that say something."""
    for first, *rest in rows:
        yield from flowed([f"{columns[0]} {first}"], width, indent="")
        told = (f"{name.lower()}: {cell}" for name, cell in zip(columns[1:], rest, strict=True) if cell)
        yield from flowed(told, width)
