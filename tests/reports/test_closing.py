"""The last words of a run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from framework.model.events import FeedState, ReportKind
from framework.reports.board import Board
from framework.reports.closing import closing_lines, honest_words
from tests.reports.synthetic import SECOND_NS, START_NS, Run, full_run, summary_of


def test_the_closing_words_fit_80_columns_and_say_what_is_wanted() -> None:
    lines = closing_lines(summary_of(full_run()))
    whole = "\n".join(lines)
    assert max(map(len, lines)) <= 80
    assert whole.isascii()
    for wanted in (
        "NET      = PRICE     + SPREAD       - FEES",
        "ledger = venue, difference 0",
        "Eleven minutes of sample strategies on Binance tape 2024-08-08 say nothing about profit.",
        "(saved ",
        "(maker 9",
        "2 x min_notional: worth less than the venue's smallest order; raise",
        "grid: on_quote raised ZeroDivisionError",
        "mm holds +0.0012 BTC",
        "var/runs/1f3a9c02/report.html",
        "var/runs/1f3a9c02/journal.bin",
        "python3 run.py replay var/runs/1f3a9c02",
        "python3 run.py new my_idea",
        "python3 run.py paper --speed max",
    ):
        assert wanted in whole or wanted in " ".join(whole.split()), wanted


def test_on_a_narrow_screen_a_row_is_two_lines_and_nothing_but_a_path_is_wider() -> None:
    run = full_run()
    run.ledgers.funding["mm"] = Decimal("-3.25")
    for width in (40, 60, 79):
        lines = closing_lines(summary_of(run), width)
        assert not [line for line in lines if len(line) > width and " " in line.strip() and "replay" not in line]
    lines = closing_lines(summary_of(full_run()), 40)
    wide = closing_lines(summary_of(full_run()))
    at = lines.index("PNL IN USDT = price + spread - fees")
    net, price, spread, fees, fills = next(line for line in wide if line.startswith("mm ")).split()[1:]
    assert lines[at + 1] == f"mm{net:>38}"
    assert " ".join(" ".join(lines[at + 2 : at + 4]).split()) == (
        f"price {price} spread {spread} fees {fees} {fills} fills"
    )
    assert lines[lines.index("report") + 1] == "var/runs/1f3a9c02/report.html", "to be copied"
    assert "  python3 run.py new my_idea\n    start a strategy of your own" in "\n".join(lines)


def test_closing_words_of_many_hostile_strategies_still_fit() -> None:
    run = Run([f"\x1b[2J{'very long name ' * 9}{number}\n" for number in range(60)])
    for name in run.ledgers.strategies:
        run.end(run.order(name), ReportKind.REFUSED, f"odd\x07 {name}", "x" * 1_000)
        run.session.quarantined(name, run.now_ns, "raised " + "y" * 1_000)
    for width in (40, 80):
        lines = closing_lines(summary_of(run, stopped_by="Ctrl-C"), width)
        assert max(len(line) for line in lines if " " in line and "var/" not in line) <= width
    assert max(map(len, lines)) <= 80
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (651, "Eleven minutes of sample strategies on Binance tape 2024-08-08 say nothing about profit."),
        (60, "One minute of sample strategies on Binance tape 2024-08-08 says nothing about profit."),
        (86_400 * 3, "Three days of sample strategies on Binance tape 2024-08-08 say nothing about profit."),
        (86_400 * 61, "61 days of sample strategies on Binance tape 2024-08-08 are no promise of profit"),
    ],
)
def test_the_honest_line_depends_on_the_length_of_the_tape(seconds: int, words: str) -> None:
    run = Run()
    run.now_ns = START_NS + seconds * SECOND_NS
    assert honest_words(summary_of(run)).startswith(words)
    own = Run(has_samples_only=False)
    assert "of paper trading" in honest_words(summary_of(own))


def test_of_real_fills_nobody_says_that_real_ones_differ() -> None:
    run = Run(mode="LIVE")
    run.now_ns = START_NS + 61 * 86_400 * SECOND_NS
    assert honest_words(summary_of(run)) == (
        "61 days of trading on Binance tape 2024-08-08 are no promise of profit: the next ones will be others."
    )


@pytest.mark.parametrize(
    ("facts", "is_offered"),
    [({}, True), ({"speed": "max"}, False), ({"ts_end_ns": 0}, False), ({"ts_end_ns": 0, "lap_s": 651.0}, True)],
    ids=["a tape", "as fast as it goes", "a live market", "a looped tape"],
)
def test_the_same_faster_is_offered_where_it_could_be_faster(facts: dict[str, Any], is_offered: bool) -> None:
    assert ("--speed max" in "\n".join(closing_lines(summary_of(Run(**facts))))) is is_offered


def test_what_is_next_depends_on_whose_strategies_ran_and_whether_they_asked_for_anything() -> None:
    def offered(run: Run) -> list[str]:
        lines = closing_lines(summary_of(run))
        return [line.split()[2] for line in lines[lines.index("Next:") + 2 :]]

    assert offered(Run()) == ["new", "paper"]
    assert offered(Run(has_samples_only=False)) == ["paper"]
    assert offered(Run(mode="LIVE")) == []
    traded = Run(mode="LIVE")
    traded.send(traded.order("mm"))
    assert offered(traded) == ["explain"]
    refused = Run(speed="max", has_samples_only=False)
    refused.end(refused.order("mm"), ReportKind.REFUSED, "collar", "")
    assert offered(refused) == ["explain"]


def test_a_live_run_is_called_neither_paper_nor_samples() -> None:
    words = "\n".join(closing_lines(summary_of(Run(mode="LIVE"))))
    assert "of trading on" in " ".join(words.split())
    assert "paper" not in words
    assert "sample" not in words


def test_what_was_heard_as_it_went_on_is_no_tape() -> None:
    for run in (Run(mode="LIVE"), Run(ts_end_ns=0)):
        run.now_ns = START_NS + 7_200 * SECOND_NS
        (first, *_) = closing_lines(summary_of(run, stopped_by="Ctrl-C"))
        assert first.startswith(("LIVE        Ctrl-C: two hours, ", "PAPER       Ctrl-C: two hours, "))
        board = Board(run.session)
        assert board.when(START_NS) == "23:54:13 UTC"
        assert board.speed == "real time"
        assert board.headline()[1].startswith("feed      ")
    assert Board(Run().session).when(START_NS) == "23:54:13 UTC tape time"


def test_a_looped_tape_counts_its_rounds() -> None:
    run = Run(lap_s=651.0)
    for _ in range(2):
        run.feed(FeedState.SEAM)
    assert honest_words(summary_of(run)) == (
        "3 rounds of the same 651 s of sample strategies on Binance tape 2024-08-08 say nothing about profit."
    )
    assert "rounds" not in honest_words(summary_of(Run(lap_s=651.0)))


def test_funding_has_a_column_where_any_was_paid_and_the_rows_still_add_up() -> None:
    run = full_run()
    assert "FUNDING" not in "\n".join(closing_lines(summary_of(run)))
    run.ledgers.funding["mm"] = Decimal("-3.25")
    lines = closing_lines(summary_of(run))
    assert max(map(len, lines)) <= 80
    (head,) = [line for line in lines if "+ FUNDING" in line]
    assert head.split() == [
        "PNL",
        "IN",
        "USDT",
        "NET",
        "=",
        "PRICE",
        "+",
        "SPREAD",
        "-",
        "FEES",
        "+",
        "FUNDING",
        "FILLS",
    ]
    (row,) = [line for line in lines if line.startswith("mm ")][:1]
    net, price, spread, fees, funding = [Decimal(cell.replace(",", "")) for cell in row.split()[1:6]]
    assert funding == Decimal("-3.25")
    assert net == price + spread - fees + funding
