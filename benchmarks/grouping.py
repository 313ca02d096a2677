"""What the router saves: requests and units of the orders of one turn, beside one request an order.

Twice: as planned, where single requests run beside batches because more orders leave sooner so; and in batches alone, to
hold their units against the least there can be. Limits, batches and costs are Bitget's. Pairs are made up, and neither open orders nor age are capped: 1,000 orders on
one pair are more than the venue lets stand, and wait longer than the gate's five seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from benchmarks import market
from benchmarks.calibration import Span, Timer
from benchmarks.house import House
from benchmarks.measures import SECONDS, Measure, Scope, count, each
from framework import Strategy, Trade
from framework.kernel.clock import NS_PER_S
from framework.model.batch import Cleared, RequestKind
from framework.model.events import MarketEvent, Quote
from framework.model.instrument import Instrument
from framework.model.rules import Cost, VenueRules
from framework.ports import Listener
from framework.venues.bitget.rules import BATCH_ORDERS_PER_UNIT, SPOT

STRATEGIES: Final = ("one", "two", "three", "four")
ORDERS: Final = (100, 1_000)
PAIRS: Final = (1, 3, 10)
PRICE_POINTS: Final = 3_000_000
BATCHES_ALONE: Final = replace(
    SPOT, costs={**SPOT.costs, RequestKind.PLACE: (Cost("place_batch"), *SPOT.costs[RequestKind.PLACE][1:])}
)
"""A single order costs what a batch of ten does: nothing is gained by one."""
SINGLES_A_SECOND: Final = SPOT.bucket("place").limit


class Burst(Strategy):
    """Buys on the first trade it sees: `wanted` post-only orders, pair after pair, from the `first` one on."""

    wanted: int = 25
    pairs: int = 1
    first: int = 0

    def on_start(self) -> None:
        self.trades(name(0))

    def on_trade(self, trade: Trade) -> None:
        for number in range(self.first, self.first + self.wanted):
            self.buy(name(number % self.pairs), "0.001", price=trade.price - 100.0, post_only=True)


class Tally(Listener):
    """Counts what leaves: requests, units of the buckets of orders, and when."""

    def __init__(self, house: House, rules: VenueRules) -> None:
        self._house = house
        self._rules = rules
        self.requests = self.units = self.orders = 0
        self.seconds = 0.0
        house.core.listeners.append(self)

    def sent(self, cleared: Cleared) -> None:
        """A request left."""
        batch = cleared.batch
        self.requests += 1
        self.orders += len(batch.orders)
        self.units += self._rules.costs[batch.request][0].of(len(batch.orders))
        self.seconds = (cleared.cleared_ns - market.START_NS) / NS_PER_S - 1


def grouping(scope: Scope) -> Sequence[Measure]:
    """100 and 1,000 orders of four strategies, on 1, 3 and 10 pairs."""
    timer = scope.timer()
    found: list[Measure] = []
    for orders in ORDERS[: scope.of(2, 1)]:
        for pairs in PAIRS:
            prefix = f"router_{orders}_on_{pairs}"
            planned, span = _sent(timer, orders, pairs, SPOT)
            found += [
                count(f"{prefix}_requests_planned", planned.requests),
                Measure(f"{prefix}_seconds_planned", planned.seconds, SECONDS),
                each(f"{prefix}_order", span, orders),
            ]
            found += _measures(prefix, orders, pairs, _sent(timer, orders, pairs, BATCHES_ALONE)[0])
    return found


def _sent(timer: Timer, orders: int, pairs: int, rules: VenueRules) -> tuple[Tally, Span]:
    house, tally = _house(orders, pairs, rules)
    events = _events(tuple(house.core.engine.instruments.values()))
    span = timer.span(lambda: _send(house, events))
    if tally.orders != orders:
        raise RuntimeError(f"{orders} orders on {pairs} pairs: {tally.orders} left")
    return tally, span


def _measures(prefix: str, orders: int, pairs: int, tally: Tally) -> list[Measure]:
    return [
        count(f"{prefix}_requests", tally.requests),
        count(f"{prefix}_units", tally.units),
        count(
            f"{prefix}_units_least",
            sum(-(-len(range(pair, orders, pairs)) // BATCH_ORDERS_PER_UNIT) for pair in range(pairs)),
        ),
        Measure(f"{prefix}_seconds", tally.seconds, SECONDS),
        count(f"{prefix}_units_one_by_one", orders),
        Measure(f"{prefix}_seconds_one_by_one", (orders - 1) // SINGLES_A_SECOND, SECONDS),
    ]


def _send(house: House, events: Sequence[MarketEvent]) -> None:
    """Play until nothing waits any more."""
    for _ in house.core.play(events):
        pass
    for _ in house.core.loop.drain(house.core.clock.now_ns + 60 * NS_PER_S):
        pass


def _house(orders: int, pairs: int, table: VenueRules) -> tuple[House, Tally]:
    rules = replace(
        table,
        markets=tuple(replace(SPOT.market("BTC/USDT"), symbol=name(pair).partition("@")[0], open_orders_max=orders + 1)
                      for pair in range(pairs)),
    )  # fmt: skip
    instruments = tuple(rules.instrument(market_rules.symbol) for market_rules in rules.markets)
    share = orders // len(STRATEGIES)
    strategies = {
        strategy: Burst(wanted=share, pairs=pairs, first=share * place) for place, strategy in enumerate(STRATEGIES)
    }
    house = House(strategies, instruments, market.START_NS, lambda record: None, rules)  # noqa: ARG005
    house.core.gate.intent_age_max_ns = 3600 * NS_PER_S
    house.start()
    return house, Tally(house, rules)


def _events(instruments: Sequence[Instrument]) -> list[MarketEvent]:
    """A quote of every pair, then the trade that sets the strategies off, a second after the start."""
    ts_ns, size = market.START_NS + NS_PER_S, market.QUOTED_POINTS
    quotes = [Quote(there, ts_ns, PRICE_POINTS - 1, size, PRICE_POINTS + 1, size) for there in instruments]
    return [*quotes, Trade(instruments[0], ts_ns, PRICE_POINTS, 1, True)]


def name(pair: int) -> str:
    """Of a made-up pair."""
    return f"BTC{pair}/USDT@bitget" if pair else "BTC/USDT@bitget"
