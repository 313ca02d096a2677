"""A strategy's seat: what the engine keeps of one strategy. Plain state; its host and its context work on it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from framework.engine.refusals import Refusals
from framework.model.instrument import Instrument
from framework.model.intents import Intent
from framework.strategy.base import Strategy


class Seat:
    """One strategy of a run, by its name in config."""

    __slots__ = (
        "bar_requests",
        "calls",
        "has_ended",
        "hears_fills",
        "hears_orders",
        "instruments",
        "is_muted",
        "is_quarantined",
        "is_starting",
        "muted_verbs",
        "name",
        "offloads",
        "outbox",
        "refusals",
        "saved_state",
        "strategy",
    )

    def __init__(self, name: str, strategy: Strategy) -> None:
        self.name = name
        self.strategy = strategy
        self.listen()
        self.outbox: list[Intent] = []
        """What the handler that runs now has asked for."""
        self.saved_state = msgspec.msgpack.encode(strategy.state)
        """Its `State` as it was journaled last."""
        self.is_starting = False
        """`on_start` runs: it may subscribe."""
        self.is_muted = True
        """Verbs are counted and go nowhere."""
        self.has_ended = False
        """Its `on_stop` was called: what it still hears of its orders says nothing of what it does wrong."""
        self.is_quarantined = False
        self.calls = 0
        """Handlers called so far."""
        self.offloads = 0
        """Offloaded functions whose results have not come."""
        self.refusals = Refusals()
        """How often it answered one with another."""
        self.muted_verbs = 0
        """Verbs called before `on_ready` or after the end."""
        self.instruments: dict[Instrument, None] = {}
        """Everything it subscribed to, in that order."""
        self.bar_requests: list[tuple[Instrument, str, int | None]] = []
        """Instrument, timeframe, and the closed bars it wants before the start; None: what its indicators need."""

    def listen(self) -> None:
        """Find out what of its orders it hears: the base class's handlers do nothing and need not be called."""
        self.hears_fills = _is_own(self.strategy.on_fill, Strategy.on_fill)
        self.hears_orders = _is_own(self.strategy.on_order, Strategy.on_order)


def _is_own(handler: Callable[..., None], of_base: Callable[..., None]) -> bool:
    return getattr(handler, "__func__", handler) is not of_base
