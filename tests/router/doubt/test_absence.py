"""PROOF-A by itself: what counts as evidence, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from framework.model.orders import write
from framework.model.questions import Ask, Question, Reply
from framework.router.doubt.absence import APART_NS, SKEW_NS, WITNESSES, Absence
from tests.router.life import BOUND, BTC, HORIZON, life_rules
from tests.wired import NOON, SECOND, order_of

UNTIL = NOON + BOUND + SKEW_NS
LATER = UNTIL + SECOND


def reply(ask: Ask, asked_ns: int, venue_ns: int | None = None, **facts: Any) -> Reply:
    question = Question(1, "bitget", "main", ask, "o1", since_ns=NOON - SKEW_NS, asked_ns=asked_ns)
    return Reply(question, asked_ns + SECOND // 100, ts_venue_ns=asked_ns if venue_ns is None else venue_ns, **facts)


def evidence(**facts: Any) -> Absence:
    return Absence(order_of(BTC, "o1"), life_rules(**facts), NOON, 0)


def round_at(absence: Absence, ts_ns: int, *without: Ask) -> None:
    for ask in WITNESSES:
        if ask not in without:
            absence.take(reply(ask, ts_ns))


def test_three_witnesses_twice_apart_prove_it() -> None:
    absence = evidence()
    round_at(absence, LATER)
    assert not absence.is_proved
    round_at(absence, LATER + APART_NS - 1)
    assert not absence.is_proved
    round_at(absence, LATER + APART_NS)
    assert absence.is_proved


@pytest.mark.parametrize("missing", WITNESSES)
def test_every_witness_is_needed(missing: Ask) -> None:
    absence = evidence()
    for second in range(20):
        round_at(absence, LATER + second * SECOND, missing)
    assert not absence.is_proved


def test_nothing_counts_before_the_venues_clock_is_past_the_bound() -> None:
    absence = evidence()
    for second in range(60):  # our clock runs far ahead of the venue's
        for ask in WITNESSES:
            absence.take(reply(ask, LATER + second * SECOND, UNTIL))
    assert not absence.is_proved


def test_failures_and_lists_that_reach_back_too_little_count_nothing() -> None:
    absence = evidence()
    for second in range(20):
        absence.take(reply(Ask.ORDER, LATER + second * SECOND))
        absence.take(reply(Ask.OPEN_ORDERS, LATER + second * SECOND, failure="timeout"))
        question = Question(1, "bitget", "main", Ask.FILLS, since_ns=NOON, asked_ns=LATER + second * SECOND)
        absence.take(Reply(question, LATER + second * SECOND, ts_venue_ns=LATER))
    assert list(absence._looks) == [Ask.ORDER]


def test_after_the_horizon_nothing_counts() -> None:
    absence = evidence()
    for second in range(20):
        round_at(absence, NOON + HORIZON + second * SECOND)
    assert not absence.is_proved


def test_a_venue_ahead_of_us_takes_longer() -> None:
    assert Absence(order_of(BTC), life_rules(), NOON, 7).accepted_until_ns == UNTIL + 7


def test_what_was_seen_or_acknowledged_is_never_absent() -> None:
    absence = evidence()
    round_at(absence, LATER)
    absence.contradict()
    round_at(absence, LATER + SECOND)
    round_at(absence, LATER + 9 * SECOND)
    assert not absence.is_proved
    known = order_of(BTC)
    write(known, is_acknowledged=True)
    assert not Absence(known, life_rules(), NOON, 0).is_possible
