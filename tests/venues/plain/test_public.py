from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.model.events import Quote, Trade
from framework.venues.plain.public import PlainCodec
from framework.venues.streams import Acknowledged, Alive, Channel, Events, Topic, Unreadable
from tests.wired import spot

BTC = spot(venue="plain")
CODEC = PlainCodec([BTC])


def test_quotes_and_trades_are_read_onto_the_grid() -> None:
    said = CODEC.hear(
        b'{"kind":"quote","symbol":"BTC/USDT","bid":"99","bid_size":"1","ask":"100.01","ask_size":"0.0001","ts_ns":5}',
        7,
    )
    assert said == Events(Channel(Topic.QUOTES, BTC), (Quote(BTC, 7, 9_900, 10_000, 10_001, 1, 5),))
    said = CODEC.hear(
        b'{"kind":"trade","symbol":"BTC/USDT","price":"100","size":"2","side":"sell","trade_id":3,"ts_ns":5}', 7
    )
    assert said == Events(Channel(Topic.TRADES, BTC), (Trade(BTC, 7, 10_000, 20_000, False, 3, 5),))


def test_listening_is_an_acknowledgement_and_foreign_markets_are_of_no_interest() -> None:
    assert CODEC.hear(b'{"kind":"listening","symbol":"BTC/USDT"}', 7) == Acknowledged(Channel(Topic.TRADES, BTC))
    assert CODEC.hear(b'{"kind":"listening","symbol":"XRP/USDT"}', 7) == Alive()


def test_what_is_off_the_grid_is_unreadable_and_says_of_which_market() -> None:
    said = CODEC.hear(b'{"kind":"trade","symbol":"BTC/USDT","price":"x","size":"2","side":"buy"}', 7)
    assert isinstance(said, Unreadable)
    assert said.channel == Channel(Topic.TRADES, BTC)


@pytest.mark.fault("N22")
@pytest.mark.parametrize(
    "more", ['"ts_ns":' + "[" * 100_000, '"ts_ns":NaN', '"ts_ns":1e400', '"price":"1"', '"price":"1e400"']
)
def test_what_is_nested_without_end_or_says_a_thing_twice_is_unreadable(more: str) -> None:
    frame = '{"kind":"trade","symbol":"BTC/USDT","price":"100","size":"2","side":"buy",' + more + "}"
    assert isinstance(CODEC.hear(frame.encode(), 7), Unreadable)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_nothing_is_raised(frame: bytes) -> None:
    assert isinstance(CODEC.hear(frame, 1), Unreadable | Alive)
