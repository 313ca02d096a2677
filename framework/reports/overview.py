"""Head, figures, basis and facts of the run report, as HTML. Foreign text passes `shown`."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from framework.model.counting import counted
from framework.reports.closing import honest_words, inside_words, played_words
from framework.reports.page import definitions, shown, sign_class, tiles
from framework.reports.session import Session
from framework.reports.summary import Summary, equity_words
from framework.reports.troubles import FEED_NOUNS
from framework.reports.words import Split, grouped, moment, money, percent

LIVE: Final = "LIVE"
OF_VENUE: Final = (
    "These figures come from the venue's own fills and fees. They tell what was, and promise nothing of what comes."
)
OF_SIMULATION: Final = (
    "These figures come from simulated fills on that data, with those fees and that latency. They show how the "
    "machinery behaves and prove nothing about profit."
)


def head(session: Session, summary: Summary) -> str:
    """Title, what ran when, and the line that keeps hopes down."""
    facts = session.facts
    start, end = moment(facts.ts_start_ns, session.zone), moment(session.ts_now_ns, session.zone)
    aside = "".join(
        f'<p class="alarm"><strong>{shown(name, 40)} was put aside:</strong> {shown(reason)}</p>'
        for name, reason in summary.quarantined.items()
    )
    if summary.not_compared:
        aside += (
            f'<p class="alarm"><strong>Not compared with the venue:</strong> {shown(summary.not_compared, 400)}</p>'
        )
    return (
        f'<h1><span class="badge">{shown(facts.mode, 20)}</span>Run {shown(facts.run_id, 40)}</h1>'
        f'<p class="quiet">{shown(facts.tape)} &middot; {shown(facts.rules)}<br>'
        f"{start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S %Z} &middot; {shown(facts.promise, 60)} &middot; ended by {shown(summary.stopped_by, 30)}</p>"
        f'<p class="honest">{shown(honest_words(summary))}</p>{aside}{_troubles(summary)}'
    )


def _troubles(summary: Summary) -> str:
    listed = "".join(f"<li>{shown(trouble)}</li>" for trouble in summary.troubles)
    return f'<ul class="plain alarm">{listed}</ul>' if listed else ""


def figures(session: Session, summary: Summary) -> str:
    """The headline figures."""
    digits, currency = session.money_digits, shown(summary.currency, 20)
    split = Split.of(summary.pnl, summary.spread, summary.fees, summary.funding, digits)
    saved = percent(summary.requests_one_by_one - summary.requests, summary.requests_one_by_one)
    none = "none known" if summary.not_compared else "no fill"
    maker = none if summary.maker_share is None else f"maker {summary.maker_share:.0%}"
    inside = f", {shown(inside_words(summary))}" if summary.fills_inside else ""
    first = "" if summary.first_fill_s is None else f", first {summary.first_fill_s:.1f} s after the process started"
    equal = "DIFFERS, see below" if summary.ledger_difference else "difference 0"
    equal = "not compared" if summary.not_compared else equal
    parts = f"price {split.price}, spread {split.spread}, fees {split.fees}"
    parts += f", funding {split.funding}" if summary.funding else ""
    return tiles(
        [
            ("Profit, net", f"{split.net} {currency}", parts, sign_class(summary.pnl)),
            (
                "Equity at the end",
                f"{money(summary.equity, digits)}",
                f"from {money(summary.equity_start, digits)} to {equity_words(summary, digits)}",
                "",
            ),
            ("Deepest drawdown", money(Decimal(str(summary.drawdown_max)), digits), f"{currency}, as sampled", ""),
            ("Fills", f"{summary.fills:,}", f"{maker}{inside}{first}", ""),
            ("Orders", f"{summary.orders:,}", f"{counted(summary.refusals, 'refusal')}", ""),
            ("Requests", f"{summary.requests:,}", f"{summary.requests_one_by_one:,} one by one, {saved}% saved", ""),
            ("Events", f"{summary.events:,}", played_words(summary), ""),
            ("Ledger = venue", equal, "our books against the venue's balances", ""),
        ]
    ) + _differences(summary)


def _differences(summary: Summary) -> str:
    return "".join(
        f'<p class="alarm">Ledger and venue differ in {shown(asset, 20)}: {shown(text)}. This is a fault of the '
        f"framework; please report it with the journal.</p>"
        for asset, text in summary.ledger_difference.items()
    )


def basis(session: Session, summary: Summary) -> str:
    """What data, speed, fill model, fees and latency were used, and what that is worth."""
    facts = session.facts
    times = facts.speed.removeprefix("x")
    known = {"max": "as fast as it goes", "1": "real time"}
    speed = known.get(times, f"{times} times real speed")
    wrong = [
        counted(session.feed_events[state], noun) for state, noun in FEED_NOUNS.items() if session.feed_events[state]
    ]
    listed = definitions(
        [
            ("Data", f"{shown(facts.tape)}; {summary.events:,} events in {summary.tape_s:,.0f} s of it"),
            ("Feed", ", ".join(wrong) or "nothing missing, nothing wrong"),
            ("Rules", f"{shown(facts.rules)}, as of {shown(facts.rules_as_of, 20)}"),
            ("Fill model", shown(facts.fill_model)),
            ("Latency", shown(facts.latency)),
            ("Fees", shown(facts.fees)),
            ("Speed", shown(speed)),
        ]
    )
    assumed = "".join(f"<li>{shown(text)}</li>" for text in facts.assumptions)
    return f"{listed}<p>{shown(honest_words(summary))} {OF_VENUE if summary.mode == LIVE else OF_SIMULATION}</p>" + (
        f'<ul class="plain">{assumed}</ul>' if assumed else ""
    )


def facts(session: Session, summary: Summary) -> str:
    """What is needed to do it again."""
    run = session.facts
    listed = [
        ("Run", shown(run.run_id, 80)),
        ("Seed", f"{run.seed}"),
        (
            "Strategies",
            "<br>".join(_strategy(name, run.strategies.get(name, "")) for name in summary.strategies) or "none",
        ),
        (
            "Balances at the start",
            shown(", ".join(f"{grouped(value)} {asset}" for asset, value in run.balances.items())),
        ),
        (
            "Not valued",
            shown(f"{', '.join(summary.not_valued)} (no price in this run)" if summary.not_valued else ""),
        ),
        ("Times shown in", shown(run.display_tz, 60)),
        ("Journal", f"<code>{shown(summary.journal, 4_000)}</code>"),
        ("Journal, sha256", f"<code>{shown(summary.journal_sha256, 80)}</code>"),
        ("The same decisions again", f"<code>{shown(summary.command, 4_000)}</code>"),
        ("Versions", shown(", ".join(f"{name} {version}" for name, version in run.versions.items()))),
    ]
    return definitions([(name, html) for name, html in listed if html not in ("", "<code></code>")])


def _strategy(name: str, what: str) -> str:
    return f"{shown(name, 40)}{f': {shown(what)}' if what else ''}"


def foot(licence: str) -> str:
    """The notice of the one piece of foreign code in the page."""
    return (
        "<details><summary>Charts are drawn by uPlot 1.6.32, whose licence is MIT</summary>"
        f"<pre>{shown_lines(licence)}</pre></details>"
    )


def shown_lines(text: str) -> str:
    """Several lines of our own, as text."""
    return "\n".join(shown(line) for line in text.splitlines())
