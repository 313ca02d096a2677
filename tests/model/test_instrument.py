"""The grid: texts become points exactly or not at all, and orders never get a worse price than was asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from framework.model.errors import GridError
from framework.model.instrument import FLOAT_POINTS_MAX, POINTS_MAX, Instrument, data_points, on_grid
from framework.model.money import MONEY

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6, tick_points=1, lot_points=1)
COARSE = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6, tick_points=25, lot_points=10)
PERPETUAL = Instrument(symbol="BTC/USDT:USDT", venue="binance", price_digits=1, size_digits=3)

instruments = st.builds(
    Instrument,
    symbol=st.just("BTC/USDT"),
    venue=st.just("bitget"),
    price_digits=st.integers(0, 10),
    size_digits=st.integers(0, 10),
    tick_points=st.sampled_from([1, 2, 3, 5, 10, 25, 1000]),
    lot_points=st.sampled_from([1, 2, 3, 5, 10, 25, 1000]),
)
numbers = st.one_of(
    st.from_regex(r"-?[0-9]{0,12}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[0-9]{1,7}\.[0-9]{2}0{0,8}[0-9]?", fullmatch=True),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.floats().map(repr),
)


def decimal_road(text: str, scale: int) -> int | None:
    """The oracle: points by exact arithmetic alone; None where the text has none."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 1000 or number < 0:
        return None
    points = Fraction(number) * scale
    return points.numerator if points.denominator == 1 else None


def test_an_instrument_is_named_by_symbol_and_venue() -> None:
    assert BTC.id == repr(BTC) == "BTC/USDT@bitget"
    assert (BTC.base, BTC.quote, BTC.is_spot) == ("BTC", "USDT", True)
    assert (PERPETUAL.base, PERPETUAL.quote, PERPETUAL.is_spot) == ("BTC", "USDT", False)


def test_instruments_are_compared_by_identity() -> None:
    twin = replace(BTC)
    assert twin.id == BTC.id
    assert twin != BTC
    assert len({twin, BTC}) == 2


# Market data.


@given(numbers, st.integers(0, 12))
@example("61655.12", 2)
@example("0.00000000", 8)
@example("0.0000000000001", 2)  # far below a point, yet not 0
@example("61655.120000001", 2)  # within any tolerance of a point, yet finer than one
@example("61655.12000000001", 2)
@example("1e-400", 2)  # a float calls it 0
@example("-0", 2)
@example("-1e-400", 2)
@example("9007199254740993", 0)  # 2**53 + 1, which no float holds
@example("1234567890123456789.5", 1)
def test_market_data_takes_the_same_points_as_exact_arithmetic(text: str, digits: int) -> None:
    assume(len(text) <= 30)
    try:
        found = data_points(text, 10**digits, "price", "X")
    except GridError:
        found = None
    expected = decimal_road(text, 10**digits)
    if found is None:  # it may refuse what is absurd
        assert expected is None or abs(Decimal(text)) > 10**18 or Decimal(text).adjusted() < -30
    else:
        assert found == expected
        assert type(found) is int


@given(st.integers(0, 10**17), st.integers(0, 10), st.integers(0, 6))
@example(FLOAT_POINTS_MAX - 1, 3, 0)
@example(FLOAT_POINTS_MAX, 3, 0)
@example(2**53 + 1, 8, 0)
def test_what_is_on_the_grid_is_read_to_the_point_however_many_zeros_follow(
    points: int, digits: int, idle: int
) -> None:
    text = f"{Decimal(points).scaleb(-digits):f}"
    assert data_points(text, 10**digits, "price", "X") == points
    padded = text + "0" * idle if "." in text else text
    assert data_points(padded, 10**digits, "price", "X") == points


@given(st.integers(0, 10**12), st.integers(0, 8), st.integers(1, 9), st.integers(1, 10))
def test_what_is_finer_than_a_point_is_refused_however_little(points: int, digits: int, off: int, below: int) -> None:
    text = f"{Decimal(points).scaleb(-digits) + Decimal(off).scaleb(-digits - below):f}"
    with pytest.raises(GridError, match=r"expected a multiple of"):
        data_points(text, 10**digits, "price", "X")


@pytest.mark.parametrize("text", ["", "abc", "nan", "inf", "-1", "-0.01", "1e400", "1,5", "None"])
def test_market_data_that_is_no_number_from_0_up_is_refused_with_the_instruments_name(text: str) -> None:
    with pytest.raises(GridError, match=r"^price of BTC/USDT@bitget: expected"):
        BTC.data_price(text)
    with pytest.raises(GridError, match=r"^size of BTC/USDT@bitget: expected"):
        BTC.data_size(text)


def test_a_long_bad_text_does_not_fill_the_message() -> None:
    with pytest.raises(GridError) as caught:
        BTC.data_price("1." + "7" * 25)
    assert len(str(caught.value)) < 150
    with pytest.raises(GridError) as caught:
        BTC.data_price("x" * 10_000)
    assert len(str(caught.value)) < 150


# Orders.


@given(instruments, st.floats(min_value=1e-6, max_value=1e9), st.booleans())
@example(COARSE, 61655.1, True)
@example(COARSE, 61655.1, False)
def test_a_float_never_becomes_a_worse_price(instrument: Instrument, value: float, is_buy: bool) -> None:
    tick = instrument.price_exact(instrument.tick_points)
    try:
        points = instrument.order_price(value, is_buy=is_buy)
    except GridError:
        assert Decimal(repr(value)) < tick or value * instrument.price_scale > POINTS_MAX
        return
    off = instrument.price_exact(points) - Decimal(repr(value))
    noise = tick / 1_000_000
    assert points % instrument.tick_points == 0
    assert off <= noise if is_buy else off >= -noise
    assert abs(off) < tick


def test_a_buy_is_rounded_down_and_a_sell_up() -> None:
    assert COARSE.order_price(100.30, is_buy=True) == 10025
    assert COARSE.order_price(100.30, is_buy=False) == 10050
    assert COARSE.order_price(100.25, is_buy=True) == COARSE.order_price(100.25, is_buy=False) == 10025


@given(st.integers(100_000, 10_000_000), st.integers(-5, 5))
def test_a_tick_more_or_less_than_a_price_is_that_tick_in_spite_of_float_noise(points: int, ticks: int) -> None:
    value = BTC.price(points) + ticks * 0.01
    assert BTC.order_price(value, is_buy=True) == BTC.order_price(value, is_buy=False) == points + ticks


@given(instruments, st.integers(1, 10**9), st.booleans())
def test_an_exact_price_on_the_tick_is_that_price(instrument: Instrument, ticks: int, is_buy: bool) -> None:
    points = ticks * instrument.tick_points
    for value in (instrument.price_exact(points), instrument.price_text(points)):
        assert instrument.order_price(value, is_buy=is_buy) == points


@given(instruments, st.integers(1, 10**9), st.booleans())
def test_an_exact_price_off_the_tick_is_refused(instrument: Instrument, points: int, is_buy: bool) -> None:
    assume(points % instrument.tick_points)
    with pytest.raises(GridError, match=r"expected a multiple of the tick"):
        instrument.order_price(instrument.price_exact(points), is_buy=is_buy)


def test_digits_beyond_those_of_an_ordinary_sum_are_not_rounded_away() -> None:
    """30 digits are more than the 28 that Decimal keeps unless told otherwise."""
    eight = Instrument(symbol="A/B", venue="v", price_digits=8, size_digits=8)
    for value in ("100000000.00000000000000000001", "999999999.999999999999999999999"):
        with pytest.raises(GridError, match=r"expected a multiple of the tick"):
            eight.order_price(value, is_buy=True)


@pytest.mark.parametrize("value", [0, 0.0, -1, "-0.01", -1.0, Decimal(0), 1e-12])
def test_a_price_is_above_0(value: float | str | Decimal) -> None:
    with pytest.raises(GridError, match=r"expected above 0"):
        BTC.order_price(value, is_buy=True)


@pytest.mark.parametrize("value", [math.nan, math.inf, "nan", True, None, "abc", "1e400", "1e18", b"1"])
def test_an_absurd_price_or_size_is_refused_with_its_reason(value: object) -> None:
    with pytest.raises(GridError, match=r"^price of BTC/USDT@bitget: expected"):
        BTC.order_price(value, is_buy=True)  # type: ignore[arg-type]  # that is the test
    with pytest.raises(GridError, match=r"^size of BTC/USDT@bitget: expected"):
        BTC.order_size(value)  # type: ignore[arg-type]  # that is the test


@given(st.one_of(st.floats(), st.decimals(), st.integers(), st.text(max_size=20)), st.booleans())
def test_whatever_is_asked_for_fits_the_records_or_is_refused(value: float | Decimal | int | str, is_buy: bool) -> None:
    """A record holds 64 bits; a price of 1e17 with 8 digits would stop the journal, and so the run."""
    fine = Instrument(symbol="A/B", venue="v", price_digits=8, size_digits=8)
    for make in (lambda: fine.order_price(value, is_buy=is_buy), lambda: fine.order_size(value)):
        try:
            points = make()
        except GridError:
            continue
        assert 0 < points <= POINTS_MAX


@given(instruments, st.floats(min_value=1e-9, max_value=1e9))
def test_a_float_size_is_rounded_down_to_the_lot(instrument: Instrument, value: float) -> None:
    lot = instrument.size_exact(instrument.lot_points)
    try:
        points = instrument.order_size(value)
    except GridError:
        assert Decimal(repr(value)) < lot or value * instrument.size_scale > POINTS_MAX
        return
    short = Decimal(repr(value)) - instrument.size_exact(points)
    assert points % instrument.lot_points == 0
    assert -lot / 1_000_000 <= short < lot


def test_a_difference_of_sizes_is_what_it_should_be_in_spite_of_float_noise() -> None:
    tenths = Instrument(symbol="A/B", venue="v", price_digits=2, size_digits=1)
    assert 0.3 - 0.1 < 0.2
    assert tenths.order_size(0.3 - 0.1) == 2
    assert tenths.order_size(0.1 + 0.2) == 3


def test_an_exact_size_is_on_the_lot_and_at_least_one() -> None:
    assert COARSE.order_size("0.00001") == 10
    assert COARSE.order_size(1) == 1_000_000
    with pytest.raises(GridError, match=r"expected a multiple of the lot 0.00001, found '0.000015'"):
        COARSE.order_size("0.000015")
    for value in (0, "0", 0.000_009, -1, "-0.00001"):
        with pytest.raises(GridError, match=r"expected at least one lot \(0.00001\)"):
            COARSE.order_size(value)


@given(instruments, st.decimals(0, Decimal("1e18"), places=6), st.integers(1, 10**15))
@example(BTC, Decimal("1e18"), 1)  # more digits than an ordinary division takes
def test_size_for_is_the_largest_size_on_the_lot_that_a_notional_pays(
    instrument: Instrument, notional: Decimal, price_points: int
) -> None:
    size = instrument.size_for(notional, price_points)
    assert size % instrument.lot_points == 0
    assert 0 <= size <= POINTS_MAX
    assert instrument.notional(price_points, size) <= notional
    if size + instrument.lot_points <= POINTS_MAX:
        assert instrument.notional(price_points, size + instrument.lot_points) > notional


def test_size_for_takes_no_price_of_0_and_no_negative_notional() -> None:
    with pytest.raises(AssertionError):
        BTC.size_for(Decimal(1), 0)
    with pytest.raises(AssertionError):
        BTC.size_for(Decimal(-1), 1)


@given(instruments, st.integers(0, POINTS_MAX), st.integers(0, POINTS_MAX))
@example(BTC, POINTS_MAX, POINTS_MAX)
def test_notional_is_exact(instrument: Instrument, price_points: int, size_points: int) -> None:
    notional = instrument.notional(price_points, size_points)
    digits = instrument.price_digits + instrument.size_digits
    assert int(notional.scaleb(digits, MONEY)) == price_points * size_points
    assert notional.as_tuple().exponent == -digits


@given(instruments, st.integers(0, POINTS_MAX))
def test_texts_and_decimals_are_the_points_again(instrument: Instrument, points: int) -> None:
    assert instrument.data_price(instrument.price_text(points)) == points
    assert instrument.data_size(instrument.size_text(points)) == points
    assert int(instrument.price_exact(points).scaleb(instrument.price_digits, MONEY)) == points
    assert int(instrument.size_exact(points).scaleb(instrument.size_digits, MONEY)) == points
    assert instrument.price(points) == points / 10**instrument.price_digits
    assert instrument.size(points) == points / 10**instrument.size_digits


def test_the_text_for_the_venue_has_no_exponent() -> None:
    fine = Instrument(symbol="A/B", venue="v", price_digits=10, size_digits=8)
    assert fine.price_text(1) == "0.0000000001"
    assert fine.size_text(10**16) == "100000000"


@given(
    st.decimals(Decimal(-1000), Decimal(1000), places=6),
    st.integers(0, 6),
    st.integers(1, 50),
    st.sampled_from([ROUND_FLOOR, ROUND_CEILING]),
)
def test_on_grid_takes_multiples_of_the_step_alone(value: Decimal, digits: int, step: int, rounding: str) -> None:
    is_multiple = value.scaleb(digits) % step == 0
    if is_multiple:
        assert on_grid(value, digits, step, rounding, "price", "tick") == value.scaleb(digits)
    else:
        with pytest.raises(GridError, match=r"expected a multiple of the tick"):
            on_grid(value, digits, step, rounding, "price", "tick")


@given(
    st.one_of(
        st.floats(1e-9, 1e7),
        st.builds(
            lambda steps, off: steps / 100 + off, st.integers(1, 10**7), st.sampled_from([0.0, 1e-9, -1e-9, 4e-9])
        ),
    ),
    st.sampled_from([ROUND_FLOOR, ROUND_CEILING]),
    st.sampled_from([1, 5, 10]),
)
def test_the_quick_road_of_a_float_is_the_exact_one(value: float, rounding: str, step: int) -> None:
    quick = on_grid(value, 2, step, rounding, "price", "tick")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("framework.model.instrument.FLOAT_STEPS_MAX", 0)
        assert quick == on_grid(value, 2, step, rounding, "price", "tick")


def test_the_steps_of_the_grid_are_shown_as_floats() -> None:
    assert (COARSE.tick, COARSE.lot, COARSE.size_min) == (0.25, 0.00001, 0.00001)
    assert replace(COARSE, size_min_points=500).size_min == 0.0005


def test_a_text_is_put_on_the_grid_of_its_own_instrument_however_often_it_is_asked() -> None:
    fine, coarse = replace(BTC, size_digits=4), replace(BTC, size_digits=2)
    assert [there.order_size("0.01") for there in (fine, coarse, fine, coarse)] == [100, 1, 100, 1]


HUGE = Instrument(
    symbol="PEPE/USDT", venue="bitget", price_digits=0, size_digits=0, tick_points=3 * 10**17, lot_points=4 * 10**17
)


@pytest.mark.parametrize("value", [1.2e18, 4e18, 9.9e17 + 3e17])
def test_no_float_passes_the_largest_number_of_points_however_large_the_step(value: float) -> None:
    with pytest.raises(GridError, match="expected at most 1e18"):
        HUGE.order_size(value)
    with pytest.raises(GridError, match="expected at most 1e18"):
        HUGE.order_price(value, is_buy=False)


def test_a_float_below_the_largest_number_is_not_rounded_above_it() -> None:
    assert HUGE.order_price(9.5e17, is_buy=True) == 9 * 10**17
    with pytest.raises(GridError, match="expected at most"):
        HUGE.order_price(9.5e17, is_buy=False)
    assert HUGE.order_size(8.5e17) == 8 * 10**17


def test_an_order_carries_a_lot_the_smallest_size_and_the_smallest_notional() -> None:
    coin = Instrument("A/USDT", "bitget", 2, 2, lot_points=10, size_min_points=20, notional_min=Decimal(5))
    assert [coin.carries(10_000, size) for size in (0, 9, 19, 20, 29)] == [False, False, False, True, True]
    assert [coin.carries(price, 25) for price in (2_499, 2_500)] == [False, True], "of what is on the lot"


def test_filters_of_a_newer_listing_hold_on_the_old_grid() -> None:
    there = Instrument("BTC/USDT", "bitget", 2, 4, size_max_points=10**9, notional_min=Decimal(1))
    there.take_filters(
        Instrument("BTC/USDT", "bitget", 1, 3, 5, 2, 7, 10**6, Decimal(5), Decimal("0.1"), open_orders_max=9)
    )
    assert (there.price_digits, there.tick_points, there.size_digits, there.lot_points) == (2, 50, 4, 20)
    assert (there.size_min_points, there.size_max_points) == (70, 10**7)
    assert (there.notional_min, there.notional_min_points) == (5, 5_000_000)
    assert (there.price_band, there.open_orders_max) == (Decimal("0.1"), 9)
    assert there.order_price(60_000.37, is_buy=True) == 6_000_000
    with pytest.raises(GridError, match="tick"):
        there.order_price("60000.37", is_buy=True)


def test_a_finer_grid_whose_steps_are_ours_is_taken_and_another_changes_nothing() -> None:
    there = Instrument("BTC/USDT", "bitget", 2, 4, notional_min=Decimal(1))
    there.take_filters(Instrument("BTC/USDT", "bitget", 3, 6, 50, 100, 150, 1_050, Decimal(2)))
    assert (there.tick_points, there.lot_points, there.size_min_points, there.size_max_points) == (5, 1, 2, 10)
    with pytest.raises(GridError, match="lot of BTC/USDT@bitget: expected whole points of this run, found finer ones"):
        there.take_filters(Instrument("BTC/USDT", "bitget", 2, 5, notional_min=Decimal(3)))
    assert (there.tick_points, there.notional_min) == (5, 2)
