"""What is nobody's, closed against a strategy's position: the account holds as much of everything as before."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.engine.nobodys import book_adopted, book_netted, closable
from framework.kernel.book_records import BooksAdopted, PositionsNetted
from framework.model.orders import UNASSIGNED
from tests.wired import NOON, Bench, Scripted, quote, spot

BTC = spot()


@pytest.mark.parametrize(("buyer", "coins"), [(UNASSIGNED, 4), ("a", 6)])
def test_one_side_is_a_strategys_and_the_other_nobodys(buyer: str, coins: int) -> None:
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,), capital=dict.fromkeys("ab", "1000 USDT,5 BTC"))
    made.play(quote(BTC, NOON + 1))
    portfolio = made.core.engine.portfolio
    portfolio.assign({"BTC": Decimal(-1), "USDT": Decimal(3)})
    before = portfolio.totals()
    seller = "a" if buyer == UNASSIGNED else UNASSIGNED
    book_netted(portfolio, BTC, PositionsNetted(BTC.id, buyer, seller, 10_000, 10_000))
    money = 100 if buyer == UNASSIGNED else -100
    assert portfolio.ledger("a").cash == {"USDT": 1000 + money, "BTC": coins}
    assert portfolio.unassigned == {"BTC": Decimal(4 - coins), "USDT": Decimal(3 - money)}
    assert portfolio.totals() == before


def test_two_strategies_leave_what_is_nobodys_as_it_was() -> None:
    made = Bench({"a": Scripted(), "b": Scripted()}, instruments=(BTC,), capital=dict.fromkeys("ab", "1000 USDT,5 BTC"))
    made.play(quote(BTC, NOON + 1))
    portfolio = made.core.engine.portfolio
    book_netted(portfolio, BTC, PositionsNetted(BTC.id, "a", "b", 10_000, 10_000))
    assert [portfolio.ledger(name).cash["BTC"] for name in "ab"] == [6, 4]
    assert not any(portfolio.unassigned.values())


def adoptions(*coins: int, settled_ns: int = NOON) -> Bench:
    """A strategy with five coins beside two of nobody's, and then so many of nobody's one after the other."""
    made = Bench({"a": Scripted()}, instruments=(BTC,), capital={"a": "1000 USDT,5 BTC"})
    made.play(quote(BTC, NOON + 1))
    portfolio = made.core.engine.portfolio
    portfolio.assign({"BTC": Decimal(2)})
    for held in coins:
        book_adopted(portfolio, BooksAdopted({"BTC": Decimal(held)}, settled_ns=settled_ns), {BTC.id: BTC}.__getitem__)
    return made


@pytest.mark.parametrize(("coins", "closes"), [((1,), 1), ((1, 0), 2), ((1, 2), 0), ((9, 8), 1), ((-5,), 5), ((3,), 0)])
def test_coins_that_adoptions_found_missing_close_a_position_and_none_that_lie_there(
    coins: tuple[int, ...], closes: int
) -> None:
    assert closable(adoptions(*coins).core.engine.portfolio, BTC, "a") == closes * 10_000


def test_what_no_person_adopted_is_not_missing() -> None:
    assert closable(adoptions(1, settled_ns=0).core.engine.portfolio, BTC, "a") == 0
