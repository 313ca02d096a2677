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

    house.do(lambda: clear(house))
    house.show("BTC")
    house.show("ETH")
    return house


@pytest.fixture(scope="session")
def spot(house: House) -> Any:
    """ccxt on a classic account."""
    client = house.client("classic-trade")
    client.load_markets()
    return client


def clear(house: House) -> None:
    """Nobody has orders or positions; what they held back is free."""
    for entry in house.venue.order_entries.values():
        member = entry.member
        for order in list(member.open.values()):
            entry.cancel(order)
        for position in member.positions.values():
            member.wallet(position.listing).freeze("USDT", -position.margin, 0)
        member.positions.clear()
        member.is_hedged = False
