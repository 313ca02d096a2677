from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from benchmarks import market
from benchmarks.house import bitcoin
from framework.model.events import Bar, Quote, Trade

SCALE = 10**6


def test_the_walk_is_the_same_in_every_run() -> None:
    assert list(market.trade_rows(50, SCALE)) == list(market.trade_rows(50, SCALE))


def test_columns_come_back_as_the_rows_that_were_written(tmp_path: Path) -> None:
    rows = list(market.trade_rows(market.CHUNK + 10, SCALE))
    market.write(tmp_path / "trades", iter(rows))
    chunks = list(market.read(tmp_path / "trades", len(rows), 3))
    assert [len(chunk[0]) for chunk in chunks] == [market.CHUNK, 10]
    assert [row for chunk in chunks for row in zip(*chunk, strict=True)] == rows


def test_a_quote_comes_before_every_so_many_trades_a_tick_wide_on_each_side(tmp_path: Path) -> None:
    market.write(tmp_path / "trades", market.trade_rows(7, SCALE))
    events = list(market.play_trades(tmp_path / "trades", 7, bitcoin(), 3))
    assert [type(event) for event in events] == [Quote, Trade, Trade, Trade, Quote, Trade, Trade, Trade, Quote, Trade]
    quote, trade = events[4], events[5]
    assert isinstance(quote, Quote)
    assert isinstance(trade, Trade)
    assert quote.ts_recv_ns == trade.ts_recv_ns == market.START_NS + 4 * market.TRADE_GAP_NS
    assert (quote.bid_points + 1, quote.ask_points - 1) == (trade.price_points, trade.price_points)


def test_a_tape_of_trades_alone_has_no_quote(tmp_path: Path) -> None:
    market.write(tmp_path / "trades", market.trade_rows(7, SCALE))
    events = list(market.play_trades(tmp_path / "trades", 7, bitcoin(), 0))
    assert [type(event) for event in events] == [Trade] * 7


def test_a_bar_comes_at_its_close_and_holds_its_prices(tmp_path: Path) -> None:
    market.write(tmp_path / "bars", market.bar_rows(20, SCALE))
    bars = [event for event in market.play_bars(tmp_path / "bars", 20, bitcoin()) if isinstance(event, Bar)]
    assert len(bars) == 20
    for before, bar in pairwise(bars):
        assert bar.ts_open_ns == before.ts_recv_ns == bar.ts_recv_ns - market.BAR_GAP_NS
        assert bar.open_points == before.close_points
        assert bar.low_points <= min(bar.open_points, bar.close_points)
        assert bar.high_points >= max(bar.open_points, bar.close_points)
