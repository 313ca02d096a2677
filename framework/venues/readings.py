"""Other readings of a rule table.

Where sources differ the table itself holds the stricter number. Another reading names what it takes differently, and
from whom; all else stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from framework.model.batch import RequestKind
from framework.model.rules import Cost, CountedBy, VenueRules

LENIENT: Final = "lenient"
"""The most that any source allows. For simulations, and for accounts of which it is known to hold."""
LEAD_TRADER: Final = "lead-trader"
"""For accounts that others copy: the venue allows them less than anybody else."""


def read_again(
    table: VenueRules,
    reading: str,
    *,
    limits: Mapping[str, tuple[int, str]] | None = None,
    counted_by: Mapping[CountedBy, CountedBy] | None = None,
    **facts: Any,
) -> VenueRules:
    """The table in another reading, named `NAME:READING`.

    Args:
        limits: bucket -> its other limit, and the source of that.
        counted_by: who shares buckets -> who shares them in this reading.
        facts: other fields of the table; `sources` are added to those it has.
    """
    limits = limits or {}
    unknown = limits.keys() - {bucket.name for bucket in table.buckets}
    assert not unknown, unknown
    buckets = []
    for bucket in table.buckets:
        limit, source = limits.get(bucket.name, (bucket.limit, bucket.source))
        counted = (counted_by or {}).get(bucket.counted_by, bucket.counted_by)
        buckets.append(replace(bucket, limit=limit, source=source, counted_by=counted))
    sources = {**table.sources, **facts.pop("sources", {})}
    title = f"{table.title}, {reading} reading"
    return replace(
        table, name=f"{table.name}:{reading}", title=title, **{"buckets": tuple(buckets), "sources": sources, **facts}
    )


def one_unit_a_request(table: VenueRules, source: str) -> dict[RequestKind, tuple[Cost, ...]]:
    """The table's costs if every request were one unit of its buckets, whatever it holds."""
    return {
        kind: tuple(replace(cost, orders_per_unit=0, source=source) if cost.orders_per_unit else cost for cost in costs)
        for kind, costs in table.costs.items()
    }
