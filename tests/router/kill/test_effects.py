"""The kill switch at work in a core: what leaves, what is swept, who is told."""

from __future__ import annotations

from typing import Any

import pytest

from framework.kernel.records import KillStepped, SweepStepped
from framework.model.batch import BatchKind, RequestKind
from framework.model.events import FeedState, FeedStatus, ReportKind
from framework.model.orders import Order, OrderState
from framework.model.request_answer import RequestAnswer
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, read_scope
from framework.router.kill.flatten import SLICE_NS
from framework.router.kill.states import Cause, KillState, Phase
from tests.wired import MS, SECOND, Bench, Scripted, order_of, quote, rules_of, spot

BTC, ETH = spot(), spot("ETH/USDT")
MM = Scope(ScopeKind.STRATEGY, "mm")


def bench(**more: Any) -> Bench:
    made = Bench({"mm": Scripted(), "grid": Scripted()}, instruments=(BTC, ETH), **more)
    made.play(*[quote(there, made.now_ns + 1) for there in (BTC, ETH)])
    return made


def buy(made: Bench, name: str = "mm", **more: Any) -> Order:
    order: Order = made.act(name, lambda me: me.buy(BTC, 1, price=90, **more))
    return order


def placed(made: Bench) -> int:
    return sum(size for kind, _, size in made.port.requests() if kind == "place")


@pytest.mark.fault("O6")
def test_a_trip_cancels_what_rests_and_lets_nothing_new_out() -> None:
    made = bench()
    resting = buy(made)
    made.wait(SECOND)
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    refused = buy(made)
    made.wait(SECOND)
    assert resting.state is OrderState.CANCELLED
    assert (refused.state, refused.reason) == (OrderState.REFUSED, "gate_closed")
    assert refused.detail == "global tripped: odd fills"
    assert placed(made) == 1


@pytest.mark.fault("O6")
def test_an_order_in_flight_is_cancelled_once_the_venue_knows_it() -> None:
    made = bench()
    order = buy(made)
    assert order.state is OrderState.SENT
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(SECOND)
    assert order.state is OrderState.CANCELLED


def test_orders_that_wait_for_budget_are_dropped_and_told() -> None:
    made = bench(rules=rules_of(batch=1, limit=1))
    orders = [buy(made) for _ in range(5)]
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(SECOND)
    assert placed(made) == 1
    assert [order.state for order in orders] == [OrderState.CANCELLED] + [OrderState.CANCELLED] * 4
    assert {order.reason for order in orders[1:]} == {"withdrawn"}


@pytest.mark.parametrize("kind", ["answered", "silent"])
def test_sweeps_of_two_scopes_share_the_cancels_of_a_moment(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = bench()
    resting = buy(made)
    made.wait(SECOND)
    if kind == "silent":
        monkeypatch.setattr(made.port, "answer", lambda cleared, reason="": None)
    for scope in (read_scope("strategy:mm"), EVERYTHING):
        made.core.kill.trip(scope, Cause.OPERATOR, "odd fills", "ann")
    made.wait(3 * SECOND)
    instants = [each.cleared_ns for each in made.port.sent if each.batch.kind is BatchKind.CANCEL]
    assert len(instants) == len(set(instants)) == (1 if kind == "answered" else 2), "one more after two seconds"
    assert resting.is_done is (kind == "answered")


def test_the_market_with_the_most_at_stake_is_swept_first() -> None:
    made = bench()
    for there, size in ((BTC, 1), (ETH, 2)):
        made.act("mm", lambda me, there=there, size=size: me.buy(there, size, price=90))
        made.wait(3 * SECOND)
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(3 * SECOND)
    cancels = [each.batch.instrument for each in made.port.sent if each.batch.kind is BatchKind.CANCEL]
    assert cancels == [ETH, BTC]


def test_one_strategy_is_stopped_and_the_others_trade_on() -> None:
    made = bench()
    mine, others = buy(made), buy(made, "grid")
    made.wait(SECOND)
    made.core.kill.trip(MM, Cause.OPERATOR, "odd fills", "ann")
    mixed = [buy(made), buy(made, "grid")]
    made.wait(SECOND)
    assert (mine.state, others.state) == (OrderState.CANCELLED, OrderState.OPEN)
    assert [order.state for order in mixed] == [OrderState.REFUSED, OrderState.OPEN]


def test_a_refused_order_spoils_no_request_of_others() -> None:
    made = bench(rules=rules_of(limit=1))
    buy(made, "grid")
    waiting = [buy(made, "grid"), buy(made)]
    made.core.kill.trip(MM, Cause.OPERATOR, "odd fills", "ann")
    made.wait(2 * SECOND)
    assert waiting[0].state is OrderState.OPEN
    assert waiting[1].is_done


def test_a_strategy_stops_itself_and_hears_of_it() -> None:
    made = bench()
    resting = buy(made)
    made.wait(SECOND)
    late = made.act("mm", lambda me: (me.halt("lost too much"), me.buy(BTC, 1, price=80))[1])
    made.wait(SECOND)
    assert resting.state is OrderState.CANCELLED
    assert (late.state, late.reason) == (OrderState.REFUSED, "gate_closed")
    assert made.core.kill.state(MM) is KillState.TRIPPED
    assert made.core.kill.state() is KillState.ARMED
    told = {name: seat.strategy.got("halt") for name, seat in made.seats.items()}  # type: ignore[attr-defined]  # Scripted
    assert told == {"mm": ["tripped strategy:mm: lost too much"], "grid": []}


def test_a_strategy_that_stops_itself_says_no_more_than_a_record_and_a_latch_can_hold() -> None:
    made = bench()
    made.act("mm", lambda me: me.halt("\ud800" + "x" * 20_000_000))
    made.wait(SECOND)
    trip = made.core.kill.trip_of(MM)
    assert trip is not None
    assert len(trip.reason.encode()) < 600 and trip.reason.startswith("\\ud800xx")


def test_ladders_and_targets_of_a_killed_strategy_are_not_even_worked_out() -> None:
    made = bench()
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    orders = len([record for record in made.records if type(record).__name__ == "OrderMade"])
    made.act("mm", lambda me: me.ladder(BTC, bids=[(90, 1), (89, 1)]))
    made.act("mm", lambda me: me.target(BTC, 1))
    made.wait(SECOND)
    assert len([record for record in made.records if type(record).__name__ == "OrderMade"]) == orders


def test_a_transient_cause_withdraws_ladders_and_leaves_orders() -> None:
    made = bench()
    made.act("mm", lambda me: me.ladder(BTC, bids=[(90, 1)]))
    plain = buy(made)
    made.wait(SECOND)
    ladder = next(order for order in made.core.engine.blotter.open_of("mm") if order is not plain)
    made.core.kill.reduce(EVERYTHING, Cause.CLOCK_SKEW, "2 s off")
    made.wait(SECOND)
    assert (ladder.state, plain.state) == (OrderState.CANCELLED, OrderState.OPEN)


def test_what_lowers_exposure_passes_while_reducing_and_no_more_than_that() -> None:
    made = bench(capital={"mm": "1000 USDT", "grid": "1000 USDT"})
    bought = made.act("mm", lambda me: me.buy(BTC, 1))
    made.wait(SECOND)
    made.fill(bought)
    made.core.kill.reduce(EVERYTHING, Cause.CLOCK_SKEW, "2 s off")
    sold = made.act("mm", lambda me: me.sell(BTC, 1, price=120))
    more = buy(made)
    made.wait(SECOND)
    assert sold.state is OrderState.OPEN
    assert (more.state, more.reason) == (OrderState.REFUSED, "gate_closed")


def test_an_order_whose_change_is_unanswered_counts_as_the_larger_of_both() -> None:
    made = bench(capital={"mm": "1000 USDT", "grid": "1000 USDT"})
    made.fill(made.act("mm", lambda me: me.buy(BTC, 1)))
    half = made.act("mm", lambda me: me.sell(BTC, "0.5", price=120))
    made.wait(SECOND)
    rest = order_of(BTC, "x", strategy="mm", is_buy=False, size_points=5_000)
    assert made.core.effects.lowers_exposure(rest, 5_000)
    made.port.is_silent = True
    made.act("mm", lambda me: me.amend(half, size=1))
    assert not made.core.effects.lowers_exposure(rest, 5_000), "both together may sell more than is held"


@pytest.mark.fault("O8")
def test_arming_waits_for_the_second_sweep() -> None:
    made = bench()
    buy(made)
    made.wait(SECOND)
    kill = made.core.kill
    trip = kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(SECOND)
    refusals = kill.arm(EVERYTHING, "looked", "ann", trip.id)
    assert refusals and "not complete: sweeping (empty; looks again" in refusals[0]
    made.wait(61 * SECOND)
    assert made.core.effects.sweeps[EVERYTHING].phase is Phase.SWEPT
    assert kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    assert kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    again = buy(made)
    made.wait(SECOND)
    assert again.state is OrderState.OPEN


@pytest.mark.fault("O8")
def test_arming_is_refused_while_an_order_is_unknown_and_names_it() -> None:
    made = bench()
    order = buy(made)
    made.wait(SECOND)
    made.port.is_silent = True
    made.say(order, ReportKind.UNKNOWN)
    trip = made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(70 * SECOND)
    refusals = made.core.kill.arm(EVERYTHING, "looked", "ann", trip.id)
    assert any("1 order without an answer" in text and order.client_order_id in text for text in refusals)


def test_positions_are_flattened_in_slices_and_nothing_else_passes() -> None:
    made = bench(capital={"mm": "1000 USDT", "grid": "1000 USDT"})
    bought = made.act("mm", lambda me: me.buy(BTC, 4))
    made.wait(SECOND)
    made.fill(bought)
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "out", "ann", is_hard=True)
    made.core.effects.flatten(EVERYTHING)
    sizes = []
    for _ in range(12):
        made.wait(SECOND // 2)
        mine = [order for order in made.core.engine.blotter.open_of("mm") if order.tag == "flatten"]
        for order in mine:
            assert order.reduce_only and not order.is_buy and order.price_points >= 9_950
            sizes.append(order.size)
            made.fill(order)
    assert sizes == [1.0, 1.0, 1.0, 1.0]
    refused = made.act("mm", lambda me: me.sell(BTC, 1, price=120))
    made.wait(SECOND)
    assert refused.state is OrderState.REFUSED
    assert made.core.effects.obstacles(EVERYTHING) == [] or "flatten" not in made.core.effects.obstacles(EVERYTHING)[-1]


def flattened(made: Bench, scope: Scope, rounds: int = 60) -> None:
    """Trip a scope and bring its positions down; what reaches the venue fills."""
    made.core.kill.trip(scope, Cause.OPERATOR, "out", "ann")
    made.core.effects.flatten(scope)
    for _ in range(rounds):
        made.wait(SECOND // 4)
        for order in made.core.engine.blotter.open_of("mm"):
            if order.tag == "flatten" and order.is_open:
                made.fill(order)


@pytest.mark.parametrize("price", ["99.60", "100", "100.50"])
def test_flattening_gets_past_an_order_of_another_strategy(price: str) -> None:
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"})
    maker = made.act("grid", lambda me: me.buy(BTC, 1, price=price, post_only=True))
    made.wait(SECOND)
    flattened(made, MM)
    assert made.core.engine.portfolio.position_points("mm", BTC) == 0
    assert maker.is_done is (price != "99.60"), "only what is as good as anybody's is in the way"
    assert not any("flatten" in obstacle for obstacle in made.core.effects.obstacles(MM))


@pytest.mark.parametrize(
    "limits",
    [
        {"max_order_notional": "10 USDT"},
        {"price_collar": "0.001 %"},
        {"message_rate": "1 / 60 s"},
        {"max_order_size": ["0.01 BTC"]},
    ],
)
def test_no_limit_holds_flattening_back(limits: dict[str, Any]) -> None:
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"}, limits=limits)
    flattened(made, MM)
    assert made.core.engine.portfolio.position_points("mm", BTC) == 0


def slices(made: Bench) -> list[Order]:
    """The orders of flattening so far."""
    return [order for order in made.core.engine.blotter._orders.values() if order.tag == "flatten"]


def test_another_trip_of_its_scope_does_not_end_flattening() -> None:
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"})
    made.core.kill.trip(MM, Cause.OPERATOR, "out", "ann", is_hard=True)
    made.core.effects.flatten(MM)
    made.core.kill.trip(MM, Cause.LIMIT, "a loss, by getting out", "risk")
    flattened(made, MM)
    assert made.core.engine.portfolio.position_points("mm", BTC) == 0
    assert {order.state for order in slices(made)} == {OrderState.FILLED}


def test_flattening_waits_and_says_so_while_something_wider_has_tripped() -> None:
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"})
    trip = made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "all of it", "ann")
    flattened(made, MM, rounds=260)
    assert slices(made) == []
    said = "flattening waits for global: arm it, or run.py kill --flatten --scope global"
    assert made.core.effects.flattening_words(MM) == said
    assert made.core.kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    flattened(made, MM)
    assert made.core.engine.portfolio.position_points("mm", BTC) == 0
    assert {order.state for order in slices(made)} == {OrderState.FILLED}


def test_flattening_goes_on_as_soon_as_what_kept_it_in_is_armed_or_its_slice_has_ended() -> None:
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"})
    trip = made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "all of it", "ann")
    flattened(made, MM, rounds=260)
    made.wait(SECOND // 4)
    assert made.core.kill.arm(EVERYTHING, "looked", "ann", trip.id) == []
    made.wait(SLICE_NS)
    (first,) = slices(made)
    made.wait(SECOND // 4)  # it waits for its end now, and looks seldom
    made.fill(first)
    made.wait(SLICE_NS)
    assert len(slices(made)) == 2


@pytest.mark.parametrize("scope", [EVERYTHING, Scope(ScopeKind.ACCOUNT, "main@bitget")], ids=str)
@pytest.mark.parametrize("is_later", [False, True], ids=["before", "while"])
def test_what_narrower_trips_hold_is_flattened_too(scope: Scope, is_later: bool) -> None:
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"})
    narrower = (MM, Scope(ScopeKind.INSTRUMENT, BTC.id), Scope(ScopeKind.ACCOUNT, "main@bitget"))
    for each in () if is_later else narrower:
        made.core.kill.trip(each, Cause.OPERATOR, "odd", "ann")
    made.core.kill.trip(scope, Cause.OPERATOR, "out", "ann", is_hard=True)
    made.core.effects.flatten(scope)
    for each in narrower if is_later else ():
        made.core.kill.trip(each, Cause.LIMIT, "a loss, by getting out", "risk")
    assert made.core.effects.flattening_words(scope) == ""
    flattened(made, scope)
    assert made.core.engine.portfolio.position_points("mm", BTC) == 0
    assert {order.state for order in slices(made)} == {OrderState.FILLED}
    refused = made.act("mm", lambda me: me.buy(BTC, 1, price=90))
    made.wait(SECOND)
    assert refused.state is OrderState.REFUSED


def test_flattening_that_gives_up_says_so_and_leaves_nothing_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framework.router.kill.flatten.TRIES_NS", 2 * SECOND)
    made = bench(capital={"mm": "1000 USDT,4 BTC", "grid": "1000 USDT"})
    made.act("grid", lambda me: me.buy(BTC, 1, price="100.50", post_only=True))
    made.wait(SECOND)
    made.port.is_silent = True
    flattened(made, MM)
    last = [record for record in made.records if isinstance(record, SweepStepped)][-1]
    assert last.detail == "flattening gave up with positions left: mm BTC/USDT@bitget; a person must look"
    assert made.core.engine.blotter.open_of("mm") == []


def test_a_full_bucket_holds_its_account_back_and_passes() -> None:
    made = bench()
    made.port.rejects = ["rate_limited"]
    buy(made)
    made.wait(10 * MS)
    account = Scope(ScopeKind.ACCOUNT, "main@bitget")
    assert made.core.kill.state(account) is KillState.REDUCING
    made.wait(2 * SECOND)
    assert made.core.kill.state(account) is KillState.ARMED


def test_a_stale_feed_holds_its_instrument_back_until_it_lives() -> None:
    made = bench(feeds_are_live=True)
    there = Scope(ScopeKind.INSTRUMENT, BTC.id)
    made.core.engine.process(FeedStatus(BTC, made.now_ns, FeedState.STALE, "no quote for 5 s"))
    assert made.core.kill.state(there) is KillState.REDUCING
    made.core.engine.process(FeedStatus(BTC, made.now_ns, FeedState.LIVE))
    assert made.core.kill.state(there) is KillState.ARMED


def test_steps_and_phases_are_journaled() -> None:
    made = bench()
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(61 * SECOND)
    steps = [record for record in made.records if isinstance(record, KillStepped | SweepStepped)]
    assert [getattr(step, "state", getattr(step, "phase", "")) for step in steps] == ["tripped", "sweeping", "swept"]


def test_a_hard_trip_takes_protective_orders_too() -> None:
    made = bench(capital={"mm": "1000 USDT", "grid": "1000 USDT"})
    made.fill(made.act("mm", lambda me: me.buy(BTC, 2)))
    stop = made.act("mm", lambda me: me.sell(BTC, 1, price=120, reduce_only=True))
    made.wait(SECOND)
    made.core.kill.trip(MM, Cause.OPERATOR, "odd fills", "ann")
    made.wait(SECOND)
    assert stop.state is OrderState.OPEN
    made.core.kill.trip(MM, Cause.OPERATOR, "odd fills", "ann", is_hard=True)
    made.wait(SECOND)
    assert stop.state is OrderState.CANCELLED


def test_an_order_that_only_grows_what_is_held_lowers_nothing() -> None:
    made = bench()
    lowers = made.core.effects.lowers_exposure
    assert not lowers(order_of(BTC, "x", strategy="mm", is_buy=False), 1)
    made.fill(made.act("mm", lambda me: me.buy(BTC, 1)))
    assert lowers(order_of(BTC, "x", strategy="mm", is_buy=False), 10_000)
    assert not lowers(order_of(BTC, "x", strategy="mm", is_buy=False), 10_001)
    assert not lowers(order_of(BTC, "x", strategy="mm"), 1)


def test_a_ban_trips_its_account_and_the_sweep_says_that_it_is_blocked() -> None:
    made = bench()
    order = buy(made)
    made.wait(SECOND)
    until_ns = made.now_ns + 20 * SECOND
    made.core.answered(RequestAnswer(venue="bitget", request_id=1, banned_until_ns=until_ns))
    account = Scope(ScopeKind.ACCOUNT, "main@bitget")
    trip = made.core.kill.trip_of(account)
    assert trip is not None and trip.cause is Cause.BANNED
    made.wait(SECOND)
    sweep = made.core.effects.sweeps[account]
    assert (sweep.phase, sweep.detail) == (Phase.BLOCKED, "banned by bitget")
    assert order.state is OrderState.OPEN
    made.wait(30 * SECOND)
    assert order.state is OrderState.CANCELLED
    assert sweep.phase is Phase.SWEEPING


def test_a_sweep_that_limits_keep_back_says_so_and_goes_on_when_they_do_not() -> None:
    made = bench(rules=rules_of(limit=1))
    resting, budget = buy(made), made.core.router.lanes["bitget"].budget
    made.wait(SECOND)
    for number, request in enumerate((RequestKind.CANCEL, RequestKind.CANCEL_BATCH)):
        budget.draw(-1 - number, request, 1, made.now_ns)
    made.core.kill.trip(EVERYTHING, Cause.OPERATOR, "odd fills", "ann")
    made.wait(3 * SECOND)
    assert resting.is_open
    (sweep,) = made.core.effects.sweeps.values()
    assert (sweep.phase, sweep.detail) == (Phase.BLOCKED, "rate limit of bitget: cancels wait for room")
    budget.answered(-1, made.now_ns)
    made.wait(2 * SECOND)
    assert resting.state is OrderState.CANCELLED
    assert sweep.phase is Phase.SWEEPING
