"""Fills of orders of ours that are forgotten: booked where they cannot have been before, and shown in any case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct, structs

from framework.kernel.ids import OrderIds
from framework.model.orders import OrderState
from framework.model.questions import Booked, Reply, SeenFill
from framework.ports import Desk
from framework.router.doubt.absence import SKEW_NS


class LateFill(Struct, frozen=True):
    """A fill that no order we know has."""

    seen: SeenFill
    strategy: str
    """Whose it is, by its order's name; empty where the settings have none of that name."""
    is_new: bool
    """It cannot have been booked before; else nobody can tell."""
    order_points: int = 0
    """Of all late fills of its order together: as much of its size as is known."""

    @property
    def key(self) -> tuple[str, str]:
        """Its order and trade."""
        return self.seen.client_order_id, self.seen.fill.trade_id

    @property
    def text(self) -> str:
        """For people, as far as it goes."""
        seen = self.seen
        side = "buy" if seen.is_buy else "sell"
        return f"{seen.client_order_id}, fill {seen.fill.trade_id}, {side} {seen.instrument}: its order is forgotten"


def named_fills(reply: Reply, lists: Iterable[Reply]) -> Reply:
    """A list of fills with the names that lists of orders tell: some venues name no order in its fills."""
    names: Mapping[str, str] = {
        seen.venue_order_id: seen.client_order_id for shown in lists for seen in shown.orders if seen.venue_order_id
    }
    fills = [
        seen if seen.client_order_id else structs.replace(seen, client_order_id=names.get(seen.venue_order_id, ""))
        for seen in reply.fills
    ]
    return structs.replace(reply, fills=tuple(fills))


def shown_open(lists: Iterable[Reply]) -> frozenset[str]:
    """The client order ids that a venue shows open: what filled of those belongs to whoever takes them in."""
    return frozenset(seen.client_order_id for shown in lists for seen in shown.orders if seen.state is OrderState.OPEN)


def late_fills(
    fills: Iterable[SeenFill], desk: Desk, ids: OrderIds, ahead_ns: int, but: Collection[str], settled_ns: int = 0
) -> list[LateFill]:
    """The fills of forgotten orders of known runs that are not in our books for certain.

    Args:
        ahead_ns: how far the venue's clock may be ahead of ours.
        but: orders that are left out.
        settled_ns: what filled until then, by our clock, and was not booked, lies in balances that were taken as they are.
    """
    found: list[LateFill] = []
    points: Counter[str] = Counter()
    for seen in fills:
        whose = ids.whose(seen.client_order_id)
        if whose is None or whose.is_later or not whose.is_known_run or seen.client_order_id in but:
            continue
        if desk.order(seen.client_order_id) is not None or 0 < seen.ts_ns - ahead_ns <= settled_ns:
            continue
        booked = desk.is_booked(seen, seen.ts_ns - ahead_ns - SKEW_NS)
        if booked is not Booked.YES:
            points[seen.client_order_id] += seen.fill.size_points
            found.append(LateFill(seen, whose.strategy, booked is Booked.NO))
    return [structs.replace(late, order_points=points[late.seen.client_order_id]) for late in found]
