"""Strategies that do everything a strategy may do, and some that misbehave. Their chance is the framework's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from framework.strategy.base import Strategy


class Player(Strategy):
    """Trades one pair until it is told to be quiet."""

    def __init__(self, pair: str, pace: float) -> None:
        super().__init__()
        self.pair = pair
        self.pace = pace
        self.is_quiet = False

    def on_start(self) -> None:
        self.quotes(self.pair)

    def on_quote(self, quote: Any) -> None:
        if not self.is_quiet and self.random.random() < self.pace:
            self.act(quote)

    def act(self, quote: Any) -> None:
        """One decision."""


class Wanderer(Player):
    """Places, cancels and amends at random."""

    def act(self, quote: Any) -> None:
        chance, orders = self.random, self.orders(self.pair)
        roll = chance.random()
        if roll < 0.25 and orders:
            self.cancel(chance.choice(orders))
        elif roll < 0.40 and orders:
            order = chance.choice(orders)
            if not order.is_market:
                price = None if chance.random() < 0.4 else order.price * chance.choice((0.999, 1.001))
                size = order.size * chance.choice((0.5, 0.8, 1.5)) if price is None or chance.random() < 0.3 else None
                self.amend(order, price=price, size=size)
        elif roll < 0.43:
            self.cancel_all()
        else:
            for _ in range(chance.choice((1, 1, 1, 3))):
                self.place(quote)

    def place(self, quote: Any) -> None:
        chance = self.random
        verb = self.buy if chance.random() < 0.5 else self.sell
        size = chance.choice(("0.01", "0.02", "0.05", "0.1"))
        roll = chance.random()
        away = chance.choice((0.0005, 0.002, 0.01))
        price = quote.bid * (1 - away) if verb == self.buy else quote.ask * (1 + away)
        if roll < 0.6:
            verb(self.pair, size, price=price, post_only=chance.random() < 0.3)
        elif roll < 0.75:
            verb(self.pair, size, price=quote.ask if verb == self.buy else quote.bid, tif=chance.choice(("ioc", "fok")))
        elif roll < 0.85:
            verb(self.pair, size)
        elif roll < 0.95:
            self.sell(self.pair, size, price=quote.ask * (1 + away), reduce_only=True, tag="guard")
        else:
            verb(self.pair, chance.choice(("0.00001", "50", "1000")), price=price)


class Maker(Player):
    """A ladder on both sides."""

    def act(self, quote: Any) -> None:
        if self.random.random() < 0.08:
            self.ladder(self.pair, bids=[], asks=[])
            return
        steps = range(1, self.random.choice((2, 3, 4)))
        self.ladder(
            self.pair,
            bids=[(quote.bid * (1 - 0.0007 * step), "0.02") for step in steps],
            asks=[(quote.ask * (1 + 0.0007 * step), "0.02") for step in steps],
            keep_within_bps=self.random.choice((0, 5)),
        )


class Taker(Player):
    """A wanted position."""

    def act(self, quote: Any) -> None:
        style = "passive" if self.random.random() < 0.5 else "market"
        self.target(self.pair, size=self.random.choice((0, "0.05", "0.1", "0.2")), style=style)


class Raiser(Wanderer):
    """Raises one day, in the middle of what it does."""

    def act(self, quote: Any) -> None:
        super().act(quote)
        if self.random.random() < 0.02:
            raise ZeroDivisionError("a strategy's own fault")


class Flooder(Wanderer):
    """Wants far too much at once, now and then."""

    def act(self, quote: Any) -> None:
        if self.random.random() < 0.03:
            for _ in range(36):
                self.place(quote)
        super().act(quote)


class Sleeper(Wanderer):
    """Now and then it does not return for a while.

    Args:
        stand_still: has its process do so.
    """

    def __init__(self, pair: str, pace: float, stand_still: Callable[[], None]) -> None:
        super().__init__(pair, pace)
        self.stand_still = stand_still

    def act(self, quote: Any) -> None:
        super().act(quote)
        if self.random.random() < 0.03:
            self.stand_still()
