"""Rate limits as the venue counts them, held against a naive list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from framework.model.batch import BatchKind, RequestKind
from framework.model.latency import Fixed
from framework.model.rules import Ban, Cost
from framework.venues.binance.rules import SPOT as BINANCE
from framework.venues.bitget.rules import SPOT as BITGET
from framework.venues.sim.limits import RateLimits
from tests.venues.sim.stage import MS, SECOND, START, Stage, rules

WINDOW_MS = 1000
ROOM = {"wide": 3, "narrow": 1}
GAPS_MS = st.lists(st.sampled_from([0, 1, 50, 199, 200, 333, 500, 999, 1000, 1001]), min_size=1, max_size=60)


def counted(arrivals_ms: list[int], now_ms: int, *, is_fixed: bool) -> int:
    """How many of the admitted requests still count, said as plainly as can be."""
    if is_fixed:
        return sum(1 for at in arrivals_ms if at // WINDOW_MS == now_ms // WINDOW_MS)
    return sum(1 for at in arrivals_ms if now_ms - WINDOW_MS < at <= now_ms)


@pytest.mark.parametrize("is_fixed", [False, True])
@given(gaps_ms=GAPS_MS, limit=st.integers(1, 6))
def test_a_request_is_refused_exactly_when_the_window_is_full(gaps_ms: list[int], limit: int, is_fixed: bool) -> None:
    stage = Stage(venue_rules=rules(limit=limit, is_fixed=is_fixed))
    stage.quote(99, 1, 101, 1)
    admitted: list[int] = []
    for number, gap_ms in enumerate(gaps_ms):
        stage.wait(gap_ms)
        now_ms = stage.now_ns // MS
        is_full = counted(admitted, now_ms, is_fixed=is_fixed) == limit
        stage.place(f"o{number}", "buy", 1, 50)
        assert stage.told(f"o{number}") == (["rejected rate_limited"] if is_full else ["accepted"])
        if not is_full:
            admitted.append(now_ms)


@given(sizes=st.lists(st.integers(1, 30), min_size=1, max_size=20), gap_ms=st.integers(0, 400))
def test_a_batch_costs_a_unit_for_every_started_ten_orders(sizes: list[int], gap_ms: int) -> None:
    limits = RateLimits(rules(limit=5, orders_per_unit=10))
    drawn: list[tuple[int, int]] = []
    for number, size in enumerate(sizes):
        now_ms = number * gap_ms
        used = sum(units for at, units in drawn if at > now_ms - WINDOW_MS)
        units = (size + 9) // 10
        refused = limits.admit(RequestKind.PLACE_BATCH, size, now_ms * MS)
        assert (refused is None) == (used + units <= 5)
        if refused is None:
            drawn.append((now_ms, units))


def test_every_order_of_a_refused_request_is_rejected_and_none_was_accepted() -> None:
    stage = Stage(venue_rules=rules(limit=1))
    stage.place("a", "buy", 1, 50)
    stage.send(BatchKind.PLACE, [stage.order(name, "buy", 1, 50) for name in "bc"])
    stage.cancel("a")
    stage.amend("a", 51, 1)
    assert stage.told() == [
        "accepted",
        "rejected rate_limited",
        "rejected rate_limited",
        "cancel_rejected rate_limited",
        "amend_rejected rate_limited",
    ]
    assert [order.client_order_id for order in stage.venue.open_orders()] == ["a"]
    assert stage.reports[1].detail == "bucket all: 1 in 1 s"


def test_a_fixed_window_begins_at_a_whole_multiple_and_begins_empty() -> None:
    limits = RateLimits(rules(limit=1, is_fixed=True))
    last = START + 999_999_999
    assert limits.admit(RequestKind.PLACE, 1, last) is None
    assert limits.admit(RequestKind.PLACE, 1, last) is not None
    assert limits.admit(RequestKind.PLACE, 1, last + 1) is None


def test_requests_are_counted_when_they_arrive_not_when_they_leave() -> None:
    limits = RateLimits(BITGET)
    assert [limits.admit(RequestKind.PLACE, 1, START) for _ in range(10)] == [None] * 10
    full = limits.admit(RequestKind.PLACE, 1, START + 999_999_999)
    assert full is not None
    assert full.name == "place"
    assert limits.admit(RequestKind.CANCEL, 1, START) is None
    assert limits.admit(RequestKind.PLACE, 1, START + 1_000_000_000) is None


def test_a_request_that_one_bucket_refuses_draws_from_no_other() -> None:
    limits = RateLimits(BITGET)
    for _ in range(10):
        limits.admit(RequestKind.PLACE, 1, START)
    for _ in range(6000):
        limits.admit(RequestKind.PLACE, 1, START)
    assert limits.admit(RequestKind.CANCEL, 1, START) is None


@pytest.mark.parametrize("is_fixed", [False, True])
@pytest.mark.parametrize("names", [("wide", "narrow"), ("narrow", "wide")])
def test_what_a_refused_request_drew_is_given_back_whichever_bucket_was_full(
    names: tuple[str, str], is_fixed: bool
) -> None:
    wide, narrow = (replace(rules(limit=most, is_fixed=is_fixed).buckets[0], name=name) for name, most in ROOM.items())
    costs = {RequestKind.PLACE: tuple(map(Cost, names)), RequestKind.CANCEL: (Cost("wide"),)}
    limits = RateLimits(replace(rules(), buckets=(wide, narrow), costs=costs))
    full = [limits.admit(RequestKind.PLACE, 1, START) for _ in range(3)]
    assert full == [None, narrow, narrow]
    assert [limits.admit(RequestKind.CANCEL, 1, START) for _ in range(3)] == [None, None, wide]


def test_bitget_takes_50_orders_of_a_pair_a_second_in_batches() -> None:
    limits = RateLimits(BITGET)
    assert limits.admit(RequestKind.PLACE_BATCH, 50, START) is None
    assert limits.admit(RequestKind.PLACE_BATCH, 1, START) is not None
    assert limits.admit(RequestKind.PLACE, 1, START) is None


def test_answers_tell_the_counts_that_the_venues_headers_tell() -> None:
    limits = RateLimits(BINANCE)
    limits.crowd(RequestKind.PLACE, 7, START)
    assert limits.admit(RequestKind.PLACE, 1, START) is None
    answer = limits.answer(3, RequestKind.PLACE, None, START)
    assert (answer.request_id, answer.used) == (3, {"request_weight": 8, "orders_10s": 8, "orders_1d": 8})
    assert (answer.left, answer.is_limited, answer.banned_until_ns) == (None, False, 0)
    assert RateLimits(BITGET).answer(1, RequestKind.PLACE, None, START).left == 10


def test_only_buckets_that_do_so_tell_when_to_come_back() -> None:
    limits, begins = RateLimits(BINANCE), START - START % (60 * SECOND)
    limits.crowd(RequestKind.CANCEL, 6000, begins)
    full = limits.admit(RequestKind.CANCEL, 1, begins + SECOND)
    assert full is not None
    assert limits.answer(1, RequestKind.CANCEL, full, begins + SECOND).retry_after_ns == 59 * SECOND
    limits = RateLimits(BINANCE)
    limits.crowd(RequestKind.PLACE, 50, begins)
    full = limits.admit(RequestKind.PLACE, 1, begins)
    assert full is not None
    answer = limits.answer(1, RequestKind.PLACE, full, begins)
    assert (full.name, answer.is_limited, answer.retry_after_ns) == ("orders_10s", True, 0)


def test_who_goes_on_after_refusals_is_banned_longer_each_time() -> None:
    limits, now_ns, spans = RateLimits(BINANCE), START, []
    for _ in range(3):
        limits.crowd(RequestKind.PLACE, 50, now_ns)
        while now_ns >= limits.banned_until_ns:
            limits.admit(RequestKind.PLACE, 1, now_ns)
        spans.append((limits.banned_until_ns - now_ns) // (60 * SECOND))
        now_ns = limits.banned_until_ns
    assert spans == [2, 4, 8]


def test_a_banned_account_gets_nothing_done_and_hears_until_when() -> None:
    stage = Stage(
        venue_rules=replace(rules(limit=1), ban=Ban(2, 10 * SECOND, 10 * SECOND, "made up")), tells_limits=True
    )
    for name in "abc":
        stage.place(name, "buy", 1, 50)
    stage.cancel("a")
    assert stage.told() == ["accepted", "rejected rate_limited", "rejected rate_limited", "cancel_rejected banned"]
    assert [answer.banned_until_ns for answer in stage.answers] == [0, 0, *[stage.now_ns + 10 * SECOND] * 2]
    stage.wait(10_000)
    stage.cancel("a")
    assert stage.told()[-1] == "cancelled"


def test_how_the_venue_counts_is_told_from_when_on_it_is_news() -> None:
    stage = Stage(venue_rules=rules(limit=2))
    for name in "abc":
        stage.place(name, "buy", 1, 50)
    assert stage.told() == ["accepted", "accepted", "rejected rate_limited"]
    assert [answer.is_limited for answer in stage.answers] == [True], "two requests of ours are no news"
    stage.wait(10_000)
    stage.cancel("a")
    assert [answer.is_limited for answer in stage.answers] == [True, False], "who tells, tells of every request"
    others = Stage()
    others.venue.crowd(RequestKind.PLACE, 1)
    others.place("a", "buy", 1, 50)
    assert len(others.answers) == 1


def test_from_a_cancel_of_a_whole_symbol_on_every_request_is_answered_by_itself() -> None:
    stage = Stage()
    order = stage.place("a", "buy", 1, 50)
    stage.send(BatchKind.CANCEL, [order], form=RequestKind.CANCEL_SYMBOL)
    stage.wait()
    stage.cancel("a")
    assert stage.told() == ["accepted", "cancelled", "cancel_rejected already_done"]
    assert len(stage.answers) == 2


def test_an_answer_comes_before_the_reports_of_its_orders() -> None:
    stage = Stage(latency=Fixed(5 * MS), tells_limits=True)
    heard: list[object] = []
    stage.report = heard.append  # type: ignore[method-assign]  # both in one list
    stage.answered = heard.append  # type: ignore[method-assign]
    stage.send(BatchKind.PLACE, [stage.order(name, "buy", 1, 50) for name in "ab"])
    stage.wait(20)
    assert [type(what).__name__ for what in heard] == ["RequestAnswer", "OrderReport", "OrderReport"]
