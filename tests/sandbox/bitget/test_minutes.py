from __future__ import annotations

from framework.sandbox.bitget.minutes import MADE_UP, Minutes

MINUTE = 60_000_000_000
START = 1_763_683_200_000_000_000


def begun() -> Minutes:
    made = Minutes()
    made.begin(START, 6_000_000, 1_000_000)
    return made


def test_what_was_before_ends_at_the_first_price() -> None:
    made = begun()
    assert len(made.rows) == MADE_UP + 1
    assert made.rows[-2].close == made.rows[-1].open == 6_000_000
    assert all(row.low <= min(row.open, row.close) <= max(row.open, row.close) <= row.high for row in made.rows)
    assert made.rows == begun().rows


def test_trades_move_the_open_minute_and_silence_repeats_it() -> None:
    made = begun()
    made.trade(START + 1, 6_000_500, 3)
    made.trade(START + 2, 5_999_000, 4)
    made.trade(START + 3 * MINUTE, 6_000_000, 5)
    *_, first, second, third, last = made.rows
    assert (first.high, first.low, first.close, first.size_points) == (6_000_500, 5_999_000, 5_999_000, 7)
    assert (second.close, third.size_points, last.close) == (5_999_000, 0, 6_000_000)


def test_longer_candles_hold_the_minutes() -> None:
    made = begun()
    hours = made.candles(60 * MINUTE, START)
    assert sum(row.size_points for row in hours) == sum(row.size_points for row in made.rows)
    assert all(row.open_ns % (60 * MINUTE) == 0 for row in hours)
    assert hours[-1].close == 6_000_000


def test_days_begin_at_utc_plus_8_unless_asked_otherwise() -> None:
    made, day = begun(), 1440 * MINUTE
    assert made.candles(day, START, is_utc=False)[-1].open_ns % day == 16 * 60 * MINUTE
    assert made.candles(day, START)[-1].open_ns % day == 0
