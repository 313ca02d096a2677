"""What a live run needs of a venue's gateway, whatever it speaks: the seam between the daemon and the dialects."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from framework.app.arrivals import Arrivals
from framework.core import Core
from framework.ports import OrderPort, Query


class Examined(Struct, frozen=True):
    """What a venue said of a key before anything was asked of it."""

    account: str
    """Kind of account, for people."""
    rights: str
    """What the key may do, for people."""
    skew_ms: float = 0.0
    """How far the venue's clock is ahead of ours."""


class Ties(Struct, frozen=True):
    """What a gateway tells of, beside reports and replies; called in the loop's thread."""

    arrivals: Arrivals
    missed: Callable[[str], None]
    """The private stream did not tell all that happened."""
    stray: Callable[[str], None]
    """It told of an order that we never made."""
    key_lost: Callable[[str], None]
    """The venue refuses the key, its rights, its address or its account."""


class Gateway(Protocol):
    """One key's way to one venue, made with the kill word that its bytes pass. `up`, then `examine`, `join`, `listen`."""

    @property
    def where(self) -> str:
        """Host and port, for people."""
        ...

    def up(self) -> AbstractAsyncContextManager[None]:
        """Bring the connections up, and keep them for the length of a block.

        Raises:
            Unreachable: nobody answers.
        """
        ...

    async def examine(self) -> Examined:
        """Ask what the key may do.

        Raises:
            ConfigError: too much, or too little. VenueError: it cannot be told.
        """
        ...

    def join(self, core: Core, ties: Ties) -> tuple[OrderPort, Query]:
        """The way of one core; its `connect` takes both."""
        ...

    async def listen(self) -> None:
        """Listen to the private stream until cancelled. After `join`."""
        ...

    async def heard(self) -> None:
        """Wait until it is heard."""
        ...
