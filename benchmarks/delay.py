"""What planning adds to an order: with budget free, with most of it in use, and with many others waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from benchmarks import market
from benchmarks.measures import MICROSECONDS, Measure, Scope, each
from benchmarks.road import Road, Shelf
from framework.core import Core
from framework.model.batch import BatchKind
from framework.model.orders import Order
from framework.model.request_answer import RequestAnswer
from framework.router.sending.lane import Lane
from framework.router.sending.slots import Service
from framework.venues.bitget.rules import SPOT

ORDERS: Final = 4_000
WAITING: Final = (1, 10, 100, 1_000)
PLANS: Final = 300


def router_delay(scope: Scope) -> Sequence[Measure]:
    """A lone order in the router, from its intent to the port: the middle one and the slow ones."""
    return [*_delays(scope, "free", _nothing), *_delays(scope, "at_90", _use_up)]


def planner_steps(scope: Scope) -> Sequence[Measure]:
    """A plan for so many orders that wait, by order; half of them on a second pair."""
    timer, plans = scope.timer(), scope.of(PLANS, 2)
    found = []
    for waiting in WAITING:
        lane = _lane(waiting)
        span = timer.span(lambda lane=lane: [lane.plan(market.START_NS) for _ in range(plans)])  # type: ignore[misc]
        found.append(each(f"planner_{waiting}_waiting", span, waiting * plans))
    return found


def _delays(scope: Scope, name: str, before: Callable[[Core], None]) -> list[Measure]:
    road, orders = Road(_forget, before), scope.of(ORDERS, 10)

    def work() -> None:
        for number in range(orders):
            road.travel(is_buy=number % 2 == 0)

    span = scope.timer().span(work)
    times = sorted(road.router_s)
    return [
        Measure(f"router_delay_{name}_{part}", found * 1e6, MICROSECONDS, found / span.step_s)
        for part, found in (("p50", times[len(times) // 2]), ("p99", times[len(times) * 99 // 100]))
    ]


def _use_up(core: Core) -> None:
    """Most of every bucket is in use, as the venue says."""
    lane = core.router.lanes["bitget"]
    used = {bucket.name: bucket.limit * 9 // 10 for bucket in lane.rules.buckets}
    lane.budget.told(RequestAnswer(0, "bitget", used), core.clock.now_ns)


def _lane(waiting: int) -> Lane:
    lane = Lane(SPOT, "main", Shelf())
    pairs = SPOT.instrument("BTC/USDT"), SPOT.instrument("ETH/USDT")
    for number in range(waiting):
        order = Order(
            client_order_id=f"o{number}",
            strategy="it",
            instrument=pairs[number % 2],
            is_buy=True,
            size_points=1_000,
            price_points=3_000_000,
            ts_created_ns=market.START_NS,
        )
        lane.slots.put(BatchKind.PLACE, order, Service.ORDINARY)
    return lane


def _nothing(core: Core) -> None:
    """All of the budget is free."""


def _forget(record: object) -> None:
    """No journal here."""
