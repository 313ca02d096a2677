"""What is traded where, and the grid that its prices and sizes live on.

Exact prices and sizes are integers: *points*. One price point is 10**-price_digits of the quote asset, one size point
10**-size_digits of the base asset. A tick and a lot are whole numbers of points, so market data finer than the order
grid (another venue's tape, say) is still exact. Floats are made from points only to be looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from framework.model.errors import GridError
from framework.model.money import MONEY, Number, exact, multiply, plain, points_text, shorten

POINT_ERROR_MAX: Final = 1e-6
"""A float this near to a step of the grid means that step: `bid + tick` is rarely more exact than that."""

POINTS_MAX: Final = 10**18
"""Largest price or size of an order in points; it fits 64 bits, as every record must."""

FLOAT_STEPS_MAX: Final = 10**8
"""Below this a float's steps are off by less than a tenth of `POINT_ERROR_MAX`."""

FLOAT_POINTS_MAX: Final = 10**15
FLOAT_TEXT_MAX: Final = 16
"""Below these a text and its points have at most 15 digits each, and no two such numbers share a float."""


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """A market at a venue with its rules. Compared by identity: a run knows each instrument once.

    Sizes and prices with `_points` are exact integers (see the module's docstring); rates are fractions (0.001 = 0.1 %).
    """

    symbol: str
    """Unified symbol: `BTC/USDT` for spot, `BTC/USDT:USDT` for a perpetual."""
    venue: str
    price_digits: int
    size_digits: int
    tick_points: int = 1
    lot_points: int = 1
    size_min_points: int = 0
    size_max_points: int = 10**18
    notional_min: Decimal = Decimal(0)
    """Least price x size of an order, in the quote asset."""
    price_band: Decimal | None = None
    """A limit buy may be at most (1 + band) x the market's price, a limit sell at least (1 - band) x; None: no band."""
    maker_fee: Decimal = Decimal(0)
    taker_fee: Decimal = Decimal(0)
    open_orders_max: int = 10**9
    fee_digits: int = 8
    """Fees are rounded up to this many decimals of the asset they are taken in."""
    id: str = field(init=False)
    """`BTC/USDT@bitget`: how config, strategies and the journal name it."""
    is_spot: bool = field(init=False)
    """What is sold must be held, and fees on buys come out of the base asset."""
    base: str = field(init=False)
    quote: str = field(init=False)
    price_scale: int = field(init=False)
    size_scale: int = field(init=False)
    price_point: Decimal = field(init=False)
    """One price point in the quote asset; the next two: one size point in base, and the worth of one at the other."""
    size_point: Decimal = field(init=False)
    notional_point: Decimal = field(init=False)
    notional_min_points: int = field(init=False)
    """Least price points x size points of an order: `notional_min`, exact."""

    def __post_init__(self) -> None:
        pair, _, _ = self.symbol.partition(":")
        base, _, quote = pair.partition("/")
        assert base and quote, self.symbol
        notional_point = Decimal(1).scaleb(-self.price_digits - self.size_digits)
        assert self.tick_points > 0 and self.lot_points > 0, self.symbol
        for name, value in (
            ("id", f"{self.symbol}@{self.venue}"),
            ("is_spot", ":" not in self.symbol),
            ("base", base),
            ("quote", quote),
            ("price_scale", 10**self.price_digits),
            ("size_scale", 10**self.size_digits),
            ("price_point", Decimal(1).scaleb(-self.price_digits)),
            ("size_point", Decimal(1).scaleb(-self.size_digits)),
            ("notional_point", notional_point),
            ("notional_min_points", _points_of(self.notional_min, notional_point)),
        ):
            object.__setattr__(self, name, value)

    @property
    def tick(self) -> float:
        """Step of an order's price, in the quote asset, to reckon with."""
        return self.price(self.tick_points)

    @property
    def lot(self) -> float:
        """Step of an order's size, in base, to reckon with."""
        return self.size(self.lot_points)

    @property
    def size_min(self) -> float:
        """Least size of an order, in base, to reckon with."""
        return self.size(max(self.size_min_points, self.lot_points))

    def take_filters(self, listed: Instrument) -> None:
        """Have the filters and fees of a newer listing, on this grid of points: orders are held to them from now on.

        The one change that an instrument knows: venues list markets anew while they are traded.

        Raises:
            GridError: its tick or lot is finer than a point here; nothing has changed then.
        """
        tick_points, lot_points = self.check_grid(listed)
        size_steps = self.size_digits - listed.size_digits
        changed = {
            "tick_points": tick_points,
            "lot_points": lot_points,
            "size_min_points": int(_scaled(listed.size_min_points, size_steps).to_integral_value(ROUND_CEILING)),
            "size_max_points": int(_scaled(listed.size_max_points, size_steps).to_integral_value(ROUND_FLOOR)),
            "notional_min_points": _points_of(listed.notional_min, self.notional_point),
        }
        for name in ("notional_min", "price_band", "maker_fee", "taker_fee", "open_orders_max"):
            changed[name] = getattr(listed, name)
        for name, value in changed.items():
            object.__setattr__(self, name, value)

    def check_grid(self, listed: Instrument) -> tuple[int, int]:
        """Tick and lot of a newer listing in points of ours. Raises as `take_filters`."""
        price_steps, size_steps = self.price_digits - listed.price_digits, self.size_digits - listed.size_digits
        return (
            _regridded(listed.tick_points, price_steps, f"tick of {self.id}"),
            _regridded(listed.lot_points, size_steps, f"lot of {self.id}"),
        )

    def __repr__(self) -> str:
        return self.id

    def price(self, points: int) -> float:
        """The price as a float, to look at."""
        return points / self.price_scale

    def size(self, points: int) -> float:
        """The size as a float, in base, to look at."""
        return points / self.size_scale

    def price_exact(self, points: int) -> Decimal:
        """The price as a Decimal of the quote asset."""
        return multiply(points, self.price_point)

    def size_exact(self, points: int) -> Decimal:
        """The size as a Decimal of the base asset."""
        return multiply(points, self.size_point)

    def notional(self, price_points: int, size_points: int) -> Decimal:
        """price x size, exact, in the quote asset."""
        return multiply(price_points * size_points, self.notional_point)

    def carries(self, price_points: int, size_points: int) -> bool:
        """Whether an order can carry that size: a lot, the smallest size and the smallest notional. Less is dust."""
        size = size_points - size_points % self.lot_points
        return size > 0 and size >= self.size_min_points and self.notional(price_points, size) >= self.notional_min

    def price_text(self, points: int) -> str:
        """The price as a venue wants it written."""
        return points_text(points, self.price_digits)

    def size_text(self, points: int) -> str:
        """The size as a venue wants it written."""
        return points_text(points, self.size_digits)

    def order_price(self, value: Number, *, is_buy: bool) -> int:
        """The price of an order in points, on the tick.

        A float is an estimate and is rounded to the tick, never towards a worse price (a buy down, a sell up); within a
        millionth of a tick it means that tick. A text, Decimal or int is meant exactly and must be on the tick.

        Raises:
            GridError: not positive, not finite, absurd, or exact and off the tick.
        """
        rounding = ROUND_FLOOR if is_buy else ROUND_CEILING
        points = on_grid(value, self.price_digits, self.tick_points, rounding, f"price of {self.id}", "tick")
        if points <= 0:
            raise GridError(f"price of {self.id}: expected above 0, found {shorten(value)}")
        return points

    def order_size(self, value: Number) -> int:
        """The size of an order in points, on the lot. A float is rounded down, as for `order_price`; else it must fit.

        Raises:
            GridError: not positive, not finite, absurd, or exact and off the lot.
        """
        points = on_grid(value, self.size_digits, self.lot_points, ROUND_FLOOR, f"size of {self.id}", "lot")
        if points <= 0:
            raise GridError(
                f"size of {self.id}: expected at least one lot ({self.size_text(self.lot_points)}), found {shorten(value)}"
            )
        return points

    def size_for(self, notional: Decimal, price_points: int) -> int:
        """How many size points a notional (quote) buys at a price, rounded down to the lot; at most `POINTS_MAX`."""
        assert notional >= 0 and price_points > 0, (notional, price_points)
        raw = int(notional.scaleb(self.price_digits + self.size_digits, MONEY)) // price_points
        raw = min(raw, POINTS_MAX)
        return raw - raw % self.lot_points

    def data_price(self, value: str) -> int:
        """A market data price in points, from the venue's text.

        Raises:
            GridError: not a number, or finer than this instrument's points.
        """
        return data_points(value, self.price_scale, "price", self.id)

    def data_size(self, value: str) -> int:
        """A market data size in points, from the venue's text. Raises as `data_price`."""
        return data_points(value, self.size_scale, "size", self.id)


def _scaled(points: int, steps: int) -> Decimal:
    return Decimal(points).scaleb(steps, MONEY)


def _points_of(notional: Decimal, point: Decimal) -> int:
    """Whole points of a notional, never less than it."""
    return int(MONEY.divide(notional, point).to_integral_value(ROUND_CEILING))


def _regridded(points: int, steps: int, what: str) -> int:
    """A step of a grid of so many decimals less, in points of ours. Raises GridError where it is finer than they are."""
    if steps >= 0:
        return int(points * 10**steps)
    found, rest = divmod(points, 10**-steps)
    if rest:
        raise GridError(f"{what}: expected whole points of this run, found finer ones; a restart takes them over")
    return int(found)


def on_grid(value: Number, digits: int, step_points: int, rounding: str, what: str, step: str) -> int:
    """Points of a number on a grid of `step_points`; a float is rounded, anything else must fit.

    Raises:
        GridError: see `Instrument.order_price`.
    """
    if isinstance(value, float) and (found := _float_steps(value * 10**digits / step_points, rounding)) is not None:
        points = found * step_points
        if points <= POINTS_MAX:
            return points
    if type(value) is str:
        return _text_on_grid(value, digits, step_points, what, step)
    return _exact_on_grid(value, digits, step_points, rounding, what, step)


@lru_cache(maxsize=4096)
def _text_on_grid(text: str, digits: int, step_points: int, what: str, step: str) -> int:
    """Strategies write the same few numbers again and again: looking up is quicker than converting."""
    return _exact_on_grid(text, digits, step_points, ROUND_HALF_EVEN, what, step)


def _exact_on_grid(value: Number, digits: int, step_points: int, rounding: str, what: str, step: str) -> int:
    scaled = exact(value, what).scaleb(digits, MONEY)
    if scaled.copy_abs() > POINTS_MAX:
        raise _above_all(value, digits, what)
    steps = MONEY.divide(scaled, step_points)
    nearest = steps.to_integral_value(ROUND_HALF_EVEN)
    if steps == nearest:
        return int(nearest) * step_points
    if isinstance(value, float):
        is_meant = abs(steps - nearest) <= POINT_ERROR_MAX
        points = int(nearest if is_meant else steps.to_integral_value(rounding)) * step_points
        if points > POINTS_MAX:  # rounded up, or a millionth of a huge step
            raise _above_all(value, digits, what)
        return points
    size = plain(Decimal(step_points).scaleb(-digits))
    raise GridError(f"{what}: expected a multiple of the {step} {size}, found {shorten(value)}")


def _above_all(value: Number, digits: int, what: str) -> GridError:
    most = plain(Decimal(POINTS_MAX).scaleb(-digits))
    return GridError(f"{what}: expected at most {most}, found {shorten(value)}")


def _float_steps(steps: float, rounding: str) -> int | None:
    """Whole steps of a float's steps, where floats are precise enough to decide as Decimal would; None where not."""
    if not 0 < steps < FLOAT_STEPS_MAX:
        return None
    nearest = round(steps)
    off = abs(steps - nearest)
    if off <= POINT_ERROR_MAX / 2:
        return nearest
    if off < POINT_ERROR_MAX * 2:
        return None
    return int(steps) + (rounding == ROUND_CEILING)


def data_points(text: str, scale: int, what: str, whose: str) -> int:
    """Points of a non-negative market data number: through a float where that proves to be exact, else through Decimal.

    Raises:
        GridError: not a number, negative, or finer than a point; says what of whose it is.
    """
    if len(text) <= FLOAT_TEXT_MAX:
        try:
            value = float(text)
        except ValueError as error:
            raise GridError(f"{what} of {whose}: expected a number, found {shorten(text)}") from error
        scaled = value * scale
        if 0 <= scaled < FLOAT_POINTS_MAX:
            points = int(scaled + 0.5)
            # A float is 0 for 1e-400, too.
            if points / scale == value and (points or ("e" not in text and "E" not in text)):
                return points
    what = f"{what} of {whose}"
    number = MONEY.multiply(exact(text, what), scale)
    if number < 0 or number != number.to_integral_value():
        step = plain(1 / Decimal(scale))
        raise GridError(f"{what}: expected a multiple of {step} and not below 0, found {shorten(text)}")
    return int(number)
