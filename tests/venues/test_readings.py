"""Another reading of a table changes what it names and nothing else."""

from __future__ import annotations

import pytest

from framework.model.batch import BatchKind, RequestKind
from framework.model.rules import CountedBy
from framework.venues.bitget.rules import SPOT
from framework.venues.readings import one_unit_a_request, read_again


def test_a_reading_without_differences_differs_by_name_only() -> None:
    other = read_again(SPOT, "same")
    assert (other.name, other.title) == ("bitget-spot:same", "Bitget spot, same reading")
    assert (other.buckets, other.costs, other.sources, other.markets) == (
        SPOT.buckets,
        SPOT.costs,
        SPOT.sources,
        SPOT.markets,
    )


def test_a_limit_is_read_with_its_source_and_the_others_stay() -> None:
    other = read_again(SPOT, "other", limits={"place": (3, "somebody")})
    assert (other.bucket("place").limit, other.bucket("place").source) == (3, "somebody")
    assert other.bucket("cancel") == SPOT.bucket("cancel")
    assert SPOT.bucket("place").limit == 10


def test_who_shares_a_bucket_can_be_read_otherwise() -> None:
    other = read_again(SPOT, "other", counted_by={CountedBy.UID: CountedBy.KEY})
    assert {bucket.counted_by for bucket in other.buckets} == {CountedBy.KEY, CountedBy.IP}


def test_facts_replace_and_sources_add() -> None:
    other = read_again(SPOT, "other", batch_max={BatchKind.PLACE: 1}, sources={"batch_max": "somebody"})
    assert other.batch_max == {BatchKind.PLACE: 1}
    assert other.sources == {**SPOT.sources, "batch_max": "somebody"}


def test_a_limit_of_no_bucket_is_our_own_fault() -> None:
    with pytest.raises(AssertionError, match="plaze"):
        read_again(SPOT, "other", limits={"plaze": (3, "somebody")})


def test_one_unit_a_request_makes_batches_flat_and_leaves_the_rest() -> None:
    costs = one_unit_a_request(SPOT, "somebody")
    own, ip = costs[RequestKind.PLACE_BATCH]
    assert (own.bucket, own.of(50), own.of_pairs([1] * 10), own.source) == ("place_batch", 1, 1, "somebody")
    assert ip == SPOT.costs[RequestKind.PLACE_BATCH][1]
    assert costs[RequestKind.PLACE] == SPOT.costs[RequestKind.PLACE]
