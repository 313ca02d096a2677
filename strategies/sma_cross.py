"""Follow the trend: hold while a fast mean of closes is above a slow one."""

from __future__ import annotations

from framework import Bar, Sma, Strategy


class SmaCross(Strategy):
    """Hold `notional` while the fast mean is above the slow one; else hold nothing.

    Loses in a market without direction: each cross pays fee and spread, and the next one takes it back.
    """

    instrument: str = "BTC/USDT@bitget"
    timeframe: str = "1m"
    """Of its bars: `5s`, `1m`, `4h`."""
    fast: int = 20
    """Closes in the quick mean."""
    slow: int = 50
    """Closes in the slow mean. As many bars of history are asked for before it starts."""
    notional: str = "200 USDT"
    """What it holds while the trend is up."""

    def on_start(self) -> None:
        """Ask for bars and build the means."""
        self.bars(self.instrument, self.timeframe)
        self.fast_mean, self.slow_mean = Sma(self.fast), Sma(self.slow)

    def on_bar(self, bar: Bar) -> None:
        """Compare the means. Asking again for what is held already costs nothing."""
        fast, slow = self.fast_mean.push(bar.close), self.slow_mean.push(bar.close)
        if fast is None or slow is None:
            return
        self.plot("fast", fast)
        self.plot("slow", slow)
        # Within 5 %: the worth of what is held moves with the price, and that alone is no reason to trade.
        self.target(self.instrument, notional=self.notional if fast > slow else 0, within=0.05)
