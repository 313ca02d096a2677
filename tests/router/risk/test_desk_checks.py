"""Positions, exposure, open orders, feeds and clocks: each at its worst, and what reduces may leave."""

from __future__ import annotations

from decimal import Decimal

import pytest

from framework.app.live.safeguards import CLOCK_NS
from framework.config.limits import OwnerLimits
from framework.model.events import FeedState, Pulse
from framework.router.risk.cases import Known, MeasuredSkew
from framework.router.risk.desk_checks import (
    SKEW_KEPT_NS,
    check_clock_skew,
    check_exposure,
    check_feed_age,
    check_open_orders,
    check_position,
)
from framework.router.risk.rejects import Rejects
from framework.router.risk.scopes import LimitScope
from tests.router.risk.judged import BTC, ETH, desk_of, judge, scope_of
from tests.wired import MS, NOON, SECOND, FakeDesk, spot


def test_a_position_counts_open_orders_of_the_side_as_filled() -> None:
    scope, desk = scope_of(max_position="2.5 BTC"), desk_of()
    desk.positions[BTC] = 5_000
    scope.count(BTC, True, 10_000, 1)
    assert judge(check_position, scope, desk) is None
    scope.count(BTC, True, 1, 1)
    refusal = judge(check_position, scope, desk)
    assert refusal == ("max_position", "max_position of strategy a: limit 2.5 BTC, found 2.5001 BTC")
    assert judge(check_position, scope, desk, is_buy=False) is None


def test_a_position_above_its_limit_may_be_reduced_and_not_turned_too_far() -> None:
    scope, desk = scope_of(max_position="100 USDT"), desk_of()
    desk.positions[BTC] = 100_000
    assert judge(check_position, scope, desk) is not None
    assert judge(check_position, scope, desk, is_buy=False, size_points=100_000) is None
    assert judge(check_position, scope, desk, is_buy=False, size_points=120_000) is not None


def test_a_position_in_money_is_valued_at_the_dearer_of_order_and_market() -> None:
    scope = scope_of(max_position="100.50 USDT")
    assert judge(check_position, scope, price_points=1) is None
    assert judge(check_position, scope, price_points=10_051) is not None


def test_a_change_that_adds_nothing_passes() -> None:
    scope, desk = scope_of(max_position="1 USDT", max_exposure="1 USDT"), desk_of()
    desk.positions[BTC] = 10_000
    for check in (check_position, check_exposure):
        assert judge(check, scope, desk, case={"added_points": 0, "is_new": False}) is None
        assert judge(check, scope, desk) is not None


def test_exposure_adds_up_over_instruments_at_their_worst() -> None:
    scope, desk = scope_of(max_exposure="301.50 USDT"), desk_of()
    desk.positions[ETH] = -10_000
    scope.count(ETH, False, 10_000, 1)  # 2 ETH short at worst: 201 at the middle
    assert judge(check_exposure, scope, desk) is None
    refusal = judge(check_exposure, scope, desk, price_points=10_051)
    assert refusal is not None
    assert refusal.detail == "max_exposure of strategy a: limit 301.5 USDT, found 301.51 USDT"
    assert judge(check_exposure, scope, desk, there=ETH, size_points=30_000) is None  # buys back what is short


def test_exposure_that_cannot_be_valued_is_refused() -> None:
    scope, desk = scope_of(max_exposure="1000000 USDT"), desk_of(BTC)
    desk.positions[ETH] = 1
    refusal = judge(check_exposure, scope, desk)
    assert refusal is not None
    assert refusal.detail.endswith("found no price of ETH in USDT")


def test_what_is_owned_of_an_asset_counts_once_in_whichever_market() -> None:
    """Found with `trial`: its account sees all the venue's markets, and only one of them was quoted."""
    euro = spot("BTC/EUR")
    scope = LimitScope(
        "a", OwnerLimits.model_validate({"max_exposure": "201 USDT"}), "a", (euro, BTC, ETH), is_all=True
    )
    desk = desk_of()
    desk.positions |= {euro: 10_000, BTC: 10_000}
    assert judge(check_exposure, scope, desk, there=ETH) is None, "1 BTC and 1 ETH, at 100.50 each"
    refusal = judge(check_exposure, scope, desk, there=ETH, size_points=10_100)
    assert refusal is not None and refusal.detail.endswith("found 202.005 USDT"), refusal
    scope.count(euro, True, 1, 1)
    refusal = judge(check_exposure, scope, desk, there=ETH)
    assert refusal is not None and refusal.detail.endswith("found no price of BTC in USDT"), "what is asked for there"


def test_open_orders_are_counted_and_a_change_makes_none() -> None:
    scope = scope_of(max_open_orders=2)
    scope.open_orders = 1
    assert judge(check_open_orders, scope) is None
    scope.open_orders = 2
    refusal = judge(check_open_orders, scope)
    assert refusal == ("max_open_orders", "max_open_orders of strategy a: limit 2, found 2")
    assert judge(check_open_orders, scope, case={"is_new": False}) is None


def test_nothing_is_opened_on_old_prices() -> None:
    scope, desk = scope_of(max_feed_age="3s"), desk_of()
    for pulse, found in (
        (Pulse(FeedState.LIVE, NOON - 3 * SECOND), None),
        (Pulse(FeedState.LIVE, NOON - 3_100 * MS), "found 3.1 s"),
        (Pulse(FeedState.LIVE, 0), "found no price yet"),
        (Pulse(FeedState.STALE, NOON), "found a feed that is stale"),
        (Pulse(FeedState.GAP, NOON), "found a feed that is gap"),
    ):
        desk.pulses[BTC] = pulse
        refusal = judge(check_feed_age, scope, desk)
        assert (refusal is None) == (found is None)
        assert refusal is None or refusal.detail == f"max_feed_age of strategy a: limit 3s, {found}"
        assert judge(check_feed_age, scope, desk, case={"is_reducing": True}) is None


@pytest.mark.fault("E29")
def test_nothing_is_opened_while_clocks_disagree() -> None:
    scope, desk = scope_of(max_clock_skew="250 ms"), desk_of()
    desk.pulses[BTC] = Pulse(FeedState.LIVE, NOON, 250 * MS)
    assert judge(check_clock_skew, scope, desk) is None
    desk.pulses[BTC] = Pulse(FeedState.LIVE, NOON, -251 * MS)
    refusal = judge(check_clock_skew, scope, desk)
    assert refusal == ("max_clock_skew", "max_clock_skew of strategy a: limit 250 ms, found -0.251 s")
    assert judge(check_clock_skew, scope, desk, case={"is_reducing": True}) is None


def test_a_measured_skew_counts_before_the_feed_s_stamps() -> None:
    desk = desk_of()
    known = Known(desk, Rejects(), {}, {"bitget": MeasuredSkew(900 * MS, NOON)})
    assert judge(check_clock_skew, scope_of(max_clock_skew="250 ms"), desk, known=known) is not None
    assert Decimal(0) == desk.rate("BTC", "USDT")
    assert isinstance(desk, FakeDesk)


@pytest.mark.fault("E29")
def test_a_measured_skew_that_is_old_hides_the_feed_s_stamps_no_longer() -> None:
    scope, desk = scope_of(max_clock_skew="250 ms"), desk_of()
    desk.pulses[BTC] = Pulse(FeedState.LIVE, NOON, 5 * SECOND)
    for age_ns, is_held in ((SKEW_KEPT_NS, False), (SKEW_KEPT_NS + 1, True)):
        known = Known(desk, Rejects(), {}, {"bitget": MeasuredSkew(0, NOON - age_ns)})
        assert bool(judge(check_clock_skew, scope, desk, known=known)) == is_held
    assert SKEW_KEPT_NS == 3 * CLOCK_NS
