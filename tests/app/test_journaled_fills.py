"""Every fill of a journal, once, in units and money."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import structs

from framework.app.journaled_fills import FillRow, fills_of
from framework.kernel.book_records import OrderRecalled
from framework.kernel.journal.places import find_journal, records_of
from framework.kernel.market_records import MarketListed
from framework.kernel.records import OrderMade, Record, ReportTaken
from framework.model.events import Fill, OrderReport, ReportKind, Source
from tests.kernel.journal.examples import RECORDS

BTC = "BTC/USDT@bitget"
LISTED = next(record for record in RECORDS if isinstance(record, MarketListed) and record.venue == "bitget")
ROOT = Path(__file__).parents[2]


def market(price_digits: int = 2) -> MarketListed:
    return structs.replace(LISTED, symbol="BTC/USDT", price_digits=price_digits, size_digits=6)


def order(name: str = "id-1") -> OrderMade:
    return OrderMade(name, "mm", BTC, False, 1_000, 6_165_512, "gtc", True, False, "")


def filled(trade: str, order: str = "id-1", fee: str = "-0.00000012", source: Source = Source.VENUE) -> ReportTaken:
    fill = Fill(trade, 6_165_512, 1_000, Decimal(fee), "USDT", is_maker=True)
    return ReportTaken(OrderReport(order, 1_500_000_000, ReportKind.FILLED, source, "v1", fill=fill))


def rows(*records: Record) -> list[FillRow]:
    return list(fills_of(records))


def test_a_fill_is_told_in_units_and_money() -> None:
    (row,) = rows(market(), order(), filled("t1"))
    assert row == FillRow(
        "1970-01-01T00:00:01.500000Z", "mm", BTC, "sell", "0.001", "61655.12", "61.65512", "-0.00000012", "USDT",
        "maker", "id-1", "t1",
    )  # fmt: skip


def test_a_fill_that_was_told_twice_is_one() -> None:
    assert [row.trade_id for row in rows(market(), order(), filled("t1"), filled("t2"), filled("t1"))] == ["t1", "t2"]
    assert len(rows(market(), order(), order("id-2"), filled("t1"), filled("t1", "id-2"))) == 2, "two orders of ours"


def test_a_fill_of_two_of_our_orders_is_said_to_be_inside() -> None:
    assert rows(market(), order(), filled("t1", source=Source.ROUTER))[0].role == "inside"


def test_what_the_journal_has_no_longer_is_left_empty() -> None:
    (row,) = rows(filled("t1", "gone"))
    assert (row.strategy, row.instrument, row.side, row.size, row.price, row.value) == ("", "", "", "", "", "")
    assert (row.fee, row.order) == ("-0.00000012", "gone")
    (row,) = rows(market(), OrderRecalled("gone", "mm", BTC, True, 1_000), filled("t1", "gone"))
    assert (row.side, row.size) == ("buy", "0.001")


def test_the_listing_of_that_time_counts() -> None:
    first, second = rows(market(), order(), filled("t1"), market(price_digits=3), filled("t2"))
    assert (first.price, second.price) == ("61655.12", "6165.512")


@pytest.mark.parametrize("kept", ["kill", "faults"])
def test_a_daemons_journal_gives_each_fill_of_all_sessions_once(kept: str) -> None:
    found = list(fills_of(records_of(find_journal(ROOT / "tests/replays" / kept))))
    assert found
    assert all(row.size and row.price and row.strategy for row in found)
    assert len({(row.order, row.trade_id) for row in found}) == len(found)
    assert all(before.time <= after.time for before, after in pairwise(found))
