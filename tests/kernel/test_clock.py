"""Clocks: set, real, and the pace of a tape; the machine's time is faked here, nothing waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel import clock
from framework.kernel.clock import (
    NS_PER_S,
    SET_UP,
    ManualClock,
    Pacer,
    RealClock,
    Stopwatch,
    process_started_s,
    work_began_s,
)


class FakeTime:
    """The module `time`, as far as clocks use it."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.wall_ns = 1_723_075_200 * NS_PER_S
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def monotonic_ns(self) -> int:
        return int(self.now_s * NS_PER_S)

    def time_ns(self) -> int:
        return self.wall_ns

    def process_time(self) -> float:
        return 0.25

    def sleep(self, wait_s: float) -> None:
        self.slept.append(wait_s)
        self.now_s += wait_s


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(clock, "time", fake)
    return fake


def test_a_manual_clock_stands_where_it_was_put() -> None:
    manual = ManualClock(5)
    assert manual.now_ns == 5
    manual.now_ns = 7
    assert manual.now_ns == 7
    assert ManualClock().now_ns == 0


def test_a_real_clock_goes_with_the_machine(time: FakeTime) -> None:
    real = RealClock()
    assert real.now_ns == time.wall_ns
    time.now_s += 2.5
    assert real.now_ns == time.wall_ns + 2_500_000_000


@pytest.mark.fault("P22")
def test_a_real_clock_does_not_go_back_when_the_machines_time_is_set_back(time: FakeTime) -> None:
    real = RealClock()
    before_ns = real.now_ns
    time.wall_ns -= 3600 * NS_PER_S
    assert real.now_ns == before_ns


def test_a_stopwatch_counts_from_its_start(time: FakeTime) -> None:
    watch, early = Stopwatch(), Stopwatch(started_s=990.0)
    time.now_s += 1.5
    assert (watch.elapsed_s, early.elapsed_s) == (1.5, 11.5)


# Pace.


@pytest.mark.parametrize(("speed", "expected_s"), [(1, 600.0), (10, 60.0), (0.5, 1200.0), (100, 6.0)])
def test_a_tape_takes_its_length_over_its_speed(time: FakeTime, speed: float, expected_s: float) -> None:
    pacer, started_s = Pacer(speed), time.now_s
    for second in range(0, 601, 60):
        while wait_s := pacer.wait_s(second * NS_PER_S):
            pacer.sleep(wait_s)
    assert time.now_s - started_s == pytest.approx(expected_s)


def test_no_sleep_is_longer_than_a_slice(time: FakeTime) -> None:
    pacer = Pacer(1)
    assert pacer.wait_s(0) == 0.0
    while wait_s := pacer.wait_s(NS_PER_S):
        pacer.sleep(wait_s)
    assert max(time.slept) == Pacer.SLICE_S
    assert sum(time.slept) == pytest.approx(1.0)


def test_speed_0_never_waits_and_asks_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "time", None)
    assert Pacer(0).wait_s(10**18) == 0.0


def test_the_first_instant_is_due_at_once_wherever_the_tape_begins(time: FakeTime) -> None:
    pacer = Pacer(1)
    assert pacer.wait_s(1_723_075_200 * NS_PER_S) == 0.0
    assert pacer.wait_s(1_723_075_200 * NS_PER_S + 10_000_000) == pytest.approx(0.01)


def test_what_was_played_late_is_caught_up_without_drift(time: FakeTime) -> None:
    pacer = Pacer(1)
    pacer.wait_s(0)
    time.now_s += 3.0  # a slow handler
    assert pacer.wait_s(1 * NS_PER_S) == pacer.wait_s(2 * NS_PER_S) == 0.0
    time.now_s += 0.98
    assert pacer.wait_s(4 * NS_PER_S) == pytest.approx(0.02)


@given(st.floats(0.01, 1000), st.lists(st.integers(0, 10**15), max_size=10))
def test_a_wait_is_never_negative_nor_longer_than_a_slice(speed: float, instants: list[int]) -> None:
    pacer = Pacer(speed)
    assert all(0.0 <= pacer.wait_s(ts_ns) <= Pacer.SLICE_S for ts_ns in instants)


# The process.


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc here")
def test_this_process_began_some_time_ago() -> None:
    import time as machine

    assert 0 < machine.monotonic() - process_started_s() < 24 * 3600


def test_without_proc_the_start_is_guessed_from_the_work_done(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPath:
        def __init__(self, path: str) -> None:
            pass

        def read_bytes(self) -> bytes:
            raise FileNotFoundError

    monkeypatch.setattr(clock, "Path", NoPath)
    assert process_started_s() == time.now_s - 0.25


@pytest.mark.parametrize(
    ("told", "expected_s"),
    [
        ("{pid}:990.0", 990.0),  # this process set things up first, until then
        ("1:990.0", 900.0),  # another process did, and this is its child
        ("{pid}:800.0", 900.0),  # nothing ends before it begins
        ("{pid}:2000.0", 1_000.0),
        ("{pid}:soon", 900.0),
        ("", 900.0),
    ],
)
def test_set_up_is_set_aside(time: FakeTime, monkeypatch: pytest.MonkeyPatch, told: str, expected_s: float) -> None:
    monkeypatch.setattr(clock, "process_started_s", lambda: 900.0)
    monkeypatch.setenv(SET_UP, told.format(pid=os.getpid()))
    assert work_began_s() == expected_s
