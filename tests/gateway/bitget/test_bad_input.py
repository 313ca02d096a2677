"""Whatever the venue says, nothing breaks: it is read, or it is refused with the field named, and then it says nothing.

Answers and pushes are those of the sandbox, in every dialect, with one thing in them changed.
"""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.gateway.bitget import allowance
from framework.gateway.bitget.found import Purpose, account_by
from framework.gateway.bitget.markets import BitgetMarkets
from framework.gateway.bitget.names import Names
from framework.gateway.bitget.query import FAILURES, BitgetQuery
from framework.gateway.bitget.questions import BitgetQuestions
from framework.gateway.bitget.reports import opened, reports_of
from framework.gateway.bitget.stream import BitgetStream
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.outcome import Answered, Outcome
from framework.kernel.clock import ManualClock
from framework.model.batch import BatchKind
from framework.model.errors import ConfigError, DataError, VenueError
from framework.model.events import ReportKind
from framework.model.orders import Order
from framework.model.questions import Ask, Question
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.products import AccountKind, product_named
from framework.venues.bitget.signing import Credentials, HmacSigner
from tests.gateway.bitget.account_house import ALL, open_account
from tests.gateway.bitget.house import BTC, batch, order
from tests.gateway.bitget.test_query import TRIGGERS
from tests.sandbox.bitget.scene import START_NS, trade

SPOILED = [
    None, "", "x", "订单不存在", 5, 2**70, -1, 1.5, True, [], {}, [[]], {"a": 1}, "9" * 60, "1e400", "-1", "0.00000000001", "NaN", "-0",
    "1179999999999999999", 1179999999999999999, "2024-01-01", "LIVE", "\ud800".encode("utf-16", "surrogatepass").hex(),
]  # fmt: skip
"""Null, nothing, another type, Chinese, too large, not finite, 19 digits as text and as a number, unknown words."""

PAGES = [
    b"",
    b"<html><head><title>502 Bad Gateway</title></head></html>",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b'{"code":',
    b"5",
]


class Captured:
    """What the sandbox said in one dialect: path -> answer, and every push of the private stream."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.pushes: list[str] = []
        self.instruments: tuple = ()
        self.order: Order | None = None


async def captured(key: str, symbol: str) -> Captured:
    """A small life, kept word by word."""
    kept = Captured()
    async with open_account(key, symbol) as house:
        real_ask, real_hear = house.account.road.ask, house.account.stream._hear

        async def ask(build: Callable[[], bytes]) -> Outcome:
            data = build()
            outcome = await real_ask(lambda: data)
            if isinstance(outcome, Answered):
                kept.answers[data.split(b" ", 2)[1].decode().partition("?")[0]] = outcome.body
            return outcome

        def hear(text: str) -> None:
            kept.pushes.append(text)
            real_hear(text)

        house.account.road.ask, house.account.stream._hear = ask, hear
        await house.place(house.order("a"), house.order("b", price="58000"))
        house.client.post(*TRIGGERS[key, symbol])
        trade(house.venue, "58999.00", "5", buy=False)
        await house.told(ReportKind.FILLED, "a")
        for each in Ask:
            await house.ask(each, "b" if each is Ask.ORDER else "", START_NS - 1)
        house.clock.now_ns += 2_000_000_000
        await house.account.watch.look()
        kept.instruments, kept.order = house.found.instruments, house.orders["b"]
    return kept


@pytest.fixture(scope="module")
def words() -> dict[tuple[str, str], Captured]:
    return {dialect: asyncio.run(captured(*dialect)) for dialect in ALL}


@pytest.fixture(autouse=True, scope="module")
def unhurried() -> Iterator[None]:
    """Nobody is asked: nothing is held back."""
    before, allowance.WINDOW_S = allowance.WINDOW_S, 0.0
    yield
    allowance.WINDOW_S = before


def places(found: object, path: tuple = ()) -> Iterator[tuple]:
    """Where a field or item stands."""
    items = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for name, value in items:
        yield (*path, name)
        yield from places(value, (*path, name))


def spoilt(body: bytes | str, data: st.DataObject) -> str:
    """The same with one thing in it changed, or half of it."""
    found = copy.deepcopy(json.loads(body))
    *way, last = data.draw(st.sampled_from(list(places(found))))
    inner = found
    for name in way:
        inner = inner[name]
    inner[last] = data.draw(st.sampled_from(SPOILED))
    text = json.dumps(found)
    return text if data.draw(st.integers(0, 9)) else text[: data.draw(st.integers(0, len(text)))]


class Told:
    """A road to a venue that says what was kept, one answer of it changed."""

    def __init__(self, answers: dict[str, bytes], path: str, body: bytes, status: int = 200) -> None:
        self.answers = answers | {path: body}
        self.path = path
        self.status = status

    async def ask(self, build: Callable[[], bytes]) -> Outcome:
        path = build().split(b" ", 2)[1].decode().partition("?")[0]
        body = self.answers.get(path)
        if body is None:
            return Answered(400, {}, b'{"code":"40084","msg":"classic","data":null}')
        return Answered(self.status if path == self.path else 200, {}, body)


def questions(road: Any) -> BitgetQuestions:
    clock = ManualClock(START_NS)
    return BitgetQuestions(road, BitgetWire("localhost", clock, Credentials("k", "p", HmacSigner(b"s"))), clock)


def asked(dialect: tuple[str, str], kept: Captured, road: Any) -> None:
    """Every question, held against a venue that says something odd."""
    key, _ = dialect
    kind, halts = AccountKind(key.partition("-")[0]), list[str]()
    query = BitgetQuery(
        questions(road), ManualClock(START_NS), None, kind, Terms(), BitgetMarkets(kept.instruments), Names(),  # type: ignore[arg-type]  # nobody takes the replies
        {"b": kept.order}.get, halts.append,
    )  # fmt: skip
    for ask in Ask:
        reply = asyncio.run(query._reply(Question(1, "bitget", "main", ask, "b", START_NS - 1)))
        assert reply.failure in ("", "refused", "not_ours", *FAILURES.values())
        if reply.failure:
            assert not reply.orders and not reply.fills and not reply.balances and not reply.positions


@pytest.mark.fault("E24", "N22")
@settings(max_examples=400, deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_a_spoilt_answer_is_read_or_is_a_failure(words: dict, dialect: tuple[str, str], data: st.DataObject) -> None:
    kept = words[dialect]
    path = data.draw(st.sampled_from(sorted(kept.answers)))
    asked(dialect, kept, Told(kept.answers, path, spoilt(kept.answers[path], data).encode()))


@pytest.mark.fault("N13")
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("dialect", ALL)
def test_a_page_that_is_no_answer_is_a_failure(words: dict, dialect: tuple[str, str], page: bytes) -> None:
    kept = words[dialect]
    for path in sorted(kept.answers):
        for status in (200, 403, 502):
            asked(dialect, kept, Told(kept.answers, path, page, status))


@given(st.sampled_from(ALL), st.data())
def test_a_spoilt_account_is_found_or_refused_with_its_reason(
    words: dict, dialect: tuple[str, str], data: st.DataObject
) -> None:
    kept = words[dialect]
    path = data.draw(st.sampled_from(sorted(kept.answers)))
    road = Told(kept.answers, path, spoilt(kept.answers[path], data).encode())
    try:
        found = asyncio.run(account_by(Purpose((dialect[1],)), questions(road)))
    except (VenueError, ConfigError, DataError) as error:
        assert "expected" in str(error).lower() or "bitget" in str(error)  # noqa: PT017  # found or refused: both are right
    else:
        assert found.instruments[0].symbol == dialect[1]


class Quiet:
    """Takes reports."""

    def report(self, report: object) -> None: ...

    answered = report


@pytest.mark.fault("N20")
@given(st.sampled_from(ALL), st.data())
def test_a_spoilt_push_is_heard_or_is_a_gap(words: dict, dialect: tuple[str, str], data: st.DataObject) -> None:
    kept, (key, symbol) = words[dialect], dialect
    told: list[Any] = []

    async def heard() -> None:
        clock = ManualClock(START_NS)
        wire = BitgetWire("localhost", clock, Credentials("k", "p", HmacSigner(b"s")))
        ours = {name: order(name, instrument=kept.instruments[0]) for name in ("a", "b")}
        stream = BitgetStream(
            "", wire, clock, Quiet(), AccountKind(key.partition("-")[0]), [product_named(symbol)], ours.get, Names(),  # type: ignore[arg-type]  # reports go nowhere
            told.append, lambda name: None,
        )  # fmt: skip
        stream._hear(spoilt(data.draw(st.sampled_from(kept.pushes)), data))

    asyncio.run(heard())
    assert all(gap.why for gap in told)


@given(st.sampled_from(["successList", "failureList", "list", "orderId"]), st.data())
def test_a_spoilt_batch_answer_leaves_orders_unknown_and_never_breaks(shape: str, data: st.DataObject) -> None:
    entry = {"orderId": "1", "clientOid": "a", "errorMsg": "m", "errorCode": "43012", "code": "0"}
    good = {"code": "00000", "msg": "success", "data": entry if shape == "orderId" else {shape: [entry]}}
    outcome = Answered(data.draw(st.sampled_from([200, 400, 429, 500])), {}, spoilt(json.dumps(good), data).encode())
    for kind in (BatchKind.PLACE, BatchKind.CANCEL):
        both = [order("a", instrument=BTC), order("b", instrument=BTC)]
        reports = reports_of(batch(kind, *both), outcome, opened(outcome, "place"), START_NS)
        assert {report.client_order_id for report in reports} <= {"a", "b"}
        if kind is BatchKind.PLACE:
            assert len(reports) == 2  # whatever was said: each order has an outcome, and silence is UNKNOWN
