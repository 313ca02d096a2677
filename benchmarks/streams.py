"""Streams of orders as a recorded market brings them, beside the least time in which any router could send them.

Each public trade of the bundled tape is an order of that pair at its own time. The least time: whatever arrives from
an instant on needs at least so many full windows, and in one window no more leaves than 10 single orders and 5 units of
10 in batches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from benchmarks.house import House
from benchmarks.measures import SECONDS, Measure, Scope, count
from framework import Strategy, Trade
from framework.data.catalogue import open_tape
from framework.kernel.clock import NS_PER_S
from framework.model.batch import Cleared
from framework.model.events import MarketEvent
from framework.model.events import Trade as TradeEvent
from framework.model.rules import VenueRules
from framework.ports import Listener
from framework.venues.bitget.rules import BATCH_ORDERS_PER_UNIT, SPOT

NS_PER_MS: Final = 1_000_000
TAPE: Final = "binance-2024-08-08"
ORDERS_A_WINDOW: Final = SPOT.bucket("place").limit + SPOT.bucket("place_batch").limit * BATCH_ORDERS_PER_UNIT
WINDOW_NS: Final = SPOT.bucket("place").window_ns
ROUND_TRIP_MS: Final = 20
SPAN_S: Final = 60


class Follower(Strategy):
    """An order that rests far away for every trade that it sees."""

    pairs: tuple[str, ...] = ()

    def on_start(self) -> None:
        for pair in self.pairs:
            self.trades(pair)

    def on_trade(self, trade: Trade) -> None:
        self.buy(trade.instrument, notional="20 USDT", price=trade.price * 0.98, post_only=True)


class Departures(Listener):
    """When orders came and left."""

    def __init__(self, house: House) -> None:
        self.left: list[tuple[int, int]] = []
        """(arrival, departure) of each order."""
        self.requests = 0
        house.core.listeners.append(self)

    def sent(self, cleared: Cleared) -> None:
        """A request left."""
        self.requests += 1
        self.left += [(order.ts_created_ns, cleared.cleared_ns) for order in cleared.batch.orders]


def least_end_ns(arrivals_ns: Sequence[int]) -> int:
    """No router can have sent them all before this instant."""
    waiting = len(arrivals_ns)
    return max(
        ts_ns + (-(-(waiting - place) // ORDERS_A_WINDOW) - 1) * WINDOW_NS for place, ts_ns in enumerate(arrivals_ns)
    )


def streams(scope: Scope) -> Sequence[Measure]:
    """The first minute of the tape, its busiest one, and the busiest ten times as fast."""
    events, span_ns = _recorded(scope.of(10**9, 5_000)), scope.of(SPAN_S, 2) * NS_PER_S
    busy = _busiest(events, span_ns)
    found: list[Measure] = []
    for name, part in (("calm", _first(events, span_ns)), ("busy", busy), ("rush", _faster(busy, 10))):
        departures = _follow(part)
        arrivals = sorted([arrival for arrival, _ in departures.left])
        end_ns = max([departure for _, departure in departures.left])
        found += [
            count(f"stream_{name}_orders", len(arrivals)),
            count(f"stream_{name}_requests", departures.requests),
            Measure(f"stream_{name}_seconds", (end_ns - arrivals[0]) / NS_PER_S, SECONDS),
            Measure(f"stream_{name}_seconds_least", (least_end_ns(arrivals) - arrivals[0]) / NS_PER_S, SECONDS),
        ]
    return found


def _recorded(most: int) -> list[MarketEvent]:
    rules = _rules()
    events: list[MarketEvent] = []
    for chunk in open_tape(TAPE, rules).chunks():
        events += chunk
        if len(events) >= most:
            break
    return events


def _rules() -> VenueRules:
    return replace(SPOT, markets=tuple([replace(there, open_orders_max=10**6) for there in SPOT.markets]))


def _first(events: Sequence[MarketEvent], span_ns: int) -> list[MarketEvent]:
    start_ns = events[0].ts_recv_ns
    return [event for event in events if event.ts_recv_ns < start_ns + span_ns]


def _busiest(events: Sequence[MarketEvent], span_ns: int) -> list[MarketEvent]:
    """The span with most trades."""
    trades: deque[int] = deque()
    best, first_ns = 0, events[0].ts_recv_ns
    for event in events:
        if isinstance(event, TradeEvent):
            trades.append(event.ts_recv_ns)
            while trades[0] <= event.ts_recv_ns - span_ns:
                trades.popleft()
            if len(trades) > best:
                best, first_ns = len(trades), trades[0]
    return [event for event in events if first_ns <= event.ts_recv_ns < first_ns + span_ns]


def _faster(events: Sequence[MarketEvent], times: int) -> list[MarketEvent]:
    start_ns = events[0].ts_recv_ns
    return [replace(event, ts_recv_ns=start_ns + (event.ts_recv_ns - start_ns) // times) for event in events]


def _follow(events: Sequence[MarketEvent]) -> Departures:
    there = tuple(dict.fromkeys(event.instrument for event in events))
    house = House(
        {"it": Follower(pairs=tuple([instrument.id for instrument in there]))},
        there,
        events[0].ts_recv_ns - NS_PER_S,
        _forget,
        _rules(),
        latency_ns=ROUND_TRIP_MS * NS_PER_MS // 2,
    )
    house.core.gate.intent_age_max_ns = 3600 * NS_PER_S
    house.core.router.sender.queue_orders_max = 10**6
    departures = Departures(house)
    house.start()
    for _ in house.core.play(events):
        pass
    for _ in house.core.loop.drain(house.core.clock.now_ns + 600 * NS_PER_S):
        pass
    return departures


def _forget(record: object) -> None:
    """No journal here."""
