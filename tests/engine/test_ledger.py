"""One strategy's books, held against an oracle in fractions that knows only flows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Context, Decimal, FloatOperation, Inexact, localcontext
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.engine.ledger import COST_STEP, Ledger, Position
from framework.model.events import Fill
from framework.model.instrument import Instrument
from framework.model.money import Amount
from tests.wired import spot

BTC, BNB = spot(), spot("BNB/USDT")
PERP = Instrument("BTC/USDT:USDT", "bitget", 2, 4)


@pytest.fixture(autouse=True)
def no_silent_rounding() -> Iterator[None]:
    """Sums that are not made in the MONEY context, and would be rounded, raise here."""
    with localcontext(Context(prec=28, traps=[Inexact, FloatOperation])):
        yield


class Step(NamedTuple):
    """A price in points that becomes the middle, then a fill at another."""

    mid: int
    is_buy: bool
    price: int
    size: int
    fee: Decimal
    fee_asset: str


FEES = st.decimals("-0.5", "2", places=8)
HUGE = st.one_of(st.integers(1, 10_000), st.integers(1, 10**16))
STEPS = st.lists(
    st.builds(Step, HUGE, st.booleans(), HUGE, HUGE, FEES, st.sampled_from(["USDT", "BTC", "BNB", "KCS"])), max_size=12
)
CAPITAL = st.decimals("0", "1e18", places=8)


def fill_of(step: Step, id_: str = "t") -> Fill:
    return Fill(id_, step.price, step.size, step.fee, step.fee_asset, False)


def mids(**prices: str) -> dict[Instrument, Decimal | None]:
    return {{"BTC": BTC, "BNB": BNB, "PERP": PERP}[name]: Decimal(text) for name, text in prices.items()}


LONG_SUMS = [
    Step(10**16, True, 10**16, 10**16, Decimal("0.00000001"), "USDT"),
    Step(10**16, True, 1, 1, Decimal("0.00000001"), "BTC"),
    Step(3, False, 7, 10**16, Decimal("0.00000003"), "BTC"),
]


@example(Decimal("1e18"), Decimal("0.00000001"), LONG_SUMS)
@given(CAPITAL, CAPITAL, STEPS)
def test_cash_is_the_sum_of_flows_and_profit_is_what_the_worth_gained(
    usdt: Decimal, btc: Decimal, steps: list[Step]
) -> None:
    """Worth at the last middle = worth of the capital at the first + net; price = sum of positions x moves."""
    ledger = Ledger([Amount(usdt, "USDT"), Amount(btc, "BTC"), Amount(Decimal(3), "BNB")])
    flows = defaultdict(Fraction, {"USDT": Fraction(usdt), "BTC": Fraction(btc), "BNB": Fraction(3)})
    bnb, mid = Fraction(600), Fraction(100)
    ledger.open_capital(BTC, Decimal(100))
    ledger.open_capital(BNB, Decimal(600))
    start = flows["USDT"] + flows["BTC"] * mid + flows["BNB"] * bnb
    moved = Fraction(0)
    for step in steps:
        moved += flows["BTC"] * (Fraction(step.mid, 100) - mid)
        mid = Fraction(step.mid, 100)
        prices = {BTC: Decimal(step.mid).scaleb(-2), BNB: Decimal(600)}
        ledger.fill(BTC, step.is_buy, fill_of(step), prices.get)
        size = Fraction(step.size, 10_000) * (1 if step.is_buy else -1)
        flows["BTC"] += size
        flows["USDT"] -= size * Fraction(step.price, 100)
        flows[step.fee_asset] -= Fraction(step.fee)
    assert {asset: Fraction(value) for asset, value in ledger.cash.items() if value} == {
        asset: value for asset, value in flows.items() if value
    }
    worth = flows["USDT"] + flows["BTC"] * mid + flows["BNB"] * bnb
    marks = {BTC: mid, BNB: bnb}
    gained = fees = spread = Fraction(0)
    for there, position in ledger.positions.items():
        open_profit = Fraction(position.quantity) * marks[there] - Fraction(position.cost)
        gained += Fraction(position.realised) + open_profit - Fraction(position.fees)
        fees += Fraction(position.fees)
        spread += Fraction(position.spread)
    assert gained == worth - start
    assert gained + fees - spread == moved
    assert ledger.unpriced_fees == sum(1 for step in steps if step.fee_asset == "KCS" and step.fee)


@example([Step(10_000, False, 10_000, 7, Decimal(0), "USDT"), Step(9_999, True, 9_999, 10**16, Decimal(0), "USDT")])
@given(STEPS)
def test_a_perpetual_realises_in_quote_is_funded_and_may_flip_through_zero(steps: list[Step]) -> None:
    ledger = Ledger([Amount(Decimal(1_000), "USDT")])
    net, paid, funding = Fraction(0), Fraction(0), Fraction(0)
    for step in steps:
        ledger.fund(PERP, -3 * step.fee)
        funding -= 3 * Fraction(step.fee)
        charged = step._replace(fee_asset="USDT")
        ledger.fill(PERP, step.is_buy, fill_of(charged), {PERP: Decimal(step.mid).scaleb(-2)}.get)
        size = Fraction(step.size, 10_000) * (1 if step.is_buy else -1)
        net += size
        paid += size * Fraction(step.price, 100)
        position = ledger.positions[PERP]
        assert Fraction(position.quantity) == net
        assert Fraction(position.cost) == paid + Fraction(position.realised)
        assert position.quantity or not position.cost
        assert Fraction(position.funding) == funding
        gained = Fraction(position.realised) - Fraction(position.fees) + funding
        assert Fraction(ledger.cash["USDT"]) == 1_000 + gained
        assert ledger.held(PERP) == position.quantity
    assert set(ledger.cash) == {"USDT"}


@pytest.mark.fault("E34")
def test_a_position_is_net_of_fees_taken_in_base() -> None:
    ledger = Ledger([Amount(Decimal(1_000), "USDT")])
    ledger.fill(BTC, True, Fill("t", 10_000, 100, Decimal("0.00001"), "BTC", False), mids(BTC="100").get)
    assert ledger.held(BTC) == Decimal("0.00999")
    position = ledger.positions[BTC]
    assert (position.quantity, position.fees) == (Decimal("0.00999"), Decimal("0.001"))
    assert position.avg_price == 100


def test_capital_in_base_is_a_position_from_the_first_price_on_and_once() -> None:
    ledger = Ledger([Amount(Decimal(2), "BTC")])
    ledger.open_capital(BTC, Decimal(100))
    ledger.open_capital(BTC, Decimal(200))
    position = ledger.positions[BTC]
    assert (position.quantity, position.avg_price) == (2, 100)
    assert position.unrealised(Decimal(110)) == 20
    assert position.unrealised(None) == 0


def test_a_perpetuals_price_opens_no_capital() -> None:
    ledger = Ledger([Amount(Decimal(2), "BTC")])
    ledger.open_capital(PERP, Decimal(100))
    assert not ledger.positions


def test_the_same_asset_given_twice_is_added() -> None:
    assert Ledger([Amount(Decimal(2), "BTC"), Amount(Decimal(3), "BTC")]).capital == {"BTC": Decimal(5)}


def test_a_fee_in_a_third_asset_is_a_piece_of_that_position() -> None:
    ledger = Ledger([Amount(Decimal(1_000), "USDT"), Amount(Decimal(1), "BNB")])
    ledger.open_capital(BNB, Decimal(600))
    ledger.fill(BTC, True, Fill("t", 10_000, 10_000, Decimal("0.1"), "BNB", False), mids(BTC="100", BNB="650").get)
    assert ledger.cash["BNB"] == Decimal("0.9")
    assert ledger.positions[BTC].fees == 0
    position = ledger.positions[BNB]
    assert (position.quantity, position.fees, position.realised) == (Decimal("0.9"), 65, 5)


def test_a_fee_without_a_price_is_owed_and_counted() -> None:
    ledger = Ledger([Amount(Decimal(1_000), "USDT")])
    ledger.fill(BTC, True, Fill("t", 10_000, 10_000, Decimal("0.1"), "BNB", False), mids(BTC="100").get)
    assert (ledger.cash["BNB"], ledger.unpriced_fees) == (Decimal("-0.1"), 1)
    ledger.open_capital(BNB, Decimal(600))
    assert ledger.positions[BNB].quantity == Decimal("-0.1")


def test_without_a_quote_a_fill_has_no_spread() -> None:
    ledger = Ledger([Amount(Decimal(1_000), "USDT")])
    ledger.fill(BTC, True, Fill("t", 10_000, 10_000, Decimal(0), "USDT", True), lambda there: None)
    assert ledger.positions[BTC].spread == 0


@pytest.mark.parametrize(("is_buy", "spread"), [(True, "-0.5"), (False, "-0.5")])
def test_taking_costs_half_the_spread(is_buy: bool, spread: str) -> None:
    ledger = Ledger([Amount(Decimal(1_000), "USDT"), Amount(Decimal(1), "BTC")])
    price = 10_100 if is_buy else 10_000
    ledger.fill(BTC, is_buy, Fill("t", price, 10_000, Decimal(0), "USDT", False), mids(BTC="100.5").get)
    assert ledger.positions[BTC].spread == Decimal(spread)


def test_a_position_that_turns_around_realises_what_it_closes_and_opens_the_rest_at_the_new_price() -> None:
    position = Position(PERP)
    position.trade(Decimal(1), Decimal(100))
    position.trade(Decimal(-3), Decimal(110))
    assert (position.realised, position.quantity, position.avg_price) == (10, -2, 110)
    position.trade(Decimal(5), Decimal(100))
    assert (position.realised, position.quantity, position.avg_price) == (30, 3, 100)


def test_a_closed_position_costs_nothing_however_long_its_cost_was() -> None:
    position = Position(PERP)
    position.trade(Decimal("0.00000003"), Decimal("0.00000007"))
    position.trade(Decimal("-0.00000003"), Decimal("0.00000009"))
    assert (position.cost, position.quantity) == (0, 0)
    assert position.realised == Decimal("0.0000000000000006")


def test_a_share_of_cost_is_rounded_once_and_the_rest_keeps_the_difference() -> None:
    position = Position(PERP)
    position.trade(Decimal(3), Decimal("33.333333"))
    position.trade(Decimal("-0.7"), Decimal(40))
    rest = position.cost
    assert rest == rest.quantize(COST_STEP)
    position.trade(Decimal("-2.3"), Decimal(40))
    assert (position.cost, position.quantity) == (0, 0)
    assert position.realised == 3 * (40 - Decimal("33.333333"))
