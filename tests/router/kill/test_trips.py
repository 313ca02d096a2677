"""What a scope reaches, and how often it may be held back."""

from __future__ import annotations

import pytest

from framework.kernel.clock import NS_PER_S
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope
from framework.router.kill.states import Cause, KillState
from framework.router.kill.trips import REASONS_MAX, REPEATS_NS, ScopeState, Trip, limited_scope, reaches
from tests.wired import order_of, spot

ORDER = order_of(spot(), "o1", strategy="mm")


@pytest.mark.parametrize(
    ("scope", "is_in"),
    [
        (EVERYTHING, True),
        (Scope(ScopeKind.VENUE, "bitget"), True),
        (Scope(ScopeKind.VENUE, "binance"), False),
        (account_scope("bitget", "main"), True),
        (account_scope("bitget", "other"), False),
        (Scope(ScopeKind.INSTRUMENT, "BTC/USDT@bitget"), True),
        (Scope(ScopeKind.INSTRUMENT, "BTC/USDT"), False),
        (Scope(ScopeKind.STRATEGY, "mm"), True),
        (Scope(ScopeKind.STRATEGY, "m"), False),
    ],
    ids=str,
)
def test_a_scope_reaches_its_own(scope: Scope, is_in: bool) -> None:
    assert reaches(scope, ORDER.strategy, ORDER.instrument, "main") is is_in


def test_the_third_within_an_hour_is_too_often() -> None:
    watched = ScopeState(KillState.ARMED)
    assert [watched.is_too_often(at * NS_PER_S) for at in (0, 10, 20)] == [False, False, True]


def test_three_in_more_than_an_hour_are_not() -> None:
    watched = ScopeState(KillState.ARMED)
    assert [watched.is_too_often(at) for at in (0, 10, REPEATS_NS)] == [False, False, False]


def trip_of(cause: Cause, reason: str, who: str = "", *, is_hard: bool = False, flatten: bool = False) -> Trip:
    return Trip("t1", EVERYTHING, cause, reason, who, 7, is_hard, flatten)


def test_a_persons_kill_makes_an_automatic_trip_theirs_with_both_reasons() -> None:
    joined = trip_of(Cause.LIMIT, "lost", "risk").joined_by(trip_of(Cause.OPERATOR, "enough", "ann"))
    assert joined == trip_of(Cause.OPERATOR, "lost; enough", "ann")
    assert joined.joined_by(trip_of(Cause.FILE, "KILL file", "file")).reason == "lost; enough; KILL file"


def test_what_is_said_already_adds_nothing() -> None:
    trip = trip_of(Cause.OPERATOR, "enough", "ann")
    assert trip.joined_by(trip_of(Cause.OPERATOR, "enough", "bob")) is trip
    assert trip.joined_by(trip_of(Cause.LIMIT, "lost", "risk")) is trip, "what machines add is in the journal"


def test_what_a_machine_asks_for_beyond_a_persons_kill_leaves_it_theirs() -> None:
    joined = trip_of(Cause.OPERATOR, "enough", "ann").joined_by(trip_of(Cause.LIMIT, "lost", "risk", is_hard=True))
    assert joined == trip_of(Cause.OPERATOR, "enough", "ann", is_hard=True)


def test_reasons_without_end_stay_within_a_bound() -> None:
    trip = trip_of(Cause.LIMIT, "lost")
    for number in range(1_000):
        trip = trip.joined_by(trip_of(Cause.FILE, f"reason {number}"))
    assert len(trip.reason) <= REASONS_MAX + 2
    assert trip.joined_by(trip_of(Cause.FILE, "one more", flatten=True)).flatten


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("all", EVERYTHING),
        ("strategy mm", Scope(ScopeKind.STRATEGY, "mm")),
        ("account main", account_scope("bitget", "main")),
        ("account nobody", EVERYTHING),
        ("BTC/USDT@bitget", Scope(ScopeKind.INSTRUMENT, "BTC/USDT@bitget")),
    ],
)
def test_a_limit_trips_the_scope_of_its_table(name: str, scope: Scope) -> None:
    assert limited_scope(name, {"bitget": "main"}) == scope
