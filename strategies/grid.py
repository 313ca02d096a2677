"""Buy each step down and sell it one step up, around the price of the first order."""

from __future__ import annotations

from framework import Fill, Order, Strategy, every

LEVELS_MAX = 200


class Grid(Strategy):
    """Rest buys below and sells above the first price; each fill places the opposite order one step away.

    It needs both assets: the quote asset for the buys, some of the base asset for the first sells. Each five seconds, and
    after each fill, it says what should rest: what was refused, or swept, comes back by that.

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
        """Where the grid is: it stays there, restarts included."""

        is_laid: bool = False
        """Orders of it have stood: until then its middle follows the market."""
        middle: float = 0.0
        """The price of level 0."""
        empty: int = 0
        """The level without an order, that of the last fill: buys rest below it, sells above."""

    def on_start(self) -> None:
        """Ask for quotes."""
        if not 1 <= self.levels <= LEVELS_MAX:
            raise ValueError(f"levels: expected 1 to {LEVELS_MAX}, found {self.levels}")
        if not 0 < self.levels * self.step_bps < 10_000:
            raise ValueError(f"step_bps: expected above 0, and below 10000 over all levels, found {self.step_bps}")
        self.quotes(self.instrument)

    @every("5s")
    def lay(self) -> None:
        """Say what should rest now: what rests already stays, and what is missing is sent."""
        quote, standing = self.quote(self.instrument), self.orders(self.instrument)
        if quote is None:
            return
        self.state.is_laid = self.state.is_laid or bool(standing and self.state.middle)
        if not self.state.is_laid:
            self.state.middle = quote.mid
        # One that would trade at once would be sent back; one that stands there is about to fill, and stays.
        taken = {self.level_of(order) for order in standing}
        below = range(self.state.empty - 1, -self.levels - 1, -1)
        above = range(self.state.empty + 1, self.levels + 1)
        self.ladder(
            self.instrument,
            bids=[self.rung(level) for level in below if level in taken or self.price(level) < quote.ask],
            asks=self.covered([level for level in above if level in taken or self.price(level) > quote.bid]),
        )

    def on_fill(self, order: Order, fill: Fill) -> None:
        """Where an order is filled wholly the grid is empty now: its opposite rests one step away."""
        if order.is_done:
            self.state.is_laid, self.state.empty = True, self.level_of(order)
            self.log.info("grid.level_filled", rung=self.state.empty, side=order.side, is_maker=fill.is_maker)
            self.lay()
            self.plot("position", self.position(self.instrument))

    def covered(self, levels: list[int]) -> list[tuple[float, float]]:
        """Sells, the nearest first, as far as what it holds reaches."""
        left, asks = self.position(self.instrument), []
        for price, size in map(self.rung, levels):
            left -= size
            if left < 0:
                break
            asks.append((price, size))
        return asks

    def rung(self, level: int) -> tuple[float, float]:
        """Price and size of an order."""
        price = self.price(level)
        return price, self.notional / price

    def price(self, level: int) -> float:
        """Of a level."""
        middle: float = self.state.middle
        return middle * (1 + level * self.step_bps / 10_000)

    def level_of(self, order: Order) -> int:
        """Where an order rests."""
        return round(((order.price or 0.0) / self.price(0) - 1) * 10_000 / self.step_bps)
