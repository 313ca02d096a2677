"""A run as control socket, views and summary see it, whatever its mode."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from framework.config import Config
from framework.core import Core
from framework.model.questions import SeenOrder
from framework.model.rules import VenueRules

if TYPE_CHECKING:
    from framework.app.seated import Seated


class Running(Protocol):
    """What they read; nothing of it is changed by them."""

    @property
    def id(self) -> str:
        """See `framework.kernel.ids.run_id`."""
        ...

    @property
    def config(self) -> Config:
        """All settings."""
        ...

    @property
    def core(self) -> Core:
        """Engine, router, gate."""
        ...

    @property
    def rules(self) -> VenueRules:
        """Of the venue."""
        ...

    @property
    def strategies(self) -> Sequence[Seated]:
        """In the order of config."""
        ...

    @property
    def start_ns(self) -> int:
        """Where the run began."""
        ...

    @property
    def is_playing(self) -> bool:
        """Until it is stopped."""
        ...

    @property
    def is_started(self) -> bool:
        """Every strategy has had its start."""
        ...

    @property
    def unadopted(self) -> list[str]:
        """Differences from the venue's books that hold the run back until a person accepts them, in words."""
        ...

    def unfit(self) -> str:
        """Why it must not be armed, whatever its kill switch says: its journal failed, and has not recovered; else empty."""
        ...

    @property
    def strangers(self) -> Sequence[SeenOrder]:
        """Orders of our name that stand at the venue, and that are not in our books."""
        ...

    @property
    def ledger_difference(self) -> dict[str, Decimal]:
        """Asset -> our books less the venue's; only what differs."""
        ...
