"""What a venue checks of an order before it looks at its book."""

from __future__ import annotations

import pytest

from framework.model.events import Source
from framework.venues.sim.filters import rejection_of
from framework.venues.sim.orders import VenueOrder
from tests.venues.sim.stage import FINE, Stage, fine


@pytest.mark.parametrize(
    ("size", "price", "reason"),
    [
        (1000, 9985, "off_tick"),
        (1001, 9990, "off_lot"),
        (5, 9990, "min_size"),
        (1_000_005, 9990, "max_size"),
        (500, 9990, "min_notional"),
        (1000, 10510, "price_band"),
    ],
)
def test_each_filter_rejects_by_its_own_word(size: int, price: int, reason: str) -> None:
    stage = fine()
    stage.place("a", "buy", size, price)
    assert stage.told() == [f"rejected {reason}"]
    assert stage.reports[0].detail
    assert stage.reports[0].source is Source.VENUE


@pytest.mark.parametrize(
    ("side", "price", "is_inside"), [("buy", 10500, True), ("sell", 9500, True), ("sell", 9490, False)]
)
def test_the_band_is_measured_from_the_middle_of_the_quote(side: str, price: int, is_inside: bool) -> None:
    stage = fine()
    stage.place("a", side, 1000, price)
    assert (stage.told()[0] != "rejected price_band") is is_inside


def test_a_market_orders_value_is_judged_at_the_middle_of_the_quote() -> None:
    stage = fine()
    stage.place("small", "buy", 495)
    stage.place("enough", "buy", 500)
    assert stage.told("small") == ["rejected min_notional"]
    assert stage.filled("enough") == 500


def test_without_a_quote_checks_that_need_one_pass() -> None:
    stage = Stage(FINE)
    stage.place("a", "buy", 1000, 20000)
    stage.place("b", "buy", 10)
    assert stage.told() == ["accepted", "accepted", "expired no_liquidity"]


def order(*, is_buy: bool) -> VenueOrder:
    return VenueOrder("a", FINE, is_buy, 1000, 1000)


def test_the_first_filter_that_breaks_is_the_answer() -> None:
    assert rejection_of(order(is_buy=True), 1, 1, 0) == ("off_tick", "price 0.01, tick 0.1")


def test_a_refusal_names_limit_and_value() -> None:
    assert rejection_of(order(is_buy=False), 9490, 1000, 20000) == ("price_band", "price 94.9, least 95")
