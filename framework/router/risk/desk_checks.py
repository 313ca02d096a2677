"""Checks of an order against positions, open orders, and what the market's feed is worth. One check, one function."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from framework.model.events import NOT_LIVE
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.money import ZERO, plain
from framework.router.checks import Refusal
from framework.router.risk.cases import Case, Known, beside_limit, refusal, value_in
from framework.router.risk.scopes import LimitScope

SKEW_KEPT_NS: Final = 180 * NS_PER_S
"""A venue's clock is asked once a minute: one that has not answered for so long says nothing of now."""


def check_position(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """The position there, once all orders of this side have filled: what leads towards nothing passes."""
    limit, order = scope.limits.max_position, case.order
    assert limit is not None
    instrument = order.instrument
    position = scope.position_points(instrument, known.desk)
    after = scope.stake(instrument).after(position, order.is_buy, case.added_points)
    if (after <= 0) == order.is_buy or not case.added_points:
        return None
    if limit.asset == instrument.base:
        value: Decimal | None = instrument.size_exact(abs(after))
    else:
        price_points = max(case.price_points, _mid_points(instrument, known))
        value = value_in(limit.asset, instrument, price_points, abs(after), known.desk)
    if value is not None and value <= limit.value:
        return None
    return refusal("max_position", scope, limit, beside_limit(value, limit))


def check_exposure(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """The sum of all positions at their worst; an order that does not add to it passes."""
    limit, order = scope.limits.max_exposure, case.order
    assert limit is not None
    there, stake = order.instrument, scope.stake(order.instrument)
    position = scope.position_points(there, known.desk)
    before, after = stake.worst(position), abs(stake.after(position, order.is_buy, case.added_points))
    if after <= before:
        return None
    price_points = max(case.price_points, _mid_points(there, known))
    total = ZERO
    for instrument, points, at_points in ((there, after, price_points), *_others(scope, there, known)):
        value = value_in(limit.asset, instrument, at_points, points, known.desk)
        if value is None:
            return refusal("max_exposure", scope, limit, f"no price of {instrument.base} in {limit.asset}")
        total += value
    return None if total <= limit.value else refusal("max_exposure", scope, limit, beside_limit(total, limit))


def _others(scope: LimitScope, there: Instrument, known: Known) -> Iterator[tuple[Instrument, int, int]]:
    """The other markets, the points at stake there at worst, and the price; a holding counts once, where it has one."""
    for markets in scope.holdings:
        home = there if there in markets else next((one for one in markets if _mid_points(one, known)), markets[0])
        for instrument in markets:
            if instrument is not there:
                position = scope.position_points(instrument, known.desk) if instrument is home else 0
                points = scope.stake(instrument).worst(position)
                if points:
                    yield instrument, points, _mid_points(instrument, known)


def check_open_orders(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # checks are called alike
    """Fewer orders that are not done; a change makes none."""
    limit = scope.limits.max_open_orders
    assert limit is not None
    if not case.is_new or scope.open_orders < limit:
        return None
    return refusal("max_open_orders", scope, limit, scope.open_orders)


def check_feed_age(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """Nothing is opened on prices that are old, or whose feed says so; what reduces may leave."""
    limit, pulse = scope.limits.max_feed_age, known.desk.pulse(case.order.instrument)
    age_ns = case.now_ns - pulse.heard_ns
    if pulse.state in NOT_LIVE:
        found = f"a feed that is {pulse.state.value}"
    elif not pulse.heard_ns:
        found = "no price yet"
    elif age_ns > scope.feed_age_ns:
        found = f"{_seconds(age_ns)} s"
    else:
        return None
    return None if case.reduces() else refusal("max_feed_age", scope, limit, found)


def check_clock_skew(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """Nothing is opened while the venue's stamps and our clock disagree; what reduces may leave."""
    limit, instrument = scope.limits.max_clock_skew, case.order.instrument
    measured = known.skews.get(instrument.venue)
    if measured is None or case.now_ns - measured.measured_ns > SKEW_KEPT_NS:
        skew_ns = known.desk.pulse(instrument).skew_ns
    else:
        skew_ns = measured.skew_ns
    if abs(skew_ns) <= scope.clock_skew_ns or case.reduces():
        return None
    return refusal("max_clock_skew", scope, limit, f"{_seconds(skew_ns)} s")


def _mid_points(instrument: Instrument, known: Known) -> int:
    """Middle of the quote in price points, rounded up; 0 without one."""
    quote = known.desk.quote(instrument)
    return 0 if quote is None else quote.mid_points_up


def _seconds(span_ns: int) -> str:
    return plain(round(ZERO + span_ns, -6).scaleb(-9))
