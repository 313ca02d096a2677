"""What waits for a connection keeps to what the venue has asked for meanwhile."""

from __future__ import annotations

import pytest

from framework.gateway.outcome import HeldBack
from framework.gateway.told_to_wait import ToldToWait
from framework.model.batch import RequestKind
from framework.model.request_answer import RequestAnswer
from framework.venues.bitget.rules import SPOT

SECOND = 1_000_000_000
EVERY_KIND = list(SPOT.costs)


def told(kind: RequestKind, now_ns: int, **facts: int) -> ToldToWait:
    """Somebody who heard one answer."""
    waits = ToldToWait(SPOT)
    waits.hear(kind, RequestAnswer(1, "bitget", **facts), now_ns)
    return waits


def is_held(waits: ToldToWait, kind: RequestKind, handed_over_ns: int, now_ns: int) -> bool:
    """Whether a request may not leave."""
    try:
        waits.check(kind, handed_over_ns, now_ns)
    except HeldBack as held:
        return held.outcome.reason == "paused"
    return False


@pytest.mark.fault("E2")
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_during_a_ban_nothing_leaves_and_then_everything_may(kind: RequestKind) -> None:
    waits = told(RequestKind.CANCEL, 0, banned_until_ns=SECOND)
    with pytest.raises(HeldBack, match="banned"):
        waits.check(kind, SECOND - 1, SECOND - 1)
    with pytest.raises(HeldBack, match="banned"):
        waits.check_buckets(["elsewhere"], SECOND - 1, SECOND - 1)
    waits.check(kind, SECOND, SECOND)


@pytest.mark.fault("E1")
@pytest.mark.parametrize("retry_after_ns", [0, 3 * SECOND])
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_until_a_429_is_over_no_more_of_its_bucket_leaves_and_all_of_others_may(
    kind: RequestKind, retry_after_ns: int
) -> None:
    waits = told(kind, SECOND, is_limited=True, retry_after_ns=retry_after_ns)
    (bucket,) = SPOT.limited_by(kind)
    over_ns = SECOND + (retry_after_ns or SPOT.pause_of(bucket))
    for other in EVERY_KIND:
        draws_on_it = bucket.name in [cost.bucket for cost in SPOT.costs[other]]
        assert draws_on_it is (other is kind)
        assert is_held(waits, other, SECOND + 1, over_ns - 1) is draws_on_it
        assert not is_held(waits, other, SECOND + 1, over_ns)


@pytest.mark.fault("E1")
def test_what_was_handed_over_before_the_429_never_leaves_however_long_it_waits() -> None:
    """The router may let the bucket rest for longer than the venue said: it doubles what comes again and again."""
    waits = told(RequestKind.CANCEL, SECOND, is_limited=True, retry_after_ns=SECOND)
    assert is_held(waits, RequestKind.CANCEL, SECOND, 9 * SECOND)
    assert not is_held(waits, RequestKind.CANCEL, SECOND + 1, 9 * SECOND)


def test_a_shorter_wait_ends_no_longer_one() -> None:
    waits = told(RequestKind.PLACE, 0, is_limited=True, retry_after_ns=3 * SECOND)
    waits.hear(RequestKind.PLACE, RequestAnswer(2, "bitget", is_limited=True, retry_after_ns=SECOND), 0)
    assert is_held(waits, RequestKind.PLACE, 1, 2 * SECOND)
    assert not is_held(waits, RequestKind.PLACE, 1, 3 * SECOND)


def test_an_endpoint_that_limits_do_not_know_rests_alone() -> None:
    waits = ToldToWait(SPOT)
    waits.rest("/stops", 0, SECOND)
    with pytest.raises(HeldBack, match="paused"):
        waits.check_buckets(["/stops"], 0, 9 * SECOND)
    for kind in EVERY_KIND:
        assert not is_held(waits, kind, 0, 0)


def test_who_was_told_nothing_waits_for_nothing() -> None:
    assert not is_held(told(RequestKind.PLACE, 0), RequestKind.PLACE, 0, 0)
