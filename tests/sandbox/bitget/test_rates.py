"""Limits are counted by UID and endpoint, batches by pair."""

from __future__ import annotations

import pytest

from framework.sandbox.bitget.rates import IP_MINUTE, Rates
from framework.sandbox.bitget.refused import BitgetRefusal
from tests.sandbox.bitget.scene import SECOND, Client, order, venue, wait

PLACE = "/api/v2/spot/trade/place-order"
BATCH = "/api/v2/spot/trade/batch-orders"


def test_ten_a_second_and_then_one_is_too_many() -> None:
    client = Client(venue())
    for _ in range(10):
        client.post(PLACE, order())
    assert client.refused("POST", PLACE, order()) == (429, "429")
    wait(client.venue, SECOND)
    client.post(PLACE, order())


def test_keys_of_one_account_share_its_limits() -> None:
    made = venue()
    for _ in range(10):
        Client(made, "classic-trade").post(PLACE, order())
    assert Client(made, "classic-unbound").refused("POST", PLACE, order()) == (429, "429")


def batch(*symbols: str) -> dict[str, object]:
    return {"batchMode": "multiple", "orderList": [order(symbol=symbol) for symbol in symbols]}


@pytest.mark.parametrize(
    ("symbols", "units"),
    [(["BTCUSDT"] * 10, 1), (["BTCUSDT"] * 11, 2), (["BTCUSDT"] * 20 + ["ETHUSDT"] * 5, 3), (["BTCUSDT"] * 50, 5)],
)
def test_a_batch_costs_a_unit_for_every_ten_of_a_pair(symbols: list[str], units: int) -> None:
    client = Client(venue())
    client.post(BATCH, batch(*symbols))
    left = 5 - units
    for _ in range(left):
        client.post(BATCH, batch("BTCUSDT"))
    assert client.refused("POST", BATCH, batch("BTCUSDT")) == (429, "429")


def test_the_lenient_reading_counts_calls() -> None:
    client = Client(venue(is_strict=False))
    for _ in range(5):
        client.post(BATCH, batch(*["BTCUSDT"] * 50))
    assert client.refused("POST", BATCH, batch("BTCUSDT")) == (429, "429")


def test_a_lead_trader_places_one_a_second() -> None:
    client = Client(venue())
    client.venue.rates.lead_traders.add(client.key.uid)
    client.post(PLACE, order())
    assert client.refused("POST", PLACE, order()) == (429, "429")


def test_an_address_has_six_thousand_a_minute() -> None:
    rates = Rates()
    for number in range(IP_MINUTE):
        rates.draw(str(number), "here", "/x", 1, 1, number)
    with pytest.raises(BitgetRefusal):
        rates.draw("another", "here", "/x", 1, 1, IP_MINUTE)
    rates.draw("another", "there", "/x", 1, 1, IP_MINUTE)
