"""How Bitget counts, and what its silence and its refusals mean: the same for all its products."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from framework.model.instants import MINUTE_NS, NS_PER_S
from framework.model.rules import Bucket, Certainty, Cost, CountedBy, SelfTrade, VenueRules
from framework.venues.readings import LENIENT, one_unit_a_request, read_again

AS_OF: Final = "2026-11-21"

IP: Final = Bucket(
    "ip",
    6000,
    MINUTE_NS,
    CountedBy.IP,
    "quick start, rate limits: 6000 requests a minute and IP over all endpoints; the API FAQ, Q10 (copy of 2026-09): recovers in 5 minutes",
    pause_ns=5 * MINUTE_NS,
)
EVERY_REQUEST: Final = Cost(IP.name)

BATCH_ORDERS_PER_UNIT: Final = 10  # Quick start: 10 orders of a pair in a batch count as one request
BATCH_SOURCE: Final = (
    "quick start (copy without a date): 10 orders of a pair in a batch count as one request; the V1 spot pages add "
    "an example, 1 of ETH + 10 of BTC = 2"
)


def endpoint(name: str, limit: int, source: str) -> Bucket:
    """The bucket of one endpoint: `limit` a second."""
    # Fixed or sliding is not documented; sliding is safe for both. UID: two keys of an account share a bucket.
    return Bucket(name, limit, NS_PER_S, CountedBy.UID, source)


def single(bucket: str) -> tuple[Cost, Cost]:
    """What a request of an endpoint costs, whatever it holds."""
    return Cost(bucket), EVERY_REQUEST


def batch(bucket: str) -> tuple[Cost, Cost]:
    """What a batch costs: a unit of its endpoint for every started ten orders of a pair, and one HTTP request."""
    return Cost(bucket, orders_per_unit=BATCH_ORDERS_PER_UNIT, source=BATCH_SOURCE), EVERY_REQUEST


TIMESTAMP_NS: Final = (
    30 * NS_PER_S
)  # Quick start, signing: a timestamp more than 30 s from the venue's clock is refused
PROCESSING_NS: Final = 30 * NS_PER_S
RECEIVE_WINDOW_NS: Final = 5 * NS_PER_S

ACCEPTANCE_BOUND_NS: Final = TIMESTAMP_NS + PROCESSING_NS
LOOKUP_HORIZON_NS: Final = 120 * MINUTE_NS
PAUSE_NS: Final = NS_PER_S
REMAINING_HEADER: Final = "x-mbx-used-remain-limit"

SOURCES: Final[Mapping[str, str]] = {
    "acceptance_bound_ns": "min(receiveWindow, 30 s) + 30 s, assumed: the quick start gives the 30 s in which a timestamp holds, "
    "nothing says how long a request may be worked on. 60 s holds without receiveWindow, which not every endpoint takes",
    "lookup_horizon_ns": "GET spot/trade/orderInfo: by clientOid only orders of the last 2 hours are found (change of 2025-03-20); said of "
    "spot, taken for all products",
    "pause_ns": "assumed: no Retry-After is documented; rest for a window, then exponentially",
    "is_refused_when_limited": "nothing says whether a 429 on an order proves that it was not accepted",
    "remaining_header": "API FAQ, Q11 (copy of 2026-09): what remains of the endpoint in this second; clients "
    "saw it count down from 19 and from 10 on public endpoints, nobody showed it on orders",
    "self_trade": "POST spot/trade/place-order: stpMode is `none` unless an order says otherwise",
    "buckets": "endpoint pages: windows of a second, whether fixed or sliding is not said; counted by UID on the newer pages, by key "
    "in the quick start",
}

rules = partial(
    VenueRules,
    venue="bitget",
    as_of=AS_OF,
    self_trade=SelfTrade.NONE,
    acceptance_bound_ns=ACCEPTANCE_BOUND_NS,
    acceptance_certainty=Certainty.ASSUMED,
    lookup_horizon_ns=LOOKUP_HORIZON_NS,
    pause_ns=PAUSE_NS,
    remaining_header=REMAINING_HEADER,
)
"""A table of Bitget's, with what holds for all its products."""


def lenient(
    table: VenueRules,
    limits: Mapping[str, tuple[int, str]] | None = None,
) -> VenueRules:
    """The lenient reading of a Bitget table: its own other limits, and what holds for all products."""
    return read_again(
        table,
        LENIENT,
        limits=limits,
        counted_by={CountedBy.UID: CountedBy.KEY},
        costs=one_unit_a_request(
            table,
            "endpoint pages: no more is said than calls a second, so one call may be one unit",
        ),
        acceptance_bound_ns=RECEIVE_WINDOW_NS + PROCESSING_NS,
        acceptance_certainty=Certainty.ASSUMED,
        receive_window_ns=RECEIVE_WINDOW_NS,
        is_refused_when_limited=True,
        sources={
            "acceptance_bound_ns": "min(receiveWindow, 30 s) + 30 s, assumed, with receiveWindow = 5 s on each request",
            "is_refused_when_limited": "taken as a refusal ahead of any work; not documented",
        },
    )
