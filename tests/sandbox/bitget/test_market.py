from __future__ import annotations

from framework.model.events import Quote, Trade
from framework.model.instrument import Instrument
from framework.sandbox.bitget.listings import LISTINGS, ListedProduct
from framework.sandbox.bitget.market import ListedMarket

TAPE = Instrument("BTC/USDT", "tape", 2, 5)


def market(product: ListedProduct) -> ListedMarket:
    return ListedMarket(next(one for one in LISTINGS if one.base == "BTC" and one.product is product))


def test_a_finer_tape_never_crosses_on_a_coarser_grid() -> None:
    made = market(ListedProduct.PERPETUAL)
    made.see(Quote(TAPE, 1, 6_000_001, 1, 6_000_002, 123_456), 5)
    (bid, bid_size), (ask, ask_size) = made.best()
    assert (bid, ask) == (600_000, 600_001)
    assert (bid_size, ask_size) == (1, 12_346)


def test_a_tape_of_its_own_grid_stays_as_it_is_and_comes_now() -> None:
    made = market(ListedProduct.SPOT)
    made.see(Trade(TAPE, 1, 6_000_123, 5, is_buy=True, trade_id=9), 77)
    (trade,) = made.trades
    assert (trade.price_points, trade.size_points, trade.ts_recv_ns) == (6_000_123, 50, 77)
    assert made.last_points == 6_000_123
    assert made.minutes.rows[-1].close == 6_000_123
