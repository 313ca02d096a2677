"""Quote both sides of several pairs, leaning against what has been collected."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from framework import FeedStatus, Quote, Strategy

LEVELS_MAX = 50


class MarketMaker(Strategy):
    """Rest bids and asks around the middle of the market; earn the spread when both sides fill.

    What it holds at its first start is home. The further it gets from there, the further all its quotes move to bring
    it back, and at `max_inventory` the side that leads away is withdrawn. A feed that is stale, or has a gap, withdraws its ladder.

    Loses when the price runs one way: it has bought all the way down, or sold all the way up. Loses slowly when the
    fees of a round trip are more than `spread_bps`, which is so at 0.1 % a side unless the spread is above 20.
    """

    instruments: tuple[str, ...] = ("BTC/USDT@bitget",)
    """It sells what it holds of the base asset of each, and no more."""
    spread_bps: float = 20.0
    """Between its best bid and its best ask."""
    levels: int = 3
    """Orders on each side, 1 to 50."""
    step_bps: float = 2.0
    """From one level to the next."""
    notional: float = 50.0
    """Of each order, in the quote asset. Its size is fixed at the first quote, so that orders can stay in the queue."""
    max_inventory: float = 500.0
    """Furthest from home, in the quote asset."""
    skew_bps: float = 5.0
    """How far quotes move at `max_inventory`."""
    keep_within_bps: float = 1.0
    """An order this close to where it should be stays and keeps its place in the queue."""

    rates: ClassVar = {"orders": "8/s", "cancels": "8/s", "together": 2}
    """For `run.py budget`. The busiest ten seconds of the bundled tape, on two pairs, took 6.8 of each a second."""

    class State:
        """What it held of each base asset when it first started."""

        home: dict[str, float] = field(default_factory=dict)

    def on_start(self) -> None:
        """Ask for quotes."""
        if not 1 <= self.levels <= LEVELS_MAX:
            raise ValueError(f"levels: expected 1 to {LEVELS_MAX}, found {self.levels}")
        self.sizes: dict[str, float] = {}
        for instrument in self.instruments:
            self.quotes(instrument)

    def on_ready(self, resumed: bool) -> None:
        """Remember what is home; after a restart it is known already."""
        found = {instrument: self.position(instrument) for instrument in self.instruments}
        self.state.home = found | self.state.home if resumed else found

    def on_quote(self, quote: Quote) -> None:
        """Put the ladder where it belongs now; only what changes is sent."""
        name, middle = quote.instrument.id, quote.mid
        collected = (self.position(name) - self.state.home[name]) * middle
        lean = max(-1.0, min(1.0, collected / self.max_inventory))
        centre = middle * (1 - lean * self.skew_bps / 10_000)
        size = self.sizes.setdefault(name, self.notional / middle)
        # Never better than the market: a post-only order that would trade at once is sent back.
        bids = [(min(quote.bid, centre * (1 - away)), size) for away in self.distances()]
        asks = self.covered(name, [max(quote.ask, centre * (1 + away)) for away in self.distances()], size)
        self.ladder(
            name,
            bids=bids if lean < 1 else (),
            asks=asks if lean > -1 else (),
            keep_within_bps=self.keep_within_bps,
        )
        self.plot(f"centre {name}", centre)
        self.plot(f"inventory {name}", collected)

    def on_feed(self, status: FeedStatus) -> None:
        """Prices that nobody vouches for are not quoted on; the next quote brings the ladder back."""
        if not status.is_live:
            self.ladder(status.instrument)

    def covered(self, name: str, prices: list[float], size: float) -> list[tuple[float, float]]:
        """Asks as far as what it holds reaches: after a fee taken in base that is less than it bought."""
        rules, left, asks = self.rules(name), self.position(name), []
        for price in prices:
            part = min(size, left)  # a ladder cuts it to the lot
            if part < rules.size_min or part * price < rules.notional_min:
                break
            asks.append((price, part))
            left -= part
        return asks

    def distances(self) -> list[float]:
        """How far each level is from the centre, as a fraction of the price."""
        return [(self.spread_bps / 2 + level * self.step_bps) / 10_000 for level in range(self.levels)]
