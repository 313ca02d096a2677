"""What an order must pass before it may wait for its request: small pure functions over limits and values."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final, NamedTuple

from framework.model.batch import Change
from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.model.orders import MARKET_MARGIN_PERCENT, Order, market_buy_points, spending
from framework.ports import Desk

FUNDS: Final = "funds"


class Refusal(NamedTuple):
    """Why not: a short stable word for counting, and check, limit and value for people."""

    reason: str
    detail: str


def check(order: Order, desk: Desk) -> Refusal | None:
    """The first check that an order fails, or None.

    In order: something to price it by, grid, size, notional, price band, what it reduces, open orders where it may rest,
    and what the strategy owns.
    """
    instrument = order.instrument
    price_points = reference_points(order, desk)
    if not price_points:
        return no_quote(instrument)
    return (
        check_filters(order, price_points)
        or (check_band(order, desk) if order.price_points else None)
        or (check_reduces(order, desk) if order.reduce_only else None)
        or (check_venue_open_orders(order, desk) if order.price_points else None)
        or check_funds(order, price_points, desk)
    )


def check_change(order: Order, change: Change, desk: Desk) -> Refusal | None:
    """The first check that an order would fail as it is to be: size, notional, price band, and the money it needs more."""
    changed = changed_order(order, change)
    price_points = reference_points(changed, desk)
    if not price_points:
        return no_quote(order.instrument)
    return (
        check_filters(changed, price_points)
        or check_band(changed, desk)
        or check_more_funds(order, change, price_points, desk)
    )


def changed_order(order: Order, change: Change) -> Order:
    """An order as a change would make it, to be checked; nobody trades it."""
    return Order(
        client_order_id=order.client_order_id,
        strategy=order.strategy,
        instrument=order.instrument,
        is_buy=order.is_buy,
        size_points=change.size_points,
        price_points=change.price_points,
    )


def no_venue(order: Order, venues: Collection[str]) -> Refusal:
    """There is no way to its venue: that is there to be looked at alone."""
    return Refusal("no_venue", f"orders go to {' and '.join(venues)}, found {order.instrument.id}")


def reference_points(order: Order, desk: Desk) -> int:
    """What an order is valued at: its limit, or the price a market order meets now; 0 without a quote."""
    if order.price_points:
        return order.price_points
    quote = desk.quote(order.instrument)
    if quote is None:
        return 0
    return quote.ask_points if order.is_buy else quote.bid_points


def no_quote(instrument: Instrument) -> Refusal:
    """Nothing to price a market order by."""
    return Refusal("no_quote", f"no quote of {instrument.id} has come yet, so a market order has no price")


def check_filters(order: Order, price_points: int) -> Refusal | None:
    """The first of a market's filters that an order does not fit: grid, smallest and largest size, smallest notional.

    Args:
        price_points: what it is valued at.
    """
    there, size = order.instrument, order.size_points
    off = check_grid(order)
    if off is not None:
        return off
    if size < there.size_min_points or size < there.lot_points:
        least = max(there.size_min_points, there.lot_points)
        return Refusal("min_size", f"min size {_size(there, least)}, order {_size(there, size)}")
    if size > there.size_max_points:
        return Refusal("max_size", f"max size {_size(there, there.size_max_points)}, order {_size(there, size)}")
    if price_points * size < there.notional_min_points:
        least_worth, worth = _money(there.notional_min, there), _money(there.notional(price_points, size), there)
        return Refusal("min_notional", f"min notional {least_worth}, order {worth}")
    return None


def check_grid(order: Order) -> Refusal | None:
    """On the tick and on the lot: a market may be listed with coarser ones while an order of before waits."""
    there = order.instrument
    if order.price_points % there.tick_points:
        price, tick = there.price_text(order.price_points), there.price_text(there.tick_points)
        return Refusal("off_tick", f"prices in steps of {tick}, order at {price}")
    if order.size_points % there.lot_points:
        lot, size = _size(there, there.lot_points), _size(there, order.size_points)
        return Refusal("off_lot", f"sizes in steps of {lot}, order {size}")
    return None


def check_band(order: Order, desk: Desk) -> Refusal | None:
    """A limit price that is not wildly off: the venue's own band around the middle of the quote."""
    instrument = order.instrument
    if not order.price_points or instrument.price_band is None:
        return None
    quote = desk.quote(instrument)
    if quote is None:
        return None
    mid = Decimal(quote.bid_points + quote.ask_points) / 2
    off = (
        order.price_points > mid * (1 + instrument.price_band)
        if order.is_buy
        else (order.price_points < mid * (1 - instrument.price_band))
    )
    if off:
        band = plain(instrument.price_band * 100)
        return Refusal(
            "price_band",
            f"price within {band} % of {instrument.price_text(int(mid))}, order at {instrument.price_text(order.price_points)}",
        )
    return None


def check_reduces(order: Order, desk: Desk) -> Refusal | None:
    """A reduce-only buy on spot buys back no more than its strategy sold too much: a spot venue does not know the word."""
    instrument = order.instrument
    if not (order.reduce_only and order.is_buy and instrument.is_spot):
        return None
    short = max(-desk.position_points(order.strategy, instrument), 0)
    if order.size_points <= short:
        return None
    return Refusal(
        "reduce_only", f"short of {_size(instrument, short)}, order buys {_size(instrument, order.size_points)}"
    )


def check_venue_open_orders(order: Order, desk: Desk) -> Refusal | None:
    """Fewer open orders than the venue allows there."""
    limit = order.instrument.open_orders_max
    count = desk.count_open(order.instrument)
    if count >= limit:
        return Refusal("open_orders", f"at most {limit} open orders of {order.instrument.id}, found {count}")
    return None


def check_funds(order: Order, price_points: int, desk: Desk) -> Refusal | None:
    """Within what the strategy has free: quote for a buy, base for a sell on spot."""
    asset, needed = spending(order, _with_margin(order, price_points), order.size_points)
    free = desk.free(order.strategy, asset)
    return lacking(order, free, needed) if needed > free else None


def check_more_funds(order: Order, change: Change, price_points: int, desk: Desk) -> Refusal | None:
    """What a changed order needs beyond what it reserves already, within what the strategy has free."""
    reserved = desk.reserved(order)
    price_points = change.price_points or _with_margin(order, price_points)
    asset, needed = spending(order, price_points, max(change.size_points - order.filled_points, 0))
    free = reserved + desk.free(order.strategy, asset)
    return lacking(order, free, needed) if needed > max(free, reserved) else None


def asset_of(order: Order) -> str:
    """What an order spends: base for a sell on spot, else quote."""
    instrument = order.instrument
    return instrument.quote if order.is_buy or not instrument.is_spot else instrument.base


def lacking(order: Order, free: Decimal, needed: Decimal) -> Refusal:
    """The money is not there."""
    asset = asset_of(order)
    why = (
        f" ({MARKET_MARGIN_PERCENT} % above the best ask: it may pay more)" if order.is_market and order.is_buy else ""
    )
    return Refusal(FUNDS, f"free {plain(max(free, Decimal(0)))} {asset}, order needs {plain(needed)} {asset}{why}")


def _with_margin(order: Order, price_points: int) -> int:
    """The price an order must have money for: a market buy may pay more than the ask it meets now."""
    return market_buy_points(price_points) if order.is_buy and not order.price_points else price_points


def _size(instrument: Instrument, points: int) -> str:
    return f"{instrument.size_text(points)} {instrument.base}"


def _money(value: Decimal, instrument: Instrument) -> str:
    return f"{plain(value)} {instrument.quote}"
