"""What a live run needs of a venue's gateway, whatever it speaks: the seam between the daemon and the dialects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct

from framework.app.live.arrivals import Arrivals
from framework.core import Core
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.rules import VenueRules
from framework.ports import OrderPort, Query


class Examined(Struct, frozen=True):
    """What was found before anything was traded, by ways that cannot send an order."""

    rules: VenueRules
    """Of the venue, as they hold for this account."""
    instruments: tuple[Instrument, ...]
    account: str
    """Kind of account, for people."""
    rights: str
    """What the key may do, for people."""
    skew_ms: float = 0.0
    """How far the venue's clock is ahead of ours."""
    owner: str = ""
    """What the venue calls the account, so that it is no other one's journal; empty: it does not tell."""


class Ties(Struct, frozen=True):
    """What a gateway tells of, beside reports and replies; called in the loop's thread."""

    arrivals: Arrivals
    missed: Callable[[str], None]
    """The private stream did not tell all that happened."""
    stray: Callable[[str], None]
    """It told of an order that we never made."""
    key_lost: Callable[[str], None]
    """The venue refuses the key, its rights, its address or its account."""
    market_lost: Callable[[Instrument, str], None]
    """A market takes no orders any more."""
    relisted: Callable[[Instrument, Instrument], None]
    """A market, and how its venue lists it now: with other filters."""
    busy: Callable[[str], None]
    """The venue takes nothing new for a while."""
    mistimed: Callable[[str], None]
    """The venue finds a request dated wrong."""


class CoreWay(Protocol):
    """As much of a gateway as a core needs."""

    def join(self, core: Core, ties: Ties) -> tuple[OrderPort, Query]:
        """The way of one core; its `connect` takes both."""
        ...

    def know(self, orders: Iterable[Order]) -> None:
        """Orders of earlier sessions."""
        ...


class Gateway(CoreWay, Protocol):
    """One key's way to one venue. First `examine`, then `join`; then it runs beside the drive."""

    @property
    def fingerprint(self) -> str:
        """Of the key; where there is none, of host and account. One process trades by it."""
        ...

    @property
    def where(self) -> str:
        """Host and port, for people."""
        ...

    async def examine(self) -> Examined:
        """Ask what the key may do, and what the markets are.

        Raises:
            ConfigError: the key may do too much, or too little; a market cannot be traded.
            VenueError: nobody answers, or the key is refused.
        """
        ...

    async def run(self) -> None:
        """Keep the connections up, listen, and look at the key from time to time, until cancelled."""
        ...

    async def ready(self) -> None:
        """Wait until orders can leave and what happens is heard."""
        ...

    async def end(self) -> None:
        """An orderly end, before `run` is cancelled: what is to stay at the venue stays."""
        ...
