"""PROOF-A: the only way by which an order without an answer is called absent without a person.

Once the venue's own clock is past the last moment at which it could accept the order, three separate answers must agree
that it has none, and must do so at least twice, seconds apart, before the venue begins to forget. Anything else, a
failure, a market or a fill that cannot be told apart, proves nothing.
"""

from __future__ import annotations

from typing import Final

from framework.kernel.clock import NS_PER_S
from framework.model.orders import Order
from framework.model.questions import Ask, Reply, SeenFill
from framework.model.rules import Certainty, VenueRules

APART_NS: Final = 2 * NS_PER_S
"""A venue's memory and its database are told apart by looking twice, this far apart."""
SKEW_NS: Final = NS_PER_S
"""How far the clocks of a venue's own machines may differ."""
WITNESSES: Final = (Ask.ORDER, Ask.OPEN_ORDERS, Ask.FILLS)


class Absence:
    """What speaks for one order's absence.

    Args:
        last_signed_ns: the latest that a request which creates it can have been signed, on our Clock.
        ahead_ns: how far the venue's clock may be ahead of ours: a signer goes by the venue's.
    """

    def __init__(self, order: Order, rules: VenueRules, last_signed_ns: int, ahead_ns: int) -> None:
        self._order = order
        self.accepted_until_ns = last_signed_ns + ahead_ns + rules.acceptance_bound_ns + SKEW_NS
        """On the venue's clock: later it takes the order no more."""
        self.forgets_ns = order.ts_created_ns + rules.lookup_horizon_ns
        """On our Clock: from here on "not found" may mean "forgotten"."""
        self.is_possible = (
            rules.acceptance_certainty is not Certainty.NONE
            and self.accepted_until_ns < self.forgets_ns
            and not order.is_acknowledged
        )
        self._looks: dict[Ask, tuple[int, int]] = {}
        """Witness -> when it was first and last asked, of the answers that count."""

    def take(self, reply: Reply) -> None:
        """Weigh an answer that does not show the order."""
        ask = reply.question.ask
        if reply.failure or ask not in WITNESSES or reply.looked_ns <= self.accepted_until_ns:
            return
        if reply.ts_recv_ns >= self.forgets_ns or (ask is Ask.FILLS and not self._covers(reply)):
            return
        first_ns, _ = self._looks.get(ask, (reply.question.asked_ns, 0))
        self._looks[ask] = first_ns, reply.question.asked_ns

    def contradict(self) -> None:
        """The order was seen: whatever spoke for its absence is void."""
        self._looks.clear()
        self.is_possible = False

    @property
    def is_proved(self) -> bool:
        """Every witness said so at least twice, far enough apart."""
        looks = [self._looks.get(ask, (0, 0)) for ask in WITNESSES]
        return self.is_possible and all(last_ns - first_ns >= APART_NS for first_ns, last_ns in looks)

    def _covers(self, reply: Reply) -> bool:
        """Whether a list of fills would hold those of the order: it reaches back, and none could be the order's."""
        since_ns = self._order.ts_created_ns - SKEW_NS
        return reply.question.since_ns <= since_ns and not any(may_be_of(self._order, seen) for seen in reply.fills)


def may_be_of(order: Order, seen: SeenFill) -> bool:
    """Whether a fill could be an order's: it names it, or names none in the same market and direction."""
    if seen.client_order_id:
        return seen.client_order_id == order.client_order_id
    if order.venue_order_id:
        return seen.venue_order_id == order.venue_order_id
    return seen.instrument == order.instrument.id and seen.is_buy == order.is_buy


def acknowledged_words(order: Order) -> str:
    """Why a person's word that an order never reached its venue is not taken just so."""
    name, venue = order.client_order_id, order.instrument.venue
    shown = f" as {order.venue_order_id}" if order.venue_order_id else ""
    return (
        f"expected an order that {venue} never told of, found {name} acknowledged{shown}, {order.fills} fills: it was "
        "there, may stand and may have filled, and is asked after. Cancel it on the venue's page; where nothing of it is "
        "left there, neither an open order nor a fill that our books lack, say so: "
        f"run.py resolve {name} --absent --though-acknowledged --reason WHY"
    )
