"""Checks of one order by itself: which instrument, how large, worth what, at what price. One check, one function."""

from __future__ import annotations

from decimal import Decimal

from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.model.rates import percent_text
from framework.router.checks import Refusal
from framework.router.risk.cases import Case, Known, beside_limit, refusal, value_in
from framework.router.risk.scopes import LimitScope


def check_instruments(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # checks are called alike
    """Only instruments that are listed; what reduces may always leave."""
    listed: tuple[str, ...] = getattr(scope.limits, "instruments", ())
    there = case.order.instrument.id
    if there in listed or case.reduces():
        return None
    return refusal("instruments", scope, ", ".join(listed), there)


def check_order_size(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # as above
    """At most so much of the base asset."""
    instrument = case.order.instrument
    for limit in scope.limits.max_order_size:
        if limit.asset == instrument.base:
            size = instrument.size_exact(case.order.size_points)
            if size > limit.value:
                return refusal("max_order_size", scope, limit, f"{plain(size)} {limit.asset}")
    return None


def check_order_notional(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """At most so much money."""
    limit = scope.limits.max_order_notional
    assert limit is not None
    order = case.order
    value = value_in(limit.asset, order.instrument, case.price_points, order.size_points, known.desk)
    if value is not None and value <= limit.value:
        return None
    return refusal("max_order_notional", scope, limit, beside_limit(value, limit))


def check_price_collar(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """A buy not far above, a sell not far below, the middle of the last good quote."""
    collar, order = scope.limits.price_collar, case.order
    assert collar is not None
    part, whole = scope.collar
    touch = good_touch(order.instrument, part, whole, known)
    if not touch:
        return refusal("price_collar", scope, percent_text(collar), f"no good quote of {order.instrument.id}")
    off = 2 * case.price_points - touch if order.is_buy else touch - 2 * case.price_points
    if off * whole <= part * touch:
        return None
    found = percent_text(round(Decimal(off) / touch, 4))
    at, middle = order.instrument.price_text(case.price_points), order.instrument.price_text(touch // 2)
    return refusal("price_collar", scope, percent_text(collar), f"{found}: {at} beside {middle}")


def good_touch(instrument: Instrument, part: int, whole: int, known: Known) -> int:
    """Bid and ask together, in price points, of the last good quote: not crossed, no wider than the collar; 0: none yet.

    A quote that is not good says nothing; the last good one that a check met stands in for it.

    Args:
        part, whole: the collar is so many parts of the middle.
    """
    quote = known.desk.quote(instrument)
    if quote is not None and 0 < quote.bid_points <= quote.ask_points:
        touch = quote.bid_points + quote.ask_points
        if 2 * (quote.ask_points - quote.bid_points) * whole <= part * touch:
            known.good_touches[instrument] = touch
            return touch
    return known.good_touches.get(instrument, 0)
