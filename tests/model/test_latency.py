"""Latencies: how they are written, and what they draw."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.errors import GridError
from framework.model.latency import LATENCY_NS_MAX, SAMPLES_MAX, Fixed, Latency, Recorded, Uniform, parse_latency

MS = 1_000_000
FILES = {"ping.txt": "12.5\n\n40\n31\n", "empty.txt": "\n", "bad.txt": "12\nfast\n", "late.txt": "60000.1\n"}


def parsed(text: str) -> Latency:
    return parse_latency(text, FILES.__getitem__)


@pytest.mark.parametrize(
    ("text", "latency", "described"),
    [
        ("25 ms", Fixed(25 * MS), "25 ms"),
        ("25.5 ms", Fixed(25_500_000), "25.5 ms"),
        ("500 us", Fixed(500_000), "0.5 ms"),
        ("1 s", Fixed(1000 * MS), "1000 ms"),
        ("0.5ms", Fixed(MS // 2), "0.5 ms"),
        (" 0 ms ", Fixed(0), "0 ms"),
        ("20-60 ms", Uniform(20 * MS, 60 * MS), "20-60 ms"),
        ("20 - 60 ms", Uniform(20 * MS, 60 * MS), "20-60 ms"),
        ("12.5, 40,31 ms", Recorded((12_500_000, 40 * MS, 31 * MS)), "recorded, 3 samples, median 31 ms"),
        ("recorded:ping.txt", Recorded((12_500_000, 40 * MS, 31 * MS)), "recorded, 3 samples, median 31 ms"),
    ],
)
def test_a_latency_is_read_and_described(text: str, latency: Latency, described: str) -> None:
    assert parsed(text) == latency
    assert latency.describe() == described


times = st.integers(0, LATENCY_NS_MAX)
latencies = (
    st.builds(Fixed, times)
    | st.tuples(times, times).map(lambda pair: Uniform(min(pair), max(pair)))
    | st.builds(Recorded, st.lists(times, min_size=2, max_size=9).map(tuple))
)


@given(latencies)
def test_what_a_latency_writes_of_itself_is_read_as_the_same(latency: Latency) -> None:
    assert parsed(str(latency)) == latency


@pytest.mark.parametrize(
    "text", ["", "25", "25 m", "-5 ms", "5--6 ms", "nan ms", "1e3 ms", "20-60-80 ms", "٣ ms", "1,"]
)
def test_what_is_not_a_latency_is_refused_with_examples(text: str) -> None:
    with pytest.raises(GridError, match=r'expected such as "25 ms", .* or "recorded:FILE", found'):
        parsed(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("60-20 ms", "smaller number first"),
        ("60001 ms", "at most 60 s, found 60001 ms"),
        ("0.0001 us", "whole nanoseconds, found 0.0001 us"),
        ("recorded:empty.txt", "in empty.txt, found no line"),
        ("recorded:bad.txt", "bad.txt line 2: expected a number of milliseconds, found 'fast'"),
        ("recorded:late.txt", "at most 60 s"),
        (f"{','.join('1' * (SAMPLES_MAX + 1))} ms", "at most 10,000 samples in the list, found 10,001"),
    ],
)
def test_impossible_latencies_are_refused_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(GridError, match=message):
        parsed(text)


def test_uniform_draws_within_its_bounds_and_by_the_seed() -> None:
    uniform = Uniform(20 * MS, 21 * MS)
    draws = [uniform.draw_ns(random.Random(seed)) for seed in range(200)]
    assert min(draws) >= 20 * MS
    assert max(draws) <= 21 * MS
    assert len(set(draws)) > 100
    assert uniform.draw_ns(random.Random(7)) == uniform.draw_ns(random.Random(7))


def test_recorded_draws_its_samples_and_nothing_else() -> None:
    latency = Recorded((12_500_000, 40 * MS, 31 * MS))
    rng = random.Random(1)
    assert {latency.draw_ns(rng) for _ in range(100)} == {12_500_000, 40 * MS, 31 * MS}


def test_fixed_draws_no_chance() -> None:
    rng = random.Random(1)
    before = rng.getstate()
    assert Fixed(7).draw_ns(rng) == 7
    assert rng.getstate() == before
