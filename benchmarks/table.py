"""Results as lines for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from benchmarks.measures import COUNT, LOOPS
from benchmarks.results import Result
from benchmarks.targets import TARGETS, Target

HEAD: Final = ("figure", "value", "steps", "from-to", "must", "goal", "")
ROUTER: Final = re.compile(r"router_(\d+)_on_(\d+)_(\w+)")
ROUTER_HEAD: Final = (
    "orders",
    "pairs",
    "requests",
    "units",
    "least",
    "one by one",
    "s",
    "one by one",
    "requests with singles",
    "s",
    "steps an order",
)
ROUTER_FIGURES: Final = (
    "requests",
    "units",
    "units_least",
    "units_one_by_one",
    "seconds",
    "seconds_one_by_one",
    "requests_planned",
    "seconds_planned",
)


def lines(results: Mapping[str, Result]) -> Iterator[str]:
    """Everything: the figures, what the router saves, and what they were measured with."""
    yield from _aligned([HEAD, *(_row(name, result) for name, result in results.items() if not ROUTER.match(name))])
    if rows := list(_router_rows(results)):
        yield ""
        yield from _aligned([ROUTER_HEAD, *rows])
    for told in sorted({_told(result) for result in results.values()}):
        yield ""
        yield told


def _row(name: str, result: Result) -> Sequence[str]:
    target = TARGETS.get(name)
    of_loops = result["unit"] == LOOPS
    has_steps = result["steps"] is not None and not of_loops
    low, high = ("steps_min", "steps_max") if has_steps else ("min", "max")
    return (
        name,
        f"{number(result['value'])} {'' if result['unit'] == COUNT else result['unit']}".rstrip(),
        number(result["steps"]) if has_steps else "",
        f"{number(result[low])}-{number(result[high])}" if result[low] != result[high] else "",
        *_marks(target, result["steps"] if has_steps else result["value"]),
    )


def _marks(target: Target | None, found: float) -> Sequence[str]:
    if target is None:
        return "", "", ""
    return number(target.must), number(target.goal), target.verdict(found)


def _router_rows(results: Mapping[str, Result]) -> Iterator[Sequence[str]]:
    sizes = dict.fromkeys((match[1], match[2]) for name in results if (match := ROUTER.match(name)))
    for orders, pairs in sizes:
        prefix = f"router_{orders}_on_{pairs}_"
        figures = [number(results[prefix + figure]["value"]) for figure in ROUTER_FIGURES]
        yield orders, pairs, *figures, number(results[prefix + "order"]["steps"])


def _told(result: Result) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"{result['date']}, {result['machine']}; {versions}; commit {result['commit']}; n = {result['n']}"


def number(value: float) -> str:
    """Three digits that mean something, thousands apart."""
    size = abs(value)
    if size >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 10 else f"{value:.2f}"


def _aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows as columns; all but the first to the right, words to the left."""
    rows = list(rows)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if not column or cell.endswith("reached") else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
