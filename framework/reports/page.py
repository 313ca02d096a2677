"""Pieces of HTML. Every text from outside passes `shown`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import NamedTuple

from framework.reports.session import Session
from framework.reports.words import clean, moment


def shown(text: object, limit: int = 300) -> str:
    """Text made safe for a page: control characters as escapes, markup as text."""
    return escape(clean(str(text), limit))


class Cell(NamedTuple):
    """One cell of a table: HTML, what it sorts by, and its class."""

    html: str
    value: str = ""
    kind: str = ""

    @classmethod
    def number(cls, text: str, value: object) -> Cell:
        """A number: right-aligned, sorted by its exact value."""
        return cls(escape(text), str(value), "n")


def text_cell(text: object, kind: str = "") -> Cell:
    """A cell of foreign text."""
    return Cell(shown(text), "", kind)


def table(
    heads: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Cell]],
    *,
    caption: str,
    total: Sequence[Cell] = (),
    identity: str = "",
    is_sortable: bool = True,
) -> str:
    """A table in a box that scrolls by itself.

    Args:
        heads: title and class (`n` for numbers) of each column; titles and caption are our own words.
    """
    head = "".join(f'<th scope="col"{_attribute("class", kind)}>{escape(title)}</th>' for title, kind in heads)
    body = "\n".join(_row(cells) for cells in rows)
    foot = f"<tfoot>{_row(total)}</tfoot>" if total else ""
    sortable = ' class="sortable"' if is_sortable else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f"<table{sortable}{_attribute('id', identity)}><caption>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table></div>"
    )


def filter_box(identity: str, example: str, count: int) -> str:
    """A box whose words choose the rows of the table of that identity; our own words."""
    return (
        f'<div class="tools"><label for="filter-{identity}">Show only rows with</label>'
        f'<input id="filter-{identity}" type="search" data-filters="{identity}" placeholder="{escape(example)}" '
        f'autocomplete="off"><span id="{identity}-count" aria-live="polite">{count:,} shown</span></div>'
    )


def _row(cells: Sequence[Cell]) -> str:
    first, *rest = cells
    head = f'<th scope="row"{_attributes(first)}>{first.html}</th>'
    return "<tr>" + head + "".join(f"<td{_attributes(cell)}>{cell.html}</td>" for cell in rest) + "</tr>"


def _attributes(cell: Cell) -> str:
    return _attribute("class", cell.kind) + _attribute("data-v", cell.value)


def _attribute(name: str, value: str) -> str:
    return f' {name}="{escape(value)}"' if value else ""


def tiles(facts: Iterable[tuple[str, str, str, str]]) -> str:
    """Headline figures: label, value, a small line below, class; all HTML made by the caller."""
    parts = (
        f"<div><dt>{label}</dt><dd{_attribute('class', kind)}>{value}<small>{small}</small></dd></div>"
        for label, value, small, kind in facts
    )
    return f'<dl class="tiles">{"".join(parts)}</dl>'


def definitions(facts: Iterable[tuple[str, str]]) -> str:
    """A list of facts: our label, HTML made by the caller."""
    return '<dl class="facts">' + "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in facts) + "</dl>"


def chart(key: str, label: str) -> str:
    """The place of a chart; the script draws into it. `label` says in words what it shows."""
    return f'<div class="chart" data-chart="{escape(key)}" role="group" tabindex="0" aria-label="{shown(label)}"></div>'


def bar(value: Decimal, widest: Decimal) -> str:
    """A bar to the right of the middle for a gain, to the left for a loss. Only beside its number."""
    share = 50 * float(abs(value) / widest) if widest else 0.0
    start, kind = (50.0, "up") if value >= 0 else (50.0 - share, "down")
    return f'<span class="bar" aria-hidden="true"><i class="{kind}" style="left:{start:.2f}%;width:{share:.2f}%"></i></span>'


def gauges(rows: Iterable[tuple[str, int, str, str]]) -> str:
    """Bars from zero: our label, count, words, class."""
    listed = list(rows)
    widest = max((count for _, count, _, _ in listed), default=0) or 1
    parts = (
        f'<span>{escape(label)}</span><i{_attribute("class", kind)} aria-hidden="true" style="width:{100 * count / widest:.2f}%"></i>'
        f"<span>{escape(words)}</span>"
        for label, count, words, kind in listed
    )
    return f'<div class="gauge">{"".join(parts)}</div>'


def none(words: str) -> str:
    """Says that there is nothing to show, and why."""
    return f'<p class="none">{escape(words)}</p>'


def sign_class(value: Decimal) -> str:
    """`gain` or `loss`; nothing for zero."""
    return "gain" if value > 0 else "loss" if value < 0 else ""


def zoned_time(session: Session, ts_ns: int) -> str:
    """`2024-08-09 00:02:09.120`, in the display zone."""
    at = moment(ts_ns, session.zone)
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
