"""Head, figures and basis of the report."""

from __future__ import annotations

from msgspec import structs

from framework.reports.html import render
from tests.reports.pages import Page, page_of
from tests.reports.synthetic import Run, full_run, summary_of


def test_a_difference_between_ledger_and_venue_is_an_alarm() -> None:
    assert "Ledger and venue differ in BTC: +0.001" in Page(page_of(Run(), ledger_difference={"BTC": "+0.001"})).text


def test_the_basis_names_data_speed_fill_model_fees_and_latency() -> None:
    page = page_of(full_run(30))
    text = Page(page[page.index('id="basis"') : page.index('id="prices"')]).text
    for wanted in ("Binance tape", "10 times real speed", "queue fills", "maker 0.1 %", "20-60 ms", "as of 2026-07-01"):
        assert wanted in text
    assert "prove nothing about profit" in text
    assert "as fast as it goes" in Page(page_of(Run(speed="max"))).text


def test_what_was_wrong_with_the_feed_is_counted() -> None:
    assert "1 gap" in Page(page_of(full_run(310))).text
    assert "nothing missing, nothing wrong" in Page(page_of(full_run(10))).text


def test_a_quarantine_stands_at_the_top() -> None:
    page = page_of(full_run(360))
    assert page.index("was put aside") < page.index('id="figures"')


def test_facts_that_are_not_known_are_left_out() -> None:
    page = page_of(Run(command="", journal=""), journal_sha256="")
    assert "Journal, sha256" not in page
    assert "The same decisions again" not in page


def test_a_live_report_does_not_speak_of_simulated_fills() -> None:
    text = Page(page_of(Run(mode="LIVE"))).text
    assert "the venue's own fills and fees" in text
    assert "simulated" not in text
    assert "simulated fills" in Page(page_of(Run())).text


def test_what_may_stand_at_the_venue_stands_at_the_top() -> None:
    run, why = Run(mode="LIVE"), "the venue was not reached; 4 orders may stand there: mm-3, mm-4"
    page = render(run.session, structs.replace(summary_of(run), not_compared=why))
    assert page.index(why) < page.index('id="figures"')
    assert "none known" in Page(page).text
    assert "no fill" not in Page(page).text
