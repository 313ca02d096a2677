"""Which of our orders an id of the venue's names: fills of V2 are told by that id alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

NAMES_MAX: Final = 20_000
"""Orders whose names are kept, newest; what is told of an older one asks for a reconcile."""


class Names:
    """Learnt from answers, pushes and lists alike: whichever comes first."""

    def __init__(self) -> None:
        self.on_learnt: list[Callable[[str, str], None]] = []
        """Told of each name that is new: the venue's id, and ours."""
        self.plans: dict[str, str] = {}
        """Our id of each trigger order that was seen -> the venue's namespace of it."""
        self._ours: dict[str, str] = {}

    def saw_plan(self, client_order_id: str, kind: str) -> None:
        """A trigger order of ours waits there; those seen last are kept longest."""
        self.plans.pop(client_order_id, None)
        self.plans[client_order_id] = kind
        if len(self.plans) > NAMES_MAX:
            del self.plans[next(iter(self.plans))]

    def learn(self, venue_order_id: str, client_order_id: str) -> None:
        """Two names of one order. Where either is missing, nothing is learnt."""
        if not venue_order_id or not client_order_id or venue_order_id in self._ours:
            return
        self._ours[venue_order_id] = client_order_id
        if len(self._ours) > NAMES_MAX:
            del self._ours[next(iter(self._ours))]
        for call in self.on_learnt:
            call(venue_order_id, client_order_id)

    def became(self, venue_order_id: str, client_order_id: str) -> None:
        """The price of a trigger order of ours was reached: the venue made this order of it, under a name of its own."""
        self.plans.pop(client_order_id, None)
        if self._ours.get(venue_order_id) != client_order_id:
            self._ours.pop(venue_order_id, None)
            self.learn(venue_order_id, client_order_id)

    def name(self, venue_order_id: str, client_order_id: str) -> str:
        """Our id of an order: the one that it was learnt by, else the one that the venue tells."""
        return self._ours.get(venue_order_id) or client_order_id

    def ours(self, venue_order_id: str) -> str:
        """Our id of an order; empty: it was never heard of."""
        return self._ours.get(venue_order_id, "")
