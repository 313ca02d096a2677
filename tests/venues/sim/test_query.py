"""Asking the simulated exchange."""

from __future__ import annotations

from decimal import Decimal

from framework.model.orders import OrderState
from framework.model.questions import Ask, Reply, SeenBalance
from tests.router.life import BTC, HORIZON, Life
from tests.wired import MS, NOON, SECOND


def reply_to(life: Life, ask: Ask, client_order_id: str = "", since_ns: int = 0) -> Reply:
    got: list[Reply] = []
    life.core.enquiries.ask("bitget", ask, got.append, client_order_id=client_order_id, since_ns=since_ns)
    life.wait(SECOND)
    assert len(got) == 1
    return got[0]


def test_it_shows_orders_that_rest_and_those_that_ended() -> None:
    life = Life()
    resting, filled, gone = life.buy("98"), life.buy("102"), life.buy("97")
    life.wait(SECOND)
    life.act(lambda strategy: strategy.cancel(gone))
    life.wait(SECOND)
    for order, state in ((resting, OrderState.OPEN), (filled, OrderState.FILLED), (gone, OrderState.CANCELLED)):
        (seen,) = reply_to(life, Ask.ORDER, order.client_order_id).orders
        assert (seen.state, seen.venue_order_id, seen.instrument) == (state, order.venue_order_id, BTC.id)
        assert (seen.size_points, seen.filled_points) == (10_000, order.filled_points)
    assert [seen.client_order_id for seen in reply_to(life, Ask.OPEN_ORDERS).orders] == [resting.client_order_id]
    recent = [seen.client_order_id for seen in reply_to(life, Ask.RECENT_ORDERS).orders]
    assert sorted(recent) == sorted(order.client_order_id for order in (resting, filled, gone))


def test_it_shows_fills_since_and_balances_and_its_clock() -> None:
    life = Life()
    order = life.buy("102")
    life.wait(SECOND)
    (seen,) = reply_to(life, Ask.FILLS, since_ns=NOON).fills
    assert (seen.client_order_id, seen.fill.size_points, seen.is_buy) == (order.client_order_id, 10_000, True)
    assert reply_to(life, Ask.FILLS, since_ns=life.now_ns).fills == ()
    balances = {balance.asset: balance for balance in reply_to(life, Ask.BALANCES).balances}
    assert balances["USDT"] == SeenBalance("USDT", Decimal(1_000_000 - 101), Decimal(0))
    reply = reply_to(life, Ask.TIME)
    assert reply.ts_venue_ns == reply.question.asked_ns + 5 * MS
    assert reply.ts_recv_ns == reply.question.asked_ns + 10 * MS
    assert reply_to(life, Ask.POSITIONS).positions == ()


def test_an_order_that_ended_is_forgotten_behind_the_horizon_and_never_one_that_rests() -> None:
    life = Life()
    resting, filled = life.buy("98"), life.buy("102")
    life.wait(HORIZON + 2 * SECOND)
    assert reply_to(life, Ask.ORDER, filled.client_order_id).orders == ()
    assert len(reply_to(life, Ask.ORDER, resting.client_order_id).orders) == 1


def test_asking_before_its_memory_is_a_failure_and_not_empty() -> None:
    life = Life()
    life.venue.memory.fills_since_ns = NOON
    reply = reply_to(life, Ask.FILLS, since_ns=NOON - 1)
    assert (reply.failure, reply.fills) == ("before_memory", ())
