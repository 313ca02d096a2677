"""One check, asked about one order on a desk as a test sets it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from framework.config.limits import OwnerLimits
from framework.model.instrument import Instrument
from framework.router.checks import Refusal, reference_points
from framework.router.risk.cases import Case, Check, Known
from framework.router.risk.rejects import Rejects
from framework.router.risk.scopes import LimitScope
from tests.wired import NOON, FakeDesk, order_of, quote, spot

BTC = spot()
ETH = spot("ETH/USDT")


def desk_of(*there: Instrument) -> FakeDesk:
    """Quotes of 100.00 to 101.00."""
    return FakeDesk(*[quote(one, NOON) for one in there or (BTC, ETH)], free={"USDT": "1000"})


def scope_of(**limits: Any) -> LimitScope:
    return LimitScope("strategy a", OwnerLimits.model_validate(limits), ("a",), (BTC, ETH), is_all=True)


def judge(
    check: Check,
    scope: LimitScope,
    desk: FakeDesk | None = None,
    *,
    there: Instrument = BTC,
    known: Known | None = None,
    case: dict[str, Any] | None = None,
    **facts: Any,
) -> Refusal | None:
    """Ask one check about an order: a buy of 1.0000 at 100.00 unless a test says otherwise."""
    desk = desk or desk_of()
    order = order_of(there, **facts)
    known = known or Known(desk, Rejects(), {}, {})
    changed = {"is_reducing": False, **(case or {})}
    is_reducing = changed.pop("is_reducing")
    asked = Case(order, reference_points(order, desk), order.size_points, True, lambda: is_reducing, NOON)
    asked = replace(asked, **changed)
    return check(asked, scope, known)
