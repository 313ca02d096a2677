"""`@every` and `@cron`: instants that every run agrees on, in UTC, whatever was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.model.errors import GridError, PluginError
from framework.strategy.base import Strategy
from framework.strategy.timers import Cron, Every, cron, every, timers_of, weekday_names

S = 1_000_000_000
YEAR_2024_NS = 1_704_067_200 * S
instants = st.integers(0, 4_000_000_000 * S)


def ns(text: str) -> int:
    """UTC nanoseconds of an ISO date, exact."""
    return (
        (datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC))
        // timedelta(microseconds=1)
        * 1000
    )


def fires(line: str, after: str, count: int = 1) -> list[str]:
    """The next instants of a crontab line, as dates."""
    found, ts_ns = [], ns(after)
    for _ in range(count):
        ts_ns = Cron(line).next_after(ts_ns)
        found.append(datetime.fromtimestamp(ts_ns // S, UTC).strftime("%Y-%m-%d %H:%M"))
    return found


# Every.


@given(instants, st.integers(1, 10**15))
@example(0, S)
@example(15 * S, 15 * S)
def test_every_is_due_at_the_next_whole_multiple_and_never_now(ts_ns: int, span_ns: int) -> None:
    due_ns = Every(span_ns).next_after(ts_ns)
    assert ts_ns < due_ns <= ts_ns + span_ns
    assert due_ns % span_ns == 0


@pytest.mark.fault("P23")
def test_every_day_is_midnight_utc() -> None:
    day = Every(86_400 * S)
    assert day.next_after(ns("2024-08-08 23:59:59.999999") + 999) == ns("2024-08-09")
    assert day.next_after(ns("2024-08-09")) == ns("2024-08-10")
    assert day.next_after(ns("2024-02-28 12:00")) == ns("2024-02-29")


# Cron.


def test_midnight_is_midnight_utc() -> None:
    assert fires("0 0 * * *", "2024-08-08 23:59:59.999999") == ["2024-08-09 00:00"]


def test_an_instant_that_is_due_is_not_due_again() -> None:
    midnight_ns = ns("2024-08-09")
    line = Cron("0 0 * * *")
    assert line.next_after(midnight_ns - 1) == midnight_ns
    assert line.next_after(midnight_ns) == midnight_ns + 86_400 * S
    assert line.next_after(midnight_ns + 1) == midnight_ns + 86_400 * S


def test_the_leap_day_comes_every_four_years() -> None:
    assert fires("0 0 29 2 *", "2023-03-01", 2) == ["2024-02-29 00:00", "2028-02-29 00:00"]


def test_a_month_without_the_day_is_passed_over() -> None:
    expected = ["2024-01-31 00:00", "2024-03-31 00:00", "2024-05-31 00:00", "2024-07-31 00:00", "2024-08-31 00:00"]
    assert fires("0 0 31 * *", "2024-01-30", 5) == expected


def test_the_year_turns() -> None:
    assert fires("30 4 1 * *", "2024-12-15", 2) == ["2025-01-01 04:30", "2025-02-01 04:30"]


@pytest.mark.fault("P23")
def test_there_is_no_summer_time() -> None:
    found = fires("30 1 * * *", "2024-03-30", 3) + fires("30 1 * * *", "2024-10-26", 3)
    assert [text[11:] for text in found] == ["01:30"] * 6


def test_steps_ranges_and_lists_are_understood() -> None:
    assert fires("*/15 * * * *", "2024-08-08 10:07", 3) == [
        *("2024-08-08 10:15", "2024-08-08 10:30", "2024-08-08 10:45")
    ]
    assert fires("0 8-10,20 * * *", "2024-08-08 09:30", 3) == [
        *("2024-08-08 10:00", "2024-08-08 20:00", "2024-08-09 08:00")
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("0", ["Sun"]),
        ("7", ["Sun"]),
        ("1", ["Mon"]),
        ("6", ["Sat"]),
        ("sun", ["Sun"]),
        ("1-5", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("mon-fri", ["Mon", "Tue", "Wed", "Thu", "Fri"]),
        ("0,6", ["Sun", "Sat"]),
        ("5-7", ["Sun", "Fri", "Sat"]),
        ("*/2", ["Sun", "Tue", "Thu", "Sat"]),
        ("1-5/2", ["Mon", "Wed", "Fri"]),
        ("3/2", ["Wed", "Fri"]),
        ("mon,3", ["Mon", "Wed"]),
        ("mon-wed,0,3", ["Sun", "Mon", "Tue", "Wed"]),
        ("*", ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]),
    ],
)
def test_weekdays_count_from_sunday_as_in_every_crontab(field: str, expected: list[str]) -> None:
    """2024-08-04 is a Sunday; the library underneath counts from Monday."""
    found, ts_ns = [], ns("2024-08-03 23:59")
    while (ts_ns := Cron(f"0 0 * * {field}").next_after(ts_ns)) < ns("2024-08-11"):
        found.append(datetime.fromtimestamp(ts_ns // S, UTC).strftime("%a"))
    assert found == expected


def test_a_weekday_field_of_names_is_left_as_it_is() -> None:
    assert [weekday_names(field) for field in ("*", "mon", "mon-wed,sat")] == ["*", "mon", "mon-wed,sat"]


@given(instants, st.sampled_from(["* * * * *", "*/7 3 * * *", "0 0 1 1 *", "59 23 31 12 *", "5 4 * * 0"]))
def test_a_line_is_due_in_the_future_at_a_whole_minute_and_at_no_minute_before(ts_ns: int, line: str) -> None:
    due_ns = Cron(line).next_after(ts_ns)
    assert due_ns > ts_ns
    assert due_ns % (60 * S) == 0
    assert Cron(line).next_after(due_ns - 1) == due_ns
    assert Cron(line).next_after((ts_ns + due_ns) // 2) == due_ns


@pytest.mark.parametrize(
    "line",
    [
        "",
        "0",
        "0 0 * *",
        "0 0 * * * *",
        "60 * * * *",
        "* 24 * * *",
        "x * * * *",
        "0 0 * * 8",
        "0 0 * * 5-2",
        "0 0 * * */0",
        "@daily",
    ],
)
def test_what_is_no_crontab_line_is_refused_with_an_example(line: str) -> None:
    with pytest.raises(PluginError, match=r'^@cron: expected a crontab line of five fields such as "0 0 \* \* \*"'):
        Cron(line).next_after(0)


def test_a_line_that_is_no_text_is_refused() -> None:
    with pytest.raises(PluginError, match="expected a crontab line of five fields"):
        Cron(5).next_after(0)  # type: ignore[arg-type]  # that is the test


@pytest.mark.parametrize("line", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_a_date_that_never_comes_is_refused(line: str) -> None:
    with pytest.raises(PluginError, match="expected a date that comes"):
        Cron(line).next_after(YEAR_2024_NS)


# Marks.


class Parent(Strategy):
    @every("15s")
    def check(self) -> None:
        pass

    @cron("0 0 * * *", missed="once")
    def daily(self) -> None:
        pass

    def plain(self) -> None:
        pass


class Child(Parent):
    @every("1h")
    def hourly(self) -> None:
        pass

    @every("30s")
    def check(self) -> None:
        """Another rhythm."""

    def daily(self) -> None:
        """No timer any more."""


class Grandchild(Child):
    @every("1w")
    def daily(self) -> None:
        """A timer again."""


def test_timers_are_found_by_name_in_the_order_of_definition() -> None:
    assert Parent.timers == timers_of(Parent) == {"check": Every(15 * S), "daily": Cron("0 0 * * *", "once")}
    assert list(Parent.timers) == ["check", "daily"]


def test_an_overriding_method_decides_whether_and_when_it_is_called() -> None:
    assert list(Child.timers.items()) == [("check", Every(30 * S)), ("hourly", Every(3600 * S))]
    assert Grandchild.timers["daily"] == Every(7 * 86_400 * S)
    assert list(Parent.timers) == ["check", "daily"]


def test_an_attribute_that_hides_a_timer_ends_it() -> None:
    assert "check" not in timers_of(type("Hidden", (Parent,), {"check": None}))


def test_a_marked_method_is_called_as_before() -> None:
    class Counting(Strategy):
        count = 0

        @every("1s")
        def tick(self) -> None:
            self.count += 1

    counting = Counting()
    counting.tick()
    assert counting.count == 1


def test_missed_instants_are_skipped_unless_it_says_once() -> None:
    assert Parent.timers["check"].missed == "skip"
    assert Parent.timers["daily"].missed == "once"


@pytest.mark.parametrize("missed", ["all", "", None, True])
def test_another_word_for_missed_is_refused(missed: object) -> None:
    for mark in (lambda: every("1s", missed=missed), lambda: cron("0 0 * * *", missed=missed)):  # type: ignore[arg-type]  # that is the test
        with pytest.raises(PluginError, match='expected missed="skip" or missed="once", found'):
            mark()


@pytest.mark.parametrize("span", ["", "0s", "15", "1.5s", "-1s", "1 month", None])
def test_what_is_no_span_is_refused_where_it_is_written(span: str) -> None:
    with pytest.raises(GridError, match=r"^@every: expected a whole number and ms, s, m, h, d or w"):
        every(span)
