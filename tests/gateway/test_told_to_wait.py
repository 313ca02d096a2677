"""What waits for a connection keeps to what the venue has asked for meanwhile."""

from __future__ import annotations

import pytest

from framework.gateway.outcome import HeldBack
from framework.gateway.told_to_wait import ToldToWait
from framework.model.batch import BatchKind
from framework.model.request_answer import RequestAnswer

SECOND = 1_000_000_000
EVERY_KIND = list(BatchKind)


def told(kind: BatchKind, now_ns: int, **facts: int) -> ToldToWait:
    """Somebody who heard one answer."""
    waits = ToldToWait()
    waits.hear(kind, RequestAnswer(1, "plain", **facts), now_ns)
    return waits


@pytest.mark.fault("E2")
@pytest.mark.parametrize("kind", EVERY_KIND)
def test_during_a_ban_nothing_leaves_and_then_everything_may(kind: BatchKind) -> None:
    waits = told(BatchKind.CANCEL, 0, banned_until_ns=SECOND)
    with pytest.raises(HeldBack, match="banned"):
        waits.check(kind, SECOND - 1)
    waits.check(kind, SECOND)


@pytest.mark.fault("E1")
def test_until_a_429_is_over_no_more_of_its_kind_leaves() -> None:
    waits = told(BatchKind.PLACE, SECOND, retry_after_ns=SECOND)
    with pytest.raises(HeldBack, match="paused"):
        waits.check(BatchKind.PLACE, 2 * SECOND - 1)
    waits.check(BatchKind.PLACE, 2 * SECOND)
    waits.check(BatchKind.AMEND, SECOND)
    waits.check(BatchKind.CANCEL, SECOND)


def test_a_shorter_wait_ends_no_longer_one() -> None:
    waits = told(BatchKind.AMEND, 0, retry_after_ns=3 * SECOND)
    waits.hear(BatchKind.AMEND, RequestAnswer(2, "plain", retry_after_ns=SECOND), 0)
    with pytest.raises(HeldBack):
        waits.check(BatchKind.AMEND, 2 * SECOND)


def test_a_cancel_waits_for_nothing_less_than_a_ban() -> None:
    told(BatchKind.CANCEL, 0, retry_after_ns=SECOND).check(BatchKind.CANCEL, 0)
    ToldToWait().check(BatchKind.PLACE, 0)
