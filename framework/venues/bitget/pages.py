"""Answers to questions about orders, fills, balances and positions: the list that each endpoint wraps in its own way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from framework.venues.bitget import endpoints as at
from framework.venues.bitget.account_seen import (
    futures_balance,
    futures_funding,
    futures_position,
    plans_of,
    spot_balance,
    unified_balances,
    unified_funding,
    unified_position,
)
from framework.venues.bitget.classic_spot import TPSL
from framework.venues.bitget.endpoints import Endpoint
from framework.venues.bitget.orders_seen import (
    futures_fill,
    futures_order,
    spot_fill,
    spot_order,
    unified_fill,
    unified_order,
)
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row, rows_of
from framework.venues.bitget.seen import (
    BalanceSeen,
    FillSeen,
    FundingSeen,
    OrderSeen,
    OrdersPage,
    PlanSeen,
    PositionSeen,
)

PAGE_ROWS: Final = 100
"""A page that holds fewer is the last."""

Seen = TypeVar("Seen")

ORDERS: Final[Mapping[str, tuple[str, str, Callable[[Row], OrderSeen]]]] = {
    at.SPOT_ORDER.path: ("", "", spot_order),
    at.SPOT_OPEN.path: ("", "", lambda row: spot_order(row, is_open_list=True)),
    at.SPOT_DONE.path: ("", "", spot_order),
    at.FUTURES_ORDER.path: ("", "", futures_order),
    at.FUTURES_OPEN.path: ("entrustedList", "endId", futures_order),
    at.FUTURES_DONE.path: ("entrustedList", "endId", futures_order),
    at.ORDER.path: ("", "", unified_order),
    at.OPEN.path: ("list", "cursor", unified_order),
    at.DONE.path: ("list", "cursor", unified_order),
}
"""Path -> name of the list inside `data` (empty: `data` itself), name of the mark of the next page, reader."""

FILLS: Final[Mapping[str, tuple[str, str, Callable[[Row], FillSeen]]]] = {
    at.SPOT_FILLS.path: ("", "", spot_fill),
    at.FUTURES_FILLS.path: ("fillList", "endId", futures_fill),
    at.FILLS.path: ("list", "cursor", unified_fill),
}

FUNDING: Final[Mapping[str, tuple[str, str, Callable[[Row], FundingSeen | None]]]] = {
    at.FUTURES_BILLS.path: ("bills", "endId", futures_funding),
    at.RECORDS.path: ("list", "cursor", unified_funding),
}

PLANS: Final = {
    at.SPOT_PLANS.path: (Product.SPOT, ""),
    at.SPOT_PLANS_DONE.path: (Product.SPOT, ""),
    at.SPOT_OPEN.path: (Product.SPOT, TPSL),
    at.SPOT_DONE.path: (Product.SPOT, TPSL),
    at.FUTURES_PLANS.path: (Product.USDT_FUTURES, ""),
    at.FUTURES_PLANS_DONE.path: (Product.USDT_FUTURES, ""),
    at.PLANS.path: (Product.USDT_FUTURES, ""),
    at.PLANS_DONE.path: (Product.USDT_FUTURES, ""),
}
"""Path -> product of a row that does not say its own, and the namespace. The lists of orders have that of `tpsl`, too."""


def read_orders(endpoint: Endpoint, found: object) -> OrdersPage:
    """Orders of an answer: one, or a page of them. Nothing at all is none.

    Raises:
        OddAnswer: a field is not as promised.
    """
    name, mark, read = ORDERS[endpoint.path]
    rows, before = _listed(endpoint, found, name, mark)
    orders = tuple(map(read, rows))
    if not mark and len(orders) >= PAGE_ROWS:
        before = orders[-1].venue_order_id
    return OrdersPage(orders, before if len(orders) >= PAGE_ROWS else "")


def read_fills(endpoint: Endpoint, found: object) -> tuple[tuple[FillSeen, ...], str]:
    """Fills of an answer, newest first, and where the next page begins; empty where there is none."""
    name, mark, read = FILLS[endpoint.path]
    rows, before = _listed(endpoint, found, name, mark)
    fills = tuple(map(read, rows))
    if not mark and len(fills) >= PAGE_ROWS:
        before = fills[-1].trade_id
    return fills, before if len(fills) >= PAGE_ROWS else ""


def read_funding(endpoint: Endpoint, found: object) -> tuple[tuple[FundingSeen, ...], str]:
    """Funding payments of an answer, newest first, and where the next page begins; empty where there is none."""
    name, mark, read = FUNDING[endpoint.path]
    rows, before = _listed(endpoint, found, name, mark)
    seen = tuple([paid for paid in map(read, rows) if paid is not None])
    return seen, before if len(rows) >= PAGE_ROWS else ""


def read_balances(endpoint: Endpoint, found: object) -> tuple[BalanceSeen, ...]:
    """The wallet of an answer."""
    if endpoint is at.ASSETS:
        return tuple(unified_balances(Row(found, endpoint.name)))
    read = spot_balance if endpoint is at.SPOT_ASSETS else futures_balance
    return tuple(map(read, rows_of(found, endpoint.name)))


def read_positions(endpoint: Endpoint, found: object) -> tuple[PositionSeen, ...]:
    """The positions of an answer."""
    if endpoint is at.POSITIONS:
        return tuple(unified_position(row) for row in _listed(endpoint, found, "list", "")[0])
    return tuple(map(futures_position, rows_of(found, endpoint.name)))


def read_plans(endpoint: Endpoint, found: object) -> tuple[PlanSeen, ...]:
    """The trigger orders of an answer: a namespace of their own, which a look for open orders must not forget."""
    return plans_of(found, endpoint.name, *PLANS[endpoint.path])


def _listed(endpoint: Endpoint, found: object, name: str, mark: str) -> tuple[list[Row], str]:
    """The rows of an answer: an object alone is a list of one, null an empty one."""
    if found is None:
        return [], ""
    if name:
        row = Row(found, endpoint.name)
        return list(row.rows(name)), row.text(mark, "") if mark else ""
    return list(rows_of([found] if isinstance(found, dict) else found, endpoint.name)), ""
