"""Two orders of ours that have not left, matched inside: at the middle of the quote, without a venue and without a fee."""

from __future__ import annotations

from typing import Final, NamedTuple

from framework.model.events import NOT_LIVE, Fill
from framework.model.money import ZERO
from framework.model.orders import Order, OrderState, Pending, TimeInForce
from framework.ports import Desk
from framework.router.answers import Answers

TRADE: Final = "inside-"
"""Begins the ids of such trades."""


class Match(NamedTuple):
    """At what price, and how much."""

    price_points: int
    size_points: int


def match_of(order: Order, other: Order, desk: Desk) -> Match | None:
    """What two orders of opposite sides may trade inside: the smaller of them whole, at the middle; None: nothing.

    The middle is rounded down to a point. It has to be within both limits, and the feed has to be live. What has left
    for the venue is never matched: it might fill there too. On spot alone: elsewhere a ledger's profit would be booked
    before the account's.
    """
    instrument = order.instrument
    is_here = other.state is OrderState.QUEUED and other.pending is Pending.NOTHING and order.is_buy is not other.is_buy
    price_points = _middle(order, desk) if is_here and instrument.is_spot else 0
    if not price_points or not (_allows(order, price_points) and _allows(other, price_points)):
        return None
    size_points = min(order.left_points, other.left_points)
    is_cut = any(one.tif is TimeInForce.FOK and one.left_points > size_points for one in (order, other))
    return None if is_cut else Match(price_points, size_points)


def _middle(order: Order, desk: Desk) -> int:
    """Half way between bid and ask; 0 where nothing says where that is."""
    quote = desk.quote(order.instrument)
    if quote is None or desk.pulse(order.instrument).state in NOT_LIVE or not 0 < quote.bid_points < quote.ask_points:
        return 0
    return quote.mid_points


def _allows(order: Order, price_points: int) -> bool:
    if not order.price_points:
        return True
    return price_points <= order.price_points if order.is_buy else price_points >= order.price_points


class Inside:
    """Matches that are on their way into the books: their orders wait nowhere, and what is left of them comes back."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._trades = 0
        self._under_way: dict[str, int] = {}
        """Order -> points that will be filled in a moment."""

    def trade(self, order: Order, other: Order, match: Match) -> None:
        """Fill both, a moment later, as a venue would."""
        self._trades += 1
        for one, against in sorted([(order, other), (other, order)], key=lambda pair: not pair[0].is_buy):
            self._under_way[one.client_order_id] = match.size_points
            # Post-only is what it would have been at the venue; the fee that it saved is reckoned by that.
            fill = Fill(f"{TRADE}{self._trades}", *match, ZERO, one.instrument.quote, one.post_only)
            self._answers.filled(one, fill, f"inside, with our own {against.client_order_id}")

    def holds(self, order: Order) -> bool:
        """Whether an order is about to be filled."""
        return order.client_order_id in self._under_way

    def drop(self, order: Order) -> bool:
        """An order is taken back: what is left of it does not come back. False: nothing will be left, or it is not here."""
        points = self._under_way.get(order.client_order_id)
        if points is None or points >= order.left_points:
            return False
        del self._under_way[order.client_order_id]
        return True

    def booked(self, order: Order) -> bool:
        """A fill is in the books. True: what is left of its order goes on."""
        return self._under_way.pop(order.client_order_id, None) is not None and not order.is_done
