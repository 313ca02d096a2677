"""A lone order: the short way finds what the whole planner would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from framework.model.batch import BatchKind, RequestKind
from framework.model.errors import InvariantError
from framework.router.planning.lone import LoneOrders
from framework.router.planning.planner import Planner, Queued
from tests.router.planning.test_planner import AMEND, BITGET, ORDINARY, PLACE, PLANNERS, TABLES, free, planned, rooms


@pytest.mark.parametrize("name", TABLES)
@given(data=st.data())
def test_the_short_way_is_the_best_plan_for_one(name: str, data: st.DataObject) -> None:
    rules, planner = TABLES[name], PLANNERS[name]
    kind, room = data.draw(st.sampled_from(BatchKind)), data.draw(rooms(rules))
    is_shrink = kind is AMEND and RequestKind.SHRINK in rules.costs and data.draw(st.booleans())
    plan = planner._plan([Queued(kind, ORDINARY, 1, 1, is_shrink=is_shrink)], room)
    assert [planner.lone.way(kind, room, is_shrink=is_shrink)] == ([each.request for each in plan] or [None])


def test_it_goes_by_itself() -> None:
    assert planned([Queued(PLACE, ORDINARY, 1, 1)]) == [(0, "place", 1)]


def test_it_goes_in_a_batch_of_one_where_that_leaves_more_room() -> None:
    assert planned([Queued(PLACE, ORDINARY, 1, 1)], place=10) == [(0, "place_batch", 1)]
    assert planned([Queued(PLACE, ORDINARY, 1, 1)], place=5) == [(0, "place_batch", 1)]
    assert planned([Queued(PLACE, ORDINARY, 1, 1)], place=10, place_batch=5) == []


def test_a_kind_that_the_venue_does_not_take_is_refused() -> None:
    rules = replace(BITGET, costs={RequestKind.PLACE: BITGET.costs[RequestKind.PLACE]})
    assert LoneOrders(rules).way(PLACE, free(rules)) is RequestKind.PLACE
    with pytest.raises(InvariantError, match="expected a cost of amend requests"):
        Planner(rules).lone.way(AMEND, free(rules))
