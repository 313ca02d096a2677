"""End to end: the real core, the real adapter and a foreign venue on loopback, in every dialect that there is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from framework.gateway.bitget import allowance, heard
from framework.kernel.book_records import FundingBooked
from framework.kernel.records import Checkpoint, Record, RequestSent
from framework.model.batch import RequestKind
from framework.model.events import ReportKind
from framework.model.orders import Order, OrderState
from framework.sandbox.faults import Fault, FaultKind
from tests.gateway.bitget.account_house import ALL, CLASSIC, SPOT, SWAP, UNIFIED
from tests.gateway.bitget.core_house import SECOND, Session, open_venue, session

K, R, S = FaultKind, ReportKind, OrderState


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions are not held back in real time, see `Patient`."""
    monkeypatch.setattr(allowance, "WINDOW_S", 0.0)


async def opened(*orders: Order, by: Session) -> None:
    await by.until(lambda: all(order.is_open for order in orders))


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_a_life_of_orders_ends_with_equal_books(key: str, symbol: str) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        resting, far = live.buy("59000"), live.buy("58000")
        await opened(resting, far, by=live)
        live.somebody_sells("58999.00")
        await live.until(lambda: resting.state is S.FILLED)
        live.sell(None, "0.004")
        await live.calm()
        live.cancel(far)
        await live.until(lambda: far.state is S.CANCELLED)
        await live.calm()
        assert at.open == set()


def requests(live: Session) -> list[str]:
    return [record.request for record in live.records if isinstance(record, RequestSent)]


def price(step: int) -> str:
    return str(59_000 - step)


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_orders_of_one_turn_share_a_request_and_so_do_their_cancels(key: str, symbol: str) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        orders = live.act(lambda me: [me.buy(live.there, "0.001", price=price(step)) for step in range(10)])
        await opened(*orders, by=live)
        assert len(at.open) == 10
        live.cancel(*orders[:5])
        await live.until(lambda: all(order.is_done for order in orders[:5]))
        assert requests(live) == ["place_batch", "cancel_batch"]
        live.cancel(*orders[5:])
        await live.until(lambda: all(order.is_done for order in orders))
        await live.calm()
        assert at.open == set()


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_all_orders_of_a_pair_go_by_one_request(key: str, symbol: str) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        orders = live.act(lambda me: [me.buy(live.there, "0.001", price=price(step)) for step in range(40)])
        await opened(*orders, by=live)
        live.cancel(*orders)
        await live.until(lambda: all(order.is_done for order in orders))
        await live.calm()
        assert requests(live)[-1] == RequestKind.CANCEL_SYMBOL.value
        assert at.open == set()


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
async def test_a_unified_account_changes_an_order_where_it_stands(symbol: str) -> None:
    async with open_venue(UNIFIED, symbol) as at, session(at) as live:
        order = live.buy("59000", "0.01")
        await opened(order, by=live)
        number = order.venue_order_id
        live.act(lambda me: me.amend(order, price="58500", size="0.02"))
        await live.until(lambda: (order.price, order.size) == (58_500, 0.02))
        await live.calm()
        assert order.venue_order_id == number
        assert len(at.placed) == 1


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
async def test_a_classic_account_does_not_change_an_order_it_is_replaced(symbol: str) -> None:
    async with open_venue(CLASSIC, symbol) as at, session(at) as live:
        order = live.buy("59000", "0.01")
        await opened(order, by=live)
        live.act(lambda me: me.amend(order, price="58500"))
        await live.until(lambda: (R.AMEND_REJECTED, "amend_unsupported") in live.strategy.told())
        assert order.price == 59_000
        new = live.act(lambda me: (me.cancel(order), me.buy(live.there, "0.01", price="58500"))[1])
        await live.until(lambda: order.is_done and new.is_open)
        await live.calm()
        assert at.open == {new.client_order_id}


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_orders_that_never_rest_end_without_anybody_asking(key: str, symbol: str) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        post = live.buy("60500", "0.01", post_only=True)  # would take: the venue ends it
        now = live.buy("60001", "0.01", tif="ioc")
        await live.until(lambda: post.is_done and now.is_done)
        await live.calm()
        assert (post.state, now.state) == (S.EXPIRED, S.FILLED)
        assert at.open == set()


PLACES = {
    (CLASSIC, SPOT): "/api/v2/spot/trade/place-order",
    (CLASSIC, SWAP): "/api/v2/mix/order/place-order",
    (UNIFIED, SPOT): "/api/v3/trade/place-order",
    (UNIFIED, SWAP): "/api/v3/trade/place-order",
}
BATCHES = {
    (CLASSIC, SPOT): "/api/v2/spot/trade/batch-orders",
    (CLASSIC, SWAP): "/api/v2/mix/order/batch-place-order",
    (UNIFIED, SPOT): "/api/v3/trade/place-batch",
    (UNIFIED, SWAP): "/api/v3/trade/place-batch",
}
UNANSWERED = [
    Fault(K.DROP_BEFORE),
    Fault(K.DROP_AFTER),
    Fault(K.HOLD_AFTER),
    Fault(K.CLOSE_MID_BODY, keep=20),
    Fault(K.GARBAGE),
    Fault(K.HTML, status=502, is_processed=True),
    Fault(K.HTML, status=502),
    Fault(K.ERROR, code="50008", message="Request timeout", is_processed=True),
    Fault(K.ERROR, code="40010", message="Request timed out"),
    Fault(K.ERROR, code="25001", message="timeout", is_processed=True),
    Fault(K.ERROR, code="99999", message="错误", is_processed=True),
]


SUFFERED = [(key, symbol, fault) for key, symbol in ((CLASSIC, SPOT), (UNIFIED, SWAP)) for fault in UNANSWERED]
SUFFERED += [(key, symbol, Fault(K.DROP_AFTER)) for key, symbol in ((CLASSIC, SWAP), (UNIFIED, SPOT))]


@pytest.mark.fault("E6", "N2")
@pytest.mark.parametrize(("key", "symbol", "fault"), SUFFERED)
async def test_an_order_without_an_answer_is_asked_after_and_never_sent_twice(
    key: str, symbol: str, fault: Fault
) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        at.suffer(msgspec.structs.replace(fault, path=PLACES[key, symbol]))
        order = live.buy("59000", "0.01")
        await live.until(lambda: order.is_open or order.state is S.ABSENT)
        await live.calm()
        assert order.is_open is (order.client_order_id in at.open)
        assert live.alarms == []
        again = live.buy("58900", "0.01")
        await opened(again, by=live)
        await live.calm()


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_a_fill_while_the_stream_is_away_is_found_by_asking(key: str, symbol: str) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        filled, ended, left = live.buy("59000"), live.buy("58900"), live.buy("58800")
        await opened(filled, ended, left, by=live)
        at.suffer(Fault(K.CUT, path="ws:private"))
        await live.until(lambda: not live.account.stream.listening.is_set())
        live.somebody_sells("58999.00")
        at.made.order_entries[at.key.uid].cancel(at.member.find("", ended.client_order_id))
        await live.until(lambda: filled.is_done and ended.is_done)
        await live.calm()
        assert (filled.state, ended.state, left.is_open) == (S.FILLED, S.CANCELLED, True)
        assert [event.step.value for event in live.events] == ["connected", "lost", "connected"]


PUSHED = [
    (kind, path) for kind in (K.DUPLICATE_REPORTS, K.REORDER, K.DROP_REPORTS) for path in ("ws:orders", "ws:fill")
]


@pytest.mark.parametrize(("kind", "path"), PUSHED)
@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_pushes_twice_out_of_order_or_not_at_all_do_no_harm(
    key: str, symbol: str, kind: FaultKind, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard, "OWED_S", 0.1)
    async with open_venue(key, symbol) as at, session(at) as live:
        resting, other = live.buy("59000", "0.01"), live.buy("58000", "0.01")
        await opened(resting, other, by=live)
        at.suffer(Fault(kind, path=path, times=3))
        live.somebody_sells("58999.00")
        await live.until(lambda: resting.is_done)
        live.cancel(other)
        await live.until(lambda: other.is_done)
        await live.calm()


@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_after_a_crash_the_next_session_takes_up_what_happened_meanwhile(key: str, symbol: str) -> None:
    journal: list[Record] = []
    async with open_venue(key, symbol) as at:
        async with session(at, journal) as live:
            filled, left = live.buy("59000"), live.buy("58000")
            await opened(filled, left, by=live)
            live.sell(None, "0.002")
            await live.calm()
            at.suffer(Fault(K.DROP_AFTER, path=PLACES[key, symbol]))
            lost = live.buy("58500")
            await live.until(lambda: lost.state in (S.SENT, S.UNKNOWN))
        at.clock.now_ns += 10 * SECOND
        live.somebody_sells("58999.00")
        async with session(at, journal, run="000002") as again:
            assert again.recovery.unadopted() == []
            await again.calm()
            names = {order.client_order_id for order in again.core.engine.desk.open_orders(again.there)}
            assert names == at.open >= {left.client_order_id}
            assert again.core.engine.desk.order(filled.client_order_id).state is S.FILLED
            more = again.sell("61000", "0.001")
            await opened(more, by=again)
            await again.calm()


@pytest.mark.fault("E3")
@pytest.mark.parametrize(("key", "symbol"), ALL)
async def test_a_burst_of_429_makes_orders_wait_and_sends_none_twice(key: str, symbol: str) -> None:
    async with open_venue(key, symbol) as at, session(at) as live:
        for path in (PLACES[key, symbol], BATCHES[key, symbol]):  # either takes a lone order, from a limit of its own
            at.suffer(Fault(K.ERROR, path=path, code="429", message="Too Many Requests", times=3))
        refused = [live.buy(price(step), "0.001") for step in range(3)]
        await live.until(lambda: all(order.state is S.ABSENT for order in refused))
        at.server.faults.clear()
        after = live.buy("58000", "0.001")
        await opened(after, by=live)
        await live.calm()
        assert at.placed == [after.client_order_id]


REVOKED = [
    ("40037", {"is_revoked": True}),
    ("40018", {"ips": ["10.0.0.1"]}),
    ("40014", {"scopes": ["read"]}),
]


@pytest.mark.parametrize(("code", "change"), REVOKED)
@pytest.mark.parametrize("name", [CLASSIC, UNIFIED])
async def test_a_key_that_is_changed_in_mid_run_halts_with_the_code_and_what_to_do(
    name: str, code: str, change: dict[str, Any]
) -> None:
    async with open_venue(name, SPOT) as at, session(at) as live:
        standing = live.buy("59000", "0.001")
        await opened(standing, by=live)
        for field, value in change.items():
            setattr(at.key, field, value)
        order = live.buy("58900", "0.001")
        await live.until(lambda: live.halts)
        assert code in live.halts[0] and "(" in live.halts[0]
        await live.until(lambda: order.is_done or order.state is S.UNKNOWN)
        assert order.client_order_id not in at.placed


@pytest.mark.parametrize("key", [CLASSIC, UNIFIED])
async def test_funding_of_a_position_is_booked_once_and_no_difference_is_left(key: str) -> None:
    """While it trades, and while the daemon is down; an old payment, and one of before the first start, are nobody's."""
    journal: list[Record] = []
    async with open_venue(key, SWAP) as at:
        (market,) = [one for listing, one in at.made.markets.items() if listing.instrument.symbol == SWAP]
        async with session(at, journal) as live:
            bought = live.buy(None, "0.5")
            await live.until(lambda: bought.is_done)
            await live.calm()
            at.clock.now_ns += 8 * 3600 * SECOND
            at.made.turn()
            assert live.difference == {"USDT": Decimal("3.000025")}
            live._turn(live.compare)
            await live.until(live.recovery.has_answers)
            await live.calm()
            assert live.recovery.unadopted() == []
            assert live.core.engine.portfolio.figures("a", "USDT").funding == Decimal("-3.000025")
        market.funding_rate = Decimal("-0.0003")
        at.clock.now_ns += 8 * 3600 * SECOND
        at.made.turn()
        at.clock.now_ns += SECOND
        for run in ("000002", "000003"):
            async with session(at, journal, run=run) as again:
                assert again.recovery.unadopted() == []
                await again.calm()
                assert again.core.engine.portfolio.figures("a", "USDT").funding == Decimal("6.00005")
        checkpoints = [place for place, record in enumerate(journal) if isinstance(record, Checkpoint)]
        async with session(at, journal[checkpoints[-1] :], run="000004") as last:
            await last.calm()
            assert last.core.engine.portfolio.figures("a", "USDT").funding == Decimal("6.00005")
        assert len([paid for record in journal if isinstance(record, FundingBooked) for paid in record.payments]) == 2
