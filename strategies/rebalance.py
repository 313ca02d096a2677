"""Keep fixed weights: sell a little of what has risen, buy a little of what has fallen, once a day."""

from __future__ import annotations

from framework import Fill, Order, Strategy, cron, every


class Rebalance(Strategy):
    """Hold each instrument at its weight of this strategy's own equity; what is left stays in `cash`.

    It invests when every instrument has a price, asking each fifteen seconds until it holds its weights, and brings the weights back at midnight UTC.

    Loses when everything falls, as its holdings do, and when one thing falls for good: it keeps buying it.
    """

    instruments: tuple[str, ...] = ("BTC/USDT@bitget", "ETH/USDT@bitget")
    weights: tuple[float, ...] = (0.4, 0.3)
    """Fraction of the equity for each instrument. Together at most 1, less some for fees."""
    cash: str = "USDT"
    """The asset that it counts in, the quote asset of all its instruments."""
    band: float = 0.02
    """A weight is left alone while it is off by less than this."""

    class State:
        """After a restart it does not invest a second time."""

        is_invested: bool = False
        """It has held its weights: what it asked for before may have been refused."""

    def on_start(self) -> None:
        """Ask for quotes."""
        for instrument in self.instruments:
            self.quotes(instrument)

    @every("15s")
    def invest(self) -> None:
        """Ask for the weights as soon as everything has a price, and again until they are held."""
        if not self.state.is_invested and all(map(self.quote, self.instruments)):
            self.rebalance()

    def on_fill(self, order: Order, fill: Fill) -> None:
        """With the last weight it has invested."""
        if not self.state.is_invested and not self.off():
            self.log.info("portfolio.complete", last=order.instrument.id, price=fill.price)
            self.state.is_invested = True

    @cron("0 0 * * *", missed="once")
    def rebalance(self) -> None:
        """Bring back the weights that are off by more than the band."""
        for instrument, notional in self.off().items():
            self.target(instrument, notional=notional)

    def off(self) -> dict[str, float]:
        """What each instrument that is off by more than the band should be worth."""
        equity = self.equity(self.cash)
        wanted = {one: weight * equity for one, weight in zip(self.instruments, self.weights, strict=True)}
        return {one: worth for one, worth in wanted.items() if abs(self.inventory(one) - worth) > self.band * equity}

    @every("15s")
    def draw(self) -> None:
        """Show the weights in the report."""
        equity = self.equity(self.cash)
        for instrument in self.instruments:
            self.plot(f"weight {instrument}", self.inventory(instrument) / equity)
