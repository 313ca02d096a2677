"""A refusal says check, scope, limit and value; values are exact, or said to be unknown."""

from __future__ import annotations

from decimal import Decimal

from framework.model.money import Amount
from framework.router.risk.cases import beside_limit, refusal, value_in
from tests.router.risk.judged import BTC, desk_of, scope_of


def test_a_refusal_says_check_limit_and_value() -> None:
    scope = scope_of()
    assert refusal("max_order_size", scope, Amount(Decimal("0.5"), "BTC"), Decimal("0.50")) == (
        "max_order_size",
        "max_order_size of strategy a: limit 0.5 BTC, found 0.5",
    )


def test_money_is_valued_by_the_desk_or_not_at_all() -> None:
    desk = desk_of()
    assert value_in("USDT", BTC, 10_000, 10_000, desk) == 100
    assert value_in("EUR", BTC, 10_000, 10_000, desk) is None
    assert value_in("EUR", BTC, 10_000, 0, desk) == 0
    assert value_in("USDT", BTC, 0, 1, desk) is None
    desk.rates["USDT", "EUR"] = Decimal("0.9")
    assert value_in("EUR", BTC, 10_000, 10_000, desk) == 90


def test_money_is_shown_beside_its_limit() -> None:
    limit = Amount(Decimal(1), "USDT")
    assert beside_limit(Decimal("2.5000"), limit) == "2.5 USDT"
    assert beside_limit(Decimal("1e36") / 3, limit).endswith(" USDT")
    assert beside_limit(None, limit) == "no price in USDT"
