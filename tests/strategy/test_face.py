"""What strategies may import is there, and a test can write down every intent."""

from __future__ import annotations

from importlib import import_module

import pytest

import framework
from framework.strategy.face import HOMES


@pytest.mark.parametrize("name", HOMES)
def test_each_name_lives_where_the_face_says(name: str) -> None:
    assert getattr(import_module(HOMES[name]), name) is getattr(framework, name)


def test_an_unknown_name_is_told_with_what_there_is() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'Stratgy'; it offers Amend, .*Zscore"):
        framework.Stratgy  # noqa: B018  # the question is the test


def test_every_intent_can_be_written_in_a_test() -> None:
    from framework import Amend, Cancel, Ladder, Place, Rung, Strategy, Target, trial

    class Asking(Strategy):
        def on_start(self) -> None:
            self.quotes("BTC/USDT@bitget")

    t = trial(Asking())
    there = t.strategy.rules("BTC/USDT@bitget")
    order = t.strategy.buy(there, "0.01", price=60000)
    t.strategy.amend(order, size="0.02")
    t.strategy.cancel(order)
    t.strategy.target(there, "0.5")
    t.strategy.ladder(there, bids=[(60000, "0.01")])
    t.advance("1s")
    price, size = there.order_price(60000, is_buy=True), there.order_size("0.01")
    assert t.intents == [
        Place(order),
        Amend(order, price, 2 * size),
        Cancel(order),
        Target("trial", there, 50 * size, None),
        Ladder("trial", there, (Rung(True, price, size),)),
    ]
