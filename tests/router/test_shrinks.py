"""A change that only takes size away goes in the request that keeps the order's place, where the venue has one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from framework.model.batch import RequestKind
from framework.model.events import ReportKind, Source
from framework.model.orders import Order
from framework.model.rules import Bucket, Cost, CountedBy, VenueRules
from tests.router.scene import BTC
from tests.wired import LATENCY, NOON, SECOND, Bench, Scripted, quote, rules_of

SHRINK = RequestKind.SHRINK


def rules(limit: int = 10) -> VenueRules:
    plain = rules_of(limit=limit)
    bucket = Bucket("shrink", limit, SECOND, CountedBy.UID, "made up")
    return replace(plain, buckets=(*plain.buckets, bucket), costs={**plain.costs, SHRINK: (Cost("shrink"),)})


def house(venue: VenueRules) -> tuple[Bench, Order]:
    made = Bench({"a": Scripted()}, instruments=(BTC,), capital={"a": "1000000 USDT,100 BTC"})
    made.core.connect({"bitget": made.port}, {"bitget": venue})
    made.play(quote(BTC, NOON + 1))
    order = made.act("a", lambda a: a.buy(BTC, "2", price="90"))
    made.wait(3 * LATENCY)
    return made, order


def forms(made: Bench) -> list[str]:
    return [sent.batch.request.value for sent in made.port.sent][1:]


@pytest.mark.parametrize(
    ("change", "form"),
    [
        ({"size": "1"}, "shrink"),
        ({"size": "1", "price": "90"}, "shrink"),
        ({"size": "3"}, "amend"),
        ({"price": "91"}, "amend"),
        ({"size": "1", "price": "91"}, "amend"),
    ],
)
def test_only_what_takes_size_away_and_nothing_else_shrinks(change: dict[str, str], form: str) -> None:
    made, order = house(rules())
    made.act("a", lambda a: a.amend(order, **change))
    assert forms(made) == [form]


def test_a_venue_without_such_a_request_gets_an_amend() -> None:
    made, order = house(rules_of())
    made.act("a", lambda a: a.amend(order, size="1"))
    assert forms(made) == ["amend"]


def test_while_another_change_is_out_it_waits_for_the_answer() -> None:
    made, order = house(rules())
    made.act("a", lambda a: a.amend(order, price="91"))
    made.act("a", lambda a: a.amend(order, size="1"))
    assert forms(made) == ["amend"]
    made.wait(2 * LATENCY)
    assert len(forms(made)) == 2


def test_a_change_that_waits_changes_its_form_with_what_is_asked() -> None:
    made, order = house(rules(limit=1))
    made.act("a", lambda a: a.amend(order, size="1.9"))
    made.wait(3 * LATENCY)
    made.act("a", lambda a: a.amend(order, size="1.8"))
    made.act("a", lambda a: a.amend(order, price="91"))
    assert forms(made) == ["shrink", "amend"]
    made.wait(2 * SECOND)
    assert (forms(made), order.price_points) == (["shrink", "amend"], 9_100)


def test_it_waits_for_its_own_bucket_and_leaves_when_there_is_room() -> None:
    made, order = house(rules(limit=1))
    for size in ("1.9", "1.8"):
        made.act("a", lambda a, size=size: a.amend(order, size=size))
        made.wait(3 * LATENCY)
    assert forms(made) == ["shrink"]
    made.wait(2 * SECOND)
    assert (forms(made), order.size_points) == (["shrink", "shrink"], 18_000)
    told = [report for report in made.seats["a"].strategy.got("order") if report.kind is ReportKind.AMENDED]
    assert {report.source for report in told} == {Source.VENUE}
