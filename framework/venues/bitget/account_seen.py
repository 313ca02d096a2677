"""Balances, positions, trigger orders and settings as Bitget shows them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from framework.model.money import MONEY, ZERO
from framework.venues.bitget.asked import HoldMode
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row, rows_of
from framework.venues.bitget.seen import BalanceSeen, FundingSeen, LeverageSeen, PlanSeen, PositionSeen
from framework.venues.bitget.words import HOLDS, MARGINS, PRODUCTS

SHORT: Final = {"long": False, "short": True, "net": False}
PLAN_SIDES: Final = {"buy": True, "sell": False}
"""Of `side`, also as `buy_single`; what says another word, or none, does not say it."""

CHANNEL_KINDS: Final = {
    "pl": "normal_plan",
    "sl": "loss_plan",
    "tp": "profit_plan",
    "psl": "pos_loss",
    "ptp": "pos_profit",
}
"""`planType` of the channel of trigger orders -> that of their lists."""

FUTURES_FUNDING: Final = "contract_settle_fee"
"""`businessType` of a funding payment, of either sign."""
RECEIVED: Final = "CONTRACT_MAIN_SETTLE_FEE_USER_IN"
PAID: Final = "CONTRACT_MAIN_SETTLE_FEE_USER_OUT"
"""`type` of one in a unified account: it tells the direction (documentation of financial records, 2026)."""


def spot_balance(row: Row) -> BalanceSeen:
    """Of `spot/account/assets` or the `account` channel of spot."""
    locked = row.number("frozen", ZERO) + row.number("locked", ZERO)
    return BalanceSeen(row.text("coin").upper(), row.number("available"), locked)


def futures_balance(row: Row) -> BalanceSeen:
    """Of `mix/account/accounts` or the `account` channel of futures: what positions have not realised is not held yet."""
    free = row.number("available")
    equity = next((name for name in ("accountEquity", "equity") if row.has(name)), "")
    if equity:
        locked = MONEY.subtract(MONEY.subtract(row.number(equity), row.number("unrealizedPL", ZERO)), free)
    else:
        locked = row.number("locked" if row.has("locked") else "frozen", ZERO)
    return BalanceSeen(row.text("marginCoin").upper(), free, locked)


def unified_balances(account: Row) -> Iterator[BalanceSeen]:
    """Of `v3/account/assets` (list `assets`) or the `account` topic (list `coin`)."""
    name = "assets" if account.has("assets") else "coin"
    for row in account.rows(name):
        free = row.number("available")
        held = row.number("balance", ZERO)  # without what positions have not realised
        locked = MONEY.subtract(held, free) if row.has("balance") else row.number("locked", ZERO)
        yield BalanceSeen(row.text("coin").upper(), free, locked)


def futures_position(row: Row) -> PositionSeen:
    """Of `mix/position/*` or the `positions` channel."""
    is_short = row.word("holdSide", SHORT)
    total = row.number("total")
    return PositionSeen(
        symbol=row.text("instId" if row.has("instId") else "symbol"),
        size=-total if is_short and total else total,
        avg_price=row.number("openPriceAvg", ZERO),
        mark_price=row.number("markPrice", ZERO),
        liquidation_price=row.number("liquidationPrice", ZERO),
        unrealised=row.number("unrealizedPL", ZERO),
        leverage=row.number("leverage", ZERO),
        margin_mode=row.word("marginMode", MARGINS),
        hold_mode=row.word("posMode", HOLDS),
        ts_venue_ns=row.ts_ns("uTime") or row.ts_ns("cTime"),
    )


def unified_position(row: Row) -> PositionSeen:
    """Of `v3/position/current-position` or the `position` topic."""
    total = row.number("total" if row.has("total") else "size")
    is_short = row.word("posSide", SHORT)
    return PositionSeen(
        symbol=row.text("symbol"),
        size=-total if is_short and total else total,
        avg_price=row.number("avgPrice", ZERO),
        mark_price=row.number("markPrice", ZERO),
        liquidation_price=row.number("liquidationPrice" if row.has("liquidationPrice") else "liqPrice", ZERO),
        unrealised=row.number("unrealisedPnl", ZERO),
        leverage=row.number("leverage", ZERO),
        margin_mode=row.word("marginMode", MARGINS),
        hold_mode=row.word("holdMode", HOLDS),
        ts_venue_ns=row.ts_ns("updatedTime"),
    )


def futures_funding(row: Row) -> FundingSeen | None:
    """Of `mix/account/bill`; None: it is another kind of bill."""
    if row.text("businessType") != FUTURES_FUNDING:
        return None
    amount = MONEY.add(row.number("amount"), row.number("fee", ZERO))
    return FundingSeen(row.text("billId"), row.text("symbol"), row.text("coin").upper(), amount, row.ts_ns("cTime"))


def unified_funding(row: Row) -> FundingSeen | None:
    """Of `v3/account/financial-records`; None: it is another kind of record."""
    kind = row.text("type").upper()
    if kind not in (RECEIVED, PAID):
        return None
    size = abs(row.number("amount"))
    amount = MONEY.add(-size if kind == PAID else size, row.number("fee", ZERO))
    return FundingSeen(row.text("id"), row.text("symbol"), row.text("coin").upper(), amount, row.ts_ns("ts"))


def futures_leverage(row: Row) -> LeverageSeen:
    """Of `mix/account/account`: in one-way or crossed mode one leverage, else the larger of both sides."""
    sides = (row.number("isolatedLongLever", ZERO), row.number("isolatedShortLever", ZERO))
    margin_mode = row.word("marginMode", MARGINS)
    crossed = row.number("crossedMarginLeverage", ZERO)
    leverage: Decimal = crossed if margin_mode.value == "crossed" and crossed else max(sides)
    return LeverageSeen(row.word("posMode", HOLDS), margin_mode, leverage)


def unified_leverage(row: Row, symbol: str) -> LeverageSeen:
    """Of `v3/account/settings`, for a perpetual."""
    hold_mode = row.word("holdMode", HOLDS, HoldMode.ONE_WAY)
    for one in row.rows("symbolConfigList"):
        if one.text("symbol") == symbol and one.text("category").upper() == Product.USDT_FUTURES.value:
            return LeverageSeen(hold_mode, one.word("marginMode", MARGINS), one.number("leverage"))
    return LeverageSeen(hold_mode, None, ZERO)


def read_plan(row: Row, product: Product, kind: str = "") -> PlanSeen:
    """A trigger order, of either account kind, from REST or its channel.

    Args:
        kind: of the list that it stands in; empty: its own `planType` says it, where that is one.
    """
    size = row.number("qty" if row.has("qty") else "size", ZERO)
    return PlanSeen(
        row.text("orderId"),
        row.text("clientOid", ""),
        row.word("category", PRODUCTS, product),
        row.text("symbol" if row.has("symbol") else "instId"),
        row.number("triggerPrice", ZERO),
        size,
        row.first("status", "planStatus"),
        PLAN_SIDES.get(row.text("side", "").lower().partition("_")[0]),
        row.ts_ns("cTime") or row.ts_ns("createdTime"),
        row.ts_ns("uTime") or row.ts_ns("updatedTime"),
        row.text("executeOrderId", ""),
        kind or (_kind(row.text("planType", "")) if product is Product.USDT_FUTURES else ""),
    )


def _kind(word: str) -> str:
    """The namespace in the words of lists and cancels: the channel has words of its own."""
    return CHANNEL_KINDS.get(word, word)


def plans_of(found: object, what: str, product: Product, kind: str = "") -> tuple[PlanSeen, ...]:
    """Trigger orders of an answer: in a list of its own (V3) or under `orderList` or `entrustedList` (V2)."""
    if isinstance(found, dict):
        row = Row(found, what)
        name = next((name for name in ("orderList", "entrustedList", "list") if row.has(name)), "orderList")
        return tuple(read_plan(plan, product, kind) for plan in row.rows(name))
    return tuple(read_plan(plan, product, kind) for plan in rows_of(found, what))
