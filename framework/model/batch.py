"""Orders that share one request, before and after the gate.

`Batch` is what the planner proposes. `Cleared` is the same after `router/gate.py` has let it pass; only the gate makes
one (a test holds every other file to that), and an order port takes nothing else.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.orders import Order


class BatchKind(StrEnum):
    """What a request does to its orders. Places and cancels never share one, nor wait for each other."""

    PLACE = "place"
    CANCEL = "cancel"
    AMEND = "amend"


class Change(Struct, frozen=True):
    """The new price and total size of an order in an AMEND batch, in points."""

    price_points: int
    size_points: int


class Batch(Struct, frozen=True):
    """Orders of one (venue, account, instrument, kind) that are to share a request."""

    request_id: int
    """Counts from 1 in a run, so that `explain` and the journal can name a request."""
    venue: str
    account: str
    instrument: Instrument
    kind: BatchKind
    orders: tuple[Order, ...]
    changes: tuple[Change, ...] = ()
    """AMEND: one for each order."""


class Cleared:
    """A batch that passed the gate. Made by `router/gate.py` and nowhere else."""

    __slots__ = ("batch", "cleared_ns")

    def __init__(self, batch: Batch, cleared_ns: int) -> None:
        self.batch = batch
        self.cleared_ns = cleared_ns


class Refused(Struct, frozen=True):
    """The gate's no: which check, what limit, what value."""

    batch: Batch
    reason: str
    detail: str
