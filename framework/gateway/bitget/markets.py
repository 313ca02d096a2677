"""What Bitget shows of an account, on the grids of the instruments of this run: what replies to questions are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from framework.model.events import Fill
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO
from framework.model.orders import OrderState
from framework.model.questions import SeenBalance, SeenFill, SeenFunding, SeenOrder, SeenPosition
from framework.venues.bitget.products import Product, product_of, wire_symbol
from framework.venues.bitget.seen import (
    FAILED,
    TRIGGERED,
    BalanceSeen,
    FillSeen,
    FundingSeen,
    OrderSeen,
    PlanSeen,
    PositionSeen,
    Status,
)

STATES: Final[Mapping[Status, OrderState]] = {
    Status.LIVE: OrderState.OPEN,
    Status.PARTLY_FILLED: OrderState.OPEN,
    Status.FILLED: OrderState.FILLED,
    Status.CANCELLED: OrderState.CANCELLED,
    Status.REJECTED: OrderState.REJECTED,
}
TRIGGER: Final = "trigger_order"
"""Reason of what waits for a price in a namespace of its own: it is open, and no list of open orders names it."""


class BitgetMarkets:
    """The instruments of this run by the venue's names. What is of no market of ours keeps the venue's symbol, without points."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._known = {(product_of(there), wire_symbol(there.symbol)): there for there in instruments}

    @property
    def products(self) -> tuple[Product, ...]:
        """Those that this run trades."""
        return tuple(dict.fromkeys(product for product, _ in self._known))

    def order(self, seen: OrderSeen) -> SeenOrder:
        """An order. Raises GridError."""
        there = self._known.get((seen.product, seen.symbol))
        return SeenOrder(
            seen.client_order_id,
            seen.venue_order_id,
            seen.symbol if there is None else there.id,
            seen.is_buy,
            0 if there is None else _size(there, seen.size),
            0 if there is None else _price(there, seen.price),
            0 if there is None else _size(there, seen.filled),
            STATES[seen.status],
            seen.cancel_reason,
            seen.ts_created_ns,
        )

    def plan(self, seen: PlanSeen) -> SeenOrder:
        """A trigger order: it rests until its price is there. Then the venue makes another order of it. Raises GridError."""
        there = self._known.get((seen.product, seen.symbol))
        return SeenOrder(
            seen.client_order_id,
            seen.venue_order_id,
            seen.symbol if there is None else there.id,
            seen.is_buy is not False,
            0 if there is None else _size(there, seen.size),
            0 if there is None else _price(there, seen.trigger_price),
            0,
            OrderState.OPEN,
            TRIGGER,
            seen.ts_created_ns,
        )

    def done_plan(self, seen: PlanSeen) -> SeenOrder:
        """A trigger order that waits no more. Raises GridError."""
        state, reason = OrderState.CANCELLED, ""
        if seen.status in TRIGGERED | FAILED:
            state, reason = OrderState.EXPIRED, "triggered" if seen.status in TRIGGERED else "trigger_failed"
        return replace(self.plan(seen), state=state, reason=reason)

    def fill(self, seen: FillSeen, client_order_id: str) -> SeenFill:
        """A fill. Raises GridError."""
        there = self._known.get((seen.product, seen.symbol))
        price, size = (0, 0) if there is None else (_price(there, seen.price), _size(there, seen.size))
        fill = Fill(seen.trade_id, price, size, seen.fee.amount, seen.fee.asset, seen.is_maker)
        where = seen.symbol if there is None else there.id
        return SeenFill(client_order_id, seen.venue_order_id, where, seen.is_buy, fill, seen.ts_venue_ns)

    def positions(self, seen: Iterable[PositionSeen]) -> tuple[SeenPosition, ...]:
        """Positions, both sides of a hedged one together. Raises GridError."""
        found: dict[str, tuple[int, Decimal]] = {}
        for one in seen:
            there = self._known.get((Product.USDT_FUTURES, one.symbol))
            points = 0 if there is None else _size(there, abs(one.size)) * (-1 if one.size < 0 else 1)
            where = one.symbol if there is None else there.id
            before, cost = found.get(where, (0, ZERO))
            found[where] = before + points, MONEY.add(cost, MONEY.multiply(one.size, one.avg_price))
        return tuple(SeenPosition(where, points, cost) for where, (points, cost) in found.items())

    def funding(self, seen: FundingSeen) -> SeenFunding:
        """A funding payment."""
        there = self._known.get((Product.USDT_FUTURES, seen.symbol))
        where = seen.symbol if there is None else there.id
        return SeenFunding(seen.bill_id, where, seen.asset, seen.amount, seen.ts_venue_ns)


def balances_of(seen: Iterable[BalanceSeen]) -> tuple[SeenBalance, ...]:
    """What the account holds of each asset, all its wallets together."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for one in seen:
        free, locked = found.get(one.asset, (ZERO, ZERO))
        found[one.asset] = MONEY.add(free, one.free), MONEY.add(locked, one.locked)
    return tuple(SeenBalance(asset, free, locked) for asset, (free, locked) in found.items())


def _price(there: Instrument, value: Decimal) -> int:
    return there.data_price(f"{value:f}")


def _size(there: Instrument, value: Decimal) -> int:
    return there.data_size(f"{value:f}")
