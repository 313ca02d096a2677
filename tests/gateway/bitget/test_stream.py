"""The private stream against the sandbox on loopback."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from framework.gateway.bitget import heard
from framework.gateway.bitget import stream as stream_module
from framework.gateway.bitget.heard import WAITING_MAX
from framework.gateway.bitget.stream import BitgetStream, StreamEvent
from framework.gateway.bitget.stream import StreamStep as Step
from framework.kernel.logging import configure
from framework.model.batch import BatchKind
from framework.model.events import ReportKind
from framework.model.orders import Order, Pending, write
from framework.sandbox.faults import Fault, FaultKind
from framework.venues.bitget.products import AccountKind, Product
from tests.gateway.bitget.house import House, open_house, order
from tests.sandbox.bitget.scene import trade

R = ReportKind


@asynccontextmanager
async def listening(*ours: Order, name: str = "classic-trade") -> AsyncIterator[tuple[House, BitgetStream]]:
    async with open_house(name=name) as house:
        known = {one.client_order_id: one for one in ours}
        house.told, house.strays = [], []
        stream = BitgetStream(
            f"ws://{house.wire._host}/v2/ws/private", house.wire, house.clock, house.heard, AccountKind.CLASSIC,
            list(Product), known.get, house.names, house.told.append, house.strays.append,
        )  # fmt: skip
        running = asyncio.create_task(stream.run())
        house.running = running
        async with asyncio.timeout(20):
            await stream.listening.wait()
        yield house, stream
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def of_kind(house: House, kind: ReportKind) -> list:
    return [report for report in house.heard.reports if report.kind is kind]


async def until(house: House, kind: ReportKind) -> list:
    async with asyncio.timeout(20):
        while not of_kind(house, kind):
            await house.heard.wait(len(house.heard.reports) + 1)
    return of_kind(house, kind)


async def test_a_venue_that_is_away_is_logged_seldom_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    tried, enough = [], asyncio.Event()

    async def away(*_: object) -> None:
        tried.append(1)
        if len(tried) == 50:
            enough.set()
        raise OSError("no route to host")

    monkeypatch.setattr(stream_module, "RETRY_S_MAX", 0.0)
    out = io.StringIO()
    configure(lambda: 0, as_json=True, file=out)
    async with listening() as (_, stream):
        monkeypatch.setattr(stream, "_connect", away)
        again = asyncio.create_task(stream.run())
        await enough.wait()
        again.cancel()
    configure(lambda: 0)
    (line,) = [json.loads(line) for line in out.getvalue().splitlines() if "stream.failed" in line]
    assert (line["error"], line["times"]) == ("no route to host", 1)


async def test_every_connect_asks_for_a_reconcile() -> None:
    async with listening() as (house, _):
        assert house.told == [StreamEvent(Step.CONNECTED, "the stream has just begun")]


async def test_a_fill_is_heard_with_the_fee_paid_and_under_our_own_id() -> None:
    resting = order("a")
    async with listening(resting) as (house, _):
        house.send(BatchKind.PLACE, resting)
        await until(house, R.ACCEPTED)
        trade(house.server.venue, "58999.00", "5", buy=False)
        (filled, *_) = await until(house, R.FILLED)
        assert filled.client_order_id == "a" and filled.fill is not None
        assert (filled.fill.price_points, filled.fill.is_maker) == (5_900_000, True)
        assert filled.fill.fee > 0 and filled.fill.fee_asset == "BTC"


async def test_a_cancel_is_told_when_the_order_is_gone() -> None:
    resting = order("a")
    async with listening(resting) as (house, _):
        house.send(BatchKind.PLACE, resting)
        await until(house, R.ACCEPTED)
        write(resting, pending=Pending.CANCEL)
        house.send(BatchKind.CANCEL, resting)
        assert [one.client_order_id for one in await until(house, R.CANCELLED)] == ["a"]


async def test_orders_of_others_are_told_apart() -> None:
    async with listening() as (house, _):
        house.send(BatchKind.PLACE, order("foreign"))
        await house.heard.wait(1)
        async with asyncio.timeout(20):
            while not house.strays:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.01)
        assert set(house.strays) == {"foreign"}
        assert len(house.heard.reports) == 1  # the answer's own


FILL = {
    "symbol": "BTCUSDT", "orderId": "5", "tradeId": "6", "orderType": "limit", "side": "buy", "priceAvg": "59000",
    "size": "0.001", "tradeScope": "maker", "feeDetail": [{"feeCoin": "BTC", "totalFee": "0.000001"}], "cTime": "1",
}  # fmt: skip
ORDER = {
    "instId": "BTCUSDT", "orderId": "5", "clientOid": "a", "newSize": "0.001", "orderType": "limit", "price": "59000",
    "side": "buy", "accBaseVolume": "0.001", "priceAvg": "59000", "status": "filled", "force": "gtc",
}  # fmt: skip


def push(channel: str, row: dict) -> str:
    return json.dumps({"action": "snapshot", "arg": {"instType": "SPOT", "channel": channel}, "data": [row], "ts": 1})


async def test_a_fill_that_overtakes_its_order_waits_for_the_name() -> None:
    async with listening(order("a")) as (house, stream):
        stream._hear(push("fill", FILL))
        assert house.heard.reports == []
        stream._hear(push("orders", ORDER))
        (report,) = house.heard.reports
        assert (report.client_order_id, report.kind, report.fill.trade_id) == ("a", R.FILLED, "6")


async def test_an_answer_may_tell_the_name_first() -> None:
    async with listening(order("a")) as (house, stream):
        stream._hear(push("fill", FILL))
        house.names.learn("5", "a")
        assert [report.kind for report in house.heard.reports] == [R.FILLED]


async def test_fills_of_orders_that_nobody_knows_are_bounded() -> None:
    async with listening() as (house, stream):
        for number in range(WAITING_MAX + 1):
            stream._hear(push("fill", FILL | {"orderId": str(number)}))
        assert "nobody knows" in house.told[-1].why


async def test_what_cannot_be_read_or_booked_asks_for_a_reconcile() -> None:
    async with listening(order("a")) as (house, stream):
        stream._hear("{")
        stream._hear(push("orders", ORDER | {"status": "odd"}))
        stream._hear('{"event":"error","code":30016,"msg":"bad"}')
        house.names.learn("5", "a")
        stream._hear(push("fill", FILL | {"priceAvg": "0.0001"}))
        gaps = house.told[1:]
        assert {gap.step for gap in gaps} == {Step.GAP}
        for gap, word in zip(gaps, ("JSON", "status", "30016", "multiple"), strict=True):
            assert word in gap.why


@pytest.mark.fault("E25")
async def test_a_key_that_is_refused_halts_and_is_not_tried_again() -> None:
    async with open_house() as house:
        house.key.is_revoked = True
        told: list[StreamEvent] = []
        stream = BitgetStream(
            f"ws://{house.wire._host}/v2/ws/private", house.wire, house.clock, house.heard, AccountKind.CLASSIC,
            list(Product), lambda name: None, house.names, told.append, lambda name: None,
        )  # fmt: skip
        async with asyncio.timeout(20):
            await stream.run()
        (refused,) = told
        assert refused.step is Step.REFUSED and "30011" in refused.why


async def test_a_stream_that_is_lost_is_told_so_and_begins_again() -> None:
    async with listening() as (house, stream):
        house.server.faults.add([Fault(FaultKind.CUT, path="ws:private")])
        async with asyncio.timeout(20):
            while len(house.told) < 3:  # noqa: ASYNC110  # told by a plain list
                await asyncio.sleep(0.01)
        assert [event.step for event in house.told] == [Step.CONNECTED, Step.LOST, Step.CONNECTED]
        assert stream.listening.is_set()


async def test_a_fill_that_the_order_counts_and_nobody_tells_asks_for_a_reconcile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(heard, "OWED_S", 0.05)
    resting = order("a")
    async with listening(resting) as (house, _):
        house.send(BatchKind.PLACE, resting)
        await until(house, R.ACCEPTED)
        house.server.faults.add([Fault(FaultKind.DROP_REPORTS, path="ws:fill")])
        trade(house.server.venue, "58999.00", "5", buy=False)
        async with asyncio.timeout(20):
            while len(house.told) < 2:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.01)
        assert house.told[1].step is Step.GAP
        assert "counts 0.001 filled, and fills of 0 were told" in house.told[1].why


async def test_a_fill_that_is_told_in_time_is_not_owed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "OWED_S", 0.0)
    async with listening(order("a")) as (house, stream):
        stream._hear(push("orders", ORDER))
        write(stream._heard._order_of("a"), filled_points=1_000)
        assert stream._heard.claim(asyncio.get_running_loop().time()) == 0.0
        assert [event.step for event in house.told] == [Step.CONNECTED]


@pytest.mark.fault("N18")
async def test_a_ping_without_a_pong_ends_the_stream_and_it_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "PING_EVERY_S", 0.05)
    monkeypatch.setattr(stream_module, "PONG_WITHIN_S", 0.15)
    async with listening() as (house, _):
        house.server.faults.add([Fault(FaultKind.NO_PONG, path="ws:ping", times=4)])
        async with asyncio.timeout(20):
            while len(house.told) < 3:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.01)
        assert [event.step for event in house.told[:3]] == [Step.CONNECTED, Step.LOST, Step.CONNECTED]
        assert "no answer to a ping" in house.told[1].why


@pytest.mark.fault("N23")
async def test_a_day_that_is_over_is_a_polite_end_and_asks_for_a_reconcile() -> None:
    async with listening() as (house, _):
        house.server.faults.add([Fault(FaultKind.CLOSE, path="ws:private")])
        async with asyncio.timeout(20):
            while len(house.told) < 3:  # noqa: ASYNC110  # told to a plain list
                await asyncio.sleep(0.01)
        assert [event.step for event in house.told] == [Step.CONNECTED, Step.LOST, Step.CONNECTED]


@pytest.mark.fault("N23")
async def test_before_its_day_is_over_the_next_connection_listens_and_nothing_falls_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_module, "LIFE_S", 0.2)
    monkeypatch.setattr(stream_module, "OVERLAP_S", 0.2)
    resting = order("a")
    async with listening(resting) as (house, _):
        house.send(BatchKind.PLACE, resting)
        await until(house, R.ACCEPTED)
        there = house.server.streams.listeners
        (first,) = there
        async with asyncio.timeout(20):
            while len([one for one in there if one.topics]) < 2:  # noqa: ASYNC110  # the sandbox tells nobody
                await asyncio.sleep(0.005)
        trade(house.server.venue, "58999.00", "5", buy=False)
        await until(house, R.FILLED)
        async with asyncio.timeout(20):
            while first in there:  # noqa: ASYNC110  # as above
                await asyncio.sleep(0.005)
        assert {report.fill.trade_id for report in of_kind(house, R.FILLED)} == {
            fill.trade_id for fill in house.server.venue.members[house.key.uid].fills
        }
        assert [event.step for event in house.told] == [Step.CONNECTED]


async def test_where_no_other_connection_comes_up_the_old_one_is_heard_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "LIFE_S", 0.1)
    resting = order("a")
    async with listening(resting) as (house, stream):
        (first,) = house.server.streams.listeners
        tried = asyncio.Event()

        async def refused(session: object) -> None:
            tried.set()
            raise OSError("nobody is there")

        monkeypatch.setattr(stream, "_connect", refused)
        async with asyncio.timeout(20):
            await tried.wait()
        house.send(BatchKind.PLACE, resting)
        await until(house, R.ACCEPTED)
        trade(house.server.venue, "58999.00", "5", buy=False)
        await until(house, R.FILLED)
        assert house.server.streams.listeners == [first]
        assert [event.step for event in house.told] == [Step.CONNECTED]


async def told_of(house: House, step: Step) -> StreamEvent:
    async with asyncio.timeout(20):
        while not [event for event in house.told if event.step is step]:  # noqa: ASYNC110  # told to a plain list
            await asyncio.sleep(0.005)
    return next(event for event in house.told if event.step is step)


class Next:
    """Holds the connection that is to take the place of the first: until it begins, or once it stands."""

    def __init__(self, stream: BitgetStream, monkeypatch: pytest.MonkeyPatch, *, connects: bool) -> None:
        self.begun, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.made: list = []
        connect = stream._connect

        async def held(session: object) -> object:
            if connects:
                self.made.append(await connect(session))
            self.begun.set()
            await self.may_go_on.wait()
            if not connects:
                raise OSError("nobody is there")
            return self.made[-1]

        monkeypatch.setattr(stream, "_connect", held)
        self.undo = lambda: monkeypatch.setattr(stream, "_connect", connect)


@pytest.mark.fault("N23")
async def test_the_end_of_the_old_connection_is_told_at_once_while_the_next_one_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_module, "LIFE_S", 0.05)
    async with listening() as (house, stream):
        following = Next(stream, monkeypatch, connects=False)
        await following.begun.wait()
        following.undo()
        house.server.faults.add([Fault(FaultKind.CUT, path="ws:private")])
        await told_of(house, Step.LOST)
        assert not following.may_go_on.is_set()


@pytest.mark.fault("N23")
async def test_where_the_old_connection_ended_before_the_next_one_stood_the_hole_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_module, "LIFE_S", 0.05)
    async with listening() as (house, stream):
        (first,) = house.server.streams.listeners
        listen, ended = stream._listen, asyncio.Event()

        async def until_cut(ws: object) -> str:
            await ended.wait()
            return "it ended: closed"

        house.running.cancel()
        with suppress(asyncio.CancelledError):
            await house.running
        house.told.clear()
        monkeypatch.setattr(stream, "_listen", until_cut)
        house.running = asyncio.create_task(stream.run())
        await told_of(house, Step.CONNECTED)
        following = Next(stream, monkeypatch, connects=True)
        await following.begun.wait()
        following.undo()
        monkeypatch.setattr(stream, "_listen", listen)
        following.may_go_on.set()  # both in one breath
        ended.set()
        assert "it ended" in (await told_of(house, Step.LOST)).why
        assert following.made[0].closed
        assert first not in house.server.streams.listeners
        house.running.cancel()
        with suppress(asyncio.CancelledError):
            await house.running


@pytest.mark.fault("N23")
@pytest.mark.parametrize("how", ["ended", "silent"])
async def test_what_the_old_connection_may_not_have_told_at_the_hand_over_asks_for_a_reconcile(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "LIFE_S", 1.0 if how == "ended" else 0.25)
    monkeypatch.setattr(stream_module, "OVERLAP_S", 20.0 if how == "ended" else 0.01)
    monkeypatch.setattr(stream_module, "PING_EVERY_S", 20.0 if how == "ended" else 0.2)
    monkeypatch.setattr(stream_module, "PONG_WITHIN_S", 0.5)
    async with listening() as (house, _):
        there = house.server.streams.listeners
        (first,) = there
        if how == "silent":
            house.server.faults.add([Fault(FaultKind.NO_PONG, path="ws:ping", times=1_000)])
        async with asyncio.timeout(20):
            while len([one for one in there if one.topics]) < 2:  # noqa: ASYNC110  # the sandbox tells nobody
                await asyncio.sleep(0.005)
        if how == "ended":
            first.cut()
        assert "was heard alone" in (await told_of(house, Step.GAP)).why


@pytest.mark.fault("N23")
async def test_a_shutdown_while_the_old_connection_is_left_is_heard() -> None:
    started, leaving = asyncio.Event(), asyncio.Event()

    async def hearing() -> str:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            leaving.set()
            await asyncio.sleep(0)
        return ""

    class Left:
        closed = False

        async def close(self) -> None:
            self.closed = True

    left = Left()
    old = asyncio.create_task(hearing())
    await started.wait()

    async def hand_over() -> str:
        await stream_module._ended(old, left)  # type: ignore[arg-type]  # only closed
        return "goes on"

    outer = asyncio.create_task(hand_over())
    await leaving.wait()
    outer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await outer
    assert left.closed and old.done()
