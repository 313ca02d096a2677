from __future__ import annotations

from framework.sandbox.bitget.order_book import PushedBook, checksum
from tests.sandbox.bitget.scene import SPOT_BTC, show, venue


def test_the_checksum_is_that_of_the_documents() -> None:
    """Strings of the venue's page, read as bid:size:ask:size; the second has more bids than asks."""
    bids = [["43231.1", "4"], ["43231", "6"]]
    asks = [["43232.8", "9"], ["43232.9", "8"]]
    assert checksum(bids, asks) == -1504501796
    assert checksum([["3366.1", "7"]], [["3366.8", "9"], ["3368", "8"], ["3372", "8"]]) == 831078360


def test_only_what_changed_is_told_and_numbers_follow_each_other() -> None:
    made = venue()
    book = PushedBook(made.market(SPOT_BTC), 100)
    book.refresh()
    assert (book.seq, book.previous_seq) == (101, 100)
    assert book.refresh() == ([], [])
    show(made, 60_001)
    asks, bids = book.refresh()
    assert asks == [["60004.00", "1.000000"], ["60001.00", "0"]]
    assert bids == [["60001.00", "1.000000"], ["59998.00", "0"]]
    assert (book.seq, book.previous_seq) == (102, 101)
