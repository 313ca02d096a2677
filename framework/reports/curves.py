"""What the report's charts draw, as one JSON block."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from framework.model.instants import NS_PER_S
from framework.reports.encoding import json_text
from framework.reports.happenings import FillHappened
from framework.reports.session import Plot, Session
from framework.reports.words import clean, price_text, size_text

MARKS_MAX: Final = 2_000
"""Fills marked on one chart; of more, every n-th."""

Points = Sequence[tuple[int, float]]


def chart_block(session: Session) -> str:
    """The data of all charts, safe inside a script element: `<` never appears in it."""
    samples = session.samples.items
    facts = session.facts
    block = {
        "tz": facts.display_tz,
        "digits": session.money_digits,
        "times": [_seconds(sample.ts_ns) for sample in samples],
        "equity": [_short(sample.equity) for sample in samples],
        "drawdown": [_short(sample.drawdown) for sample in samples],
        "nets": [
            {"name": clean(strategy, 40), "values": [_short(sample.nets[index]) for sample in samples]}
            for index, strategy in enumerate(session.ledgers.strategies)
        ],
        "prices": [
            {
                "digits": instrument.price_digits,
                "values": [_short(sample.mids[index]) for sample in samples],
                "buys": marks(fill for fill in session.fills.items if fill.instrument is instrument and fill.is_buy),
                "sells": marks(
                    fill for fill in session.fills.items if fill.instrument is instrument and not fill.is_buy
                ),
            }
            for index, instrument in enumerate(facts.instruments)
        ],
        "plots": [[_line(plot) for plot in panel] for panel in panels(session.plots.values())],
    }
    return json_text(block).replace("<", "\\u003c")


def marks(fills: Iterable[FillHappened]) -> list[tuple[float, float, str]]:
    """Fills as (seconds, price, words), never more than `MARKS_MAX`."""
    listed = list(fills)
    step = -(-len(listed) // MARKS_MAX) or 1
    return [(_seconds(fill.ts_ns), fill.instrument.price(fill.price_points), _words(fill)) for fill in listed[::step]]


def _words(fill: FillHappened) -> str:
    size = f"{size_text(fill.instrument, fill.size_points)} {fill.instrument.base}"
    verb = "bought" if fill.is_buy else "sold"
    return f"{clean(fill.strategy, 40)} {verb} {size} at {price_text(fill.instrument, fill.price_points)}, {fill.role}"


def panels(plots: Iterable[Plot]) -> list[list[Plot]]:
    """Series that share a chart: of one strategy, and with values in the same range."""
    found: list[list[Plot]] = []
    for plot in plots:
        if not drawable(plot):
            continue
        home = next((panel for panel in found if panel[0].strategy == plot.strategy and _overlap(panel, plot)), None)
        if home is None:
            found.append([plot])
        else:
            home.append(plot)
    return found


def drawable(plot: Plot) -> bool:
    """Two points at least that are numbers."""
    return sum(math.isfinite(value) for _, value in plot.points.items) >= 2


def _overlap(panel: Sequence[Plot], plot: Plot) -> bool:
    low, high = _range(plot)
    return any(
        _range(other)[0] <= high and low <= _range(other)[1] and _alike(_range(other), (low, high)) for other in panel
    )


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Neither range is so much wider that the narrower one would be a flat line in it."""
    widths = sorted((one[1] - one[0], other[1] - other[0]))
    return widths[0] * 20 >= widths[1]


def _range(plot: Plot) -> tuple[float, float]:
    values = [value for _, value in plot.points.items if math.isfinite(value)]
    return min(values), max(values)


def _line(plot: Plot) -> dict[str, object]:
    """One series. Of several points of one instant the last counts."""
    points = dict(plot.points.items)
    times = sorted(points)
    return {
        "name": clean(plot.name, 40),
        "digits": _digits(plot),
        "times": [_seconds(ts_ns) for ts_ns in times],
        "values": [_short(points[ts_ns]) for ts_ns in times],
    }


def _digits(plot: Plot) -> int:
    """Decimals that show a thousandth of the range."""
    low, high = _range(plot)
    size = max(high - low, abs(high) / 1000, 1e-8)
    if not math.isfinite(size):  # the distance of two numbers may be none
        return 0
    return max(0, min(8, 3 - math.floor(math.log10(size)) - 1))


def _short(value: float | None) -> float | None:
    """Nine digits are more than a screen shows; no number at all is a gap."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.9g}")


def _seconds(ts_ns: int) -> float:
    return round(ts_ns / NS_PER_S, 3)
