"""The budget never lets the venue count more than it allows, and gives units back as early as is safe."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from framework.model.batch import BatchKind, RequestKind, request_kind
from framework.model.request_answer import RequestAnswer
from framework.model.rules import VenueRules
from framework.ports import LEAVES_WITHIN_NS
from framework.router.budget.budget import Budget
from framework.router.budget.gauge import Room
from framework.router.budget.kept import KeptGauge
from framework.venues.named import NAMES, rules_named
from tests.wired import MS, NOON, SECOND, NaiveVenue, rules_of, spot

BTC, ETH = spot(), spot("ETH/USDT")
PLACE, CANCEL = RequestKind.PLACE, RequestKind.CANCEL
BOUND_NS = LEAVES_WITHIN_NS + rules_of().acceptance_bound_ns
"""It may wait for a connection before its bytes leave, and only then does the venue's bound begin."""


def use_up(budget: Budget, kind: RequestKind, now_ns: int, first_id: int = 1) -> list[int]:
    """Draw single requests until there is no room; their ids."""
    ids: list[int] = []
    while budget.room(kind, 1, now_ns):
        ids.append(first_id + len(ids))
        budget.draw(ids[-1], kind, 1, now_ns)
    return ids


def test_a_unit_comes_back_exactly_one_window_after_the_answer() -> None:
    budget = Budget(rules_of(limit=3))
    first, *others = use_up(budget, PLACE, NOON)
    assert len(others) == 2
    budget.answered(first, NOON + 40 * MS)
    assert budget.frees_at_ns(PLACE, 1, NOON + 40 * MS) == NOON + 40 * MS + SECOND
    assert budget.room(PLACE, 1, NOON + 40 * MS + SECOND - 1) < 1
    assert budget.room(PLACE, 1, NOON + 40 * MS + SECOND) == 1


def test_an_answer_told_twice_gives_one_unit_back() -> None:
    budget = Budget(rules_of(limit=3))
    first, *_ = use_up(budget, PLACE, NOON)
    budget.answered(first, NOON)
    budget.answered(first, NOON)
    assert len(use_up(budget, PLACE, NOON + SECOND, 100)) == 1


def test_a_request_that_went_as_several_weighs_as_those_where_all_endpoints_count() -> None:
    budget, kind = Budget(rules_named("bitget-spot")), RequestKind.CANCEL_BATCH
    own, *shared = [cost.bucket for cost in budget.rules.costs[kind]]
    assert shared
    budget.draw(1, kind, 5, NOON)
    budget.heard(RequestAnswer(1, "bitget", more_requests=2), NOON + MS)
    used = {name: gauge.used for name, gauge in budget.look(NOON + MS).items() if gauge.used}
    assert used == {own: 1, **dict.fromkeys(shared, 3)}
    longest_ns = max(bucket.window_ns for bucket in budget.rules.buckets)
    assert not any(gauge.used for gauge in budget.look(NOON + MS + longest_ns).values())


def test_a_request_without_an_answer_weighs_until_it_can_no_longer_be_accepted() -> None:
    budget = Budget(rules_of(limit=1))
    use_up(budget, PLACE, NOON)
    until_ns = NOON + BOUND_NS + SECOND
    assert budget.frees_at_ns(PLACE, 1, NOON) == until_ns
    assert budget.room(PLACE, 1, until_ns - 1) < 1
    assert budget.room(PLACE, 1, until_ns) == 1


def test_a_late_answer_to_a_request_given_up_changes_nothing() -> None:
    budget = Budget(rules_of(limit=1))
    (lost,) = use_up(budget, PLACE, NOON)
    later_ns = NOON + BOUND_NS + SECOND
    assert use_up(budget, PLACE, later_ns, 100) == [100]
    budget.answered(lost, later_ns)
    assert budget.room(PLACE, 1, later_ns + SECOND) < 1


def test_a_batch_costs_a_unit_for_every_ten_orders_begun() -> None:
    budget = Budget(rules_of(limit=5))
    budget.draw(1, RequestKind.PLACE_BATCH, 21, NOON)
    assert budget.gauges(NOON)["place_batch"] == (3, 5)
    assert budget.room(RequestKind.PLACE_BATCH, 20, NOON) == 20
    assert budget.room(RequestKind.PLACE_BATCH, 21, NOON) < 21


def test_only_full_buckets_say_when_to_come_back() -> None:
    """Bitget's minute-long bucket of all requests has room: a full second-long one frees within a second."""
    budget = Budget(rules_named("bitget-spot"))
    for id_ in use_up(budget, PLACE, NOON):
        budget.answered(id_, NOON)
    assert budget.frees_at_ns(PLACE, 1, NOON) == NOON + SECOND


def test_what_has_room_is_free_now() -> None:
    assert Budget(rules_of()).frees_at_ns(PLACE, 1, NOON) == 0


def test_a_paused_bucket_has_no_room_until_then() -> None:
    budget = Budget(rules_of())
    for request_id, retry_after_ns in ((1, 0), (2, MS)):  # a shorter pause does not end a longer one
        budget.draw(request_id, PLACE, 1, NOON)
        budget.refused(request_id, NOON, retry_after_ns)
        budget.answered(request_id, NOON)
    assert budget.room(PLACE, 1, NOON + SECOND - 1) < 1
    assert budget.frees_at_ns(PLACE, 1, NOON) == NOON + SECOND
    assert budget.room(PLACE, 1, NOON + SECOND) == 1
    assert budget.room(CANCEL, 1, NOON) == 1, "another bucket"
    assert budget.room(RequestKind.PLACE_BATCH, 10, NOON) == 10, "another bucket"


def test_a_refusal_pauses_the_bucket_of_its_own_and_not_a_shared_one() -> None:
    budget = Budget(rules_named("bitget-spot"))
    budget.draw(1, PLACE, 1, NOON)
    budget.refused(1, NOON)
    assert budget.room(PLACE, 1, NOON) < 1
    assert budget.room(CANCEL, 1, NOON) == 1, "the bucket of all requests goes on"


def test_a_refusal_where_all_buckets_are_shared_pauses_them_all() -> None:
    budget = Budget(rules_named("binance-spot"))
    budget.draw(1, CANCEL, 1, NOON)
    budget.refused(1, NOON)
    assert budget.room(PLACE, 1, NOON) < 1


def test_a_refusal_of_an_answered_request_pauses_nothing() -> None:
    budget = Budget(rules_of())
    budget.refused(1, NOON)
    assert budget.room(PLACE, 1, NOON) == 1


def test_gauges_show_what_is_in_use_now() -> None:
    budget = Budget(rules_of())
    budget.draw(1, PLACE, 1, NOON)
    budget.answered(1, NOON)
    assert budget.gauges(NOON)["place"] == (1, 10)
    assert budget.gauges(NOON + SECOND)["place"] == (0, 10)


def test_cancels_keep_a_reserve_in_a_bucket_they_share_with_places() -> None:
    budget = Budget(rules_named("binance-spot"))
    weight = rules_named("binance-spot").bucket("request_weight")
    for request_id in range(weight.limit - 1):
        budget.draw(-request_id, CANCEL, 1, NOON)
    assert budget.room(PLACE, 1, NOON) < 1
    assert budget.room(CANCEL, 1, NOON) == 1


def room_of(budget: Budget, bucket: str, now_ns: int = NOON) -> Room:
    return budget.rooms(now_ns)[bucket]


def test_what_cancels_keep_follows_what_stands() -> None:
    budget = Budget(rules_named("binance-spot"))
    assert room_of(budget, "request_weight").reserve == 1
    budget.stands(BTC, 150)
    assert room_of(budget, "request_weight").reserve == 150
    budget.stands(ETH, 3_000)
    assert room_of(budget, "request_weight").reserve == 1_800, "three tenths at most"
    budget.stands(ETH, -3_000)
    budget.stands(BTC, -150)
    assert room_of(budget, "request_weight").reserve == 1
    assert room_of(budget, "orders_10s").reserve == 0, "cancels do not draw on it"


def test_our_count_follows_the_venues_upwards_and_never_downwards() -> None:
    budget = Budget(rules_named("binance-spot"))
    budget.draw(1, PLACE, 1, NOON)
    budget.told(RequestAnswer(1, "binance", {"request_weight": 5_000, "orders_10s": 0}), NOON)
    budget.answered(1, NOON)
    assert room_of(budget, "request_weight").used == 5_000
    assert room_of(budget, "orders_10s").used == 1
    budget.told(RequestAnswer(2, "binance", {"request_weight": 4_000}), NOON + SECOND)
    assert room_of(budget, "request_weight", NOON + SECOND).used == 5_000
    assert room_of(budget, "request_weight", NOON + 60 * SECOND).used == 0


def test_what_is_left_of_an_endpoint_corrects_its_bucket() -> None:
    budget = Budget(rules_named("bitget-spot"))
    budget.draw(1, PLACE, 1, NOON)
    budget.told(RequestAnswer(1, "bitget", left=3), NOON)
    assert room_of(budget, "place").used == 7
    assert room_of(budget, "cancel").used == 0
    budget.told(RequestAnswer(1, "bitget", left=19), NOON)
    assert room_of(budget, "place").used == 7, "a venue that allows more than our table is no reason to count less"


def test_a_ban_stops_everything_until_its_end_and_no_shorter_one_ends_it() -> None:
    budget = Budget(rules_named("bitget-spot"))
    budget.ban(NOON + 10 * SECOND)
    budget.ban(NOON + SECOND)
    assert all(room.is_paused for room in budget.rooms(NOON + 10 * SECOND - 1).values())
    assert not budget.room(CANCEL, 1, NOON)
    assert budget.opens_at_ns(BatchKind.CANCEL, NOON) == NOON + 10 * SECOND
    assert not any(room.is_paused for room in budget.rooms(NOON + 10 * SECOND).values())


@st.composite
def streams(draw: st.DrawFn) -> tuple[VenueRules, list[tuple[int, RequestKind, int, int, int | None]]]:
    """Rules, and requests as (ms since the one before, kind, orders, ms to the venue, ms back or None: lost)."""
    rules = rules_named(draw(st.sampled_from(NAMES)))
    kinds = [(kind, orders) for kind, most in rules.batch_max.items() for orders in {1, 2, 11, most} if orders <= most]
    steps = draw(
        st.lists(
            st.tuples(
                st.one_of(st.just(0), st.integers(0, 400)),
                st.sampled_from(sorted(kinds)),
                st.integers(0, 900),
                st.one_of(st.integers(0, 900), st.integers(0, 900), st.none()),
                st.integers(1, 60),
            ),
            max_size=40,
        )
    )
    return rules, [
        (gap if index == 0 else 0, request_kind(kind, orders), orders, out, back)
        for gap, (kind, orders), out, back, times in steps
        for index in range(times)
    ]


def one_burst(name: str) -> tuple[VenueRules, list[tuple[int, RequestKind, int, int, int | None]]]:
    """The worst we know: a full bucket arrives late, and more is asked for all the time, without any latency."""
    return rules_named(name), [(0, PLACE, 1, 900, 0)] * 150 + [(10, PLACE, 1, 0, 0)] * 2_000


@example(one_burst("bitget-spot"))
@example(one_burst("binance-spot"))
@given(streams())
def test_the_venue_never_counts_more_than_its_limits(
    case: tuple[VenueRules, list[tuple[int, RequestKind, int, int, int | None]]],
) -> None:
    rules, stream = case
    budget, venue = Budget(rules), NaiveVenue(rules)
    now_ns = NOON
    answers: list[tuple[int, int]] = []
    sent = 0
    for request_id, (gap, kind, orders, out, back) in enumerate(stream):
        now_ns += gap * MS
        for answer in sorted(answer for answer in answers if answer[0] <= now_ns):
            budget.answered(answer[1], answer[0])
        answers = [answer for answer in answers if answer[0] > now_ns]
        if budget.room(kind, orders, now_ns) < orders:
            continue
        sent += 1
        budget.draw(request_id, kind, orders, now_ns)
        venue.arrive(kind, orders, now_ns + out * MS)
        if back is not None:
            answers.append((now_ns + (out + back) * MS, request_id))
    assert sent or not stream
    assert not list(venue.excesses())


@pytest.mark.parametrize("name", NAMES)
def test_an_idle_budget_is_all_there(name: str) -> None:
    rules = rules_named(name)
    tightest = min(rules.bucket(cost.bucket).limit for cost in rules.costs[PLACE])
    assert len(use_up(Budget(rules), PLACE, NOON)) == tightest


def test_a_request_that_nobody_answers_is_forgotten_when_it_weighs_nothing() -> None:
    budget = Budget(rules_of())
    for request_id in range(1, 21):
        now_ns = NOON + request_id * BOUND_NS
        assert budget.room(PLACE, 1, now_ns)
        budget.draw(request_id, PLACE, 1, now_ns)
        assert budget.unanswered == 1


def test_a_request_that_leaves_late_weighs_from_then_on() -> None:
    budget = Budget(rules_of(limit=1))
    budget.draw(1, PLACE, 1, NOON)
    later_ns = NOON + BOUND_NS - 1
    assert budget.renew(1, later_ns)
    assert not budget.room(PLACE, 1, later_ns + BOUND_NS)
    assert budget.room(PLACE, 1, later_ns + BOUND_NS + SECOND)
    assert not budget.renew(1, later_ns + BOUND_NS + SECOND)


def test_a_cancel_that_left_as_the_loop_caught_up_weighs_from_when_it_is_missed() -> None:
    budget = Budget(rules_of(limit=1))
    budget.draw(1, CANCEL, 1, NOON)  # the loop stood still, plays what was due at noon, and it leaves only now
    now_ns = NOON + BOUND_NS
    assert not budget.room(CANCEL, 1, now_ns)
    assert not budget.room(CANCEL, 1, now_ns + SECOND)
    budget.answered(1, now_ns + SECOND)
    assert not budget.room(CANCEL, 1, now_ns + 2 * SECOND - 1)
    assert budget.room(CANCEL, 1, now_ns + 2 * SECOND)


def test_a_cancel_that_no_answer_ever_ends_is_given_up_when_it_was_missed_twice() -> None:
    budget = Budget(rules_of(limit=1))
    budget.draw(1, CANCEL, 1, NOON)
    assert not budget.room(CANCEL, 1, NOON + BOUND_NS)
    until_ns = budget.frees_at_ns(CANCEL, 1, NOON + BOUND_NS)
    assert until_ns == NOON + 2 * BOUND_NS + SECOND
    assert budget.room(CANCEL, 1, until_ns)


def test_what_was_given_up_does_not_wait_behind_what_was_answered_since() -> None:
    budget = Budget(rules_of(limit=2))
    budget.draw(1, PLACE, 1, NOON)
    given_up_ns = NOON + BOUND_NS
    budget.draw(2, PLACE, 1, given_up_ns - MS)
    budget.answered(2, given_up_ns + MS)
    used = [budget.gauges(given_up_ns + at)["place"][0] for at in (SECOND - 1, SECOND, SECOND + MS - 1, SECOND + MS)]
    assert used == [2, 1, 1, 0]


def test_a_request_that_is_let_in_after_the_pause_ends_the_row_and_an_older_one_does_not() -> None:
    budget = Budget(rules_of(limit=100))

    def refused(request_id: int, sent_ns: int, now_ns: int) -> int:
        budget.draw(request_id, PLACE, 1, sent_ns)
        budget.refused(request_id, now_ns)
        budget.answered(request_id, now_ns)
        return budget.frees_at_ns(PLACE, 100, now_ns)

    budget.draw(1, PLACE, 1, NOON)
    first_ns = refused(2, NOON, NOON)
    budget.answered(1, NOON + MS)
    second_ns = refused(3, first_ns, first_ns)
    assert (first_ns - NOON, second_ns - first_ns) == (SECOND, 2 * SECOND), "an older one says nothing of the pause"
    budget.draw(4, PLACE, 1, second_ns)
    budget.answered(4, second_ns)
    assert refused(5, second_ns, second_ns) == second_ns + SECOND


def test_a_cancel_without_an_answer_weighs_one_window_from_when_its_session_was_over() -> None:
    budget, again = Budget(rules_of(limit=5)), Budget(rules_of(limit=5))
    budget.draw(1, CANCEL, 1, NOON)
    budget.draw(2, PLACE, 1, NOON)
    for number, request in enumerate(budget.kept(NOON).out):
        again.redraw(-number, request)
    again.end_cancels(NOON + 2 * SECOND)
    assert again.kept(NOON).gauges == {"cancel": KeptGauge(((NOON + 3 * SECOND, 1),))}
    assert [again.gauges(NOON + at)["place"][0] for at in (BOUND_NS + SECOND - 1, BOUND_NS + SECOND)] == [1, 0]


def test_a_pause_and_its_row_outlive_a_checkpoint() -> None:
    budget, again = Budget(rules_of(limit=5)), Budget(rules_of(limit=5))
    budget.draw(1, PLACE, 1, NOON)
    budget.refused(1, NOON)
    budget.answered(1, NOON)
    again.restore(budget.kept(NOON).gauges)
    assert again.is_shut(PLACE, NOON + SECOND - 1)
    again.draw(2, PLACE, 1, NOON + SECOND)
    again.refused(2, NOON + SECOND)
    assert again.is_shut(PLACE, NOON + 3 * SECOND - 1), "the second of a row is twice as long"


def lines_of_one_more(before: int) -> int:
    """Lines of Python that one more request costs, from the question for room to its answer, after so many others.

    They all weigh: half of them answered within the window, half without an answer yet.
    """
    budget, lines = Budget(rules_of(limit=1_000_000)), 0
    for request_id in range(before):
        budget.draw(request_id, PLACE, 1, NOON)
        if request_id % 2:
            budget.answered(request_id, NOON)

    def count(frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal lines
        lines += "/router/budget/" in frame.f_code.co_filename  # not what a collection of garbage calls meanwhile
        return count

    traced = sys.gettrace()
    sys.settrace(count)
    try:
        budget.rooms(NOON + MS)
        budget.room(PLACE, 1, NOON + MS)
        budget.draw(before, PLACE, 1, NOON + MS)
        budget.frees_at_ns(PLACE, 1, NOON + MS)
        budget.answered(before, NOON + 2 * MS)
    finally:
        sys.settrace(traced)
    return lines


def test_a_request_costs_the_same_work_however_many_weigh() -> None:
    assert lines_of_one_more(5_000) == lines_of_one_more(10) < 300
