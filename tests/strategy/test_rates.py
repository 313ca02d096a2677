"""Rates are declared by a class attribute or a property, and read whole or refused in words."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from framework.model.batch import BatchKind
from framework.model.errors import ConfigError
from framework.strategy.base import Strategy
from framework.strategy.rates import declared


class Plain(Strategy):
    instrument: str = "BTC/USDT@bitget"
    rates: ClassVar[Any] = {"orders": "2/s", "cancels": "1/m", "together": 3}


class Derived(Strategy):
    instruments: tuple[str, ...] = ("BTC/USDT@bitget", "ETH/USDT@bitget")
    levels: int = 4

    @property
    def rates(self) -> dict[str, str]:
        return {"amends": f"{2 * self.levels}/s"}


def test_a_class_attribute_is_read() -> None:
    found = declared("a", Plain())
    assert found is not None
    assert {kind: str(rate) for kind, rate in found.rates.items()} == {BatchKind.PLACE: "2/s", BatchKind.CANCEL: "1/m"}
    assert (found.together, found.instruments) == (3, ("BTC/USDT@bitget",))


def test_a_property_follows_parameters() -> None:
    found = declared("a", Derived(levels=5))
    assert found is not None
    assert found.rates[BatchKind.AMEND].per_s == 10
    assert len(found.instruments) == 2


def test_nothing_declared_is_nothing() -> None:
    assert declared("a", Strategy()) is None


@pytest.mark.parametrize(
    ("rates", "what"),
    [
        ({"order": "2/s"}, "no rate 'order'; did you mean 'orders'?"),
        ({"orders": 2}, "rates.orders: expected a whole number"),
        ({"orders": "2/s", "together": 0}, "rates.together: expected a whole number from 1"),
        ({"orders": "2/s", "together": True}, "rates.together"),
        ("2/s", "expected a table"),
        ([("orders", "2/s")], "expected a table"),
    ],
)
def test_a_fault_says_where_what_was_expected_and_what_was_found(rates: Any, what: str) -> None:
    strategy = Plain()
    strategy.rates = rates  # type: ignore[misc]  # a test sets what a class would declare
    with pytest.raises(ConfigError, match="strategy a: rates") as caught:
        declared("a", strategy)
    assert what in str(caught.value)


def test_rates_without_an_instrument_are_refused() -> None:
    class Bare(Strategy):
        rates: ClassVar[Any] = {"orders": "2/s"}

    with pytest.raises(ConfigError, match="instrument or instruments"):
        declared("a", Bare())
