"""The summary as an object, and as JSON."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import msgspec

from framework.model.figures import Holding
from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.reports.closing import closing_lines
from framework.reports.summary import Left, QuoteFigures, StrategySummary, Summary, to_json
from tests.reports.synthetic import BTC, ETH, Run, full_run, summary_of

NEEDED = [
    "events",
    "orders",
    "fills",
    "refusals",
    "requests",
    "requests_one_by_one",
    "first_fill_s",
    "duration_s",
    "pnl",
    "fees",
    "currency",
    "journal",
    "journal_sha256",
    "report",
]


def test_the_json_line_has_what_programs_are_promised() -> None:
    line = to_json(summary_of(full_run(300)))
    told = json.loads(line)
    assert "\n" not in line
    assert told["event"] == "run.ended"
    assert all(name in told for name in NEEDED)
    assert all(isinstance(told[name], int | float) for name in ("pnl", "price", "spread", "fees", "events"))
    assert set(told["strategies"]) == {"mm", "sma", "grid", "rebalance"}
    for strategy in told["strategies"].values():
        assert {"orders", "fills", "refusals", "requests", "requests_one_by_one", "pnl", "fees"} <= set(strategy)


def test_profit_is_price_plus_spread_less_fees_exactly() -> None:
    summary = summary_of(full_run(300))
    assert summary.pnl == summary.price + summary.spread - summary.fees
    assert summary.pnl == sum(part.pnl for part in summary.strategies.values())
    for part in summary.strategies.values():
        assert part.pnl == part.price + part.spread - part.fees


def test_amounts_keep_all_their_digits_in_json() -> None:
    run = Run(["mm"])
    run.ledgers.price["mm"] = Decimal("0.1234567890123456789")
    assert '"pnl":0.1234567890123456789,' in to_json(summary_of(run))


def test_a_run_without_anything_is_summed_up() -> None:
    run = Run([], instruments=(), balances={})
    summary = summary_of(run, stopped_by="SIGTERM")
    assert (summary.fills, summary.maker_share, summary.first_fill_s, summary.left_open) == (0, None, None, [])
    whole = "\n".join(closing_lines(summary))
    assert "SIGTERM: 0 s of tape" in whole
    assert "nothing: no order, no position" in whole
    assert "fills       none" in whole
    assert json.loads(to_json(summary))["strategies"] == {}


def test_a_difference_between_ledger_and_venue_is_loud() -> None:
    whole = "\n".join(closing_lines(summary_of(Run(), ledger_difference={"BTC": "+0.001"})))
    assert "ledger and venue DIFFER by BTC +0.001: this is a fault of the framework" in " ".join(whole.split())
    assert "difference 0" not in whole


def test_a_live_account_may_differ_because_a_person_traded_on_it() -> None:
    summary = msgspec.structs.replace(summary_of(Run(), ledger_difference={"BTC": "+0.001"}), mode="LIVE")
    whole = " ".join("\n".join(closing_lines(summary)).split())
    assert (
        "DIFFER by BTC +0.001: trades or transfers by hand, which run.py adopt accepts after the next start; else"
        in whole
    )


def test_several_quote_assets_are_not_hidden_in_one_another() -> None:
    cross = Instrument("ETH/BTC", "bitget", 6, 4)
    run = Run(["mm"], instruments=(BTC, cross))
    run.ledgers.holdings["mm"] = [
        Holding(BTC, 1_000, Decimal(61_600), Decimal(3), Decimal(2)),
        Holding(cross, 100, Decimal("0.04"), Decimal("0.001"), Decimal("-0.0004")),
    ]
    order = run.order("mm")
    run.send(order)
    run.fill(order)
    summary = summary_of(run)
    fee = run.session.total.fees["USDT"]
    assert [(part.asset, part.pnl) for part in summary.by_quote] == [("USDT", 5 - fee), ("BTC", Decimal("0.0006"))]
    assert any(line.startswith("in BTC") and "0.0006" in line for line in closing_lines(summary))
    assert summary_of(Run()).by_quote == []


def test_what_is_left_open_is_listed_and_bounded() -> None:
    run = Run(["mm"])
    orders = [run.order("mm") for _ in range(80)]
    run.send(*orders)
    summary = summary_of(run)
    assert len(summary.left_open) == 50
    assert summary.left_open_more == 30
    assert summary.left_open[0].text == "buy 0.0016 BTC at 61,648.20"
    assert any("and 72 more" in line for line in closing_lines(summary))


def test_a_position_of_nobodys_is_left_open_too() -> None:
    run = Run(["mm"])
    run.ledgers.unassigned = [Holding(BTC, -600, Decimal(61600), ZERO, ZERO)]
    (left,) = summary_of(run).left_open
    assert (left.strategy, left.kind, left.text) == ("(unassigned)", "position", "-0.0006 BTC")


def test_a_position_that_began_as_capital_says_what_was_given() -> None:
    run = Run(["mm"], capital={"mm": {"ETH": Decimal("1.5"), "USDT": Decimal(100)}})
    run.ledgers.holdings["mm"] = [
        Holding(ETH, 14_941, Decimal(2650), ZERO, ZERO),
        Holding(BTC, 3_200, Decimal(61600), ZERO, ZERO),
    ]
    assert [left.text for left in summary_of(run).left_open] == ["+1.4941 ETH (given 1.5)", "+0.0032 BTC"]


def test_every_key_of_the_summary_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs/paper.md").read_text(encoding="utf-8")
    section = page.partition("## The summary")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z_0-9]+)`", section))
    kinds = (Summary, StrategySummary, QuoteFigures, Left)
    fields = {field for kind in kinds for field in kind.__struct_fields__}
    assert sorted(fields - told) == []
    assert sorted(name for name in first_cells(section) if name not in Summary.__struct_fields__) == []


def first_cells(section: str) -> list[str]:
    """The names in the first column of a table."""
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [name for cell in cells for name in re.findall(r"`([a-z_0-9]+)`", cell)]
