"""What a strategy works with: the base class's methods come here, and go on to the engine's parts."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from framework.engine.blotter import Blotter, refuse
from framework.engine.bound import DETAIL, INTENTS_MAX, TOO_MANY, Bound
from framework.engine.host import Host
from framework.engine.markets import Markets
from framework.engine.portfolio import Portfolio
from framework.engine.seat import Seat
from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.own_thread import OwnThread
from framework.model.errors import PluginError
from framework.model.events import Depth, Funding, Mark, Quote, Trade
from framework.model.instrument import Instrument
from framework.model.intents import Amend, Cancel, Intent, Ladder, Place, Target
from framework.model.orders import Order
from framework.strategy.base import Strategy
from framework.strategy.context import BookView

Handler = Callable[..., None]
Plot = Callable[[str, str, float], None]
"""Takes strategy, series and value."""
Offload = Callable[[Seat, Callable[..., Any], tuple[Any, ...], Callable[[Any], None]], None]

KINDS: Final[Mapping[str, tuple[type, Callable[[Strategy], Handler]]]] = {
    "quote": (Quote, lambda strategy: strategy.on_quote),
    "trade": (Trade, lambda strategy: strategy.on_trade),
    "book": (Depth, lambda strategy: strategy.on_book),
    "mark": (Mark, lambda strategy: strategy.on_mark),
    "funding": (Funding, lambda strategy: strategy.on_funding),
}
"""What may be subscribed to: the event that brings it, and the handler that takes it."""


class SeatContext:
    """Implements `framework.strategy.context.Context` for one strategy; the strategy is bound to it.

    Args:
        seed: of the run; the strategy's random numbers are seeded with it and the name.
    """

    def __init__(
        self,
        seat: Seat,
        seed: int,
        *,
        clock: Clock,
        ids: OrderIds,
        host: Host,
        markets: Markets,
        blotter: Blotter,
        portfolio: Portfolio,
        plot: Plot,
        offload: Offload,
        halt: Callable[[str], object],
    ) -> None:
        self.name = seat.name
        self.random = random.Random(f"{seed}/{seat.name}")
        self.log = get_logger(strategy=seat.name)
        self._seat = seat
        self._clock = clock
        self._ids = ids
        self._host = host
        self._markets = markets
        self._blotter = blotter
        self._portfolio = portfolio
        self._plot = plot
        self._offload = offload
        self._bound = Bound()
        self._halt = halt
        self._thread = OwnThread()
        seat.strategy._context = self  # noqa: SLF001  # the base class's own half

    @property
    def now_ns(self) -> int:
        """The Clock."""
        return self._clock.now_ns

    def instrument(self, id_or_instrument: str | Instrument) -> Instrument:
        """See Context."""
        if isinstance(id_or_instrument, Instrument):
            if self._markets.knows(id_or_instrument):
                return id_or_instrument
            id_or_instrument = id_or_instrument.id  # a copy: instruments are told apart by identity
        found = self._markets.instruments.get(id_or_instrument)
        return found or self._markets.find(id_or_instrument, f"strategy {self.name}")

    def subscribe(self, kind: str, instrument: Instrument) -> None:
        """See Context."""
        assert kind in KINDS, kind
        self._may_subscribe(f"{kind}s", instrument)
        event, handler_of = KINDS[kind]
        self._markets.subscribe(instrument, event, self._host.subscription(self._seat, handler_of(self._seat.strategy)))

    def subscribe_bars(self, instrument: Instrument, timeframe: str, warmup: int | None) -> None:
        """See Context."""
        self._may_subscribe("bars", instrument)
        self._seat.bar_requests.append((instrument, timeframe, warmup))
        self._markets.subscribe_bars(
            instrument, timeframe, self._host.subscription(self._seat, self._seat.strategy.on_bar)
        )

    def _may_subscribe(self, what: str, instrument: Instrument) -> None:
        self._thread.check(self.name)
        if not self._seat.is_starting:
            raise PluginError(
                f"strategy {self.name}: expected subscriptions in on_start, found one to {what} of {instrument.id} "
                "later, when its history and feed could no longer be had; move it into on_start"
            )
        self._seat.instruments[instrument] = None

    def new_order(self, instrument: Instrument, *, is_buy: bool) -> Order:
        """See Context."""
        self._thread.check(self.name)
        is_muted = self._seat.is_muted
        order = Order(
            client_order_id="muted" if is_muted else self._ids.next(self.name),
            strategy=self.name,
            instrument=instrument,
            is_buy=is_buy,
            size_points=0,
            ts_created_ns=self._clock.now_ns,
        )
        if is_muted:
            refuse(order, "muted")
        return order

    def emit(self, intent: Intent) -> None:
        """See Context."""
        self._thread.check(self.name)
        if self._seat.is_muted:
            self._mute(intent)
        elif self._bound.takes(intent, self._seat.outbox):
            self._seat.outbox.append(intent)
        else:
            self._refuse(intent)

    def _refuse(self, intent: Intent) -> None:
        """More than one handler may ask for: handles say so, and the first of them in a report."""
        if isinstance(intent, Cancel):
            return
        if self._bound.is_told:
            if isinstance(intent, Place):
                refuse(intent.order, TOO_MANY)
            return
        order = intent.order if isinstance(intent, Place) else self._stand_in(intent)
        self._bound.is_told = True
        self.log.error("strategy.outbox_full", limit=INTENTS_MAX)
        self._seat.outbox.append(Place(order, DETAIL, TOO_MANY))

    def _mute(self, intent: Intent) -> None:
        """Count a verb that goes nowhere, and warn of the first; cancels at the end, and all after it, are harmless."""
        seat = self._seat
        is_told = seat.muted_verbs or seat.is_quarantined or seat.has_ended
        if not is_told and not isinstance(intent, Cancel):
            self.log.warning(
                "strategy.muted_verb",
                verb=type(intent).__name__.lower(),
                remedy="nothing was sent: orders can be asked for from on_ready on, and no longer in on_stop",
            )
        seat.muted_verbs += 1

    def _stand_in(self, intent: Amend | Target | Ladder) -> Order:
        """An order that will never be sent, to tell of an intent that has none of its own to refuse."""
        there = intent.order.instrument if isinstance(intent, Amend) else intent.instrument
        return self.new_order(there, is_buy=True)

    def position_points(self, instrument: Instrument) -> int:
        """See Context."""
        return self._portfolio.position_points(self.name, instrument)

    def cash(self, asset: str) -> Decimal:
        """See Context."""
        return self._portfolio.ledger(self.name).cash.get(asset, Decimal(0))

    def free(self, asset: str) -> Decimal:
        """See Context."""
        return self._portfolio.free(self.name, asset)

    def equity(self, asset: str) -> float:
        """See Context."""
        return float(self._portfolio.equity(self.name, asset))

    def quote(self, instrument: Instrument) -> Quote | None:
        """See Context."""
        return self._markets.quote(instrument)

    def book(self, instrument: Instrument) -> BookView | None:
        """See Context."""
        return self._markets.book(instrument)

    def orders(self, instrument: Instrument | None, tag: str | None) -> list[Order]:
        """See Context."""
        return [
            order
            for order in self._blotter.open_of(self.name)
            if (instrument is None or order.instrument is instrument) and (tag is None or order.tag == tag)
        ]

    def plot(self, name: str, value: float) -> None:
        """See Context."""
        self._thread.check(self.name)
        self._plot(self.name, name, float(value))

    def offload(self, function: Callable[..., Any], args: tuple[Any, ...], then: Callable[[Any], None]) -> None:
        """See Context."""
        self._thread.check(self.name)
        self._offload(self._seat, function, args, then)

    def halt(self, reason: str) -> None:
        """See Context."""
        self._thread.check(self.name)
        self._halt(reason)
