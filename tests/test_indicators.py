"""Streaming indicators agree with TA-Lib and with slow, exact formulas; they never drift and refuse what is no number."""

import ast
import doctest
import inspect
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import inf, isclose, isnan, nan, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import talib
from hypothesis import example, given, settings
from hypothesis import strategies as st

from framework import indicators
from framework.indicators import (
    Atr,
    Bollinger,
    Ema,
    Indicator,
    RollingMax,
    RollingMin,
    Rsi,
    Sma,
    Vwap,
    Zscore,
)

SEEDS = st.integers(0, 2**32)
LENGTHS = st.integers(2, 60)
OF_ONE_CLOSE: list[Callable[[int], Any]] = [Sma, Ema, Rsi, Bollinger, Zscore, RollingMax, RollingMin]
EVERY: list[Callable[[int], Any]] = [*OF_ONE_CLOSE, Atr, Vwap]

unhurried = settings(deadline=None)


def walk(seed: int, count: int = 300, start: float = 60_000.0, step: float = 25.0) -> list[float]:
    """Closes on a grid of 0.1, so that some repeat."""
    chance, close, closes = random.Random(seed), start, []
    for _ in range(count):
        close = round(close + chance.gauss(0.0, step), 1)
        closes.append(close)
    return closes


def bars(seed: int) -> list[tuple[float, float, float]]:
    """High, low, close; some bars gap beyond the close before."""
    chance = random.Random(seed + 1)
    return [(close + chance.expovariate(0.1), close - chance.expovariate(0.1), close) for close in walk(seed)]


def points(indicator: Indicator[Any], seed: int) -> list[tuple[float, ...]]:
    """What `push` takes, for any indicator."""
    if isinstance(indicator, Atr):
        return list(bars(seed))
    chance = random.Random(seed)
    width = 2 if isinstance(indicator, Vwap) else 1
    return [(close, chance.random())[:width] for close in walk(seed)]


def pushed(push: Callable[..., Any], closes: Iterable[float]) -> list[Any]:
    return [push(close) for close in closes]


def assert_agree(found: Sequence[float | None], expected: Iterable[float]) -> None:
    """None exactly where TA-Lib has NaN, and elsewhere equal to 1e-9."""
    for index, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        if isnan(theirs):
            assert ours is None, f"point {index}: a value in TA-Lib's warm-up"
        else:
            assert ours is not None, f"point {index}: no value"
            assert isclose(ours, theirs, rel_tol=1e-9), f"point {index}: {ours!r}, TA-Lib {theirs!r}"


def exact_spread(window: Sequence[float]) -> tuple[Fraction, float]:
    """Mean and population deviation, by exact arithmetic."""
    values = [Fraction(value) for value in window]
    mean = sum(values, Fraction(0)) / len(values)
    return mean, sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def assert_exact(window: Sequence[float], mean: Sma, bands: Bollinger, score: Zscore) -> None:
    true_mean, deviation = exact_spread(window)
    true_score = float(Fraction(window[-1]) - true_mean) / deviation if deviation else 0.0
    assert mean.value is not None
    assert bands.value is not None
    assert score.value is not None
    assert isclose(mean.value, true_mean, rel_tol=1e-12, abs_tol=1e-12 * max(map(abs, window)))
    assert isclose(bands.value.middle, mean.value, rel_tol=1e-15)
    # The deviation itself, not hidden below the price: the score has no other source.
    assert isclose(score.value, true_score, rel_tol=1e-9, abs_tol=1e-9)
    assert isclose(bands.value.upper - bands.value.middle, 2 * deviation, rel_tol=1e-9, abs_tol=4e-16 * abs(true_mean))


# --- TA-Lib


@given(seed=SEEDS, length=LENGTHS)
@pytest.mark.parametrize(
    ("build", "oracle"),
    [(Sma, talib.SMA), (Ema, talib.EMA), (Rsi, talib.RSI), (RollingMax, talib.MAX), (RollingMin, talib.MIN)],
)
@unhurried
def test_agrees_with_ta_lib(build: Callable[[int], Any], oracle: Callable[..., Any], seed: int, length: int) -> None:
    closes = walk(seed)
    assert_agree(pushed(build(length).push, closes), oracle(np.array(closes), length))


@given(seed=SEEDS, length=st.integers(1, 60))
@unhurried
def test_atr_agrees_with_ta_lib(seed: int, length: int) -> None:
    reach = Atr(length)
    high, low, close = (np.array(column) for column in zip(*bars(seed), strict=True))
    assert_agree([reach.push(*bar) for bar in bars(seed)], talib.ATR(high, low, close, length))


@given(seed=SEEDS, length=LENGTHS, deviations=st.floats(0.5, 4.0))
@unhurried
def test_bollinger_agrees_with_ta_lib(seed: int, length: int, deviations: float) -> None:
    found = pushed(Bollinger(length, deviations).push, walk(seed))
    upper, middle, lower = talib.BBANDS(np.array(walk(seed)), length, deviations, deviations)
    for name, expected in (("lower", lower), ("middle", middle), ("upper", upper)):
        assert_agree([bands and getattr(bands, name) for bands in found], expected)


@given(seed=SEEDS, length=LENGTHS)
@unhurried
def test_zscore_agrees_with_its_parts_in_ta_lib(seed: int, length: int) -> None:
    closes = np.array(walk(seed))
    means, deviations = talib.SMA(closes, length), talib.STDDEV(closes, length)
    for ours, close, mean, deviation in zip(
        pushed(Zscore(length).push, closes.tolist()), closes, means, deviations, strict=True
    ):
        if isnan(mean):
            assert ours is None
        elif deviation > 1.0:  # TA-Lib takes the difference of two large squares: below that its own digits are gone
            assert isclose(ours, (close - mean) / deviation, rel_tol=1e-5, abs_tol=1e-5)


@given(seed=SEEDS, length=LENGTHS)
@unhurried
def test_vwap_agrees_with_its_parts_in_ta_lib(seed: int, length: int) -> None:
    trades = points(Vwap(length), seed)
    prices, sizes = (np.array(column) for column in zip(*trades, strict=True))
    expected = talib.SUM(prices * sizes, length) / talib.SUM(sizes, length)
    price = Vwap(length)
    assert_agree([price.push(*trade) for trade in trades], expected)


# --- exact formulas


@given(
    seed=SEEDS,
    length=st.integers(2, 40),
    start=st.sampled_from([0.0, 0.3, 60_000.0, -1e9]),
    step=st.sampled_from([0.0, 1e-9, 1e-6, 1.0, 1e5]),
    spike=st.sampled_from([0.0, 1e12, -1e30]),
)
@example(seed=0, length=20, start=60_000.0, step=1e-6, spike=1e12)
@unhurried
def test_windows_equal_a_naive_recompute(seed: int, length: int, start: float, step: float, spike: float) -> None:
    chance = random.Random(seed)
    closes = [start + chance.gauss(0.0, step) for _ in range(4 * length)]
    closes[chance.randrange(2 * length)] += spike
    mean, bands, score = Sma(length), Bollinger(length), Zscore(length)
    for end, close in enumerate(closes, 1):
        for indicator in (mean, bands, score):
            assert (indicator.push(close) is None) == (end < length)
        if end >= length:
            assert_exact(closes[end - length : end], mean, bands, score)


def test_a_million_points_do_not_drift() -> None:
    chance, length = random.Random(7), 50
    closes = [60_000.0 + chance.gauss(0.0, 1e-6) for _ in range(9_973)] * 2
    mean, bands, score = Sma(length), Bollinger(length), Zscore(length)
    for count in range(1, 1_000_001):
        close = closes[count % 9_973]
        mean.push(close)
        bands.push(close)
        score.push(close)
        if count % 99_991 == 0 or count == 1_000_000:
            newest = count % 9_973 + 9_973
            assert_exact(closes[newest - length + 1 : newest + 1], mean, bands, score)


@given(close=st.floats(-1e12, 1e12), before=st.lists(st.floats(-1e12, 1e12), max_size=50), length=st.integers(2, 30))
@example(close=0.1, before=[1e12], length=10)
@unhurried
def test_a_flat_window_is_exactly_flat(close: float, before: list[float], length: int) -> None:
    closes = [*before, *[close] * length]
    assert pushed(Sma(length).push, closes)[-1] == close
    assert pushed(Bollinger(length).push, closes)[-1] == (close, close, close)
    assert pushed(Zscore(length).push, closes)[-1] == 0.0
    assert pushed(Ema(length).push, [close] * 2 * length)[-1] == close


@given(
    trades=st.lists(st.tuples(st.floats(1.0, 1e5), st.one_of(st.just(0.0), st.floats(1e-8, 1e6))), max_size=120),
    length=st.one_of(st.none(), st.integers(1, 30)),
)
@unhurried
def test_vwap_equals_a_naive_recompute(trades: list[tuple[float, float]], length: int | None) -> None:
    average, expected = Vwap(length), None
    for end, (price, size) in enumerate(trades, 1):
        found = average.push(price, size)
        if end >= average.warmup:
            window = [(Fraction(p), Fraction(s)) for p, s in trades[end - length if length else 0 : end]]
            volume = sum(s for _, s in window)
            expected = float(sum(p * s for p, s in window) / volume) if volume else expected
        assert found == (expected if expected is None else pytest.approx(expected, rel=1e-9))


@given(length=st.one_of(st.none(), st.just(5)), seed=SEEDS)
@unhurried
def test_vwap_starts_anew_after_reset(length: int | None, seed: int) -> None:
    used, fresh = Vwap(length), Vwap(length)
    for close in walk(seed, 8, start=1e17):  # an origin kept from here would cost every digit
        used.push(close, 1.0)
    used.reset()
    assert not used.is_ready
    assert [used.push(close, 2.0) for close in walk(seed, 9)] == [fresh.push(close, 2.0) for close in walk(seed, 9)]


def test_rsi_of_what_never_moved_is_the_middle() -> None:
    assert pushed(Rsi(3).push, [0.1] * 6) == [None, None, None, 50.0, 50.0, 50.0]


@given(rise=st.floats(1e-9, 1e12))
@example(rise=1.1)
@unhurried
def test_rsi_ends_exactly_at_the_ends_of_its_scale(rise: float) -> None:
    assert pushed(Rsi(1).push, [0.0, rise]) == [None, 100.0]
    assert pushed(Rsi(1).push, [0.0, -rise]) == [None, 0.0]


# --- the common shape


@given(seed=SEEDS, length=LENGTHS)
@pytest.mark.parametrize("build", EVERY)
@unhurried
def test_warmup_says_when_the_first_value_comes(build: Callable[[int], Any], seed: int, length: int) -> None:
    indicator = build(length)
    for count, point in enumerate(points(indicator, seed), 1):
        result = indicator.push(*point)
        assert result == indicator.value
        assert indicator.is_ready == (result is not None) == (count >= indicator.warmup)
    assert indicator.length == length
    assert isinstance(indicator, Indicator)


@pytest.mark.parametrize("build", EVERY)
def test_a_refused_point_leaves_no_trace(build: Callable[[int], Any]) -> None:
    clean, disturbed = build(7), build(7)
    for point in points(clean, 3):
        for place in range(len(point)):
            for bad in (nan, inf, -inf, 1e101, -1e101):
                with pytest.raises(
                    ValueError, match=f"^{type(clean).__name__}: expected .*finite.* found .*(nan|inf|1e)"
                ):
                    disturbed.push(*point[:place], bad, *point[place + 1 :])
        assert disturbed.push(*point) == clean.push(*point)


def test_the_largest_points_do_not_overflow() -> None:
    for build in OF_ONE_CLOSE:
        indicator = build(3)
        for close in (9e99, -9e99) * 5:
            indicator.push(close)
        for close in walk(5):
            indicator.push(close)
        assert np.isfinite(indicator.value).all()


def test_a_bar_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Atr: .*high not below low, found \(1\.0, 2\.0, 1\.5\)"):
        Atr(2).push(1.0, 2.0, 1.5)


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Vwap: .*size not below 0, found \(10\.0, -1\.0\)"):
        Vwap().push(10.0, -1.0)


@pytest.mark.parametrize("build", EVERY)
@pytest.mark.parametrize("length", [0, -1, 2.5, 20.0, True, "20", indicators.LENGTH_MAX + 1])
def test_a_bad_length_is_refused(build: Callable[[Any], Any], length: object) -> None:
    with pytest.raises(
        ValueError, match=r"^[A-Z]\w+: expected length to be a whole number from [12] to 1000000, found"
    ):
        build(length)


@pytest.mark.parametrize("build", [Bollinger, Zscore])
def test_a_deviation_needs_two_points(build: Callable[[int], Any]) -> None:
    with pytest.raises(ValueError, match="from 2 to"):
        build(1)


@pytest.mark.parametrize("deviations", [0.0, -2.0, nan, inf])
def test_bad_deviations_are_refused(deviations: float) -> None:
    with pytest.raises(ValueError, match="Bollinger: expected deviations"):
        Bollinger(20, deviations)


@pytest.mark.parametrize("build", EVERY)
def test_same_points_give_the_same_values(build: Callable[[int], Any]) -> None:
    runs = [build(9), build(9)]
    first, second = ([run.push(*point) for point in points(run, 11)] for run in runs)
    assert first == second


@pytest.mark.parametrize("build", EVERY)
def test_a_misspelt_attribute_is_an_error(build: Callable[[int], Any]) -> None:
    with pytest.raises(AttributeError):
        build(5).lenght = 3


def test_an_own_indicator_has_the_common_shape() -> None:
    class Change(Indicator[float]):
        def push(self, close: float) -> float | None:
            self.value = close
            return self.value

    own = Change(4)
    assert (own.length, own.warmup, own.value, own.is_ready) == (4, 4, None, False)


def test_all_names_every_public_class_sorted() -> None:
    classes = [name for name, found in vars(indicators).items() if inspect.isclass(found) and name[0] != "_"]
    ours = sorted(name for name in classes if getattr(indicators, name).__module__ == indicators.__name__)
    assert ours == indicators.__all__


def test_only_the_standard_library_is_imported() -> None:
    tree = ast.parse(Path(indicators.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not any(isinstance(node, ast.Import) for node in ast.walk(tree))
    assert modules <= sys.stdlib_module_names


def test_the_examples_run() -> None:
    tried = doctest.testmod(indicators)
    assert tried.attempted >= len(EVERY)
    assert tried.failed == 0
