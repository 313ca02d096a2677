"""What adoptions found beside our books: less and more of everything, until something is closed with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.engine.by_hand import ByHand, name_of
from tests.test_recovery import SWAP
from tests.wired import spot

BTC = spot()


@pytest.mark.parametrize(
    ("amounts", "less", "more"),
    [((-2,), -2, 0), ((5, -2), -2, 3), ((-2, 2), 0, 2), ((-2, 5, -1), -1, 4), ((-1, -1), -2, 0)],
)
def test_what_was_brought_hides_nothing_that_was_taken_later_and_brought_back_it_is_there(
    amounts: tuple[int, ...], less: int, more: int
) -> None:
    found = ByHand()
    for amount in amounts:
        found.found("BTC", Decimal(amount))
        found.found(SWAP.id, Decimal(amount))
    assert (found.less(BTC), found.more(BTC)) == (less * 10_000, more * 10_000)
    assert (found.less(SWAP), found.more(SWAP)) == (less, more)


def test_what_closed_a_position_is_over_and_the_rest_is_not() -> None:
    found = ByHand()
    found.found("BTC", Decimal(-2))
    found.found("BTC", Decimal(3))
    found.found("BTC", Decimal(-2))
    found.closed(BTC, 5_000)
    assert (found.less(BTC), found.more(BTC)) == (-15_000, 10_000)
    found.closed(BTC, -10_000)
    found.closed(BTC, 40_000)
    assert found.kept() == ({}, {})


def test_a_checkpoint_keeps_all_of_it() -> None:
    found, again = ByHand(), ByHand()
    found.found("BTC", Decimal("-0.5"))
    found.found(SWAP.id, Decimal(7))
    again.restore(*found.kept())
    assert (again.less(BTC), again.more(SWAP)) == (-5_000, 7)


def test_coins_are_found_by_their_name_and_derivatives_by_their_markets() -> None:
    assert (name_of(BTC), name_of(SWAP)) == ("BTC", "BTC/USDT:USDT@bitget")
