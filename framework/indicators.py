"""Streaming indicators: push the next point, read the latest value, at a constant cost a point.

    >>> mean = Sma(3)
    >>> [mean.push(close) for close in (1.0, 2.0, 3.0, 7.0)]
    [None, None, 2.0, 4.0]

`push` gives None until `warmup` points have been seen, then the value, which `value` keeps. A refused point (ValueError)
leaves the indicator as it was. Values and warm-up agree with TA-Lib where it has the indicator, or the docstring says why.

How windows are summed: a running sum that adds the newcomer and subtracts the leaver drifts, and one spike spoils it for
good. Here nothing is subtracted. Time is cut into blocks of `length` points; when a block ends, the sums of its newest
1, 2, ... points are kept (`_older`, one step a point), and a later window is one of them plus the sum since. Points are
measured from an origin, the last point of the block, so prices near 60,000 that move by a millionth lose no digits and a
flat window is exactly flat. The origin always stands in the window, hence (mean - origin)**2 < length * variance: what
rounding can do depends on the window alone, however long the stream.
"""

from collections import deque
from itertools import accumulate
from math import sqrt
from typing import ClassVar, Final, Generic, NamedTuple, TypeVar

__all__ = ["Atr", "Bands", "Bollinger", "Ema", "Indicator", "RollingMax", "RollingMin", "Rsi", "Sma", "Vwap", "Zscore"]

LENGTH_MAX: Final = 1_000_000  # a bound on memory, and on the history that is asked for
POINT_MAX: Final = 1e100  # no sum of squares overflows below it
_SQUARE_MAX: Final = POINT_MAX**2  # `x * x < _SQUARE_MAX` refuses NaN, infinities and the absurd in one comparison

Value = TypeVar("Value")


class Bands(NamedTuple):
    """What Bollinger gives, in the unit of the close."""

    lower: float
    middle: float
    upper: float


class Indicator(Generic[Value]):
    """What all share. The framework finds instances on a strategy and asks for `warmup` points of history.

    To write one: call `super().__init__(length)`, and give it a `push` that sets and returns `value`.
    """

    __slots__ = ("length", "value", "warmup")

    def __init__(self, length: int, *, least: int = 1, extra: int = 0) -> None:
        if type(length) is not int or not least <= length <= LENGTH_MAX:
            raise self._refused(f"length to be a whole number from {least} to {LENGTH_MAX}", length)
        self.length = length
        self.warmup = length + extra
        self.value: Value | None = None

    @property
    def is_ready(self) -> bool:
        """True once there is a value."""
        return self.value is not None

    def _refused(self, expected: str, found: object) -> ValueError:
        return ValueError(f"{type(self).__name__}: expected {expected}, found {found!r}")


class Sma(Indicator[float]):
    """Simple moving average: sum of the last `length` closes / length, in their unit. As TA-Lib SMA.

    The mean of equal closes is that close exactly: two averages never cross on a flat market.

    >>> mean = Sma(2)
    >>> mean.push(10.0), mean.push(11.0), mean.push(14.0)
    (None, 10.5, 12.5)
    """

    __slots__ = ("_block", "_older", "_origin", "_sum")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._block: list[float] = []
        self._older: list[float] = []
        self._origin = self._sum = 0.0

    def push(self, close: float) -> float | None:
        """Take the next close; give the mean, or None in warm-up."""
        if not close * close < _SQUARE_MAX:
            raise self._refused("a finite close", close)
        self._block.append(close)
        self._sum += close - self._origin
        if len(self._block) == self.length:
            self._end_block()
        elif not self._older:
            return None
        self.value = value = self._origin + (self._sum + self._older.pop()) / self.length
        return value

    def _end_block(self) -> None:
        origin = self._origin = self._block[-1]
        self._older = list(accumulate([close - origin for close in reversed(self._block)]))
        self._sum = 0.0
        self._block.clear()


class Ema(Indicator[float]):
    """Exponential moving average: value += (close - value) * 2 / (length + 1), in the unit of the close.

    Seeded by the simple mean of the first `length` closes, as TA-Lib EMA.

    >>> mean = Ema(2)
    >>> mean.push(10.0), mean.push(11.0), mean.push(15.0)
    (None, 10.5, 13.5)
    """

    __slots__ = ("_count", "_seed", "_weight")

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._weight = 2.0 / (length + 1)
        self._count, self._seed = 0, 0.0

    def push(self, close: float) -> float | None:
        """Take the next close; give the mean, or None in warm-up."""
        if not close * close < _SQUARE_MAX:
            raise self._refused("a finite close", close)
        value = self.value
        if value is None:
            return self._push_seed(close)
        self.value = value = value + (close - value) * self._weight
        return value

    def _push_seed(self, close: float) -> float | None:
        self._count += 1
        self._seed += (close - self._seed) / self._count
        self.value = self._seed if self._count == self.length else None
        return self.value


class Rsi(Indicator[float]):
    """Relative strength index by Wilder: 100 * gain / (gain + loss), from 0 to 100. Needs `length` + 1 closes.

    gain and loss are means of the rises and falls between closes: seeded by the simple mean of the first `length`, then
    mean = (mean * (length - 1) + x) / length. As TA-Lib RSI, but closes that never moved give 50, for neither side is
    stronger; TA-Lib says 0 there, which reads as oversold.

    >>> strength = Rsi(2)
    >>> strength.push(10.0), strength.push(13.0), strength.push(12.0)
    (None, None, 75.0)
    """

    __slots__ = ("_count", "_gain", "_last", "_loss")

    def __init__(self, length: int = 14) -> None:
        super().__init__(length, extra=1)
        self._count, self._gain, self._loss = 0, 0.0, 0.0
        self._last: float | None = None

    def push(self, close: float) -> float | None:
        """Take the next close; give the index, or None in warm-up."""
        if not close * close < _SQUARE_MAX:
            raise self._refused("a finite close", close)
        last, self._last = self._last, close
        if last is None:
            return None
        # A running mean whose count stops at `length` is Wilder's: the seed needs no code of its own.
        if self._count < self.length:
            self._count += 1
        count, change = self._count, close - last
        rise = max(change, 0.0)
        self._gain = gain = (self._gain * (count - 1) + rise) / count
        self._loss = loss = (self._loss * (count - 1) + rise - change) / count
        if count == self.length:
            self.value = 100.0 * (gain / (gain + loss)) if gain + loss > 0.0 else 50.0
        return self.value


class Atr(Indicator[float]):
    """Average true range by Wilder, in the unit of the price. Needs `length` + 1 bars, as TA-Lib ATR.

    true range = max(high, last close) - min(low, last close); the first bar only gives a last close. Seeded by the simple
    mean of the first `length` ranges, then value = (value * (length - 1) + range) / length.

    >>> reach = Atr(1)
    >>> reach.push(11.0, 9.0, 10.0), reach.push(14.0, 12.0, 13.0)
    (None, 4.0)
    """

    __slots__ = ("_count", "_last", "_mean")

    def __init__(self, length: int = 14) -> None:
        super().__init__(length, extra=1)
        self._count, self._mean = 0, 0.0
        self._last: float | None = None

    def push(self, high: float, low: float, close: float) -> float | None:
        """Take the next bar; give the mean range, or None in warm-up."""
        if not high * high + low * low + close * close < _SQUARE_MAX or high < low:
            raise self._refused("finite high, low, close with high not below low", (high, low, close))
        last, self._last = self._last, close
        if last is None:
            return None
        if self._count < self.length:
            self._count += 1
        self._mean = (self._mean * (self._count - 1) + max(high, last) - min(low, last)) / self._count
        if self._count == self.length:
            self.value = self._mean
        return self.value


class _Spread(Indicator[Value]):
    """Mean and population deviation of the last `length` closes, by the sums explained at the top."""

    __slots__ = ("_block", "_older", "_origin", "_squares", "_sum")

    def __init__(self, length: int) -> None:
        super().__init__(length, least=2)
        self._block: list[float] = []
        self._older: list[tuple[float, float]] = []
        self._origin = self._sum = self._squares = 0.0

    def _take(self, close: float) -> tuple[float, float] | None:
        """Take a close; give the mean, measured from the origin, and the deviation; None in warm-up."""
        if not close * close < _SQUARE_MAX:
            raise self._refused("a finite close", close)
        distance = close - self._origin
        self._sum += distance
        self._squares += distance * distance
        self._block.append(close)
        if len(self._block) == self.length:
            self._end_block()
        elif not self._older:
            return None
        total, squares = self._older.pop()
        mean = (self._sum + total) / self.length
        variance = (self._squares + squares) / self.length - mean * mean
        return mean, sqrt(variance) if variance > 0.0 else 0.0

    def _end_block(self) -> None:
        origin = self._origin = self._block[-1]
        distances = [close - origin for close in reversed(self._block)]
        self._older = list(zip(accumulate(distances), accumulate([d * d for d in distances]), strict=True))
        self._sum = self._squares = 0.0
        self._block.clear()


class Bollinger(_Spread[Bands]):
    """Bollinger bands: mean of the last `length` closes -+ `deviations` * their population deviation. As TA-Lib BBANDS.

    In the unit of the close; on a flat window the three are equal.

    >>> bands = Bollinger(2, deviations=2.0)
    >>> bands.push(10.0), bands.push(12.0)
    (None, Bands(lower=9.0, middle=11.0, upper=13.0))
    """

    __slots__ = ("deviations",)

    def __init__(self, length: int = 20, deviations: float = 2.0) -> None:
        super().__init__(length)
        if not 0.0 < deviations < POINT_MAX:
            raise self._refused("deviations to be a finite number above 0", deviations)
        self.deviations = deviations

    def push(self, close: float) -> Bands | None:
        """Take the next close; give the bands, or None in warm-up."""
        spread = self._take(close)
        if spread is not None:
            middle, reach = self._origin + spread[0], self.deviations * spread[1]
            self.value = Bands(middle - reach, middle, middle + reach)
        return self.value


class Zscore(_Spread[float]):
    """Population deviations from the mean of the last `length` closes to the newest of them: (close - mean) / deviation.

    Without a unit; 0.0 on a flat window. TA-Lib has only the parts, SMA and STDDEV.

    >>> score = Zscore(2)
    >>> score.push(10.0), score.push(12.0), score.push(12.0)
    (None, 1.0, 0.0)
    """

    __slots__ = ()

    def push(self, close: float) -> float | None:
        """Take the next close; give its score, or None in warm-up."""
        spread = self._take(close)
        if spread is not None:
            mean, deviation = spread
            self.value = (close - self._origin - mean) / deviation if deviation > 0.0 else 0.0
        return self.value


class _Total:
    """Sum of all points: what Vwap keeps in place of an Sma when it has no window."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0.0

    def push(self, point: float) -> float:
        self.value += point
        return self.value


class Vwap(Indicator[float]):
    """Mean price weighted by size: sum(price * size) / sum(size), in the unit of the price. TA-Lib has none.

    Over all points since the start or `reset()`; with a `length`, over the last `length` points. A size of 0 is fine (a
    bar without trades): a window without any size keeps the last value, and before the first size there is none.

    >>> price = Vwap()
    >>> price.push(10.0, 1.0), price.push(13.0, 2.0)
    (10.0, 12.0)
    """

    __slots__ = ("_is_rolling", "_moments", "_origin", "_sizes")

    def __init__(self, length: int | None = None) -> None:
        super().__init__(1 if length is None else length)
        self._is_rolling = length is not None
        self.reset()

    def reset(self) -> None:
        """Forget every point, as at the start of a day."""
        self.value = None
        self._origin: float | None = None  # the first price: what is summed are distances from it
        self._moments: Sma | _Total = Sma(self.length) if self._is_rolling else _Total()
        self._sizes: Sma | _Total = Sma(self.length) if self._is_rolling else _Total()

    def push(self, price: float, size: float) -> float | None:
        """Take the next trade or bar; give the mean price, or None in warm-up."""
        origin = price if self._origin is None else self._origin
        moment = (price - origin) * size
        if not (price * price < _SQUARE_MAX and moment * moment < _SQUARE_MAX and 0.0 <= size < POINT_MAX):
            raise self._refused("a finite price and a finite size not below 0", (price, size))
        self._origin = origin
        moments, sizes = self._moments.push(moment), self._sizes.push(size)
        if moments is not None and sizes:
            self.value = origin + moments / sizes
        return self.value


class _Extreme(Indicator[float]):
    """The largest of `_sign` * point: a deque of the points that no later one outdoes, the best first."""

    __slots__ = ("_best", "_count")
    _sign: ClassVar[float]

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self._best: deque[tuple[int, float]] = deque()
        self._count = 0

    def push(self, point: float) -> float | None:
        """Take the next point; give the extreme of the window, or None in warm-up."""
        if not point * point < _SQUARE_MAX:
            raise self._refused("a finite point", point)
        best, rank = self._best, point * self._sign
        self._count = count = self._count + 1
        while best and best[-1][1] <= rank:
            best.pop()
        best.append((count, rank))
        if best[0][0] <= count - self.length:
            best.popleft()
        if count >= self.length:
            self.value = best[0][1] * self._sign
        return self.value


class RollingMax(_Extreme):
    """Largest of the last `length` points, in their unit. As TA-Lib MAX.

    >>> top = RollingMax(2)
    >>> top.push(3.0), top.push(1.0), top.push(2.0)
    (None, 3.0, 2.0)
    """

    __slots__ = ()
    _sign = 1.0


class RollingMin(_Extreme):
    """Smallest of the last `length` points, in their unit. As TA-Lib MIN.

    >>> bottom = RollingMin(2)
    >>> bottom.push(1.0), bottom.push(3.0), bottom.push(2.0)
    (None, 1.0, 2.0)
    """

    __slots__ = ()
    _sign = -1.0
