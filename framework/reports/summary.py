"""`Summary`: what a run came to, as one object: the last JSON line, the closing words and the head of the report."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct, field

from framework.model.figures import Figures, Holding
from framework.model.instants import NS_PER_S
from framework.model.money import MONEY, ZERO
from framework.model.orders import UNASSIGNED
from framework.reports.board import held_text
from framework.reports.encoding import json_text
from framework.reports.happenings import DustSeen
from framework.reports.reasons import advice
from framework.reports.session import Session
from framework.reports.tally import Tally
from framework.reports.troubles import troubles
from framework.reports.words import grouped, money, price_text, size_text

LEFT_OPEN_MAX: Final = 50
"""Orders and positions listed as left open; more are counted in a last line."""


class Left(Struct, frozen=True):
    """Something that is still there when the run ends."""

    strategy: str
    kind: str
    """`position`, `order` or `dust`."""
    instrument: str
    size: Decimal
    """Base, signed; of an order what is left of it."""
    text: str
    """`+0.0032 BTC`, `buy 0.01 BTC at 61,000.00`."""


class StrategySummary(Struct, frozen=True, kw_only=True):
    """One strategy's figures; money in the report currency."""

    events: int
    """Handlers called: market data, bars, timers, and what became of its orders."""
    duration_s: float
    """Of the run, on the wall's clock: strategies begin and end together."""
    first_fill_s: float | None
    """Since the process started; None without a fill."""
    currency: str
    orders: int
    """Orders that left."""
    fills: int
    refusals: int
    requests: int
    """Requests that carried at least one of its orders; strategies may share one."""
    requests_one_by_one: int
    pnl: Decimal
    """Net: `price + spread - fees + funding`, exactly."""
    price: Decimal
    spread: Decimal
    fees: Decimal
    funding: Decimal
    """What positions in perpetuals received; below 0: paid."""
    equity: Decimal
    equity_start: Decimal
    maker_share: float | None
    """Fills as maker / fills; None without a fill."""
    refusals_by_reason: dict[str, int]
    quarantined: str
    """Why it was put aside; empty when it was not."""
    journal: str
    """Of the run, as are its digest and the report: a strategy's part can be read alone."""
    journal_sha256: str
    report: str


class QuoteFigures(Struct, frozen=True):
    """Profit of the pairs of one quote asset, in that asset."""

    asset: str
    pnl: Decimal
    fees: Decimal


class Summary(Struct, frozen=True, kw_only=True):
    """What a run came to. Money in `currency`; times in seconds."""

    event: str = "run.ended"
    run_id: str
    mode: str
    tape: str
    """What was played: its title."""
    stopped_by: str
    """`end of tape`, `Ctrl-C`, `SIGTERM` ..."""
    events: int
    orders: int
    fills: int
    refusals: int
    requests: int
    requests_one_by_one: int
    first_fill_s: float | None
    """Since the process started; None without a fill."""
    duration_s: float
    """Of the clock on the wall."""
    tape_s: float
    """Of the run's own clock."""
    pnl: Decimal
    price: Decimal
    spread: Decimal
    fees: Decimal
    funding: Decimal
    currency: str
    equity: Decimal
    equity_start: Decimal
    """All that the account held at the start, at its first prices."""
    unowned: Decimal
    """What the market did to holdings that no strategy owns: `equity - equity_start - pnl`."""
    not_valued: list[str]
    """What no market of the run values, or none had a price for, and no figure holds: `3 ETH`."""
    drawdown_max: float
    """Deepest fall of the net profit below its best, as sampled: 0 or negative."""
    maker_share: float | None
    fills_inside: int = 0
    """Between our own orders (`self_cross = "cross"`): two for each match."""
    fees_saved: dict[str, Decimal] = field(default_factory=dict)
    """By quote asset: what a venue would have taken for them."""
    refusals_by_reason: dict[str, int]
    reasons: dict[str, str]
    """Reason -> what it means and what to do."""
    by_quote: list[QuoteFigures] = field(default_factory=list)
    """One for each quote asset, where there are several."""
    left_open: list[Left]
    dust: list[Left]
    """What targets leave because no order can carry it; `size` is what is missing, below 0: too much."""
    left_open_more: int = 0
    """Those beyond the list."""
    ledger_difference: dict[str, str]
    """Asset -> our ledger less the venue's balance; empty: they are equal, where they were compared."""
    not_compared: str = ""
    """Why they were not compared at the end, and which orders may stand there; empty: they were."""
    quarantined: dict[str, str]
    troubles: list[str]
    """What else was not as it should be, a sentence each: slow handlers, gaps of a feed, fees without a price."""
    strategies: dict[str, StrategySummary]
    seed: int
    rounds: int
    """How often the tape was begun."""
    lap_s: float
    """Length of a round of a looped tape; else 0."""
    is_tape: bool
    """It was played from a tape; else a market was heard as it went on."""
    can_go_faster: bool
    """It was a tape, and played slower than it can be."""
    has_samples_only: bool
    journal: str
    journal_sha256: str
    report: str
    command: str
    """Takes the same decisions again."""
    faults: list[str] = field(default_factory=list)
    """Why the exit code is 1, a sentence each; empty: the run went well."""


OF_FACTS: Final = (
    "run_id", "mode", "tape", "currency", "seed", "lap_s", "is_tape", "can_go_faster", "has_samples_only", "command",
)  # fmt: skip
"""What a summary takes from the facts as it is."""


def summarise(
    session: Session,
    *,
    duration_s: float,
    stopped_by: str,
    ledger_difference: Mapping[str, str],
    journal: str = "",
    journal_sha256: str = "",
    report: str = "",
) -> Summary:
    """Put a finished session (`session.close` was called) into figures; see `Summary` for what is handed in."""
    facts, total, journal = session.facts, session.total, journal or session.facts.journal
    files: dict[str, Any] = {"journal": journal, "journal_sha256": journal_sha256, "report": report}
    account, left, refusals = session.ledgers.account(facts.currency), left_open(session), session.reasons.refusals()
    return Summary(
        stopped_by=stopped_by,
        events=session.events,
        orders=total.orders,
        fills=total.fills,
        refusals=total.refusals,
        requests=total.requests,
        requests_one_by_one=total.requests_one_by_one,
        first_fill_s=total.first_fill_s,
        duration_s=duration_s,
        tape_s=max(0, session.ts_now_ns - facts.ts_start_ns) / NS_PER_S,
        pnl=account.net,
        price=account.price,
        spread=account.spread,
        fees=account.fees,
        funding=account.funding,
        equity=account.equity,
        equity_start=account.equity_start,
        unowned=unowned(account),
        not_valued=[*facts.not_valued, *session.without_price],
        drawdown_max=session.drawdown_max,
        maker_share=maker_share(total),
        fills_inside=total.inside_fills,
        fees_saved=dict(total.fees_saved),
        refusals_by_reason=refusals,
        reasons={reason: _advised(reason) for reason in refusals},
        by_quote=by_quote(session, account),
        left_open=left[:LEFT_OPEN_MAX],
        dust=[_dust(seen) for seen in session.dust.values()],
        left_open_more=max(0, len(left) - LEFT_OPEN_MAX),
        ledger_difference=dict(ledger_difference),
        quarantined={name: seen.reason for name, seen in session.quarantines.items()},
        troubles=troubles(session),
        strategies={name: of_strategy(session, name, duration_s, files) for name in session.ledgers.strategies},
        rounds=1 + max(session.seams.values(), default=0),
        **files,
        **{name: getattr(facts, name) for name in OF_FACTS},
    )


def of_strategy(session: Session, name: str, duration_s: float, files: Mapping[str, str]) -> StrategySummary:
    """One strategy's part.

    Args:
        files: journal, its digest, and report: of the run.
    """
    figures = session.ledgers.figures(name, session.facts.currency)
    tally = session.tally(name)
    quarantine = session.quarantines.get(name)
    return StrategySummary(
        events=session.handled.get(name, 0),
        duration_s=duration_s,
        first_fill_s=tally.first_fill_s,
        currency=session.facts.currency,
        orders=tally.orders,
        fills=tally.fills,
        refusals=tally.refusals,
        requests=tally.requests,
        requests_one_by_one=tally.requests_one_by_one,
        pnl=figures.net,
        price=figures.price,
        spread=figures.spread,
        fees=figures.fees,
        funding=figures.funding,
        equity=figures.equity,
        equity_start=figures.equity_start,
        maker_share=maker_share(tally),
        refusals_by_reason=session.reasons.refusals(name),
        quarantined="" if quarantine is None else quarantine.reason,
        **files,
    )


def maker_share(tally: Tally) -> float | None:
    """Fills as maker / fills at the venue, to four decimals; None without one."""
    fills = tally.fills - tally.inside_fills
    return round(tally.maker_fills / fills, 4) if fills else None


def by_quote(session: Session, account: Figures) -> list[QuoteFigures]:
    """Profit in each quote asset where there are several: an account in USDT and BTC does not hide one in the other."""
    assets = list(dict.fromkeys(instrument.quote for instrument in session.facts.instruments))
    if len(assets) < 2:
        return []
    gross = dict.fromkeys(assets, ZERO)
    for holding in account.holdings:
        gross[holding.instrument.quote] += holding.realised + holding.unrealised + holding.funding
    fees = {asset: session.total.fees.get(asset, ZERO) for asset in assets}
    return [QuoteFigures(asset, MONEY.subtract(gross[asset], fees[asset]), fees[asset]) for asset in assets]


def left_open(session: Session) -> list[Left]:
    """Positions and orders that are still there."""
    left, ledgers, currency = [], session.ledgers, session.facts.currency
    held = [
        (strategy, each) for strategy in ledgers.strategies for each in ledgers.figures(strategy, currency).holdings
    ]
    for strategy, holding in [*held, *((UNASSIGNED, each) for each in ledgers.nobodys())]:
        if holding.position_points:
            size = holding.instrument.size_exact(holding.position_points)
            left.append(Left(strategy, "position", holding.instrument.id, size, _held(session, strategy, holding)))
    for order in session.live_orders:
        instrument = order.instrument
        price = price_text(instrument, order.price_points) if order.price_points else "market"
        text = f"{order.side} {size_text(instrument, order.left_points)} {instrument.base} at {price}"
        left.append(Left(order.strategy, "order", instrument.id, instrument.size_exact(order.left_points), text))
    return left


def _advised(reason: str) -> str:
    return f"{advice(reason).meaning}; {advice(reason).remedy}"


def _dust(seen: DustSeen) -> Left:
    return Left(seen.strategy, "dust", seen.instrument.id, seen.instrument.size_exact(seen.points), seen.rest)


def unowned(account: Figures) -> Decimal:
    """What the market did to holdings that no strategy owns."""
    return MONEY.subtract(MONEY.subtract(account.equity, account.equity_start), account.net)


def equity_words(summary: Summary, digits: int) -> str:
    """`40,313.92 USDT: strategies -72.19, holdings no strategy owns -23.99`; rounded so that it adds up."""
    step = Decimal(1).scaleb(-digits)
    start, end, net = (
        value.quantize(step, context=MONEY) for value in (summary.equity_start, summary.equity, summary.pnl)
    )
    unowned = end - start - net
    parts = [f"strategies {money(net, digits, signed=True)}"]
    if unowned:
        parts.append(f"holdings no strategy owns {money(unowned, digits, signed=True)}")
    return f"{money(end, digits)} {summary.currency}: {', '.join(parts)}"


def _held(session: Session, strategy: str, holding: Holding) -> str:
    """`+1.4941 ETH (given 1.5)`: what a strategy holds at the end may be what it was given."""
    given = session.facts.capital.get(strategy, {}).get(holding.instrument.base, ZERO)
    words = f" (given {grouped(given)})" if given and holding.instrument.is_spot else ""
    return held_text(session, holding) + words


def to_json(summary: Summary) -> str:
    """The summary as one line of JSON; money as numbers with all their digits."""
    return json_text(summary)
