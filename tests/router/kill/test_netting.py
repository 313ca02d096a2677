"""Positions against each other are closed in the books: nobody's money comes or goes."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.book_records import PositionsNetted
from framework.router.kill.netting import OpenPosition, nettings
from tests.engine.test_portfolio import PERP, Books
from tests.wired import NOON, FakeDesk, order_of, quote, spot

BTC = spot()


@given(st.lists(st.integers(-9, 9), max_size=6))
def test_what_is_left_stands_on_one_side(points: list[int]) -> None:
    left = {f"s{number}": held for number, held in enumerate(points)}
    positions = [OpenPosition(name, BTC, held) for name, held in left.items()]
    for each in nettings(positions, FakeDesk(quote(BTC, NOON))):
        assert each.instrument == BTC.id and each.price_points == 10_050
        left[each.buyer] += each.size_points
        left[each.seller] -= each.size_points
        assert left[each.buyer] <= 0 <= left[each.seller], "nobody is turned over"
    assert sum(left.values()) == sum(points)
    assert not (any(held > 0 for held in left.values()) and any(held < 0 for held in left.values()))


def test_other_instruments_and_those_without_a_quote_are_left_alone() -> None:
    positions = [OpenPosition("a", BTC, 5), OpenPosition("b", PERP, -5), OpenPosition("c", PERP, 5)]
    assert nettings(positions, FakeDesk(quote(BTC, NOON))) == []
    assert nettings(positions, FakeDesk(quote(PERP, NOON, 3, 4))) == [PositionsNetted(PERP.id, "b", "c", 5, 3)]


def test_ledgers_less_what_positions_cost_stay_as_they_were() -> None:
    """So a wallet that was in agreement (`Reconcile`) stays so, though two average prices were closed at a third."""
    books = Books()
    books.fill(order_of(PERP, "o1", strategy="a"), 10_000, 10_000)
    books.fill(order_of(PERP, "o2", strategy="b", is_buy=False), 10_300, 4_000)
    portfolio = books.portfolio
    cost = portfolio.strategies_cost(PERP)
    before = portfolio.totals()["USDT"] - cost
    moves, points = portfolio.moves(), portfolio.account_points(PERP)
    portfolio.net_out(PERP, "b", "a", 10_120, 4_000)
    assert portfolio.totals()["USDT"] - portfolio.strategies_cost(PERP) == before
    assert [portfolio.position_points(name, PERP) for name in "ab"] == [6_000, 0]
    assert portfolio.account_points(PERP) == points
    assert portfolio.moves() > moves
    assert portfolio.ledger("b").positions[PERP].realised == Decimal("0.72")
    assert portfolio.ledger("a").positions[PERP].realised == Decimal("0.48")
