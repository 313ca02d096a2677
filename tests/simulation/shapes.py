"""The venue of a seed: its pairs, and one of several shapes of rate limits."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Final

import msgspec

from framework.kernel.clock import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.rules import Ban, Bucket, Certainty, Cost, CountedBy, VenueRules
from tests.wired import SECOND, rules_of, spot

BOUND_NS: Final = 5 * NS_PER_S
"""How long after it was signed the venue takes a request."""
LONG_NS: Final = 12 * NS_PER_S
"""The longest window of a limit."""


def instruments() -> tuple[Instrument, ...]:
    """Two pairs on spot."""
    facts = {"maker_fee": Decimal("0.001"), "taker_fee": Decimal("0.001"), "size_min_points": 10}
    return tuple(spot(symbol, "plain", **facts) for symbol in ("BTC/USDT", "ETH/USDT"))


def rules_by(chance: random.Random) -> VenueRules:
    """A venue of one of several shapes: buckets apart or shared, batches or none, bans or none."""
    limit, batch = chance.choice((5, 10, 20)), chance.choice((1, 5, 20))
    rules = msgspec.structs.replace(
        rules_of("plain", batch=batch, limit=limit),
        acceptance_bound_ns=BOUND_NS,
        acceptance_certainty=Certainty.DOCUMENTED,
        lookup_horizon_ns=3600 * SECOND,
        is_refused_when_limited=True,
        pause_ns=chance.choice((1, 2)) * SECOND,
    )
    # The plain dialect does not tell a batch of one from a single order: both draw on one bucket.
    buckets = tuple([bucket for bucket in rules.buckets if "batch" not in bucket.name])
    costs = {kind: (Cost(cost.bucket.partition("_")[0], orders_per_unit=10),) for kind, (cost,) in rules.costs.items()}
    rules = msgspec.structs.replace(rules, buckets=buckets, costs=costs)
    if chance.random() < 0.4:  # places and cancels draw on one bucket
        shared = Bucket("orders", limit * 2, 2 * SECOND, CountedBy.UID, "made up", is_fixed=chance.random() < 0.5)
        one = {kind: (Cost("orders", orders_per_unit=10),) for kind in costs}
        rules = msgspec.structs.replace(rules, buckets=(shared,), costs=one)
    if chance.random() < 0.3:
        rules = msgspec.structs.replace(rules, ban=Ban(6, 5 * SECOND, 20 * SECOND, "made up"))
    if chance.random() < 0.5:
        buckets = tuple([msgspec.structs.replace(bucket, tells_retry_after=True) for bucket in rules.buckets])
        rules = msgspec.structs.replace(rules, buckets=buckets)
    if chance.random() < 0.25:  # what was sent before a restart weighs after it
        long = [msgspec.structs.replace(each, limit=each.limit * 6, window_ns=LONG_NS) for each in rules.buckets]
        rules = msgspec.structs.replace(rules, buckets=tuple(long))
    return rules
