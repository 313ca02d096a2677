"""The last words of a run, for people: plain text, of 80 columns at most and of 20 at least."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from framework.kernel.screen import TEXT_WIDTH, flowed
from framework.model.counting import counted
from framework.reports.board import requests_text
from framework.reports.reasons import advice
from framework.reports.summary import StrategySummary, Summary, equity_words
from framework.reports.words import Split, clean, digits_for, money, span

Labelled = tuple[str, str]
"""A label, and what is told under it."""
LABEL: Final = 12
"""Columns before the text of a labelled line."""
STRATEGIES_MAX: Final = 40
REASONS_MAX: Final = 6
LEFT_MAX: Final = 8
LEFT_VERBS: Final = {"position": "holds", "order": "still has an order to"}
OWN: Final = ("python3 run.py new my_idea", "start a strategy of your own")
FAST: Final = ("python3 run.py paper --speed max", "the same as fast as it goes")
ELSE: Final = ("python3 run.py explain last", "what became of the newest order, and why")
"""Instead, where nothing can be played faster: a live market, or a run that was as fast as it goes."""
PROOF_S: Final = 30 * 86_400
"""A tape longer than this says something about a strategy, though still not what it will earn."""


def closing_lines(summary: Summary, width: int = TEXT_WIDTH) -> list[str]:
    """The closing lines: profit and where it came from, fills, refusals, requests, what is left, and what is next.

    Args:
        width: columns; on fewer than 80 a row of the table is two lines.
    """
    digits = digits_for(summary.equity_start)
    table = _money_table(summary, digits) if width >= TEXT_WIDTH else list(_money_lines(summary, digits, width))
    lines = [*_labelled(clean(summary.mode, 10), _ran(summary), width), "", *table]
    lines += [line for label, body in _by_quote(summary) for line in _labelled(label, body, width)] + [""]
    lines += [line for label, body in _facts(summary, digits) for line in _labelled(label, body, width)]
    lines += ["", *textwrap.wrap(honest_words(summary), width), ""]
    return [*lines, *_paths(summary, width), "", *_next(summary, width)]


def _facts(summary: Summary, digits: int) -> Iterator[Labelled]:
    """What came of it, each under its label."""
    yield "equity", f"{money(summary.equity_start, digits)} -> {equity_words(summary, digits)}"
    if summary.not_valued:
        yield "not valued", f"{clean(', '.join(summary.not_valued), 300)} (no price in this run)"
    yield "fills", _fills(summary)
    if summary.fills_inside:
        yield "inside", inside_words(summary)
    yield from _refusals(summary)
    yield "requests", requests_text(summary.requests, summary.requests_one_by_one)
    for name, reason in summary.quarantined.items():
        yield "put aside", f"{clean(name, 40)}: {clean(reason, 300)}"
    for trouble in summary.troubles:
        yield "trouble", clean(trouble, 300)
    yield from _left(summary)
    yield "ledger", _ledger(summary)


def _ran(summary: Summary) -> str:
    took = f"{played_words(summary)}, {counted(summary.events, 'event')}"
    first = (
        "" if summary.first_fill_s is None else f", first fill {summary.first_fill_s:.1f} s after the process started"
    )
    return f"{clean(summary.stopped_by, 30)}: {took}{first}"


def played_words(summary: Summary) -> str:
    """`653 s of tape in 15.9 s`; of a market that was heard as it went on how long that was: `two hours`."""
    if not summary.is_tape:
        return span(summary.tape_s)
    return f"{summary.tape_s:,.0f} s of tape in {summary.duration_s:,.1f} s"


def _figures(summary: Summary) -> list[tuple[str, StrategySummary | Summary | None]]:
    """Whose profit is shown: each strategy's, and that of all. None: so many more are not."""
    rows: list[tuple[str, StrategySummary | Summary | None]] = [
        (clean(name, 40), figures) for name, figures in summary.strategies.items()
    ]
    if len(rows) > STRATEGIES_MAX:
        rows = [*rows[:STRATEGIES_MAX], (f"... {len(rows) - STRATEGIES_MAX} more", None)]
    return rows if len(rows) == 1 else [*rows, ("all", summary)]


def _is_funded(summary: Summary) -> bool:
    return any(row.funding for row in summary.strategies.values())


def _money_table(summary: Summary, digits: int) -> list[str]:
    """Net = price + spread - fees, a row a strategy; with funding where any was paid."""
    funded = _is_funded(summary)
    rows = [
        (name, *[""] * (5 + funded)) if figures is None else _row(name, figures, digits, funded=funded)
        for name, figures in _figures(summary)
    ]
    columns = ("NET", "= PRICE", "+ SPREAD", "- FEES", *["+ FUNDING"] * funded)
    head = (f"PNL IN {summary.currency}", *columns, "FILLS")
    widths = (TEXT_WIDTH - 61, 13, 13, 13, 13, 9) if not funded else (TEXT_WIDTH - 65, 12, 12, 11, 11, 11, 8)
    return [_line(row, widths) for row in (head, *rows)]


def _money_lines(summary: Summary, digits: int, width: int) -> Iterator[str]:
    """The same where a table has no room: the net profit beside the name, and below them where it came from."""
    funded = _is_funded(summary)
    yield from flowed([f"PNL IN {summary.currency}", "= price + spread - fees" + " + funding" * funded], width, "", " ")
    for name, figures in _figures(summary):
        if figures is None:
            yield name
            continue
        split = Split.of(figures.pnl, figures.spread, figures.fees, figures.funding, digits)
        room = width - len(split.net) - 1
        yield f"{name if len(name) <= room else f'{name[: room - 2]}..'}{split.net:>{width - min(len(name), room)}}"
        parts = [f"price {split.price}", f"spread {split.spread}", f"fees {split.fees}"]
        parts += [f"funding {split.funding}"] * funded
        yield from flowed([*parts, counted(figures.fills, "fill")], width, gap="  ")


def _by_quote(summary: Summary) -> Iterator[Labelled]:
    for quote in summary.by_quote:
        places = digits_for(quote.pnl)
        pnl = money(quote.pnl, places, signed=True)
        yield f"in {quote.asset}", f"net {pnl}, fees {money(quote.fees, places)}"


def _row(name: str, figures: StrategySummary | Summary, digits: int, *, funded: bool) -> tuple[str, ...]:
    split = Split.of(figures.pnl, figures.spread, figures.fees, figures.funding, digits)
    return (name, *(split if funded else split[:-1]), f"{figures.fills:,}")


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *rest = cells
    if len(name) > widths[0]:
        name = f"{name[: widths[0] - 2]}.."
    return (
        name.ljust(widths[0]) + "".join(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
    ).rstrip()


def _fills(summary: Summary) -> str:
    if not summary.fills:
        return "none known" if summary.not_compared else "none"
    if summary.maker_share is None:
        return f"{summary.fills:,}, none at the venue, of {counted(summary.orders, 'order')} sent"
    return f"{summary.fills:,} (maker {summary.maker_share:.0%}) of {counted(summary.orders, 'order')} sent"


def inside_words(summary: Summary) -> str:
    """`4 fills between our own orders, fees saved 1.24 USDT`."""
    digits = digits_for(summary.equity_start)
    saved = ", ".join(f"{money(value, digits)} {asset}" for asset, value in summary.fees_saved.items())
    return f"{counted(summary.fills_inside, 'fill')} between our own orders, fees saved {saved}"


def _refusals(summary: Summary) -> Iterator[Labelled]:
    yield "refused", f"{summary.refusals:,}" if summary.refusals else "none"
    for reason, count in list(summary.refusals_by_reason.items())[:REASONS_MAX]:
        known = advice(reason)
        yield "", f"{count:,} x {clean(reason, 40)}: {known.meaning}; {known.remedy}"
    hidden = len(summary.refusals_by_reason) - REASONS_MAX
    if hidden > 0:
        yield "", f"and {counted(hidden, 'other reason')}, in the report"


def _left(summary: Summary) -> Iterator[Labelled]:
    left = [f"{clean(item.strategy, 40)} {LEFT_VERBS[item.kind]} {clean(item.text)}" for item in summary.left_open]
    hidden = len(left) - LEFT_MAX + summary.left_open_more
    shown = [*left[:LEFT_MAX], f"and {hidden:,} more, in the report"] if hidden > 0 else left
    nothing = "nothing known" if summary.not_compared else "nothing: no order, no position"
    yield "left open", "; ".join(shown) or nothing
    dust = [f"{clean(item.strategy, 40)} stays {clean(item.text)}" for item in summary.dust]
    rest = [f"and {len(dust) - LEFT_MAX:,} more"] if len(dust) > LEFT_MAX else []
    if dust:
        yield "dust", "; ".join([*dust[:LEFT_MAX], *rest]) + " (less than any order)"


def _ledger(summary: Summary) -> str:
    if summary.not_compared:
        return f"not compared: {clean(summary.not_compared, 400)}"
    if not summary.ledger_difference:
        return "ledger = venue, difference 0"
    parts = ", ".join(f"{clean(asset, 20)} {clean(text, 60)}" for asset, text in summary.ledger_difference.items())
    if summary.mode == "LIVE":
        why = "trades or transfers by hand, which run.py adopt accepts after the next start; else"
    else:
        why = "this is"
    return f"ledger and venue DIFFER by {parts}: {why} a fault of the framework, please report it with the journal"


def honest_words(summary: Summary) -> str:
    """What figures of a tape this long do not prove."""
    ran = span(summary.tape_s)
    trading = "trading" if summary.mode == "LIVE" else "paper trading"
    who = "sample strategies" if summary.has_samples_only and summary.mode == "PAPER" else trading
    what = f"{who} on {clean(summary.tape.partition(',')[0], 60)}"
    if summary.rounds > 1 and summary.lap_s:
        return (
            f"{counted(summary.rounds, 'round')} of the same {summary.lap_s:,.0f} s of {what} say nothing about profit."
        )
    if summary.tape_s < PROOF_S:
        verb = "says" if ran.startswith("one ") else "say"
        return f"{ran.capitalize()} of {what} {verb} nothing about profit."
    if summary.mode == "LIVE":
        return f"{ran.capitalize()} of {what} are no promise of profit: the next ones will be others."
    return (
        f"{ran.capitalize()} of {what} are no promise of profit: real fills, fees and delays differ, "
        f"and what was tuned on a tape fits that tape."
    )


def _paths(summary: Summary, width: int) -> Iterator[str]:
    """Paths are never cut, and stand alone on their line where it is narrow: they are there to be copied."""
    paths = (("report", summary.report), ("journal", summary.journal), ("sha256", summary.journal_sha256))
    for label, path in paths:
        if path and width >= TEXT_WIDTH:
            yield f"{label:<{LABEL}}{clean(path, 4_000)}"
        elif path:
            yield from (label, clean(path, 4_000))


def _next(summary: Summary, width: int) -> list[str]:
    replay = clean(summary.command, 4_000) or f"python3 run.py replay {clean(summary.journal, 4_000)}"
    lines = ["Next:", f"  {replay}"]
    for command, what in _more(summary):
        beside = f"  {command:<34}{what}"
        lines += [beside] if len(beside) <= width else [f"  {command}", f"    {what}"]
    return lines


def _more(summary: Summary) -> Iterator[tuple[str, str]]:
    """What else to do: of a person who has no strategy yet the first one; of a run that asked for nothing no order."""
    if summary.mode == "PAPER" and summary.has_samples_only:
        yield OWN
    if summary.can_go_faster:
        yield FAST
    elif summary.orders or summary.refusals:
        yield ELSE


def _labelled(label: str, body: str, width: int) -> list[str]:
    """`label       body`, wrapped below itself."""
    lines = textwrap.wrap(body, width - LABEL) or [""]
    return [f"{label:<{LABEL}}{lines[0]}", *(" " * LABEL + line for line in lines[1:])]
