"""From a wanted position to the orders that reach it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from framework.model.instrument import Instrument
from framework.model.intents import Style, Target
from framework.model.orders import Order, Owner, Pending, TimeInForce, market_buy_points
from framework.ports import Desk

TAG: Final = "target"
"""Tag of a target's orders where the strategy gives none."""


def wanted_points(target: Target, desk: Desk) -> int | None:
    """The position a target asks for, signed points; None while there is no quote to value a notional with."""
    if target.size_points is not None:
        return target.size_points
    quote = desk.quote(target.instrument)
    assert target.notional is not None
    if quote is None:
        return None
    size = target.instrument.size_for(abs(target.notional), quote.mid_points)
    return size if target.notional >= 0 else -size


def missing_points(target: Target, desk: Desk) -> int:
    """What is still to be bought (positive) or sold: the wanted position less the present one and what is on its way.

    A rest that no order can carry (below a lot, the smallest size or the smallest notional) is dust: 0.
    """
    missing = _gap_points(target, desk)
    return missing if is_sendable(target.instrument, missing, desk) else 0


def dust_points(target: Target, desk: Desk) -> int:
    """What is still to be bought (positive) or sold, and no order can carry: 0 where one can, or nothing is missing."""
    missing = _gap_points(target, desk)
    return 0 if is_sendable(target.instrument, missing, desk) else missing


def _gap_points(target: Target, desk: Desk) -> int:
    """The wanted position less the present one and what is on its way; 0 where that is near enough, or not known."""
    wanted = wanted_points(target, desk)
    if wanted is None:
        return 0
    instrument = target.instrument
    position = desk.position_points(target.strategy, instrument)
    missing = wanted - position - points_on_their_way(target.strategy, instrument, desk)
    if target.within is not None and abs(missing) <= target.within * abs(wanted):
        return 0
    return missing


def points_on_their_way(strategy: str, instrument: Instrument, desk: Desk) -> int:
    """What a strategy's open orders would still add to its position, signed."""
    return sum(
        order.left_points if order.is_buy else -order.left_points
        for order in desk.open_of(strategy)
        if order.instrument is instrument
    )


def standing(target: Target, desk: Desk) -> list[Order]:
    """The orders of earlier forms of this target that are not done."""
    tag = target.tag or TAG
    return [
        order
        for order in desk.open_of(target.strategy)
        if order.owner is Owner.TARGET and order.instrument is target.instrument and order.tag == tag
    ]


def obsolete(target: Target, desk: Desk) -> list[Order]:
    """Resting orders of the target that serve it no longer: at an old price, too many, or of the other style."""
    quote, wanted = desk.quote(target.instrument), wanted_points(target, desk)
    if quote is None or wanted is None:
        return []
    gap = wanted - desk.position_points(target.strategy, target.instrument)
    missing = missing_points(target, desk)

    def serves(order: Order) -> bool:
        touch = quote.bid_points if order.is_buy else quote.ask_points
        fits = order.is_buy == (gap > 0) and (not missing or order.is_buy == (missing > 0))
        return target.style is Style.PASSIVE and order.price_points == touch and fits

    return [order for order in standing(target, desk) if order.post_only and not serves(order)]


def must_wait(target: Target, missing: int, desk: Desk) -> bool:
    """Whether the target is to be looked at again when an order of it is done: it goes, or leads the other way."""
    return any(
        order.pending is Pending.CANCEL or (missing and order.is_buy != (missing > 0))
        for order in standing(target, desk)
    )


def leads_back(target: Target, missing: int, desk: Desk) -> bool:
    """Whether an order of the target still leads the other way: to order against it would chase our own tail."""
    return any(order.is_buy != (missing > 0) for order in standing(target, desk))


def is_sendable(instrument: Instrument, points: int, desk: Desk) -> bool:
    """Whether an order of that size can exist: at least a lot, the smallest size and the smallest notional."""
    quote = desk.quote(instrument)
    return quote is not None and instrument.carries(quote.bid_points, abs(points))


def lacks_cash(target: Target, missing: int, desk: Desk) -> bool:
    """Whether what is to be bought is more than the free quote asset carries."""
    instrument, quote = target.instrument, desk.quote(target.instrument)
    if missing <= 0 or quote is None:
        return False
    size = missing - missing % instrument.lot_points
    return _affordable(target, True, quote.ask_points, desk) < size


def order_for(target: Target, missing: int, desk: Desk, now_ns: int) -> Order:
    """The order, still without a name, that closes the gap: at the market, or post-only at the best price of our own side.

    Its size is what the strategy's free assets carry; where they carry nothing that could be sent, it is the whole gap:
    the check of funds then says so.
    """
    instrument, quote, is_buy = target.instrument, desk.quote(target.instrument), missing > 0
    assert quote is not None, target
    size = abs(missing) - abs(missing) % instrument.lot_points
    affordable = min(size, _affordable(target, is_buy, quote.ask_points, desk))
    is_passive = target.style is Style.PASSIVE
    touch = quote.bid_points if is_buy else quote.ask_points
    return Order(
        client_order_id="",
        strategy=target.strategy,
        instrument=instrument,
        is_buy=is_buy,
        size_points=affordable if is_sendable(instrument, affordable, desk) else size,
        price_points=touch if is_passive else 0,
        tif=TimeInForce.GTC,
        post_only=is_passive,
        tag=target.tag or TAG,
        owner=Owner.TARGET,
        ts_created_ns=now_ns,
    )


def _affordable(target: Target, is_buy: bool, price_points: int, desk: Desk) -> int:
    """The largest size that the strategy's free assets carry, on the lot."""
    instrument = target.instrument
    if is_buy and target.style is Style.MARKET:
        price_points = market_buy_points(price_points)
    if is_buy or not instrument.is_spot:
        return instrument.size_for(max(desk.free(target.strategy, instrument.quote), Decimal(0)), price_points)
    free = int(max(desk.free(target.strategy, instrument.base), Decimal(0)).scaleb(instrument.size_digits))
    return free - free % instrument.lot_points
