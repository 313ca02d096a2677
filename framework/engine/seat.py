"""A strategy's seat: its side of the base class's methods, its outbox, its subscriptions."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from framework.kernel.logging import get_logger
from framework.model.errors import PluginError
from framework.model.events import Quote
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.model.orders import Order
from framework.model.spelling import nearest
from framework.strategy.base import Strategy
from framework.strategy.context import BookView

if TYPE_CHECKING:
    from framework.engine.engine import Engine

KINDS = ("quote", "trade", "book", "mark", "funding")


class Seat:
    """Implements `framework.strategy.context.Context` over the engine, for one strategy.

    Args:
        strategy: the plugin's instance; it is bound to this seat.
        seed: of the run; the strategy's random numbers are seeded with it and the name.
    """

    def __init__(self, engine: Engine, name: str, strategy: Strategy, seed: int) -> None:
        self.name = name
        self.strategy = strategy
        self.random = random.Random(f"{seed}/{name}")
        self.log = get_logger(strategy=name)
        self.outbox: list[Intent] = []
        self.is_muted = True
        self.is_quarantined = False
        self.calls = 0
        """Handlers called so far."""
        self.muted_verbs = 0
        """Verbs called before `on_ready` or after the end."""
        self.instruments: dict[Instrument, None] = {}
        """Everything it subscribed to, in that order."""
        self.bar_requests: list[tuple[Instrument, str, int | None]] = []
        self._engine = engine
        strategy._context = self  # noqa: SLF001  # the base class's own half of the seat

    @property
    def now_ns(self) -> int:
        """The Clock."""
        return self._engine.clock.now_ns

    def instrument(self, id_or_instrument: str | Instrument) -> Instrument:
        """See Context."""
        if isinstance(id_or_instrument, Instrument):
            return id_or_instrument
        found = self._engine.instruments.get(id_or_instrument)
        if found is None:
            known = nearest(str(id_or_instrument), self._engine.instruments)
            raise PluginError(f"strategy {self.name}: no instrument {id_or_instrument!r} in this run{known}")
        return found

    def subscribe(self, kind: str, instrument: Instrument) -> None:
        """See Context."""
        assert kind in KINDS, kind
        self.instruments[instrument] = None
        self._engine.subscribe(self, kind, instrument)

    def subscribe_bars(self, instrument: Instrument, timeframe: str, warmup: int | None) -> None:
        """See Context."""
        self.instruments[instrument] = None
        self.bar_requests.append((instrument, timeframe, warmup))
        self._engine.subscribe_bars(self, instrument, timeframe)

    def next_order_id(self) -> str:
        """See Context."""
        return "muted" if self.is_muted else self._engine.ids.next(self.name)

    def emit(self, intent: Intent) -> None:
        """See Context."""
        if self.is_muted:
            self.muted_verbs += 1
        else:
            self.outbox.append(intent)

    def position_points(self, instrument: Instrument) -> int:
        """See Context."""
        return self._engine.portfolio.position_points(self.name, instrument)

    def cash(self, asset: str) -> Decimal:
        """See Context."""
        return self._engine.portfolio.ledger(self.name).cash.get(asset, Decimal(0))

    def free(self, asset: str) -> Decimal:
        """See Context."""
        return self._engine.portfolio.free(self.name, asset)

    def equity(self, asset: str) -> float:
        """See Context."""
        return float(self._engine.portfolio.equity(self.name, asset))

    def quote(self, instrument: Instrument) -> Quote | None:
        """See Context."""
        return self._engine.quote(instrument)

    def book(self, instrument: Instrument) -> BookView | None:
        """See Context."""
        return self._engine.book(instrument)

    def orders(self, instrument: Instrument | None, tag: str | None) -> list[Order]:
        """See Context."""
        return [
            order
            for order in self._engine.blotter.open_of(self.name)
            if (instrument is None or order.instrument is instrument) and (tag is None or order.tag == tag)
        ]

    def plot(self, name: str, value: float) -> None:
        """See Context."""
        self._engine.plotted(self.name, name, float(value))

    def offload(self, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]) -> None:
        """See Context."""
        self._engine.offload(self, function, args, then)
