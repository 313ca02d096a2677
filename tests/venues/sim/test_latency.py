"""Latencies: what they draw, and how they are written in config."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from framework.model.errors import ConfigError
from framework.venues.sim.latency import Fixed, Recorded, Uniform, parse_latency

MS = 1_000_000


@pytest.mark.parametrize(
    ("text", "latency", "described"),
    [
        ("25 ms", Fixed(25 * MS), "25 ms"),
        ("0.5ms", Fixed(MS // 2), "0.5 ms"),
        ("20-60 ms", Uniform(20 * MS, 60 * MS), "20-60 ms"),
        ("20 - 60 ms", Uniform(20 * MS, 60 * MS), "20-60 ms"),
    ],
)
def test_a_latency_is_read_and_described(text: str, latency: object, described: str) -> None:
    assert parse_latency(text) == latency
    assert parse_latency(text).describe() == described


@pytest.mark.parametrize(
    "text", ["", "25", "25 s", "-5 ms", "5--6 ms", "nan ms", "1e3 ms", "20-60-80 ms", "٣ ms", 25, None]
)
def test_what_is_not_a_latency_is_refused_with_examples(text: object) -> None:
    with pytest.raises(ConfigError, match=r'bot.toml paper.latency: expected such as "25 ms".*found'):
        parse_latency(text, "bot.toml paper.latency")  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "message"), [("60-20 ms", "lower bound first"), ("60001 ms", "at most 60000 ms")])
def test_impossible_bounds_are_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse_latency(text)


def test_uniform_draws_within_its_bounds_and_by_the_seed() -> None:
    uniform = Uniform(20 * MS, 21 * MS)
    draws = [uniform.draw_ns(random.Random(seed)) for seed in range(200)]
    assert min(draws) >= 20 * MS
    assert max(draws) <= 21 * MS
    assert len(set(draws)) > 100
    assert uniform.draw_ns(random.Random(7)) == uniform.draw_ns(random.Random(7))


def test_recorded_draws_its_samples_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "ping.txt"
    file.write_text("12.5\n\n40\n31\n")
    latency = parse_latency(f"recorded:{file}")
    assert latency == Recorded((12_500_000, 40 * MS, 31 * MS), "ping.txt")
    assert latency.describe() == "recorded, 3 samples of ping.txt, median 31 ms"
    rng = random.Random(1)
    assert {latency.draw_ns(rng) for _ in range(100)} == {12_500_000, 40 * MS, 31 * MS}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found no line"),
        ("12\nfast\n", "line 2: expected a number of milliseconds, found 'fast'"),
        (None, "readable"),
    ],
)
def test_a_bad_recording_is_refused_with_file_and_line(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "ping.txt"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=message) as caught:
        parse_latency(f"recorded:{file}", "paper.latency")
    assert str(file) in str(caught.value)
