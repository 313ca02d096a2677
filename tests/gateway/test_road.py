from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from framework.gateway.outcome import Answered, NotSent, Outcome, Unknown
from framework.gateway.pool import WAITING_MAX, PoolTimes
from framework.gateway.road import Road
from framework.kernel.kill_word import KillWord
from framework.kernel.virtual_loop import VirtualLoop, run
from framework.model.scopes import EVERYTHING, Scope, ScopeKind
from tests.gateway.memory import OK, MemoryVenue, answer, armed, cancel, order, passage, ping

PACE = PoolTimes(answer_s=2.0, idle_s=15.0)
MM = Scope(ScopeKind.STRATEGY, "mm")


def played(
    venue: MemoryVenue, scene: Callable[[Road, KillWord], Awaitable[None]], creating: int = 2, pace: PoolTimes = PACE
) -> None:
    """Play a scene on a road that is up, on the virtual loop."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        word = armed()
        road = Road(venue, word, loop.clock, ping, creating=creating, cancelling=1, asking=1, pace=pace)
        async with road.up():
            await scene(road, word)

    run(main())


async def created(road: Road, word: KillWord, number: int = 1, strategy: str = "mm") -> Outcome:
    found: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    road.create(order(number), passage(word, strategy), found.set_result)
    return await found


def silent_for_orders(data: bytes) -> bytes | None:
    return None if data.startswith(b"POST") else OK


def test_an_order_is_answered() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        assert await created(road, word) == Answered(200, {"content-length": "2"}, b"ok")

    played(venue, scene)
    assert len(venue.creating) == 1


@pytest.mark.fault("N9")
def test_connections_are_warm_before_the_first_order() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        assert [len(transport.requests) for transport in venue.transports] == [1, 1, 1, 1]
        assert set(venue.requests) == {ping()}

    played(venue, scene)


@pytest.mark.fault("N14")
def test_one_connection_has_one_request_in_flight_and_the_rest_waits() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        outcomes: list[Outcome] = []
        for number in range(5):
            road.create(order(number), passage(word), outcomes.append)
        assert len(venue.creating) == 2
        assert road.pools[0].waiting == 3
        await asyncio.sleep(0.011)
        assert (len(outcomes), len(venue.creating)) == (2, 4)
        await asyncio.sleep(0.021)
        assert len(outcomes) == 5
        assert venue.creating == [order(number)() for number in range(5)]

    played(venue, scene)


def test_bytes_are_built_when_a_connection_is_free_not_before() -> None:
    built_s: list[float] = []

    async def scene(road: Road, word: KillWord) -> None:
        loop = asyncio.get_running_loop()

        def build() -> bytes:
            built_s.append(loop.time())
            return order()()

        for _ in range(2):
            road.create(build, passage(word), lambda outcome: None)
        await asyncio.sleep(0.1)

    played(MemoryVenue(), scene, creating=1)
    assert built_s[1] - built_s[0] == pytest.approx(0.010)


@pytest.mark.parametrize(
    "said", [b"HTTP/1.0 200 OK\r\n\r\n", b"nonsense\r\n\r\n", answer(200, b"ok").replace(b": 2", b": 2, 2")]
)
def test_an_odd_answer_makes_the_order_unknown_and_ends_the_connection(said: bytes) -> None:
    venue = MemoryVenue(lambda data: said if data.startswith(b"POST") else OK)

    async def scene(road: Road, word: KillWord) -> None:
        outcome = await created(road, word)
        assert isinstance(outcome, Unknown)
        assert outcome.reason == "odd_answer"
        assert [transport.is_gone for transport in venue.transports] == [True, False, False, False]

    played(venue, scene)
    assert len(venue.creating) == 1


@pytest.mark.fault("N7")
def test_an_answer_of_a_byte_a_second_ends_at_the_deadline_of_the_whole() -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        started_s, loop = asyncio.get_running_loop().time(), asyncio.get_running_loop()
        for second, byte in enumerate(answer(200, b"x" * 100), 1):
            loop.call_later(0.5 * second, venue.transports[0].hear, bytes([byte]))
        outcome = await created(road, word)
        assert isinstance(outcome, Unknown)
        assert outcome.reason == "timeout"
        assert loop.time() - started_s == pytest.approx(2.0)
        assert venue.transports[0].is_gone
        venue.say = lambda data: OK
        await road.ready()
        assert isinstance(await created(road, word, 2), Answered)

    played(venue, scene, creating=1)


@pytest.mark.fault("N12")
def test_a_redirect_is_an_answer_and_is_never_followed() -> None:
    venue = MemoryVenue(lambda data: answer(307, b"", "Location: http://example.com/orders") if b"POST" in data else OK)

    async def scene(road: Road, word: KillWord) -> None:
        outcome = await created(road, word)
        assert isinstance(outcome, Answered)
        assert outcome.status == 307
        await asyncio.sleep(5)

    played(venue, scene)
    assert len(venue.creating) == 1
    assert len(venue.transports) == 4


@pytest.mark.fault("N14", "N26")
def test_no_answer_in_time_is_unknown_and_the_late_answer_is_taken_for_no_other() -> None:
    venue = MemoryVenue(lambda data: answer(200, b"late") if b"/orders/1" in data else OK)

    async def scene(road: Road, word: KillWord) -> None:
        venue.delay_s = 2.5
        assert await created(road, word, 1) == Unknown("timeout", "no whole answer in 2 s")
        venue.delay_s = 0.010
        await road.ready()
        second = await created(road, word, 2)
        assert isinstance(second, Answered)
        assert second.body == b"ok"
        await asyncio.sleep(5)

    played(venue, scene, creating=1)
    assert len(venue.creating) == 2


@pytest.mark.fault("N4", "N8")
@pytest.mark.parametrize("error", [None, ConnectionResetError()])
def test_a_lost_connection_makes_its_order_unknown_and_comes_up_again(error: Exception | None) -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        asyncio.get_running_loop().call_later(0.5, venue.transports[0].lose, error)
        outcome = await created(road, word)
        assert isinstance(outcome, Unknown)
        assert outcome.reason == "connection_lost"
        await road.ready()
        assert len(venue.transports) == 5

    played(venue, scene)
    assert len(venue.creating) == 1


def test_a_question_to_which_no_outcome_is_told_ends_by_a_deadline_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at a key's rights, say, hung in silence: nothing bounded the wait for what a bug had lost."""

    async def scene(road: Road, word: KillWord) -> None:
        monkeypatch.setattr(road.pools[2], "submit", lambda errand: None)
        began_s = asyncio.get_running_loop().time()
        outcome = await road.ask(ping)
        assert outcome == Unknown("no_outcome", "the road told none within 14 s, a bug of ours: see the log")
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(14.0)

    played(MemoryVenue(), scene)


def test_the_deadline_is_no_sooner_than_the_last_outcome_that_a_pool_tells() -> None:
    """A question behind one without an answer, itself without one."""
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        venue.say = lambda data: None
        found = await asyncio.gather(*(road.ask(ping) for _ in range(3)))
        assert {outcome.reason for outcome in found if not isinstance(outcome, Answered)} == {
            "timeout",
            "no_connection",
        }

    played(venue, scene)


def test_an_order_that_finds_no_connection_was_not_sent() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        venue.is_away = True
        for transport in venue.transports:
            transport.lose(None)
        await asyncio.sleep(0.001)
        outcome = await created(road, word)
        assert isinstance(outcome, NotSent)
        assert outcome.reason == "no_connection"

    played(venue, scene)
    assert venue.creating == []


@pytest.mark.fault("N24")
def test_dialling_again_waits_longer_each_time_up_to_a_bound() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        del venue.dialled_s[:]
        venue.is_away = True
        venue.transports[0].lose(None)
        await asyncio.sleep(60)

    played(venue, scene)
    waits = [later - earlier for earlier, later in zip(venue.dialled_s, venue.dialled_s[1:], strict=False)]
    assert waits[:6] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
    assert waits[6:] == pytest.approx([5.0] * len(waits[6:]))


@pytest.mark.fault("N8")
def test_a_connection_that_idles_is_pinged_before_the_venue_closes_it() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        await asyncio.sleep(40)
        assert [len(transport.requests) for transport in venue.transports] == [3, 3, 3, 3]

    played(venue, scene)


@pytest.mark.fault("N26", "N6")
def test_a_connection_whose_ping_gets_no_answer_is_replaced() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        venue.say = lambda data: None
        await asyncio.sleep(18)
        assert all(transport.is_gone for transport in venue.transports[:4])
        venue.say = lambda data: OK
        await road.ready()

    played(venue, scene)


def test_bytes_that_nobody_asked_for_end_the_connection() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        venue.transports[0].hear(OK)
        assert venue.transports[0].is_gone

    played(venue, scene)


def test_what_comes_behind_an_answer_ends_the_connection_and_the_answer_stands() -> None:
    venue = MemoryVenue(lambda data: OK + b"H" if data.startswith(b"POST") else OK)

    async def scene(road: Road, word: KillWord) -> None:
        assert isinstance(await created(road, word), Answered)
        assert venue.transports[0].is_gone

    played(venue, scene)


def test_a_venue_that_closes_is_dialled_again() -> None:
    venue = MemoryVenue(lambda data: answer(200, b"ok", "Connection: close") if data.startswith(b"POST") else OK)

    async def scene(road: Road, word: KillWord) -> None:
        assert isinstance(await created(road, word), Answered)
        assert venue.transports[0].is_gone
        await asyncio.sleep(0.1)
        assert len(road.pools[0].connections) == 2

    played(venue, scene)


def test_an_answer_before_the_request_had_left_ends_the_connection() -> None:
    """What is still held back of an order must not leave later: nobody would cut it."""
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        venue.is_stuck = True
        road.create(order(), passage(word), lambda outcome: None)
        assert venue.transports[0].buffer
        venue.transports[0].hear(OK)
        assert venue.transports[0].is_gone
        assert not venue.transports[0].buffer

    played(venue, scene)


def test_a_full_road_says_so() -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        outcomes: list[Outcome] = []
        for number in range(WAITING_MAX + 2):
            road.create(order(number), passage(word), outcomes.append)
        await asyncio.sleep(0)
        assert [type(outcome) for outcome in outcomes] == [NotSent]
        assert outcomes[0] == NotSent("road_full", f"{WAITING_MAX} requests wait for a creating connection already")

    played(venue, scene, creating=1)


def test_a_request_that_cannot_be_built_is_not_sent() -> None:
    from framework.gateway.http1 import request_bytes

    async def scene(road: Road, word: KillWord) -> None:
        found: list[Outcome] = []
        road.create(lambda: request_bytes("GET", "/a b", "localhost"), passage(word), found.append)
        assert found == []
        await asyncio.sleep(0)
        assert [type(outcome) for outcome in found] == [NotSent]

    played(MemoryVenue(), scene)


# --- the kill word ---------------------------------------------------------------------------------------------------


def test_a_closed_word_lets_no_order_leave() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        word.close(EVERYTHING, "test")
        assert await created(road, word) == NotSent("gate_closed", "global: test")

    played(venue, scene)
    assert venue.creating == []


def test_cancels_and_questions_pass_when_it_is_closed() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        word.close(EVERYTHING, "test")
        found: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        road.cancel(cancel(), found.set_result)
        assert isinstance(await found, Answered)
        assert isinstance(await road.ask(ping), Answered)

    played(venue, scene)


def test_orders_without_an_answer_keep_no_cancel_waiting() -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        for number in range(10):
            road.create(order(number), passage(word), lambda outcome: None)
        began_s = asyncio.get_running_loop().time()
        found: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        road.cancel(cancel(), found.set_result)
        assert isinstance(await found, Answered)
        assert asyncio.get_running_loop().time() - began_s == pytest.approx(0.010)

    played(venue, scene)


def test_a_trip_cuts_orders_without_an_answer_and_holds_back_those_that_wait() -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        outcomes: list[Outcome] = []
        for number in range(4):
            road.create(order(number), passage(word), outcomes.append)
        word.close(EVERYTHING, "test")
        assert [transport.is_gone for transport in venue.transports] == [True, True, False, False]
        await asyncio.sleep(0.001)
        assert [type(outcome) for outcome in outcomes].count(Unknown) == 2
        assert [type(outcome) for outcome in outcomes].count(NotSent) == 2
        await road.ready()

    played(venue, scene)
    assert len(venue.creating) == 2


def test_a_trip_of_one_strategy_cuts_no_other() -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        outcomes: list[Outcome] = []
        for number, strategy in enumerate(["mm", "sma", "mm", "sma"]):
            road.create(order(number), passage(word, strategy), outcomes.append)
        word.close(MM, "test")
        assert [transport.is_gone for transport in venue.transports] == [True, False, False, False]
        await asyncio.sleep(0.001)
        assert [outcome.reason for outcome in outcomes if not isinstance(outcome, Answered)] == [
            "cut_off",
            "gate_closed",
        ]
        assert road.pools[0].waiting == 1

    played(venue, scene)


def test_an_order_that_waited_through_a_trip_does_not_leave_after_arming() -> None:
    venue = MemoryVenue()

    async def scene(road: Road, word: KillWord) -> None:
        outcomes: list[Outcome] = []
        cleared = passage(word)
        word.close(MM, "test", spares_reducing=True)
        word.open(MM)
        road.create(order(), cleared, outcomes.append)
        await asyncio.sleep(0.1)
        assert [type(outcome) for outcome in outcomes] == [NotSent]

    played(venue, scene)
    assert venue.creating == []


@pytest.mark.fault("A6")
def test_nothing_secret_shows_in_what_is_told() -> None:
    venue = MemoryVenue(silent_for_orders)

    async def scene(road: Road, word: KillWord) -> None:
        road.create(lambda: b"POST / HTTP/1.1\r\nX-Key: canary\r\n\r\n", passage(word), lambda outcome: None)
        connection = road.pools[0].connections[0]
        assert "canary" not in repr(connection)
        assert repr(connection) == "<Connection busy>"

    played(venue, scene)
