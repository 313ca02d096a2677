"""The framework put together for a workload: core, simulated venue, journal; no config, no screen."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from framework.core import Core
from framework.kernel.records import Record
from framework.model.events import MarketEvent
from framework.model.instrument import Instrument
from framework.model.latency import Fixed
from framework.model.money import Amount
from framework.model.rules import VenueRules
from framework.ports import OrderPort
from framework.strategy.base import Strategy
from framework.venues.bitget.rules import SPOT
from framework.venues.sim.venue import SimVenue

if TYPE_CHECKING:
    from framework.config.limits import LimitsTable

LATENCY_NS: Final = 1_000_000
BALANCES: Final = {"USDT": Decimal(10_000_000), "BTC": Decimal(100)}


class House:
    """One run.

    Args:
        strategies: by name; the balances are shared out evenly.
        start_ns: of the clock.
        write: takes the journal's records.
        port: instead of the simulated venue.
        latency_ns: one way, to the simulated venue and back.
        limits: of what orders may do.
    """

    def __init__(
        self,
        strategies: Mapping[str, Strategy],
        instruments: tuple[Instrument, ...],
        start_ns: int,
        write: Callable[[Record], None],
        rules: VenueRules = SPOT,
        port: OrderPort | None = None,
        latency_ns: int = LATENCY_NS,
        limits: LimitsTable | None = None,
    ) -> None:
        share = [Amount(value / len(strategies), asset) for asset, value in BALANCES.items()]
        self.strategies = strategies
        self.core = Core(
            instruments=instruments,
            balances=BALANCES,
            capital=dict.fromkeys(strategies, share),
            bot="bench",
            run_id="0" * 16,
            seed=1,
            write=write,
            now_ns=start_ns,
        )
        core = self.core
        self.venue = SimVenue(
            rules,
            instruments,
            BALANCES,
            core.clock,
            core.loop,
            core,
            Fixed(latency_ns),
            random.Random(1),
            topics=core.topics,
        )
        venue = rules.venue
        core.connect({venue: port or self.venue}, {venue: rules}, limits=limits)
        for name, strategy in strategies.items():
            core.engine.seat(name, strategy)

    def start(self) -> None:
        """Start the strategies, without history."""
        self.core.start(lambda _instrument, _timeframe, _wanted: ())

    def play(self, events: Iterable[MarketEvent]) -> Iterator[int]:
        """Play a tape to its end, and wait for the last answers; gives each instant."""
        return itertools.chain(self.core.play(events), self.core.stop("end of tape"))

    @property
    def is_balanced(self) -> bool:
        """Our ledgers and the venue's balances are the same."""
        totals = self.core.engine.portfolio.totals()
        return all(totals[asset] == sum(held) for asset, held in self.venue.balances().items())


def bitcoin() -> Instrument:
    """BTC/USDT with Bitget's rules."""
    return SPOT.instrument("BTC/USDT")


def unlimited(rules: VenueRules) -> VenueRules:
    """The same rules with room for any number of requests."""
    return replace(rules, buckets=tuple(replace(bucket, limit=10**9) for bucket in rules.buckets))
