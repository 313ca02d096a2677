"""The live view in a terminal. Only this file and `tables` import rich; imported when a terminal is there.

Lines are made here column by column rather than by a table that guesses: 80 columns hold everything, fewer drop the
least needed columns, more show longer positions. Words stand beside every colour.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from framework.ops.watched import StrategyRow, Watched

GAP: Final = "   "
HAPPENINGS_MAX: Final = 6
WIDTH_MIN: Final = 20
TABLE_MAX: Final = 100
"""Wider and the eye loses the row."""
BAR_MIN: Final = 16
BAR_MAX: Final = 40


class Column(NamedTuple):
    """One column of the strategy table."""

    title: str
    width: int
    cell: Callable[[StrategyRow, int], Text]
    rank: int
    """The highest goes first where there is no room; 0 always stays."""
    is_left: bool = False


class TerminalView:
    """Draws a run in place, each time `refresh` is called; it has no thread.

    Args:
        armed: the kill switch's state in words, asked at each refresh.
        budget: lines on the rate limits, such as `place 3/10  cancel 1/10 per s`, asked at each refresh.
        console: for tests; by default the terminal on `out`, which honours NO_COLOR.
        out: the terminal; by default standard output.
    """

    def __init__(
        self,
        watched: Watched,
        *,
        armed: Callable[[], str] = lambda: "ARMED",
        budget: Callable[[], Sequence[str]] = tuple,
        console: Console | None = None,
        out: TextIO | None = None,
    ) -> None:
        self._watched = watched
        self._armed = armed
        self._budget = budget
        self._console = console or Console(file=out, highlight=False, markup=False)
        self._live = Live(console=self._console, auto_refresh=False)

    def start(self) -> None:
        """Take the terminal."""
        self._live.start()

    def refresh(self, now_ns: int) -> None:
        """Draw the run as it is."""
        self._live.update(self.frame(now_ns), refresh=True)

    def stop(self) -> None:
        """Leave the last picture and give the terminal back."""
        self._live.stop()

    def frame(self, now_ns: int) -> Group:
        """One picture, no wider and no higher than the terminal."""
        width = max(WIDTH_MIN, self._console.width)
        watched = self._watched
        head = [
            *flow(self._banner(now_ns), width),
            *flow([Text(text, style="dim") for text in watched.basis], width, self._dot),
            *self._progress(now_ns, width),
            *flow(self._money(), width),
        ]
        foot = flow([Text(f"Requests {watched.requests()}"), *map(Text, self._budget())], width)
        rows = watched.rows()
        room = self._console.height - 1 - len(head) - len(foot)
        table = list(self._table(rows[: max(1, room - 3)], width, len(rows)))
        last = self._last_happenings(width, max(1, min(HAPPENINGS_MAX, room - len(table))))
        return Group(*(fitted(line, width) for line in [*head, *table, *foot, *last]))

    @property
    def _dot(self) -> str:
        return " \u00b7 " if self._console.encoding.startswith("utf") else " | "

    def _banner(self, now_ns: int) -> list[Text]:
        watched = self._watched
        mode = Text.assemble((f" {watched.mode} ", "bold black on cyan"), f" {watched.promise}")
        armed = self._armed()
        state = Text(armed, style="bold green" if armed == "ARMED" else "bold red")
        return [mode, state, Text(watched.when(now_ns)), Text(watched.speed)]

    def _progress(self, now_ns: int, width: int) -> list[Text]:
        watched = self._watched
        done, words = watched.progress(now_ns)
        feed = watched.feed(now_ns)
        feed_text = Text(feed, style="" if feed.startswith("feed ok") else "bold red")
        if done is None:
            return flow([Text(f"running {words}"), feed_text], width)
        room = width - len(words) - 3
        beside = room - len(feed) - len(GAP)
        cells = max(4, min(BAR_MAX, beside if beside >= BAR_MIN else room))
        filled = int(done * cells)
        bar = Text.assemble("[", ("#" * filled, "cyan"), ("-" * (cells - filled), "dim"), f"] {words}")
        return flow([bar, feed_text], width)

    def _money(self) -> list[Text]:
        watched = self._watched
        net = watched.net()
        return [
            *(Text(price) for price in watched.prices()),
            Text(f"equity {watched.equity()}", style="bold"),
            Text.assemble("net ", (net, gain_style(net))),
        ]

    def _table(self, rows: Sequence[StrategyRow], width: int, total: int) -> Iterable[Text]:
        columns = columns_for(min(width, TABLE_MAX))
        head = Text(style="bold")
        for column in columns:
            title = set_cell_size(column.title, column.width) if column.is_left else column.title.rjust(column.width)
            head.append(title)
        yield head
        for row in rows:
            yield Text.assemble(*(aligned(column.cell(row, column.width), column) for column in columns))
        if total > len(rows):
            yield Text(f"... and {total - len(rows)} more", style="dim")

    def _last_happenings(self, width: int, room: int) -> list[Text]:
        lines: list[Text] = []
        for happening in reversed(self._watched.happenings):
            time = self._watched.time(happening.ts_ns)
            style = "" if happening.noun == "fill" else "yellow"
            pieces = textwrap.wrap(happening.text, width - len(time) - 1, max_lines=2, placeholder=" ..")
            if len(lines) + len(pieces) > room:
                pieces = pieces[: room - len(lines)]
            if not pieces:
                break
            lines.append(Text.assemble((time, "dim"), " ", (pieces[0], style)))
            lines += [Text(" " * (len(time) + 1) + piece, style=style) for piece in pieces[1:]]
        return lines or [Text("nothing has happened yet", style="dim")]


def flow(chunks: Iterable[Text], width: int, gap: str = GAP) -> list[Text]:
    """Put texts on one line while they fit, then on the next: nothing is torn apart."""
    lines: list[Text] = []
    for piece in (piece for chunk in chunks for piece in torn(chunk, width)):
        if lines and lines[-1].cell_len + len(gap) + piece.cell_len <= width:
            lines[-1].append(gap)
            lines[-1].append_text(piece)
        else:
            lines.append(piece.copy())
    return lines


def torn(chunk: Text, width: int) -> list[Text]:
    """The text whole, or in pieces between words where it is longer than a line."""
    if chunk.cell_len <= width:
        return [chunk]
    return [Text(piece, style=chunk.style) for piece in textwrap.wrap(chunk.plain, width)]


def fitted(line: Text, width: int) -> Text:
    """The line, cut where it is too long, on one row."""
    line.no_wrap = True
    if line.cell_len > width:
        line.truncate(width - 2)
        line.append("..")
    return line


def aligned(cell: Text, column: Column) -> Text:
    """A cell padded to its column, its last two letters dots where it was too long."""
    room = column.width - (1 if column.is_left else 2)
    if cell.cell_len > room:
        cell.truncate(room - 2)
        cell.append("..")
    padding = " " * (column.width - cell.cell_len)
    return Text.assemble(cell, padding) if column.is_left else Text.assemble(padding, cell)


def gain_style(text: str) -> str:
    """Colour of an amount, beside its sign."""
    return "red" if text.startswith("-") else "green" if text.startswith("+") else ""


def name_cell(row: StrategyRow, _width: int) -> Text:
    """The strategy's name, and in words when it was put aside."""
    return Text.assemble((f"{row.name} PUT ASIDE", "bold red")) if row.is_quarantined else Text(row.name)


def position_cell(row: StrategyRow, width: int) -> Text:
    """As many positions as fit, the most valuable first, and how many more."""
    if not row.positions:
        return Text("flat", style="dim")
    choices = [", ".join(row.positions)]
    for more in range(1, len(row.positions)):
        shown = ", ".join(row.positions[:-more])
        choices += [f"{shown} +{more} more", f"{shown} +{more}"]
    if len(row.positions) > 1:
        choices.append(f"{len(row.positions)} positions")
    return Text(next((choice for choice in choices if cell_len(choice) < width), choices[-1]))


COLUMNS: Final = (
    Column("STRATEGY", 16, name_cell, 0, is_left=True),
    Column("POSITION", 22, position_cell, 2, is_left=True),
    Column("OPEN", 5, lambda row, _: Text(row.open), 5),
    Column("FILLS", 8, lambda row, _: Text(row.fills), 1),
    Column("REFUSED", 8, lambda row, _: Text(row.refused, style="yellow" if row.refused != "0" else ""), 4),
    Column("PNL NET", 11, lambda row, _: Text(row.net, style=gain_style(row.net)), 0),
    Column("FEES", 10, lambda row, _: Text(row.fees), 3),
)


def columns_for(width: int) -> list[Column]:
    """The columns that fit; those left over give their room to the position, or what remains to the name."""
    columns = list(COLUMNS)
    while sum(column.width for column in columns) > width and any(column.rank for column in columns):
        columns.remove(max(columns, key=lambda column: column.rank))
    spare = width - sum(column.width for column in columns)
    widened = 1 if columns[1].is_left else 0
    columns[widened] = columns[widened]._replace(width=max(4, columns[widened].width + spare))
    return columns
