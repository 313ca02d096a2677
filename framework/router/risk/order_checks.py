"""Checks of one order by itself: which instrument, how large, worth what, at what price. One check, one function."""

from __future__ import annotations

from decimal import Decimal

from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.model.rates import percent_text
from framework.router.checks import Refusal
from framework.router.risk.cases import Case, Known, money, refusal, value_in
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
    return refusal("max_order_notional", scope, limit, money(value, limit))


def check_price_collar(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """A buy not far above, a sell not far below, the middle of the last good quote."""
    collar, order = scope.limits.price_collar, case.order
    assert collar is not None
    mid = good_mid(order.instrument, collar, known)
    if mid is None:
        return refusal("price_collar", scope, percent_text(collar), f"no good quote of {order.instrument.id}")
    off = Decimal(case.price_points) / mid - 1
    if not order.is_buy:
        off = -off
    if off <= collar:
        return None
    at, middle = order.instrument.price_text(case.price_points), order.instrument.price_text(int(mid))
    return refusal("price_collar", scope, percent_text(collar), f"{percent_text(round(off, 4))}: {at} beside {middle}")


def good_mid(instrument: Instrument, collar: Decimal, known: Known) -> Decimal | None:
    """Middle, in price points, of the last good quote: two sides, not crossed, no wider than the collar.

    A quote that is not good says nothing; the last good one that a check met stands in for it.
    """
    quote = known.desk.quote(instrument)
    if quote is not None and 0 < quote.bid_points <= quote.ask_points:
        mid = Decimal(quote.bid_points + quote.ask_points) / 2
        if quote.ask_points - quote.bid_points <= collar * mid:
            known.good_mids[instrument] = mid
            return mid
    return known.good_mids.get(instrument)
