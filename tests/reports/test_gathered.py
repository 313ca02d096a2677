"""Fills of an order within a second are told together; nothing else is touched."""

from __future__ import annotations

import json

from msgspec import structs

from framework.model.events import FeedState, ReportKind
from framework.reports.gathered import FillsSeen, gathered
from framework.reports.happenings import FillHappened
from tests.reports.synthetic import BTC, SECOND_NS, Run


def parts(run: Run, *sizes: int) -> list[FillHappened]:
    order = run.order("mm", size_points=sum(sizes) + 1)
    run.send(order)
    for size in sizes:
        run.fill(order, size_points=size)
    return [seen for seen in run.session.happenings if isinstance(seen, FillHappened)]


def test_fills_of_one_order_and_second_are_one_and_the_rest_is_as_it_was() -> None:
    run = Run()
    fills = parts(run, 1_000, 2_000, 500)
    run.feed(FeedState.STALE, "nothing for 3 s")
    run.end(run.order("mm"), ReportKind.REFUSED, "funds", "free 0")
    together, stale, refused = gathered(run.session.happenings)
    assert isinstance(together, FillsSeen)
    assert (together.fills, together.count, together.noun) == (tuple(fills), 3, "fill")
    assert together.text == "mm bought 0.0035 BTC at 61,648.20 (parts 1 to 3, maker)"
    assert [stale, refused] == list(run.session.happenings)[3:]
    assert [part["size"] for part in json.loads(together.json)["fills"]] == [0.001, 0.002, 0.0005]


def test_another_second_or_order_is_another_line() -> None:
    run = Run()
    first, second = parts(run, 1_000, 1_000)
    later = structs.replace(second, ts_ns=second.ts_ns + SECOND_NS)
    other = structs.replace(second, client_order_id="other")
    assert gathered([first, later, other]) == [first, later, other]


def test_different_prices_are_told_on_average_and_roles_are_named() -> None:
    run = Run()
    first, second = parts(run, 1_000, 3_000)
    second = structs.replace(second, price_points=first.price_points + 400, is_maker=False)
    (told,) = gathered([first, second])
    assert told.text == "mm bought 0.004 BTC at 61,651.20 on average (parts 1 to 2, maker and taker)"
    assert first.instrument is BTC
