"""Exact numbers: how text, Decimal, int and float become money, and amounts with their asset.

Money is `Decimal` in a context of 50 digits that never rounds silently where it adds or subtracts.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation, Overflow, getcontext, setcontext
from typing import Final, NamedTuple

from framework.model.errors import GridError

DIGITS_MAX: Final = 30
"""Longest number accepted from outside, in significant digits."""

MAGNITUDE_MAX: Final = Decimal("1e18")
"""Largest absolute value accepted from outside; anything above is a mistake."""

MONEY: Final = Context(prec=50, traps=[InvalidOperation, Overflow])
"""The context of every division and rounding of money; sums of accepted numbers are exact in it."""

add: Final = MONEY.add
subtract: Final = MONEY.subtract
multiply: Final = MONEY.multiply
"""By names of their own, for the road of every order: a context takes as long to find its method as that to reckon."""

ZERO: Final = Decimal(0)


class Exactly:
    """`with Exactly():` reckons in MONEY, whatever context the caller has set.

    So does `localcontext(MONEY)`, which copies it each time: that takes longer than all that a fill has to reckon.
    """

    __slots__ = ("_before",)

    def __enter__(self) -> None:
        self._before = getcontext()
        setcontext(MONEY)

    def __exit__(self, *raised: object) -> None:
        setcontext(self._before)


Number = Decimal | int | str | float
"""What people may write for a price, a size or an amount."""
NUMBERS: Final = (Decimal, int, str, float)


def exact(value: Number, what: str = "number") -> Decimal:
    """The exact decimal of a number given from outside; a float stands for its shortest text.

    Raises:
        GridError: not a number, NaN, infinite, absurdly large, or more than 30 digits.
    """
    if isinstance(value, bool) or not isinstance(value, NUMBERS):
        raise GridError(f"{what}: expected a number, found {type(value).__name__}")
    try:
        # numpy's floats are floats with another repr.
        number = Decimal(float.__repr__(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError) as error:
        raise GridError(f"{what}: expected a number, found {shorten(value)}") from error
    if not number.is_finite():
        raise GridError(f"{what}: expected a finite number, found {shorten(value)}")
    if number.copy_abs() > MAGNITUDE_MAX:
        raise GridError(f"{what}: expected at most 1e18, found {shorten(value)}")
    if len(number.as_tuple().digits) > DIGITS_MAX or number.adjusted() < -DIGITS_MAX:
        raise GridError(f"{what}: expected at most {DIGITS_MAX} digits, found {shorten(value)}")
    return number


def shorten(value: object, limit: int = 40) -> str:
    """`repr` of a value from outside, cut so that a message stays readable."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        text = f"a very long {type(value).__name__}"
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


class Amount(NamedTuple):
    """A quantity of one asset: `Amount.parse("200 USDT")`."""

    value: Decimal
    asset: str

    @classmethod
    def parse(cls, text: str, what: str = "amount") -> Amount:
        """Read `"<number> <ASSET>"`.

        Raises:
            GridError: anything else.
        """
        parts = text.split() if isinstance(text, str) else []
        if len(parts) != 2 or not is_asset(parts[1]):
            raise GridError(f'{what}: expected a number and an asset such as "200 USDT", found {shorten(text)}')
        return cls(exact(parts[0], what), parts[1])

    def __str__(self) -> str:
        return f"{plain(self.value)} {self.asset}"


def is_asset(text: str) -> bool:
    """Whether the text can be an asset's name: 1 to 20 capital letters and digits."""
    return 1 <= len(text) <= 20 and text.isascii() and text.isalnum() and text.upper() == text


def points_text(points: int, digits: int) -> str:
    """So many points of 10**-digits, as `plain` writes their number."""
    text = str(abs(points))
    if digits:
        text = text.zfill(digits + 1)
        text = f"{text[:-digits]}.{text[-digits:]}".rstrip("0").rstrip(".")
    return f"-{text}" if points < 0 else text


def plain(value: Decimal) -> str:
    """The number without exponent and trailing zeros, for people and for the journal."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
