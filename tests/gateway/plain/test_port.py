"""The port against the real sandbox on loopback: every fault of the list, and what becomes of the orders."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import msgspec
import pytest

from framework.gateway.outcome import Answered, NotSent, Outcome, Unknown
from framework.gateway.plain.port import answer_of, reports_of
from framework.model.batch import BatchKind, Change, Cleared
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.scopes import EVERYTHING
from framework.ports import LEAVES_WITHIN_NS
from framework.sandbox.faults import Fault, FaultKind
from tests.gateway.plain.house import batch, open_house, order
from tests.wired import NOON, SECOND

K = FaultKind
R = ReportKind


async def test_a_batch_is_placed_and_cancelled() -> None:
    async with open_house() as house:
        orders = [order("a"), order("b"), order("c", 1)]
        house.send(BatchKind.PLACE, *orders)
        assert house.heard.reports == []  # never before `send` has returned
        assert await house.heard.wait(3) == [
            ("a", R.ACCEPTED, ""),
            ("b", R.ACCEPTED, ""),
            ("c", R.REJECTED, "min_notional"),
        ]
        assert house.heard.reports[0].venue_order_id == house.server.venue.orders["a"].venue_order_id
        house.send(BatchKind.CANCEL, *orders)
        assert (await house.heard.wait(6))[3:] == [
            ("a", R.CANCELLED, ""),
            ("b", R.CANCELLED, ""),
            ("c", R.CANCEL_REJECTED, "unknown_order"),
        ]


async def test_a_change_is_reported_with_what_it_is_now() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.send(BatchKind.AMEND, order("a"), changes=(Change(9_800, 1_600),))
        await house.heard.wait(2)
        said = house.heard.reports[1]
        assert (said.kind, said.price_points, said.size_points) == (R.AMENDED, 9_800, 1_600)


async def test_what_answers_a_cancel_or_a_change_names_its_request() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.send(BatchKind.AMEND, order("b"), changes=(Change(9_800, 1_600),))
        house.send(BatchKind.CANCEL, order("b"))
        await house.heard.wait(3)
        told = {report.kind: report.request_id for report in house.heard.reports}
        assert told == {R.ACCEPTED: 0, R.AMEND_REJECTED: 1, R.CANCEL_REJECTED: 1}, "an order is placed once"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(K.DROP_BEFORE), "connection_lost"),
        (Fault(K.DROP_AFTER), "connection_lost"),
        (Fault(K.HOLD_BEFORE), "timeout"),
        (Fault(K.HOLD_AFTER), "timeout"),
        (Fault(K.STATUS, status=500), "server_error"),
        (Fault(K.STATUS, status=503, is_processed=True), "server_error"),
        (Fault(K.CLOSE_MID_BODY, keep=9), "connection_lost"),
        (Fault(K.GARBAGE), "odd_answer"),
    ],
)
@pytest.mark.fault("N1", "N2", "N5")
async def test_without_a_whole_answer_every_order_is_unknown_and_nothing_is_sent_again(
    fault: Fault, reason: str
) -> None:
    async with open_house(fault, answer_s=0.2) as house:
        house.send(BatchKind.PLACE, order("a"), order("b"))
        assert await house.heard.wait(2) == [("a", R.UNKNOWN, reason), ("b", R.UNKNOWN, reason)]
        await house.road.ready()
        assert house.server.requests == ["/orders"]


@pytest.mark.fault("E9")
async def test_an_order_that_a_partial_answer_does_not_name_is_unknown() -> None:
    async with open_house(Fault(K.PARTIAL, keep=1)) as house:
        house.send(BatchKind.PLACE, order("a"), order("b"))
        assert await house.heard.wait(2) == [("a", R.ACCEPTED, ""), ("b", R.UNKNOWN, "missing_entry")]
        assert list(house.server.venue.orders) == ["a", "b"]


@pytest.mark.parametrize("status", [429, 418])
async def test_a_request_over_the_limit_was_looked_at_by_nobody(status: int) -> None:
    async with open_house(Fault(K.STATUS, status=status, retry_after_s=1)) as house:
        house.send(BatchKind.PLACE, order("a"))
        assert await house.heard.wait(1) == [("a", R.REJECTED, "rate_limited")]
        assert house.server.venue.orders == {}
        (said,) = house.heard.answers
        assert (said.request_id, said.is_limited) == (1, status == 429)
        assert (said.retry_after_ns, said.banned_until_ns) == ((SECOND, 0) if status == 429 else (0, NOON + SECOND))


@pytest.mark.fault("E2")
async def test_what_waits_for_a_connection_when_a_ban_is_told_does_not_leave() -> None:
    """Found by the simulation: cancels behind a slow one left during the ban."""
    async with open_house(Fault(K.STATUS, status=418, retry_after_s=1)) as house:
        house.send(BatchKind.CANCEL, order("a"))
        house.send(BatchKind.CANCEL, order("b"))  # one connection cancels
        assert await house.heard.wait(2) == [
            ("a", R.CANCEL_REJECTED, "rate_limited"),
            ("b", R.CANCEL_REJECTED, "banned"),
        ]


@pytest.mark.fault("E1")
@pytest.mark.parametrize("retry_after_s", [0, 1])
async def test_what_waits_for_a_connection_when_a_429_is_told_does_not_leave(retry_after_s: int) -> None:
    """Found by the simulation: orders behind a slow one left before the time was over that the venue had named."""
    async with open_house(Fault(K.STATUS, status=429, retry_after_s=retry_after_s)) as house:
        for name in "abcdef":
            house.send(BatchKind.PLACE, order(name))
        said = await house.heard.wait(6)
        assert ("a", R.REJECTED, "rate_limited") in said
        assert {reason for _, kind, reason in said if kind is R.REFUSED} == {"paused"}
        assert set(house.server.venue.orders) == {name for name, kind, _ in said if kind is R.ACCEPTED} <= {"b"}


@pytest.mark.fault("E1")
@pytest.mark.parametrize("retry_after_s", [0, 1])
async def test_so_do_cancels_and_nothing_of_another_bucket(retry_after_s: int) -> None:
    async with open_house() as house:
        for name in "ab":
            house.send(BatchKind.PLACE, order(name))
        await house.heard.wait(2)
        house.server.faults.add([Fault(K.STATUS, status=429, retry_after_s=retry_after_s)])
        for name in "ab":
            house.send(BatchKind.CANCEL, order(name))  # one connection cancels
        assert (await house.heard.wait(4))[2:] == [
            ("a", R.CANCEL_REJECTED, "rate_limited"),
            ("b", R.CANCEL_REJECTED, "paused"),
        ]
        house.send(BatchKind.PLACE, order("c"))
        assert (await house.heard.wait(5))[4:] == [("c", R.ACCEPTED, "")]


@contextmanager
def no_file_left() -> Iterator[None]:
    """The process may open nothing more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (held[0] + 1, hard))
    try:
        with suppress(OSError):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in held:
            os.close(number)


@pytest.mark.fault("P29")
async def test_with_no_file_left_a_cancel_leaves_on_the_connection_that_is_kept_for_it() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        with no_file_left():
            with pytest.raises(OSError, match="Too many open files"):
                os.open(os.devnull, os.O_RDONLY)
            house.send(BatchKind.CANCEL, order("a"))
            assert (await house.heard.wait(2))[1] == ("a", R.CANCELLED, "")


@pytest.mark.fault("E7")
def test_a_firewalls_page_pauses_and_proves_nothing() -> None:
    page = Answered(403, {"retry-after": "7"}, b"<html>Forbidden</html>")
    said = answer_of(batch(BatchKind.PLACE, order()), page, NOON)
    assert (said.is_limited, said.retry_after_ns) == (True, 7 * SECOND)
    (report,) = reports_of(batch(BatchKind.PLACE, order()), page, NOON)
    assert report.kind is R.UNKNOWN
    refused = Answered(403, {}, b'{"error":"not_allowed"}')
    assert not answer_of(batch(BatchKind.PLACE, order()), refused, NOON).is_limited


async def test_the_venues_own_limit_is_told_as_such() -> None:
    async with open_house(limit=1) as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.send(BatchKind.PLACE, order("b"))
        assert (await house.heard.wait(2))[1:] == [("b", R.REJECTED, "rate_limited")]
        assert [said.is_limited for said in house.heard.answers] == [False, True]


async def test_a_tripped_word_refuses_orders_and_lets_cancels_pass() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a"))
        await house.heard.wait(1)
        house.word.close(EVERYTHING, "test")
        house.send(BatchKind.PLACE, order("b"))
        house.send(BatchKind.CANCEL, order("a"))
        assert sorted((await house.heard.wait(3))[1:]) == [("a", R.CANCELLED, ""), ("b", R.REFUSED, "gate_closed")]
        refused = next(report for report in house.heard.reports if report.client_order_id == "b")
        assert refused.source is Source.GATEWAY
        assert refused.request_id, "it names the request that never left"


async def test_an_order_that_has_grown_old_does_not_leave() -> None:
    async with open_house() as house:
        house.send(BatchKind.PLACE, order("a", ts_created_ns=NOON - 5_000_000_001))
        assert await house.heard.wait(1) == [("a", R.REFUSED, "stale")]


async def test_what_only_reduces_is_never_too_old_and_still_leaves_soon_or_never() -> None:
    async with open_house() as house:
        old = msgspec.structs.replace(order("a", ts_created_ns=NOON - 3_600 * SECOND), reduce_only=True, is_buy=False)
        house.port.send(Cleared(batch(BatchKind.PLACE, old), NOON - LEAVES_WITHIN_NS + 1))
        house.port.send(
            Cleared(batch(BatchKind.PLACE, msgspec.structs.replace(old, client_order_id="b")), NOON - LEAVES_WITHIN_NS)
        )
        told = {order_id: (kind, reason) for order_id, kind, reason in await house.heard.wait(2)}
        assert told["b"] == (R.REFUSED, "stale")  # a proof of absence rests on it
        assert told["a"][1] != "stale"


# --- what outcomes say -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (BatchKind.PLACE, R.REFUSED),
        (BatchKind.CANCEL, R.CANCEL_REJECTED),
        (BatchKind.AMEND, R.AMEND_REJECTED),
    ],
)
def test_what_was_not_sent_is_told_by_the_gateway(kind: BatchKind, refused: ReportKind) -> None:
    (report,) = reports_of(batch(kind, order()), NotSent("no_connection", "none"), 7)
    assert report == OrderReport("a", 7, refused, Source.GATEWAY, "", "no_connection", "none")


@pytest.mark.fault("E6", "N13", "N12")
@pytest.mark.parametrize("kind", list(BatchKind))
@pytest.mark.parametrize(
    "outcome",
    [
        Unknown("timeout"),
        Answered(200, {}, b"{}"),
        Answered(200, {}, b'{"results":[]}'),
        Answered(200, {}, b'{"results":[{"id":"a","result":"maybe"}]}'),
        Answered(200, {}, b'{"results":[{"id":"a","result":"accepted"},{"id":"a","result":"rejected"}]}'),
        Answered(302, {}, b'{"error":"moved"}'),
        Answered(400, {}, b"no such page"),
        Answered(500, {}, b'{"error":"internal"}'),
    ],
)
def test_what_proves_nothing_leaves_an_order_unknown(kind: BatchKind, outcome: Outcome) -> None:
    changes = (Change(1, 1),) if kind is BatchKind.AMEND else ()
    (report,) = reports_of(batch(kind, order(), changes=changes), outcome, 7)
    assert (report.kind, report.source) == (R.UNKNOWN, Source.GATEWAY)


def test_a_refused_request_rejects_each_order_with_the_venues_word() -> None:
    (report,) = reports_of(batch(BatchKind.PLACE, order()), Answered(400, {}, b'{"error":"too_old","detail":"6 s"}'), 7)
    assert report == OrderReport("a", 7, R.REJECTED, Source.VENUE, "", "too_old", "6 s")
