"""One sandbox a test process: ccxt is heavy to import, and loading its markets takes requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.house import House, open_house


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def still(house: House) -> House:
    """The house with its market as it was at first, and nobody's orders resting."""
    house.do(
        lambda: [desk.cancel(order) for desk in house.venue.desks.values() for order in list(desk.member.open.values())]
    )
    house.show("BTC")
    house.show("ETH")
    return house


@pytest.fixture(scope="session")
def spot(house: House) -> Any:
    """ccxt on a classic account."""
    client = house.client("classic-trade")
    client.load_markets()
    return client
