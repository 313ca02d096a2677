"""Intents are values: they cannot be changed on their way, and every kind is among `Intent`."""

from __future__ import annotations

from typing import get_args

import pytest

from framework.model.instrument import Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Rung, Style, Target
from framework.model.orders import Order

BTC = Instrument(symbol="BTC/USDT", venue="bitget", price_digits=2, size_digits=6)
ORDER = Order(client_order_id="1", strategy="mm", instrument=BTC, is_buy=True, size_points=1)
INTENTS: list[Intent] = [
    Place(ORDER),
    Cancel(ORDER),
    Amend(ORDER, 1, 1),
    Target("mm", BTC, 1, None),
    Ladder("mm", BTC, (Rung(True, 1, 1),)),
]


def test_every_kind_of_intent_is_among_them() -> None:
    assert {type(intent) for intent in INTENTS} == set(get_args(Intent))


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: type(intent).__name__)
def test_an_intent_cannot_be_changed(intent: Intent) -> None:
    field = type(intent).__struct_fields__[0]
    with pytest.raises(AttributeError):
        setattr(intent, field, None)


def test_an_order_is_good_until_a_refusal_is_set() -> None:
    assert Place(ORDER).refusal == ""


def test_a_target_is_reached_at_the_market_unless_it_says_otherwise() -> None:
    target = Target("mm", BTC, 1, None)
    assert (target.style, target.within, target.tag) == (Style.MARKET, None, "")
