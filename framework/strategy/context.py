"""What the host gives a strategy to work with. Strategies do not see it; the base class's methods use it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol

from framework.model.events import Level, Quote
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.model.orders import Order


class BookView(Protocol):
    """The order book of one instrument, best levels first."""

    instrument: Instrument

    @property
    def is_valid(self) -> bool:
        """No gap since the last snapshot."""
        ...

    def bids(self, levels: int = 20) -> Sequence[tuple[float, float]]:
        """The best bids, (price, size), highest first."""
        ...

    def asks(self, levels: int = 20) -> Sequence[tuple[float, float]]:
        """The best asks, lowest first."""
        ...

    def bid_points(self, levels: int = 20) -> Sequence[Level]:
        """The best bids exactly, (price points, size points)."""
        ...

    def ask_points(self, levels: int = 20) -> Sequence[Level]:
        """The best asks exactly."""
        ...


class Context(Protocol):
    """One strategy's seat: time, subscriptions, an outbox, and its own books."""

    name: str
    random: random.Random
    log: Any

    @property
    def now_ns(self) -> int:
        """The Clock, UTC nanoseconds."""
        ...

    def instrument(self, id_or_instrument: str | Instrument) -> Instrument:
        """The instrument of an id; raises PluginError with the nearest spelling."""
        ...

    def subscribe(self, kind: str, instrument: Instrument) -> None:
        """Ask for `on_<kind>` of an instrument: quote, trade, book, mark, funding."""
        ...

    def subscribe_bars(self, instrument: Instrument, timeframe: str, warmup: int | None) -> None:
        """Ask for `on_bar` of a timeframe, and for that many closed bars before the start."""
        ...

    def new_order(self, instrument: Instrument, *, is_buy: bool) -> Order:
        """A new order of this strategy, made now, without a size; one that is refused already while verbs are muted."""
        ...

    def emit(self, intent: Intent) -> None:
        """Put an intent into the outbox."""
        ...

    def position_points(self, instrument: Instrument) -> int:
        """Own position, signed, net of fees taken in base."""
        ...

    def cash(self, asset: str) -> Decimal:
        """Own ledger of an asset, whatever is reserved included."""
        ...

    def free(self, asset: str) -> Decimal:
        """Own ledger of an asset less what open orders reserve."""
        ...

    def equity(self, asset: str) -> float:
        """Own ledger valued in an asset at the last quotes."""
        ...

    def quote(self, instrument: Instrument) -> Quote | None:
        """Last quote."""
        ...

    def book(self, instrument: Instrument) -> BookView | None:
        """The order book, where one is kept."""
        ...

    def orders(self, instrument: Instrument | None, tag: str | None) -> list[Order]:
        """Own orders that are not done, oldest first."""
        ...

    def plot(self, name: str, value: float) -> None:
        """Keep a point of a series for the report."""
        ...

    def offload(self, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]) -> None:
        """Run a slow function elsewhere; `then(result)` comes back as an event of its own."""
        ...

    def halt(self, reason: str) -> None:
        """Stop this strategy's trading, at once, until a person arms it."""
        ...
