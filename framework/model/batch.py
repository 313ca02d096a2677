"""Orders that share one request, before and after the gate.

`Batch` is what the planner proposes. `Cleared` is the same after `router/gate.py` has let it pass; only the gate makes
one (a test holds every other file to that), and an order port takes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.orders import Order


class BatchKind(StrEnum):
    """What a request does to its orders. Places and cancels never share one, nor wait for each other."""

    PLACE = "place"
    CANCEL = "cancel"
    AMEND = "amend"


PLACE: Final = BatchKind.PLACE
CANCEL: Final = BatchKind.CANCEL
AMEND: Final = BatchKind.AMEND
"""By names of their own, for the road of every order: on CPython 3.11 reading a member of an enum costs half a step."""


class RequestKind(StrEnum):
    """A kind of request, as a venue prices it. A table has a cost for each that its venue takes."""

    PLACE = "place"
    PLACE_BATCH = "place_batch"
    CANCEL = "cancel"
    CANCEL_BATCH = "cancel_batch"
    CANCEL_SYMBOL = "cancel_symbol"
    """Cancels every order of a symbol, whoever placed it: for when all are ours and all go."""
    AMEND = "amend"
    """A new price or size under the order's own name: a modify, or a cancel-replace."""
    AMEND_BATCH = "amend_batch"
    SHRINK = "shrink"
    """An amend that only takes size away and keeps its place, where the venue has a request of its own for it."""


REQUESTS: Final[Mapping[BatchKind, tuple[RequestKind, ...]]] = {
    BatchKind.PLACE: (RequestKind.PLACE, RequestKind.PLACE_BATCH),
    BatchKind.CANCEL: (RequestKind.CANCEL, RequestKind.CANCEL_BATCH, RequestKind.CANCEL_SYMBOL),
    BatchKind.AMEND: (RequestKind.AMEND, RequestKind.AMEND_BATCH, RequestKind.SHRINK),
}
"""The requests of each kind: for one order, for several, and then those for special cases."""


def request_kind(kind: BatchKind, orders: int) -> RequestKind:
    """The request that carries so many orders: one goes alone, more go as a batch."""
    return REQUESTS[kind][orders > 1]


KINDS: Final[Mapping[RequestKind, BatchKind]] = {
    request: kind for kind, requests in REQUESTS.items() for request in requests
}
"""What each request does to its orders."""


class Change(Struct, frozen=True):
    """The new price and total size of an order in an AMEND batch, in points."""

    price_points: int
    size_points: int


class Batch(Struct, frozen=True):
    """Orders of one (venue, account, instrument, kind) that are to share a request, in the form that was planned."""

    request_id: int
    """Counts from 1 in a run, so that `explain` and the journal can name a request."""
    venue: str
    account: str
    instrument: Instrument
    request: RequestKind
    orders: tuple[Order, ...]
    changes: tuple[Change, ...] = ()
    """AMEND: one for each order."""

    @property
    def kind(self) -> BatchKind:
        """What it does to its orders."""
        return KINDS[self.request]


class Cleared:
    """A batch that passed the gate. Made by `router/gate.py` and nowhere else."""

    __slots__ = ("batch", "cleared_ns", "is_reducing")

    def __init__(self, batch: Batch, cleared_ns: int, *, is_reducing: bool = False) -> None:
        self.batch = batch
        self.cleared_ns = cleared_ns
        self.is_reducing = is_reducing
        """It passed a gate that was not open, since all its orders can only lower exposure."""


class Refused(Struct, frozen=True):
    """The gate's no: which check, what limit, what value."""

    batch: Batch
    reason: str
    detail: str
