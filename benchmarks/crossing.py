"""The work of the comparison: EMA(50) against EMA(200) of every price, a market order on each cross after 200 prices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from framework import Bar, Fill, Order, Strategy, Trade

FAST: Final = 2 / 51
SLOW: Final = 2 / 201
WARM: Final = 200
SIZE: Final = "0.01"


class EmaCross(Strategy):
    """Long 0.01 while the fast mean is above the slow one, else flat.

    Args:
        timeframe: of the bars to look at; empty: every trade.
        is_trading: False: it computes and sends nothing.
    """

    instrument: str = "BTC/USDT@bitget"
    timeframe: str = ""
    is_trading: bool = True

    def on_start(self) -> None:
        if self.timeframe:
            self.bars(self.instrument, self.timeframe)
        else:
            self.trades(self.instrument)
        self.fast = self.slow = 0.0
        self.seen = self.asked = self.filled = 0
        self.is_long = False

    def on_trade(self, trade: Trade) -> None:
        self.look(trade.price)

    def on_bar(self, bar: Bar) -> None:
        self.look(bar.close)

    def look(self, price: float) -> None:
        seen = self.seen
        self.seen = seen + 1
        if not seen:
            self.fast = self.slow = price
            return
        self.fast += (price - self.fast) * FAST
        self.slow += (price - self.slow) * SLOW
        if seen >= WARM and self.is_long != (self.fast > self.slow):
            self.turn()

    def turn(self) -> None:
        if self.fast == self.slow:
            return
        self.is_long = not self.is_long
        if self.is_trading:
            self.asked += 1
            (self.buy if self.is_long else self.sell)(self.instrument, SIZE)

    def on_fill(self, order: Order, fill: Fill) -> None:  # noqa: ARG002
        self.filled += 1


def crosses(prices: Iterable[float]) -> int:
    """How often the means cross after 200 prices, counted apart from any strategy or engine."""
    found = 0
    is_long = False
    fast = slow = None
    for number, price in enumerate(prices):
        fast = price if fast is None else fast + (price - fast) * 0.0392156862745098
        slow = price if slow is None else slow + (price - slow) * 0.009950248756218905
        if number >= 200 and (fast < slow if is_long else fast > slow):
            is_long = not is_long
            found += 1
    return found
