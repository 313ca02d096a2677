"""Exact numbers: what comes in is what was written, and what is absurd does not come in."""

from __future__ import annotations

import math
from decimal import Context, Decimal, getcontext, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.model.errors import GridError
from framework.model.money import MONEY, Amount, Exactly, exact, is_asset, plain, points_text, shorten

ordinary = st.decimals(min_value=Decimal("-1e17"), max_value=Decimal("1e17"), places=10)


class Float64(float):
    """What numpy's float is: a float with another repr."""

    def __repr__(self) -> str:
        return f"np.float64({float(self)!r})"


def test_sums_are_exact_whatever_context_the_caller_has_and_it_has_its_own_again() -> None:
    with localcontext(Context(prec=3)) as own:
        with Exactly():
            with Exactly():
                assert Decimal("1e18") + Decimal("1e-18") == Decimal("1000000000000000000.000000000000000001")
            assert getcontext() is MONEY
        with pytest.raises(ZeroDivisionError), Exactly():
            int("1") // 0
        assert getcontext() is own


@given(ordinary)
def test_text_and_decimal_are_taken_as_they_are(number: Decimal) -> None:
    assert exact(number) == exact(str(number)) == exact(f" {number} ") == number


@given(st.integers(-(10**18), 10**18))
def test_whole_numbers_are_taken_as_they_are(number: int) -> None:
    assert exact(number) == number


@given(st.floats(min_value=1e-12, max_value=1e17))
@example(0.1)
@example(61655.1)
def test_a_float_stands_for_its_shortest_text(number: float) -> None:
    assert exact(number) == Decimal(repr(number))
    assert float(exact(number)) == number


def test_a_float_of_another_repr_is_a_float_like_any_other() -> None:
    assert exact(Float64(1.5)) == Decimal("1.5")


@pytest.mark.parametrize("value", [True, False, None, b"1", [1], (1,), 1 + 0j, object()])
def test_what_is_no_number_is_refused_by_its_type(value: object) -> None:
    with pytest.raises(GridError, match=f"^size: expected a number, found {type(value).__name__}$"):
        exact(value, "size")  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("value", ["", " ", "abc", "1,5", "1.2.3", "0x10", "1 USDT", "--1", "½", "1e", "\x00"])
def test_a_text_that_is_no_number_is_refused_and_shown(value: str) -> None:
    with pytest.raises(GridError, match=r"expected a number, found"):
        exact(value)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, "nan", "-NaN", "sNaN", "inf", "-Infinity", Decimal("nan"), Decimal("inf")]
)
def test_what_is_not_finite_is_refused(value: float | str | Decimal) -> None:
    with pytest.raises(GridError, match=r"expected a finite number"):
        exact(value)


@pytest.mark.parametrize(
    "value",
    [
        "1e400",
        "-1e400",
        "1e1000000",  # beyond the default context of Decimal, where abs() itself fails
        "-1e999999999",
        1e300,
        10**19,
        pytest.param(10**5000, id="5001 digits"),  # Python refuses to write it
        pytest.param(-(10**5000), id="minus 5001 digits"),
        "1000000000000000001",
        Decimal("1e18") + 1,
    ],
)
def test_what_is_absurdly_large_is_refused_in_a_short_message(value: float | str | Decimal) -> None:
    with pytest.raises(GridError, match=r"expected at most 1e18") as caught:
        exact(value)
    assert len(str(caught.value)) < 150


def test_the_largest_number_is_taken() -> None:
    assert exact("1e18") == exact(-(10**18)) * -1 == 10**18


def test_thirty_digits_are_taken_and_thirty_one_are_not() -> None:
    thirty = "0.123456789012345678901234567891"
    assert exact(thirty) == Decimal(thirty)
    assert str(exact("123456789012345678.901234567891")) == "123456789012345678.901234567891"
    for text in (thirty + "1", "1." + "0" * 30, "1e-31", "1e-400", "1e-1000000"):
        with pytest.raises(GridError, match=r"expected at most 30 digits"):
            exact(text)


@given(st.text(max_size=40))
def test_any_text_is_a_finite_number_or_a_grid_error(text: str) -> None:
    try:
        number = exact(text)
    except GridError:
        return
    assert number.is_finite()
    assert abs(number) <= 10**18


@given(st.lists(ordinary, max_size=50))
def test_sums_of_accepted_numbers_are_exact(numbers: list[Decimal]) -> None:
    total = Decimal(0)
    for number in numbers:
        total = MONEY.add(total, number)
    assert total * 10**10 == sum(int(number.scaleb(10, MONEY)) for number in numbers)


@given(ordinary)
@example(Decimal("-0"))
@example(Decimal("-0.00"))
@example(Decimal("0E+3"))
@example(Decimal("1E+17"))
@example(Decimal(100))
@example(Decimal("1E-30"))
def test_plain_text_is_the_same_number_without_exponent_or_idle_zeros(number: Decimal) -> None:
    text = plain(number)
    assert Decimal(text) == number
    assert "e" not in text.lower()
    assert text != "-0"
    assert "." not in text or text[-1] not in "0."


@given(st.integers(-(10**20), 10**20), st.integers(0, 12))
@example(0, 2)
@example(-5, 3)
@example(100, 2)
@example(100, 0)
def test_points_are_written_as_their_number_is(points: int, digits: int) -> None:
    assert points_text(points, digits) == plain(Decimal(points).scaleb(-digits, MONEY))


def test_plain_keeps_zeros_that_count() -> None:
    assert plain(Decimal(100)) == "100"
    assert plain(Decimal("100.00")) == "100"
    assert plain(Decimal("0.10")) == "0.1"


def test_an_amount_is_a_number_and_an_asset() -> None:
    amount = Amount.parse(" 200.50   USDT ")
    assert amount == (Decimal("200.50"), "USDT")
    assert str(amount) == "200.5 USDT"
    assert Amount.parse("1 1INCH").asset == "1INCH"


@given(ordinary, st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True))
def test_an_amount_reads_what_it_writes(value: Decimal, asset: str) -> None:
    assert Amount.parse(str(Amount(value, asset))) == (value, asset)


@pytest.mark.parametrize(
    "text",
    ["", "200", "USDT", "200 usdt", "200 USDT!", "200 USDT now", "200USDT", "200 " + "A" * 21, "200 ÄÖ"],
)
def test_what_is_no_amount_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(GridError, match=r'^capital: expected a number and an asset such as "200 USDT", found'):
        Amount.parse(text, "capital")


@pytest.mark.parametrize("text", ["nan USDT", "1e400 USDT", "x USDT", "inf USDT", "USDT 200"])
def test_the_number_of_an_amount_is_checked_like_any_other(text: str) -> None:
    with pytest.raises(GridError, match=r"^capital: expected"):
        Amount.parse(text, "capital")


@pytest.mark.parametrize("value", [None, 200, b"200 USDT", ["200", "USDT"]])
def test_an_amount_that_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(GridError):
        Amount.parse(value)  # type: ignore[arg-type]  # that is the test


def test_an_assets_name_is_capital_letters_and_digits() -> None:
    assert all(is_asset(name) for name in ("BTC", "USDT", "1INCH", "A", "A" * 20))
    assert not any(is_asset(name) for name in ("", "btc", "BTC/USDT", "A" * 21, "BT C", "ÄB", "A-B"))


def test_a_long_value_is_cut_and_its_length_told() -> None:
    assert shorten("x" * 10) == "'xxxxxxxxxx'"
    assert shorten("x" * 1000).endswith("... (1002 characters)")
    assert len(shorten("x" * 1000)) < 70
    assert shorten(10**5000) == "a very long int"
