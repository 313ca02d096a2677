"""An order's story: every sort of step, in words."""

from __future__ import annotations

import pytest

from framework.kernel.records import OrderMade, ReportTaken
from framework.model.errors import ConfigError
from framework.model.orders import Order
from framework.model.self_cross import SelfCross
from framework.reports.explained import Teller, find_order, story_lines
from framework.reports.story import Story
from tests.router.crossing.test_inside import in_one_turn
from tests.router.crossing.test_yielding import duo
from tests.router.scene import BTC, bench
from tests.wired import LATENCY, SECOND, Bench, Scripted


def story_of(made: Bench, order: Order | str) -> Story:
    wanted = order if isinstance(order, str) else order.client_order_id
    found, owners = find_order(wanted, made.records)
    return Teller(found, owners, BTC).read(made.records)


def steps(made: Bench, order: Order | str) -> list[tuple[str, str]]:
    return [(step.kind, step.text) for step in story_of(made, order).steps]


def test_the_road_of_a_filled_order() -> None:
    made = bench()
    order, _ = made.act("a", lambda a: [a.buy(BTC, "1", price="100"), a.buy(BTC, "2", price="99")])
    made.wait(2 * LATENCY)
    made.fill(order, size=4_000)
    assert steps(made, order) == [
        ("intent", "a asks to buy 1 BTC at 100, gtc"),
        ("checks", "passed every check, and the gate"),
        ("request", "1 place_batch at bitget/main, shared with 1 of a: 2"),
        ("report", "accepted"),
        ("fill", "0.4 BTC at 100, maker, fee 0 USDT, trade t1"),
    ]
    assert story_of(made, order).filled_points == 4_000
    made.records += [record for record in made.records if isinstance(record, ReportTaken)]
    assert story_of(made, order).filled_points == 4_000, "a fill that is told again fills nothing"


def test_a_refusal_names_check_limit_and_value() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "20000", price="100"))
    made.wait(2 * LATENCY)
    kind, text = steps(made, order)[-1]
    assert kind == "checks"
    assert text.startswith("refused by our router: funds (free 1000000 USDT, order needs 2000000 USDT")


def test_a_rung_is_told_from_its_ladder_to_its_end() -> None:
    made = bench()
    made.act("a", lambda a: a.ladder(BTC, bids=[("99", "1"), ("98", "1")]))
    made.wait(2 * LATENCY)
    rung, _ = made.core.engine.desk.open_of("a")
    made.act("a", lambda a: a.ladder(BTC, bids=[("98", "1")]))
    made.wait(2 * LATENCY)
    told_steps = steps(made, rung)
    assert told_steps[0] == ("intent", "a wants ladder of 2 rungs of BTC/USDT@bitget")
    assert told_steps[1] == ("order", "made for the ladder: buy 1 BTC at 99, gtc, post only")
    assert ("dropped", "the ladder wants it no longer: the router takes it back") in told_steps
    assert told_steps[-1] == ("report", "cancelled")


def test_what_was_annihilated_says_that_nothing_left() -> None:
    made = bench()
    order = made.act("a", lambda a: [a.cancel(order := a.buy(BTC, "1", price="99")), order][1])
    made.wait(2 * LATENCY)
    assert steps(made, order)[1:] == [
        ("intent", "a cancels it"),
        ("report", "cancelled by our router: withdrawn (cancelled before it left)"),
    ]
    assert story_of(made, order).requests == 0


def test_merged_changes_are_told() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    made.wait(2 * LATENCY)
    made.act("a", lambda a: [a.amend(order, price=price) for price in ("98", "97", "96")])
    made.wait(2 * LATENCY)
    kinds = steps(made, order)[4:]
    assert [kind for kind, _ in kinds] == ["intent", "intent", "intent", "merged", "request", "report"]
    assert kinds[3][1] == "2 older changes into this request, unsent"
    assert kinds[-1][1] == "amended to 1 BTC at 96"


def test_both_sides_of_a_wait_are_told() -> None:
    made = bench()
    sell = made.act("a", lambda a: a.sell(BTC, "1", price="100.50"))
    buy = made.act("a", lambda a: a.buy(BTC, "1", price="100.50"))
    made.wait(6 * SECOND)
    why = f"waits: it would trade with our own {sell.client_order_id} (self_cross)"
    assert ("netted", why) in steps(made, buy)
    assert ("netted", f"{buy.client_order_id} of a waits for it") in steps(made, sell)


def test_a_fill_by_another_order_of_ours_says_which() -> None:
    made = duo(SelfCross.CROSS)
    buy, sell = in_one_turn(made, ("a", "buy", "1", {}), ("b", "sell", "1", {}))
    made.wait(2 * LATENCY)
    told = f"1 BTC at 100.5, inside, with our own {sell.client_order_id}, fee 0 USDT, trade inside-1"
    assert steps(made, buy)[1:] == [("fill", told)]
    assert story_of(made, buy).requests == 0


def test_an_order_is_found_by_its_end_and_the_last_by_that_word() -> None:
    made = bench()
    made.act("a", lambda a: [a.buy(BTC, "1", price=price) for price in ("99", "98")])
    assert story_of(made, "last").order.price_points == 9_800
    assert story_of(made, "a-1").order.price_points == 9_900


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("bench-000001-a-7", "did you mean bench-000001-a-"),
        ("1", r"no such order among 2; `last` is the newest$"),
        ("", "end so"),
    ],
)
def test_an_unknown_order_names_the_nearest(wanted: str, says: str) -> None:
    made = bench()
    made.act("a", lambda a: [a.buy(BTC, "1", price=str(price)) for price in range(90, 92)])
    if wanted == "1":
        made.records[:] = [record for record in made.records if not str(record).endswith("'1'")]
        wanted = "zzz"
    with pytest.raises(ConfigError, match=says):
        find_order(wanted, made.records)


def test_a_journal_without_orders_says_so() -> None:
    with pytest.raises(ConfigError, match="the journal has no orders"):
        find_order("last", [])


def test_no_line_is_wider_than_the_screen_and_nothing_is_lost() -> None:
    made = bench(Scripted())
    orders = made.act("a", lambda a: [a.buy(BTC, "1", price="99") for _ in range(30)])
    made.wait(2 * LATENCY)
    lines = list(story_lines(story_of(made, orders[0]), 80))
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).replace(",", " ").split()
    assert all(order.client_order_id.rpartition("-")[2] in words for order in orders[1:])


def test_without_its_instrument_points_are_told() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="99"))
    found, owners = find_order(order.client_order_id, made.records)
    assert isinstance(found, OrderMade)
    story = Teller(found, owners, None).read(made.records)
    assert story.steps[0].text == "a asks to buy 10000 size points at 9900 price points, gtc"


def test_on_a_narrow_screen_what_happened_stands_below_its_time() -> None:
    made = bench()
    order = made.act("a", lambda a: a.buy(BTC, "1", price="100"))
    made.wait(2 * LATENCY)
    lines = list(story_lines(story_of(made, order), 40))
    assert max(map(len, lines)) <= 40
    at = next(at for at, line in enumerate(lines) if line.endswith("intent"))
    assert lines[at + 1] == "  a asks to buy 1 BTC at 100, gtc"
