"""Keep fixed weights: sell a little of what has risen, buy a little of what has fallen, once a day."""

from __future__ import annotations

from framework import Quote, Strategy, cron, every


class Rebalance(Strategy):
    """Hold each instrument at its weight of this strategy's own equity; what is left stays in `cash`.

    It invests when every instrument has its first quote, and brings the weights back at midnight UTC.

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

    def on_start(self) -> None:
        """Ask for quotes."""
        for instrument in self.instruments:
            self.quotes(instrument)

    def on_quote(self, quote: Quote) -> None:
        """Invest as soon as everything has a price."""
        if not self.state.is_invested and all(self.quote(instrument) for instrument in self.instruments):
            self.log.info("portfolio.complete", last=quote.instrument.id)
            self.state.is_invested = True
            self.rebalance()

    @cron("0 0 * * *", missed="once")
    def rebalance(self) -> None:
        """Bring back the weights that are off by more than the band."""
        equity = self.equity(self.cash)
        for instrument, weight in zip(self.instruments, self.weights, strict=True):
            off = self.inventory(instrument) - weight * equity
            if abs(off) > self.band * equity:
                self.target(instrument, notional=weight * equity)

    @every("15s")
    def draw(self) -> None:
        """Show the weights in the report."""
        equity = self.equity(self.cash)
        for instrument in self.instruments:
            self.plot(f"weight {instrument}", self.inventory(instrument) / equity)
