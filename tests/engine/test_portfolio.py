"""All ledgers of an account: what is free, what they are worth, and that nothing is lost between them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Context, Decimal, FloatOperation, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.engine.portfolio import Portfolio
from framework.model.events import Fill
from framework.model.figures import Holding
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO, Amount
from framework.model.orders import Order, OrderState, write
from tests.wired import order_of, spot

BTC, ETH, ETHBTC = spot(), spot("ETH/USDT"), spot("ETH/BTC", price_digits=6)
PERP = Instrument("BTC/USDT:USDT", "bitget", 2, 4)


@pytest.fixture(autouse=True)
def no_silent_rounding() -> Iterator[None]:
    with localcontext(Context(prec=28, traps=[Inexact, FloatOperation])):
        yield


class Books:
    """A portfolio of `a` and `b` with prices set by hand."""

    def __init__(self, a: str = "1000 USDT,2 BTC", b: str = "500 USDT", **balances: str) -> None:
        self.mids: dict[Instrument, Decimal] = {}
        account = {asset: Decimal(text) for asset, text in {"USDT": "5000", "BTC": "3", **balances}.items()}
        capital = {name: [Amount.parse(part) for part in text.split(",")] for name, text in (("a", a), ("b", b))}
        self.portfolio = Portfolio(account, capital, (BTC, ETH, ETHBTC, PERP), self.mids.get)
        self.fills = 0

    def price(self, there: Instrument, mid: str) -> None:
        self.mids[there] = Decimal(mid)
        self.portfolio.price_came(there, Decimal(mid))

    def fill(self, order: Order, price: int, size: int, fee: str = "0", asset: str = "USDT") -> None:
        self.fills += 1
        write(order, filled_points=order.filled_points + size)
        self.portfolio.fill(order, Fill(f"t{self.fills}", price, size, Decimal(fee), asset, True))


def test_what_no_strategy_has_is_unassigned_and_everything_together_is_the_account() -> None:
    books = Books()
    assert books.portfolio.unassigned == {"USDT": Decimal(3500), "BTC": Decimal(1)}
    assert books.portfolio.totals() == {"USDT": Decimal(5000), "BTC": Decimal(3)}
    assert books.portfolio.strategies == ("a", "b")


FILLS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from([BTC, ETH, PERP]),
        st.booleans(),
        st.integers(1, 10**15),
        st.integers(1, 10**15),
        st.decimals("0", "1", places=8),
        st.sampled_from(["base", "quote", "BNB"]),
    ),
    max_size=10,
)


@example([("a", BTC, True, 10**15 - 1, 10**15 - 1, Decimal("0.00000001"), "base")] * 3)
@given(FILLS)
def test_ledgers_and_unassigned_are_the_account_after_any_fills_and_funding(fills: list[tuple[Any, ...]]) -> None:
    books = Books()
    account = dict(books.portfolio.totals())
    books.price(BTC, "100.5")
    books.price(ETH, "10")
    books.mids[PERP] = Decimal(100)
    starts = {name: books.portfolio.figures(name, "USDT").equity_start for name in "ab"}
    assert starts == {"a": Decimal("1201.0"), "b": Decimal(500)}
    realised = Decimal(0)
    for name, there, is_buy, price, size, fee, kind in fills:
        asset = {"base": there.base, "quote": there.quote}.get(kind, kind)
        if asset == "BNB" or (not there.is_spot and asset != "USDT"):
            asset = "USDT"
        order = order_of(there, strategy=name, is_buy=is_buy, size_points=size)
        before = books.portfolio.figures(name, "USDT").realised
        books.fill(order, price, size, str(fee), asset)
        with localcontext(prec=60):
            signed = there.size_exact(size) * (1 if is_buy else -1)
            if there.is_spot:
                account[there.base] = account.get(there.base, Decimal(0)) + signed
                account["USDT"] -= signed * there.price_exact(price)
            else:
                realised = books.portfolio.figures(name, "USDT").realised - before
                account["USDT"] += realised
            account[asset] = account.get(asset, Decimal(0)) - fee
            books.portfolio.fund("USDT", fee, {name: -fee}, PERP)  # twice the fee is nobody's
            account["USDT"] += fee
    assert {asset: value for asset, value in books.portfolio.totals().items() if value} == {
        asset: value for asset, value in account.items() if value
    }
    for name in "ab":
        figures = books.portfolio.figures(name, "USDT")
        with localcontext(prec=60):
            assert figures.net == figures.realised + figures.unrealised - figures.fees + figures.funding
            assert figures.net == figures.price + figures.spread - figures.fees + figures.funding
            assert figures.funding == sum(one.funding for one in figures.holdings)
            assert figures.net == books.portfolio.net(name, "USDT")
            parts = [books.portfolio.net(name, "USDT", there) for there in (BTC, ETH, ETHBTC, PERP)]
            with localcontext(MONEY):
                assert figures.net == sum(parts)
            assert figures.equity - figures.net == starts[name], "the start is worth what it was"
            assert figures.equity == books.portfolio.equity(name, "USDT")
            assert figures.price == 0, "no price moved"


@given(FILLS)
def test_no_position_moves_without_a_fill_that_is_counted_as_moving_it(fills: list[tuple[Any, ...]]) -> None:
    books, there = Books(), (BTC, ETH, ETHBTC, PERP)
    for one in there:
        books.price(one, "100")
    for name, instrument, is_buy, price, size, fee, kind in fills:
        books_of = books.portfolio
        before = {(who, one): books_of.position_points(who, one) for who in "ab" for one in there}
        moves = books_of.moves()
        asset = {"base": instrument.base, "quote": instrument.quote}.get(kind, kind)
        books.fill(order_of(instrument, strategy=name, is_buy=is_buy, size_points=size), price, size, str(fee), asset)
        for (who, one), points in before.items():
            assert books_of.position_points(who, one) == points or books_of.moves() > moves


def test_the_price_part_is_what_moves_did_to_positions() -> None:
    books = Books()
    books.price(BTC, "100")
    books.price(BTC, "110")
    figures = books.portfolio.figures("a", "USDT")
    assert (figures.price, figures.spread, figures.net, figures.equity) == (20, 0, 20, 1220)
    assert figures.equity_start == 1200
    (holding,) = figures.holdings
    assert (holding.instrument, holding.position_points, holding.avg_price) == (BTC, 20_000, 100)
    assert (holding.realised, holding.unrealised) == (0, 20)


def test_the_account_adds_all_up_and_what_is_idle_earns_nothing() -> None:
    books = Books(b="500 USDT,1 BTC")
    books.price(BTC, "100")
    books.price(BTC, "110")
    account = books.portfolio.account("USDT")
    assert (account.net, account.price) == (30, 30)
    assert account.equity == 5000 + 330
    assert account.equity_start == 5000 + 300, "at its first price, what nobody owns too"
    assert len(account.holdings) == 2


def test_figures_in_another_asset_still_add_up_exactly() -> None:
    books = Books()
    books.price(BTC, "61234.57")
    order = order_of(BTC, size_points=3_333)
    books.fill(order, 6_123_000, 3_333, "0.12345678")
    books.price(BTC, "61000.01")
    figures = books.portfolio.figures("a", "BTC")
    with localcontext(prec=60):
        assert figures.price + figures.spread - figures.fees == figures.net
        assert figures.realised + figures.unrealised - figures.fees == figures.net
    assert figures.net
    assert figures.asset == "BTC"


def test_an_asset_without_a_price_is_worth_nothing_yet() -> None:
    books = Books()
    assert books.portfolio.equity("a", "USDT") == 1000
    books.price(BTC, "100")
    assert books.portfolio.equity("a", "USDT") == 1200
    assert books.portfolio.equity("a", "BTC") == 12


def test_a_perpetuals_open_profit_is_part_of_the_worth() -> None:
    books = Books(a="1000 USDT")
    books.mids[PERP] = Decimal(100)
    books.fill(order_of(PERP, is_buy=False), 10_000, 10_000)
    books.mids[PERP] = Decimal(90)
    figures = books.portfolio.figures("a", "USDT")
    assert (figures.equity, figures.net, figures.unrealised, figures.equity_start) == (1010, 10, 10, 1000)
    assert books.portfolio.position_points("a", PERP) == -10_000


def test_position_points_are_rounded_towards_zero() -> None:
    books = Books(a="1000 USDT,0.00019999 BTC", b="0.00000001 BTC")
    assert books.portfolio.position_points("a", BTC) == 1
    books.fill(order_of(BTC, strategy="b", is_buy=False), 10_000, 2)
    assert books.portfolio.position_points("b", BTC) == -1


# Reservations.


def test_a_buy_reserves_money_and_a_sell_what_it_sells() -> None:
    portfolio = Books().portfolio
    portfolio.reserve(order_of(BTC, "o1", size_points=20_000), 10_000)
    portfolio.reserve(order_of(BTC, "o2", is_buy=False), 10_000)
    assert portfolio.free("a", "USDT") == 800
    assert portfolio.free("a", "BTC") == 1
    assert portfolio.free("b", "USDT") == 500, "another's money is not touched"


def test_a_perpetual_reserves_money_either_way() -> None:
    portfolio = Books().portfolio
    portfolio.reserve(order_of(PERP, is_buy=False), 10_000)
    assert (portfolio.free("a", "USDT"), portfolio.free("a", "BTC")) == (900, 2)


def test_a_reservation_follows_what_is_left() -> None:
    books = Books()
    order = order_of(BTC)
    books.portfolio.reserve(order, 10_000)
    books.fill(order, 10_000, 4_000)
    books.portfolio.reserve(order, 10_000)
    assert books.portfolio.free("a", "USDT") == 1000 - 40 - 60


def test_free_may_be_below_zero_for_a_moment() -> None:
    books = Books(a="100 USDT")
    order = order_of(BTC, price_points=0)
    books.portfolio.reserve(order, 10_000)
    books.fill(order, 10_300, 10_000)
    write(order, state=OrderState.FILLED)
    books.portfolio.reserve(order, 10_000)
    assert books.portfolio.free("a", "USDT") == -3


@example([(0, 10**15 - 1, 10**15 - 1, False, True), (0, 10**15 - 1, 10**15 - 1, True, True)])
@given(
    st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 10**15), st.integers(1, 10**15), st.booleans(), st.booleans()),
        max_size=30,
    )
)
def test_reservations_return_to_exactly_zero_when_all_orders_are_done(
    steps: list[tuple[int, int, int, bool, bool]],
) -> None:
    books = Books()
    free = {(name, asset): books.portfolio.free(name, asset) for name in "ab" for asset in ("USDT", "BTC", "ETH")}
    orders = [
        order_of((BTC, ETH, PERP, BTC, ETH)[index], f"o{index}", strategy="ab"[index % 2], is_buy=index < 3)
        for index in range(5)
    ]
    for index, price, size, is_done, is_buy in steps:
        order = orders[index]
        write(order, size_points=size, is_buy=is_buy)
        write(order, state=OrderState.CANCELLED if is_done else OrderState.OPEN)
        books.portfolio.reserve(order, price)
        assert books.portfolio.free(order.strategy, "USDT") <= free[order.strategy, "USDT"]
    for order in orders:
        write(order, state=OrderState.CANCELLED)
        books.portfolio.reserve(order, 1)
    for (name, asset), value in free.items():
        assert books.portfolio.free(name, asset) == value
    assert not any(books.portfolio._reserved.values())


def test_an_asset_without_a_pair_of_its_own_is_valued_through_another() -> None:
    books = Books(a="2 ETH", b="1 USDT", ETH="2")
    books.price(BTC, "60000")
    books.price(ETHBTC, "0.05")
    assert books.portfolio.equity("a", "USDT") == Decimal(6000)
    assert books.portfolio.equity("a", "BTC") == Decimal("0.1")


def test_an_asset_without_any_price_is_worth_nothing_yet() -> None:
    assert Books(a="2 ETH", b="1 USDT", ETH="2").portfolio.equity("a", "USDT") == 0


def test_positions_of_derivatives_are_those_of_all_ledgers_and_what_is_unassigned() -> None:
    books = Books()
    books.fill(order_of(PERP, "o1", strategy="a"), 6_000_000, 15_000)
    books.fill(order_of(PERP, "o2", strategy="b", is_buy=False), 6_000_000, 5_000)
    assert books.portfolio.position_totals("bitget") == {PERP: 10_000}
    books.portfolio.assign_positions({PERP: -2_500})
    assert books.portfolio.unassigned_points(PERP) == -2_500
    assert books.portfolio.position_totals("bitget") == {PERP: 7_500}
    assert books.portfolio.position_totals("binance") == {}


def test_positions_that_are_nobodys_are_shown_with_what_they_cost_where_that_is_known() -> None:
    books = Books()
    books.price(PERP, "62000")
    assert books.portfolio.nobodys() == ()
    books.portfolio.assign_positions({PERP: -2_500})
    assert books.portfolio.nobodys() == (Holding(PERP, -2_500, ZERO, ZERO, ZERO),)
    books.portfolio.assign_positions({PERP: -2_500}, {PERP: Decimal(-15_000)})
    assert books.portfolio.nobodys() == (Holding(PERP, -2_500, Decimal(60_000), ZERO, Decimal(-500)),)
    books.portfolio.assign_positions({PERP: 0})
    assert books.portfolio.nobodys() == ()


def test_what_positions_cost_is_known_where_it_is_known_of_what_is_unassigned() -> None:
    books = Books()
    assert books.portfolio.position_costs("bitget") == {PERP: 0}
    books.fill(order_of(PERP, "o1", strategy="a"), 6_000_000, 15_000)
    books.fill(order_of(PERP, "o2", strategy="b", is_buy=False), 6_100_000, 5_000)
    assert books.portfolio.position_costs("bitget") == {PERP: 90_000 - 30_500}
    books.portfolio.assign_positions({PERP: -2_500})
    assert books.portfolio.position_costs("bitget") == {}
    books.portfolio.assign_positions({PERP: -2_500}, {PERP: Decimal(-15_000)})
    assert books.portfolio.position_costs("bitget") == {PERP: 44_500}
    assert books.portfolio.position_costs("binance") == {}


def test_net_profit_has_a_price_when_every_position_has_one() -> None:
    books = Books(a="1000 USDT", b="500 USDT")
    assert books.portfolio.is_priced("a", "USDT")
    books.fill(order_of(PERP, "o1", strategy="a"), 6_000_000, 10_000)
    assert not books.portfolio.is_priced("a", "USDT")
    assert books.portfolio.is_priced("b", "USDT")
    assert books.portfolio.is_priced("a", "USDT", BTC)
    books.price(PERP, "60000")
    assert books.portfolio.is_priced("a", "USDT")
    assert not books.portfolio.is_priced("a", "ETH")
