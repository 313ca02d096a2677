"""How a scope has behaved: messages, ratios, repeated rejects and losses."""

from __future__ import annotations

from decimal import Decimal

from framework.model.events import OrderReport, ReportKind, Source
from framework.router.risk.cases import Known
from framework.router.risk.conduct_checks import (
    check_cancel_ratio,
    check_equal_rejects,
    check_losses,
    check_message_rate,
    check_orders_per_fill,
)
from framework.router.risk.rejects import Rejects
from tests.router.risk.judged import BTC, desk_of, judge, scope_of
from tests.wired import NOON, SECOND, order_of


def test_messages_beyond_the_rate_are_refused_even_those_that_reduce() -> None:
    scope = scope_of(message_rate="2/s")
    assert scope.messages is not None
    scope.messages.add(NOON - SECOND)
    scope.messages.add(NOON - 1)
    assert judge(check_message_rate, scope) is None
    scope.messages.add(NOON)
    refusal = judge(check_message_rate, scope, case={"is_reducing": True})
    assert refusal == ("message_rate", "message_rate of strategy a: limit 2/s, found 2 before this one")


def test_orders_per_fill_are_judged_after_enough_orders() -> None:
    scope = scope_of(max_orders_per_fill=10, ratio_after=20)
    assert scope.conduct is not None
    scope.conduct.add(NOON, orders=19)
    assert judge(check_orders_per_fill, scope) is None
    scope.conduct.add(NOON, orders=1)
    refusal = judge(check_orders_per_fill, scope)
    assert refusal is not None
    assert refusal.detail == "max_orders_per_fill of strategy a: limit 10, found 20 orders, 0 fills in 10m"
    assert judge(check_orders_per_fill, scope, case={"is_reducing": True}) is None
    scope.conduct.add(NOON, fills=3)
    assert judge(check_orders_per_fill, scope) is None


def test_a_cancel_ratio_is_judged_after_enough_orders() -> None:
    scope = scope_of(max_cancel_ratio="90%", ratio_after=10)
    assert scope.conduct is not None
    scope.conduct.add(NOON, orders=10, cancels=9)
    assert judge(check_cancel_ratio, scope) is None
    scope.conduct.add(NOON, cancels=1)
    refusal = judge(check_cancel_ratio, scope)
    assert refusal is not None
    assert refusal.detail == "max_cancel_ratio of strategy a: limit 90%, found 100% in 10m"
    assert judge(check_cancel_ratio, scope, case={"is_new": False}) is None


def test_a_held_side_is_refused_and_the_other_is_not() -> None:
    desk, rejects, scope = desk_of(), Rejects(), scope_of(max_equal_rejects=1)
    known = Known(desk, rejects, {}, {})
    streak = rejects.take(order_of(BTC), OrderReport("o1", NOON, ReportKind.REJECTED, Source.VENUE, reason="minimum"))
    assert streak is not None
    assert judge(check_equal_rejects, scope, desk, known=known) is None
    streak.held_by = "strategy a"
    refusal = judge(check_equal_rejects, scope, desk, known=known, case={"is_reducing": True})
    assert refusal is not None
    assert refusal.detail == ("max_equal_rejects of strategy a: limit 1, found 1 times minimum; a person must lift it")
    assert judge(check_equal_rejects, scope, desk, known=known, is_buy=False) is None


def test_after_a_loss_only_what_reduces_may_leave() -> None:
    scope = scope_of(max_loss="50 USDT")
    (loss,) = scope.losses
    assert not loss.look(NOON, Decimal(0))
    assert not loss.look(NOON, Decimal("-49.99"))
    assert judge(check_losses, scope) is None
    assert loss.look(NOON, Decimal(-50))
    assert not loss.look(NOON, Decimal(-60))
    refusal = judge(check_losses, scope)
    assert refusal == ("max_loss", "max_loss of strategy a: limit 50 USDT, found 50 USDT; a person must lift it")
    assert judge(check_losses, scope, case={"is_reducing": True}) is None
