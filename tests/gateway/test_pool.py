from __future__ import annotations

import asyncio
import io
import json

import pytest

from framework.gateway.outcome import Answered, NotSent, Outcome, Unknown
from framework.gateway.pool import Errand, Pool, PoolTimes, settle
from framework.kernel.logging import configure
from framework.kernel.virtual_loop import run
from framework.ports import LEAVES_WITHIN_NS
from tests.gateway.memory import OK, MemoryVenue, armed, cancel, order, passage, ping


def test_what_is_asked_of_a_pool_without_connections_was_not_sent() -> None:
    async def main() -> None:
        pool = Pool("asking", MemoryVenue(), 1, armed(), lambda: 0, ping)
        found: list[Outcome] = []
        pool.submit(Errand(order(), found.append))
        assert found == []  # never before its caller returns
        await asyncio.sleep(0)
        assert found == [NotSent("no_connection", "none of 1 asking connections is up")]

    run(main())


@pytest.mark.fault("N9")
def test_a_connection_that_does_not_come_up_in_time_is_tried_again() -> None:
    class Slow(MemoryVenue):
        async def __call__(self, connection: object) -> None:
            self.dialled_s.append(asyncio.get_running_loop().time())
            await asyncio.Event().wait()

    venue = Slow()

    async def main() -> None:
        pool = Pool("asking", venue, 1, armed(), lambda: 0, ping, PoolTimes(dial_s=1.0, retry_s=0.5))
        keeping = asyncio.create_task(pool.keep(1))
        await asyncio.sleep(3.0)
        keeping.cancel()

    run(main())
    assert venue.dialled_s == [0.0, 1.5]


def test_connections_that_do_not_come_up_are_logged_seldom_and_counted() -> None:
    venue, out = MemoryVenue(), io.StringIO()
    venue.is_away = True

    async def main() -> None:
        pool = Pool("asking", venue, 4, armed(), lambda: 0, ping, PoolTimes(retry_s=1.0, retry_s_max=1.0))
        keeping = [asyncio.create_task(pool.keep(number)) for number in range(4)]
        await asyncio.sleep(15.5)
        for task in keeping:
            task.cancel()

    configure(lambda: 0, as_json=True, file=out)
    run(main())
    configure(lambda: 0)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(line["pool"], line["error"], line["times"]) for line in lines] == [
        ("asking", "ConnectionRefusedError", 1),
        ("asking", "ConnectionRefusedError", 40),
    ]


def test_what_waited_too_long_for_a_connection_does_not_leave() -> None:
    """Found by the simulation: cancels behind silent ones left when the budget had long forgotten them."""
    venue = MemoryVenue(delay_s=2.0)

    async def main() -> None:
        clock, found = [0], list[Outcome]()
        pool = Pool("cancelling", venue, 1, armed(), lambda: clock[0], ping)
        keeping = asyncio.create_task(pool.keep(1))
        await pool.ready()
        pool.submit(Errand(cancel(1), found.append))
        pool.submit(Errand(cancel(2), found.append))
        clock[0] += LEAVES_WITHIN_NS
        await asyncio.sleep(3.0)
        assert found[1] == NotSent("waited_too_long", "for a cancelling connection")
        assert not [data for data in venue.requests if b"/orders/2" in data]
        keeping.cancel()

    run(main())


class Bugs(list[BaseException]):
    """What reaches the running loop's exception handler."""

    def __init__(self) -> None:
        super().__init__()
        asyncio.get_running_loop().set_exception_handler(lambda _, facts: self.append(facts["exception"]))


def unbuildable() -> bytes:
    raise LookupError("nobody thought of this")


def test_a_request_whose_build_breaks_ends_and_the_next_takes_its_place() -> None:
    """It was lost where it had waited: whoever had asked waited for ever, and the connection was given up."""
    venue, out = MemoryVenue(), io.StringIO()

    async def main() -> None:
        bugs, found = Bugs(), list[Outcome]()
        pool = Pool("asking", venue, 1, armed(), lambda: 0, ping)
        keeping = asyncio.create_task(pool.keep(1))
        await pool.ready()
        for build in (unbuildable, cancel(1), unbuildable, cancel(2)):
            pool.submit(Errand(build, found.append))
        await asyncio.sleep(1.0)
        assert [type(outcome) for outcome in found] == [NotSent, Answered, NotSent, Answered]
        assert found[2] == NotSent("unbuildable", "LookupError, a bug of ours: see the log")
        assert [type(bug) for bug in bugs] == [LookupError, LookupError]
        assert len(venue.transports) == 1
        keeping.cancel()

    configure(lambda: 0, as_json=True, file=out)
    run(main())
    configure(lambda: 0)
    told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in told] == ["request.unbuildable"] * 2
    assert "in unbuildable" in told[0]["exception"]


def test_an_outcome_that_its_asker_cannot_take_costs_nobody_elses() -> None:
    """Told of a lost connection, it broke the keeper's round: the pool stood still, and the others were told nothing."""
    venue = MemoryVenue(lambda data: None if b"orders" in data else OK)

    def broken(outcome: Outcome) -> None:
        raise LookupError(outcome)

    async def main() -> None:
        bugs, found = Bugs(), list[Outcome]()
        pool = Pool("asking", venue, 1, armed(), lambda: 0, ping)
        keeping = asyncio.create_task(pool.keep(1))
        await pool.ready()
        for done in (broken, broken, found.append):
            pool.submit(Errand(cancel(1), done))
        venue.transports[0].lose(None)
        await pool.ready()
        assert found == [NotSent("no_connection", "the last asking connection was lost")]
        assert [type(bug) for bug in bugs] == [LookupError, LookupError]
        keeping.cancel()

    run(main())


def test_an_order_that_breaks_where_it_is_handed_over_is_unknown_and_its_connection_is_given_up() -> None:
    venue = MemoryVenue()

    def say(data: bytes) -> bytes:
        if data.startswith(b"POST"):
            raise LookupError("it had left by then")
        return OK

    async def main() -> None:
        bugs, found, word = Bugs(), list[Outcome](), armed()
        pool = Pool("creating", venue, 1, word, lambda: 0, ping)
        keeping = asyncio.create_task(pool.keep(1))
        await pool.ready()
        venue.say = say
        pool.submit(Errand(order(), found.append, passage(word)))
        await asyncio.sleep(1.0)
        assert found == [Unknown("broken", "LookupError where it was handed over, a bug of ours: see the log")]
        assert len(venue.creating) == 1  # and never again
        assert [transport.is_gone for transport in venue.transports] == [True, False]
        assert len(bugs) == 1
        keeping.cancel()

    run(main())


def test_who_has_given_up_waiting_is_not_told() -> None:
    async def main() -> None:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        answer.cancel()
        settle(answer, Answered(200, {}, b""))
        assert answer.cancelled()

    run(main())
