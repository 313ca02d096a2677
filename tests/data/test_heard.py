from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framework.data.heard import event_of, heard, heard_again, instrument_of, listed_of
from framework.kernel.market_records import MarketListed
from framework.kernel.records import EventHeard, Record, RunStarted
from framework.model.errors import DataError
from framework.model.events import Bar, Depth, FeedState, FeedStatus, Funding, Mark, MarketEvent, Quote, Trade
from framework.model.instrument import Instrument

BTC = Instrument("BTC/USDT", "bitget", 2, 6, price_band=Decimal("0.05"), maker_fee=Decimal("0.0008"))
NOW = 1_700_000_000_000_000_000
POINTS = st.integers(0, 10**15)
LEVELS = st.lists(st.tuples(POINTS, POINTS), max_size=5).map(tuple)

EVENTS: st.SearchStrategy[MarketEvent] = st.one_of(
    st.builds(Quote, st.just(BTC), st.just(NOW), POINTS, POINTS, POINTS, POINTS, POINTS),
    st.builds(Trade, st.just(BTC), st.just(NOW), POINTS, POINTS, st.booleans(), POINTS, POINTS),
    st.builds(Depth, st.just(BTC), st.just(NOW), LEVELS, LEVELS, st.booleans(), POINTS, POINTS, POINTS),
    st.builds(
        Bar, st.just(BTC), st.just(NOW), POINTS, st.just("1m"), POINTS, POINTS, POINTS, POINTS, POINTS, st.just(3)
    ),
    st.builds(Mark, st.just(BTC), st.just(NOW), POINTS, POINTS),
    st.builds(Funding, st.just(BTC), st.just(NOW), st.decimals("-1", "1", places=8), POINTS, POINTS),
    st.builds(FeedStatus, st.just(BTC), st.just(NOW), st.sampled_from(FeedState), st.text(max_size=9)),
)


@given(EVENTS)
@settings(max_examples=200, deadline=None)
def test_every_event_comes_back_exact(event: MarketEvent) -> None:
    written = msgspec.msgpack.encode(heard(event))
    record = msgspec.msgpack.decode(written, type=EventHeard)
    assert event_of(record, {BTC.id: BTC}) == event


def test_a_markets_rules_come_back_exact() -> None:
    record = msgspec.msgpack.decode(msgspec.msgpack.encode(listed_of(BTC)), type=MarketListed)
    found = instrument_of(record)
    names = [field for field in BTC.__slots__ if field != "__weakref__"]
    assert [getattr(found, name) for name in names] == [getattr(BTC, name) for name in names]


@pytest.mark.parametrize(
    "record",
    [
        EventHeard("smell", BTC.id, 1, 0, ()),
        EventHeard("quote", "X/Y@z", 1, 0, (1, 2, 3, 4)),
        EventHeard("quote", BTC.id, 1, 0, (1, 2)),
        EventHeard("depth", BTC.id, 1, 0, (1, 2)),
        EventHeard("state", BTC.id, 1, 0, (), ("odd", "")),
    ],
)
def test_a_record_that_no_event_makes_is_refused(record: EventHeard) -> None:
    with pytest.raises(DataError, match="expected an event of a live feed"):
        event_of(record, {BTC.id: BTC})


def test_a_journal_that_ends_before_its_markets_cannot_be_played() -> None:
    started = RunStarted(2, "r", "0", "3.11", "paper", "live:bitget", "d", b"", {}, NOW, 0)
    records: list[Record] = [started]
    with pytest.raises(DataError, match="expected the markets of a live run, found none"):
        heard_again(records, started)
