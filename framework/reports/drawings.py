"""Charts and profit of the run report, as HTML. The script draws; what it draws also stands in words and tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from framework.model.counting import counted
from framework.model.money import ZERO
from framework.reports.curves import MARKS_MAX, panels
from framework.reports.page import Cell, bar, chart, none, shown, table, text_cell
from framework.reports.session import Plot, Session
from framework.reports.summary import StrategySummary, Summary, equity_words
from framework.reports.words import Split, clean, grouped, money


def prices(session: Session) -> str:
    """One chart for each instrument, its fills on it."""
    if len(session.samples.items) < 2:
        return none("Too few points to draw: the run was shorter than two seconds of its clock.")
    return "".join(_price(session, index) for index in range(len(session.facts.instruments)))


def _price(session: Session, index: int) -> str:
    instrument = session.facts.instruments[index]
    fills = [fill for fill in session.fills.items if fill.instrument is instrument]
    buys = sum(fill.is_buy for fill in fills)
    sells = len(fills) - buys
    mids = [sample.mids[index] for sample in session.samples.items]
    known = [mid for mid in mids if mid is not None]
    title = f"<h3>{shown(instrument.id)}</h3>"
    if len(known) < 2:
        return title + none("No quote of it came.")
    digits = instrument.price_digits
    label = (
        f"Price of {instrument.id} from {min(known):,.{digits}f} to {max(known):,.{digits}f}, "
        f"{counted(buys, 'buy')} and {counted(sells, 'sell')} marked; the same fills stand in the table below"
    )
    thinned = session.fills.stride > 1 or max(buys, sells) > MARKS_MAX
    legend = (
        '<ul class="legend"><li class="mid">&#9473; <b>mid price</b></li>'
        f'<li class="buy">&#9650; <b>{counted(buys, "buy")}</b></li>'
        f'<li class="sell">&#9660; <b>{counted(sells, "sell")}</b></li>'
        f'<li class="quiet">{"only every n-th fill is marked; " if thinned else ""}'
        "drag to zoom, double-click to see all</li></ul>"
    )
    return title + legend + chart(f"price:{index}", label)


def profit(session: Session, summary: Summary) -> str:
    """Net = price + spread - fees, a row a strategy; with funding where any was paid. And the net over time."""
    if not summary.strategies:
        return none("No strategy ran.")
    rows = list(summary.strategies.items())
    funded = any(row.funding for _, row in rows)
    amounts = [abs(value) for _, row in rows for value in (row.pnl, row.price, row.spread, row.fees, row.funding)]
    widest, digits = max(amounts, default=ZERO), session.money_digits
    heads = [
        ("Strategy", ""),
        ("Net", "n"),
        ("= Price", "n"),
        ("+ Spread", "n"),
        ("- Fees", "n"),
        *[("+ Funding", "n")] * funded,
    ]
    heads += [("Fills", "n"), ("Maker", "n"), ("Value traded", "n")]
    split = table(
        heads,
        [_profit_row(session, name, row, digits, widest, funded=funded) for name, row in rows],
        caption=f"Profit in {summary.currency}: net = price + spread - fees{' + funding' * funded}",
        total=_profit_row(session, "all", summary, digits, None, funded=funded) if len(rows) > 1 else (),
    )
    words = (
        "<p>Price is what the market's moves did to the positions, spread what fills gained or gave away against the "
        "middle of the quote at that moment. A market maker lives on spread, a trend follower on price.</p>"
    )
    lines = ""
    if len(session.samples.items) >= 2:
        lines = "<h3>Net profit over time</h3>" + chart("nets", "Net profit of each strategy over time")
    return words + split + _by_quote(summary) + lines


def _profit_row(
    session: Session,
    name: str,
    row: StrategySummary | Summary,
    digits: int,
    widest: Decimal | None,
    *,
    funded: bool,
) -> list[Cell]:
    split = Split.of(row.pnl, row.spread, row.fees, row.funding, digits)
    tally = session.total if widest is None else session.tally(name)
    values = row.pnl, row.price, row.spread, -row.fees, row.funding
    amounts = list(zip(split, values, strict=True))[: 4 + funded]
    maker = "-" if row.maker_share is None else f"{row.maker_share:.0%}"
    value = ", ".join(f"{money(value)} {shown(asset, 20)}" for asset, value in tally.turnover.items()) or "0"
    return [
        text_cell(name),
        *(Cell(text + ("" if widest is None else bar(amount, widest)), str(amount), "n") for text, amount in amounts),
        Cell.number(f"{row.fills:,}", row.fills),
        Cell.number(maker, row.maker_share or 0),
        Cell(value, str(sum(tally.turnover.values(), ZERO)), "n"),
    ]


def _by_quote(summary: Summary) -> str:
    if not summary.by_quote:
        return ""
    rows = [
        [text_cell(part.asset), Cell.number(grouped(part.pnl), part.pnl), Cell.number(grouped(part.fees), part.fees)]
        for part in summary.by_quote
    ]
    heads = [("Quote asset", ""), ("Net", "n"), ("Fees", "n")]
    return "<h3>By quote asset</h3>" + table(
        heads, rows, caption="Profit of the pairs of each quote asset, in that asset"
    )


def equity(session: Session, summary: Summary) -> str:
    """Two charts under one another."""
    if len(session.samples.items) < 2:
        return none("Too few points to draw: the run was shorter than two seconds of its clock.")
    digits, currency = session.money_digits, summary.currency
    worth = f"from {money(summary.equity_start, digits)} to {equity_words(summary, digits)}"
    deepest = f"{money(Decimal(str(summary.drawdown_max)), digits)} {currency}"
    return (
        f"<h3>Equity, {shown(worth)}</h3>{chart('equity', f'Equity of the account, {worth}')}"
        f"<h3>Drawdown: net profit below its best so far, at worst {shown(deepest)}</h3>"
        f"{chart('drawdown', f'Drawdown, at worst {deepest}')}"
    )


def plots(session: Session) -> str:
    """Series of `self.plot`, those of one strategy and one range together."""
    drawn = panels(session.plots.values())
    parts = [_plot(panel, index) for index, panel in enumerate(drawn)]
    if session.plots_left_out:
        parts.append(none(f"{counted(session.plots_left_out, 'point')} of further series are left out."))
    if session.plots_not_numbers:
        parts.append(none(f"{counted(session.plots_not_numbers, 'point')} that were no number are left out."))
    return "".join(parts) or none("Nothing: a strategy calls self.plot(name, value) to have a line drawn here.")


def _plot(panel: Sequence[Plot], index: int) -> str:
    names = ", ".join(clean(plot.name, 40) for plot in panel)
    title = f"{clean(panel[0].strategy, 40)}: {names}"
    return f"<h3>{shown(title)}</h3>{chart(f'plot:{index}', title)}"
