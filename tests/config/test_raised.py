"""Limits that let more pass than those of before, each by name; less is never told."""

from __future__ import annotations

from typing import Any

import pytest

from framework.config.limits import LimitsTable
from framework.config.raised import limits_text, raised_since

BEFORE: dict[str, Any] = {
    "max_order_notional": "100 USDT",
    "max_order_size": ["0.5 BTC", "2 ETH"],
    "max_open_orders": 10,
    "price_collar": "2%",
    "message_rate": "5/s",
    "max_loss": "20 USDT",
    "loss_window": "24h",
    "max_cancel_ratio": "95%",
    "ratio_window": "10m",
    "max_feed_age": "3s",
    "instruments": ["BTC/USDT@bitget"],
}


def table(**changes: Any) -> LimitsTable:
    """Limits of the strategy `mm`."""
    wanted = {name: value for name, value in {**BEFORE, **changes}.items() if value is not None}
    return LimitsTable.model_validate({"strategy": {"mm": wanted}, "max_loss": "50 USDT"})


def raised(**changes: Any) -> str:
    return raised_since(limits_text(table()), table(**changes))


@pytest.mark.fault("O11")
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"max_order_notional": "101 USDT"}, "max_order_notional 100 USDT, now 101 USDT"),
        ({"max_order_notional": "90 EUR"}, "max_order_notional 100 USDT, now 90 EUR"),
        ({"max_order_notional": None}, "max_order_notional 100 USDT, now not set"),
        ({"max_order_size": ["0.5 BTC", "3 ETH"]}, "max_order_size 0.5 BTC, 2 ETH, now 0.5 BTC, 3 ETH"),
        ({"max_order_size": ["0.5 BTC"]}, "max_order_size"),
        ({"max_open_orders": 11}, "max_open_orders 10, now 11"),
        ({"price_collar": "3%"}, "price_collar 2%, now 3%"),
        ({"message_rate": "6/s"}, "message_rate 5/s, now 6/s"),
        ({"message_rate": "5/100ms"}, "message_rate 5/s, now 5/100ms"),
        ({"max_loss": "21 USDT"}, "max_loss 20 USDT, now 21 USDT"),
        ({"loss_window": "1h"}, "loss_window 24h, now 1h"),
        ({"ratio_window": "1m"}, "ratio_window 10m, now 1m"),
        ({"max_feed_age": "4s"}, "max_feed_age 3s, now 4s"),
        (
            {"instruments": ["BTC/USDT@bitget", "ETH/USDT@bitget"]},
            "instruments BTC/USDT@bitget, now BTC/USDT@bitget, ETH",
        ),
        ({"instruments": None}, "instruments BTC/USDT@bitget, now not set"),
    ],
)
def test_a_limit_that_lets_more_pass_is_named(changes: dict[str, Any], says: str) -> None:
    found = raised(**changes)
    assert found.startswith("limits were raised since it was armed: [limits.strategy.mm] ")
    assert says in found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"max_order_notional": "99 USDT", "max_open_orders": 9, "price_collar": "1%", "message_rate": "4/s"},
        {"message_rate": "5/2s", "max_order_size": ["0.1 BTC", "2 ETH", "1 SOL"], "max_feed_age": "1s"},
        {"max_drawdown": "5 USDT"},
    ],
)
def test_what_lets_no_more_pass_is_not_told(changes: dict[str, Any]) -> None:
    assert raised(**changes) == ""


def test_a_table_that_is_gone_and_limits_of_all_count_too() -> None:
    before = limits_text(table())
    assert "[limits.strategy.mm] max_loss 20 USDT, now not set" in raised_since(before, LimitsTable())
    assert "[limits] max_loss 50 USDT, now not set" in raised_since(before, LimitsTable())
    more = LimitsTable.model_validate({"strategy": {"mm": BEFORE, "new": {}}, "max_loss": "50 USDT"})
    assert raised_since(before, more) == ""


def test_without_limits_of_before_nothing_is_known_and_bad_ones_are_held_back() -> None:
    assert raised_since("", table()) == ""
    assert "cannot be read" in raised_since('{"max_loss":5}', table())


def test_the_text_of_no_limits_is_no_unknown() -> None:
    assert limits_text(LimitsTable()) == "{}"
    assert raised_since("{}", table()) == ""
