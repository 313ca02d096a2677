"""The order book against a naive one, against a real recording, and its rules about gaps."""

from __future__ import annotations

import gzip
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.engine import books
from framework.engine.books import OrderBook
from framework.model.events import Depth, Level
from framework.model.instrument import Instrument
from framework.strategy.context import BookView

RECORDINGS = Path(__file__).parents[2] / ".." / "shared" / "data" / "market" / "ticks-l2-binance"
BTC = Instrument("BTC/USDT", "test", 2, 5)

Levels = tuple[Level, ...]


def snapshot(bids: Levels = ((100, 5), (99, 6)), asks: Levels = ((101, 7), (102, 8)), seq: int = 10) -> Depth:
    return Depth(BTC, seq, bids, asks, is_snapshot=True, seq=seq)


def delta(seq: int, bids: Levels = (), asks: Levels = (), previous: int | None = None) -> Depth:
    return Depth(
        BTC, seq, bids, asks, is_snapshot=False, seq=seq, previous_seq=seq - 1 if previous is None else previous
    )


def opened() -> OrderBook:
    book = OrderBook(BTC)
    assert book.apply(snapshot())
    return book


def test_it_is_what_a_strategy_sees() -> None:
    view: BookView = opened()
    assert view.is_valid
    assert view.instrument is BTC


def test_a_book_is_not_valid_before_its_first_snapshot() -> None:
    book = OrderBook(BTC)
    assert not book.is_valid
    assert not book.apply(delta(1, bids=((100, 1),)))
    assert (book.bid_points(), book.ask_points(), book.bids(), book.asks(), book.gaps) == ([], [], [], [], 0)


def test_a_gap_and_a_crossing_are_told_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(books, "log", SimpleNamespace(warning=lambda event, **facts: told.append(event)))
    book = opened()
    book.apply(delta(13))
    book.apply(delta(14))
    assert told == ["book.gap_found"]
    book.apply(snapshot())
    for seq in (11, 12):
        book.apply(snapshot(bids=((103, 1),), seq=seq))
    assert told == ["book.gap_found", "book.crossed"]


def test_levels_come_best_first_and_as_many_as_asked() -> None:
    book = opened()
    assert book.bid_points() == [(100, 5), (99, 6)]
    assert book.ask_points() == [(101, 7), (102, 8)]
    assert (book.bid_points(1), book.ask_points(1), book.bid_points(0)) == ([(100, 5)], [(101, 7)], [])
    assert book.bids() == [(1.0, 0.00005), (0.99, 0.00006)]
    assert book.asks(1) == [(1.01, 0.00007)]


def test_a_delta_sets_adds_and_removes_levels() -> None:
    book = opened()
    assert book.apply(delta(11, bids=((100, 0), (98, 1)), asks=((102, 9), (150, 0))))
    assert book.bid_points() == [(99, 6), (98, 1)]
    assert book.ask_points() == [(101, 7), (102, 9)]
    assert (book.seq, book.ts_recv_ns) == (11, 11)


@pytest.mark.fault("N17")
def test_a_gap_makes_it_invalid_until_the_next_snapshot() -> None:
    book = opened()
    assert book.apply(delta(11))
    assert not book.apply(delta(13, bids=((97, 1),)))
    assert not book.apply(delta(14, bids=((97, 1),)))
    assert (book.gaps, book.is_valid) == (1, False)
    assert book.bid_points() == [(100, 5), (99, 6)]
    assert book.apply(snapshot(seq=20))
    assert book.apply(delta(21))


def test_deltas_that_the_snapshot_holds_are_skipped() -> None:
    book = opened()
    assert book.apply(delta(9, bids=((100, 0),)))
    assert book.apply(delta(10, bids=((100, 0),)))
    assert book.bid_points(1) == [(100, 5)]
    assert book.gaps == 0


def test_the_first_delta_may_overlap_the_snapshot_and_no_other_may() -> None:
    book = opened()
    assert book.apply(delta(12, bids=((100, 3),), previous=8))
    assert book.bid_points(1) == [(100, 3)]
    assert not book.apply(delta(14, previous=11))
    assert book.gaps == 1


def test_a_delta_that_begins_after_the_snapshot_is_a_gap() -> None:
    book = opened()
    assert not book.apply(delta(13, previous=11))
    assert book.gaps == 1


def test_a_delta_that_comes_twice_is_skipped() -> None:
    book = opened()
    book.apply(delta(11, bids=((100, 1),)))
    assert book.apply(delta(11, bids=((100, 1),)))
    assert (book.gaps, book.bid_points(1)) == (0, [(100, 1)])


def test_numbers_that_go_back_are_a_gap() -> None:
    book = opened()
    book.apply(delta(11))
    book.apply(delta(12))
    assert not book.apply(delta(11))
    assert book.gaps == 1


@pytest.mark.parametrize("first_seq", [10, -1])
def test_a_venue_without_numbers_has_no_gaps(first_seq: int) -> None:
    book = OrderBook(BTC)
    book.apply(snapshot(seq=first_seq))
    assert book.apply(delta(-1, bids=((100, 1),), previous=-1))
    assert book.apply(delta(-1, bids=((100, 2),), previous=-1))
    assert (book.bid_points(1), book.gaps) == ([(100, 2)], 0)


@pytest.mark.parametrize("bids", [((101, 1),), ((103, 1),)])
def test_bid_and_ask_that_meet_make_it_invalid(bids: Levels) -> None:
    book = opened()
    assert not book.apply(delta(11, bids=bids))
    assert (book.crossings, book.gaps) == (1, 0)
    assert not book.apply(delta(12, bids=((bids[0][0], 0),)))
    assert book.apply(snapshot(seq=20))


def test_a_crossed_snapshot_is_not_valid() -> None:
    assert not OrderBook(BTC).apply(snapshot(bids=((101, 1),), asks=((101, 1),)))


def test_one_empty_side_is_no_fault() -> None:
    book = OrderBook(BTC)
    assert book.apply(snapshot(bids=(), asks=((101, 7),)))
    assert (book.bid_points(), book.ask_points()) == ([], [(101, 7)])


def test_an_invalidated_book_waits_for_a_snapshot() -> None:
    book = opened()
    book.invalidate()
    assert not book.apply(delta(11))
    assert book.apply(snapshot(seq=12))


class NaiveBook:
    """Two dicts, sorted at every look."""

    def __init__(self) -> None:
        self.sides: tuple[dict[int, int], dict[int, int]] = ({}, {})
        self.is_valid = False

    def apply(self, depth: Depth) -> None:
        if depth.is_snapshot:
            self.sides = ({}, {})
        elif not self.is_valid:
            return
        for side, levels in zip(self.sides, (depth.bids, depth.asks), strict=True):
            for price, size in levels:
                side[price] = size
        self.is_valid = not self.bids() or not self.asks() or self.bids()[0][0] < self.asks()[0][0]

    def bids(self) -> list[Level]:
        return sorted(((price, size) for price, size in self.sides[0].items() if size), reverse=True)

    def asks(self) -> list[Level]:
        return sorted((price, size) for price, size in self.sides[1].items() if size)


def levels(prices: st.SearchStrategy[int]) -> st.SearchStrategy[Levels]:
    return st.lists(st.tuples(prices, st.integers(0, 3)), max_size=8, unique_by=lambda level: level[0]).map(tuple)


@given(
    st.lists(
        st.tuples(levels(st.integers(1, 21)), levels(st.integers(20, 40)), st.sampled_from([0, 0, 0, 1])), max_size=30
    )
)
def test_it_equals_a_naive_book(steps: list[tuple[Levels, Levels, int]]) -> None:
    book, oracle = OrderBook(BTC), NaiveBook()
    for seq, (bids, asks, kind) in enumerate(steps):
        depth = Depth(BTC, seq, bids, asks, is_snapshot=kind == 1 or seq == 0, seq=seq, previous_seq=seq - 1)
        assert book.apply(depth) == book.is_valid
        oracle.apply(depth)
        assert book.is_valid == oracle.is_valid
        assert book.bid_points(100) == oracle.bids()
        assert book.ask_points(100) == oracle.asks()
    assert book.gaps == 0


def numbers(instrument: Instrument, rows: list[list[str]]) -> Levels:
    return tuple((instrument.data_price(price), instrument.data_size(size)) for price, size in rows)


@pytest.mark.parametrize("symbol", ["btcusdt", "ethusdt"])
def test_a_real_recording_rebuilds_without_a_gap_to_the_last_quote(symbol: str) -> None:
    """Binance spot: a diff follows the one before when its first update id is one above the last of that one."""
    path = RECORDINGS / f"spot_{symbol}_20240808.gz"
    if not path.exists():
        pytest.skip(f"{path} is not here")
    instrument = Instrument("BTC/USDT", "binance", 2, 8)
    book, waiting, last_quote = OrderBook(instrument), [], b""
    for line in gzip.decompress(path.read_bytes()).splitlines():
        raw = line.partition(b" ")[2]
        if b"@bookTicker" in raw[:60]:
            last_quote = raw
        elif b"@depth" in raw[:60]:
            update: dict[str, Any] = msgspec.json.decode(raw)["data"]
            bids, asks = numbers(instrument, update["b"]), numbers(instrument, update["a"])
            depth = Depth(instrument, 0, bids, asks, is_snapshot=False, seq=update["u"], previous_seq=update["U"] - 1)
            if book.seq < 0:
                waiting.append(depth)
            else:
                assert book.apply(depth)
        elif b'"lastUpdateId"' in raw[:60]:
            rest = msgspec.json.decode(raw)
            bids, asks = numbers(instrument, rest["bids"]), numbers(instrument, rest["asks"])
            assert book.apply(Depth(instrument, 0, bids, asks, is_snapshot=True, seq=rest["lastUpdateId"]))
            assert all(map(book.apply, waiting))
    quote = msgspec.json.decode(last_quote)["data"]
    assert waiting
    assert (book.gaps, book.crossings) == (0, 0)
    assert abs(book.seq - quote["u"]) < 2000
    (bid, _), (ask, _) = *book.bid_points(1), *book.ask_points(1)
    assert (bid, ask) == (instrument.data_price(quote["b"]), instrument.data_price(quote["a"]))
