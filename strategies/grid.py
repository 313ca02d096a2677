"""Buy each step down and sell it one step up, around the price of the start."""

from __future__ import annotations

from framework import Fill, Order, Quote, Strategy

LEVELS_MAX = 200


class Grid(Strategy):
    """Rest buys below and sells above the first price; each fill places the opposite order one step away.

    It needs both assets: the quote asset for the buys, some of the base asset for the first sells.

    Loses when the price leaves the grid: below it holds all it bought, above it has sold everything. Loses slowly when
    a step is smaller than the fees of buying and selling, 20 basis points at 0.1 % a side.
    """

    instrument: str = "BTC/USDT@bitget"
    levels: int = 5
    """Orders on each side, 1 to 200."""
    step_bps: float = 30.0
    """From one level to the next, of the first price."""
    notional: float = 50.0
    """Of each order, in the quote asset."""

    class State:
        """The first price: the grid stays where it was, restarts included."""

        middle: float = 0.0

    def on_start(self) -> None:
        """Ask for quotes."""
        if not 1 <= self.levels <= LEVELS_MAX:
            raise ValueError(f"levels: expected 1 to {LEVELS_MAX}, found {self.levels}")
        self.quotes(self.instrument)

    def on_quote(self, quote: Quote) -> None:
        """Build the grid around the first price, once."""
        if not self.state.middle:
            self.state.middle = quote.mid
            for distance in range(1, self.levels + 1):
                self.place(-distance, is_buy=True)
                self.place(distance, is_buy=False)

    def on_fill(self, order: Order, fill: Fill) -> None:
        """An order that is filled wholly is followed by its opposite, one step away."""
        if order.is_done:
            self.log.info("grid.level_filled", rung=order.tag, side=order.side, is_maker=fill.is_maker)
            step = 1 if order.is_buy else -1
            self.place(int(order.tag) + step, is_buy=not order.is_buy)
            self.plot("position", self.position(self.instrument))

    def place(self, level: int, *, is_buy: bool) -> None:
        """Rest an order at a level; its number is the tag, so that a restart finds it again."""
        price = self.state.middle * (1 + level * self.step_bps / 10_000)
        verb = self.buy if is_buy else self.sell
        verb(self.instrument, notional=self.notional, price=price, tag=str(level))
