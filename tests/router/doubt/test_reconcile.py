"""What an account holds of derivatives and of the asset that settles them is held against the books of all strategies."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.model.questions import Ask, Question, Reply, SeenBalance, SeenPosition
from framework.router.doubt.reconcile import Difference, DifferenceKind, Reconcile
from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.position import AccountPosition
from tests.engine.test_portfolio import PERP, Books
from tests.wired import order_of

SWAP = next(one for one in LISTINGS if one.base == "BTC" and one.product is ListedProduct.PERPETUAL)
Trade = tuple[str, bool, int, int]
"""Strategy, whether it buys, price and size in points of PERP."""


class Account:
    """What a venue shows: one position for all strategies, at one average price."""

    def __init__(self, money: str = "1500") -> None:
        self.money = Decimal(money)
        self.position = AccountPosition(SWAP, "net", 10, "crossed", 0)
        self.digits = 8
        """Of the average price that it shows."""

    def trade(self, is_buy: bool, price_points: int, size_points: int) -> None:
        # Sizes of both grids have four decimals.
        signed = size_points if is_buy else -size_points
        self.money += self.position.trade(signed, PERP.price_exact(price_points), 0)

    @property
    def shown(self) -> SeenPosition:
        held = self.position
        average = held.open_price.quantize(Decimal(1).scaleb(-self.digits))
        return SeenPosition(PERP.id, held.points, PERP.size_exact(held.points) * average)


def compared(books: Books, account: Account, shown: SeenPosition | None = None) -> tuple[Difference, ...]:
    """The differences that a reconcile finds, once it has looked often enough."""
    answers: dict[Ask, dict[str, Any]] = {
        Ask.BALANCES: {"balances": (SeenBalance("USDT", account.money, Decimal(0)),)},
        Ask.POSITIONS: {"positions": (shown or account.shown,)},
    }

    def ask(venue: str, what: Ask, take: Callable[[Reply], None], since_ns: int) -> None:
        take(Reply(Question(1, venue, "main", what), 1, **answers.get(what, {})))

    return Reconcile(
        "bitget",
        enquiries=SimpleNamespace(ask=ask, ahead_ns=lambda venue: 0),
        doubts=SimpleNamespace(hear=lambda reply: None, of=lambda venue: []),
        clock=SimpleNamespace(now_ns=1),
        schedule=SimpleNamespace(at=lambda ts_ns, priority, action: action()),
        desk=SimpleNamespace(open_orders=lambda there: [], order=lambda name: None),
        ids=SimpleNamespace(whose=lambda name: None),
        instruments=[PERP],
        totals=books.portfolio.totals,
        positions=lambda: books.portfolio.position_totals("bitget"),
        costs=lambda: books.portfolio.position_costs("bitget"),
        since_ns=0,
        journal_ns=0,
        is_first=False,
        loses_end=False,
        funding=SimpleNamespace(asked_ns=lambda venue: 0, book=lambda reply, fills, is_held: None),
        late=lambda late: True,
        done=lambda reconcile: None,
    ).differences


def played(*trades: Trade) -> tuple[Books, Account]:
    books, account = Books(a="1000 USDT", b="500 USDT", USDT="1500", BTC="0"), Account()
    for number, (strategy, is_buy, price, size) in enumerate(trades):
        order = order_of(PERP, f"o{number}", strategy=strategy, is_buy=is_buy)
        books.fill(order, price, size, fee="0")
        account.trade(is_buy, price, size)
    return books, account


TRADES = st.lists(
    st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(5_000_000, 7_000_000), st.integers(1, 9_999)),
    max_size=20,
)


@given(TRADES)
@example([("a", True, 6_000_000, 10_000), ("b", True, 6_600_000, 10_000), ("a", False, 6_300_000, 10_000)])
def test_strategies_that_share_a_perpetual_agree_with_the_one_average_price_of_the_venue(trades: list[Trade]) -> None:
    books, account = played(*trades)
    assert compared(books, account) == ()


SHARED: tuple[Trade, ...] = (
    ("a", True, 6_000_000, 10_000),
    ("b", True, 6_600_000, 10_000),
    ("a", False, 6_300_000, 10_000),
)


def test_what_nobody_explains_is_a_difference_of_that_size_and_says_what_lies_in_the_cost() -> None:
    books, account = played(*SHARED)
    account.money -= Decimal("0.02")
    (difference,) = compared(books, account)
    assert (difference.kind, difference.subject, difference.amount) == (
        DifferenceKind.BALANCE,
        "USDT",
        Decimal("-0.02"),
    )
    assert difference.text == "USDT: the venue holds 1499.98, our books 4500, of it -3000 in what positions cost"


def test_an_average_price_that_is_shown_to_the_tick_is_no_difference() -> None:
    books, account = played(("a", True, 6_000_001, 3_333), ("b", True, 6_000_004, 7_777))
    account.digits = 2
    assert account.shown.cost != books.portfolio.position_costs("bitget")[PERP]
    assert compared(books, account) == ()


def test_of_a_position_that_is_another_one_the_cost_says_nothing() -> None:
    books, account = played(*SHARED)
    account.trade(True, 6_300_000, 5_000)
    account.money -= Decimal(3_000)
    found = {each.kind: each.amount for each in compared(books, account)}
    assert found == {DifferenceKind.POSITION: 5_000, DifferenceKind.BALANCE: -3_000 - 3_000}


@pytest.mark.parametrize("cost", [None, Decimal(60_000)])
def test_where_the_cost_is_not_told_balances_are_compared_as_they_are(cost: Decimal | None) -> None:
    books, account = played(("a", True, 6_000_000, 10_000))
    assert compared(books, account, SeenPosition(PERP.id, 10_000, cost)) == ()
    account.money += 1
    assert [each.amount for each in compared(books, account, SeenPosition(PERP.id, 10_000, cost))] == [1]


def test_what_is_no_strategys_is_compared_by_what_it_cost_at_the_start() -> None:
    books, account = Books(a="1000 USDT", USDT="1500", BTC="0"), Account()
    account.trade(True, 6_000_000, 20_000)
    books.portfolio.assign_positions({PERP: 20_000})
    assert PERP not in books.portfolio.position_costs("bitget")
    books.portfolio.assign_positions({PERP: 20_000}, {PERP: Decimal(120_000)})
    assert compared(books, account) == ()
    books.fill(order_of(PERP, "o", strategy="a", is_buy=False), 6_100_000, 10_000, fee="0")
    account.trade(False, 6_100_000, 10_000)
    assert compared(books, account) == ()
