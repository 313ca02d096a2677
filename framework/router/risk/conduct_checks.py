"""Checks of how a scope has behaved: messages, ratios, repeated rejects, losses. One check, one function."""

from __future__ import annotations

from decimal import Decimal

from framework.model.counting import counted
from framework.model.money import plain
from framework.model.rates import percent_text
from framework.router.checks import Refusal
from framework.router.risk.cases import Case, Known, beside_limit, refusal
from framework.router.risk.scopes import LimitScope, Loss


def check_message_rate(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # checks are called alike
    """Fewer new orders, changes and cancels in the window. Cancels are counted, and never asked."""
    messages = scope.messages
    assert messages is not None
    if not messages.is_full(case.now_ns):
        return None
    return refusal("message_rate", scope, messages.rate, f"{messages.rate.limit} before this one")


def check_orders_per_fill(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # as above
    """Not too many new orders for each fill."""
    limit, conduct = scope.limits.max_orders_per_fill, scope.conduct
    assert limit is not None and conduct is not None
    counts = conduct.at(case.now_ns)
    if not case.is_new or counts.orders < max(scope.limits.ratio_after, limit * max(counts.fills, 1)) or case.reduces():
        return None
    found = f"{counted(counts.orders, 'order')}, {counted(counts.fills, 'fill')} in {scope.limits.ratio_window}"
    return refusal("max_orders_per_fill", scope, limit, found)


def check_cancel_ratio(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # as above
    """Not too many cancels for the orders made."""
    limit, conduct = scope.limits.max_cancel_ratio, scope.conduct
    assert limit is not None and conduct is not None
    counts = conduct.at(case.now_ns)
    if not case.is_new or counts.orders < scope.limits.ratio_after or counts.cancels <= limit * counts.orders:
        return None
    if case.reduces():
        return None
    found = f"{percent_text(round(Decimal(counts.cancels) / counts.orders, 4))} in {scope.limits.ratio_window}"
    return refusal("max_cancel_ratio", scope, percent_text(limit), found)


def check_equal_rejects(case: Case, scope: LimitScope, known: Known) -> Refusal | None:
    """Not what the venue has refused again and again for one reason: until a person lifts it, even what reduces."""
    streak = known.rejects.streak(case.order)
    if streak is None or not streak.is_held:
        return None
    limit = scope.limits.max_equal_rejects
    return refusal("max_equal_rejects", scope, limit, f"{streak.count} times {streak.reason}; a person must lift it")


def check_losses(case: Case, scope: LimitScope, known: Known) -> Refusal | None:  # noqa: ARG001  # as above
    """After too large a loss only what reduces, until a person lifts it."""
    for loss in scope.losses:
        if (loss.is_blind or loss.reached is not None) and not case.reduces():
            found = "no price yet of what is held"
            if not loss.is_blind:
                found = f"{beside_limit(loss.reached, loss.limit)}; a person must lift it"
            return refusal(loss.check, scope, _limit(loss), found)
    return None


def _limit(loss: Loss) -> str:
    return f"{plain(loss.limit.value)} {loss.limit.asset}"
