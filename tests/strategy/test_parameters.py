"""Parameters: annotated class attributes with defaults, typed and checked, and no name of the base taken."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from framework.model.errors import PluginError
from framework.strategy.base import Strategy
from framework.strategy.parameters import nearest


class Parent(Strategy):
    instrument: str = "BTC/USDT@bitget"
    size: Decimal = Decimal("0.1")


class Child(Parent):
    fast: int = 20
    slow: int = 50
    threshold: float = 0.5
    is_patient: bool = False
    stop: float | None = None
    weights: dict[str, float] = {"BTC": 0.5}  # noqa: RUF012  # a default that could be changed
    levels: list[int] = [1, 2]  # noqa: RUF012  # the same
    _private: int = 1
    counter: ClassVar[int] = 0
    plain = 7


def test_parameters_are_annotated_attributes_those_of_bases_first() -> None:
    assert list(Child.parameters) == [
        *("instrument", "size", "fast", "slow", "threshold", "is_patient", "stop", "weights", "levels")
    ]
    assert Child.parameters["fast"] is int
    assert list(Parent.parameters) == ["instrument", "size"]


def test_a_default_stands_until_another_value_is_given() -> None:
    child = Child(fast=3)
    assert (child.fast, child.slow, child.instrument) == (3, 50, "BTC/USDT@bitget")
    assert Child.fast == 20


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("fast", "3", 3),
        ("fast", 3.0, 3),
        ("threshold", "0.25", 0.25),
        ("threshold", 1, 1.0),
        ("size", "0.30", Decimal("0.30")),
        ("size", 1, Decimal(1)),
        ("is_patient", "true", True),
        ("stop", None, None),
        ("stop", "1.5", 1.5),
        ("weights", {"ETH": "0.5"}, {"ETH": 0.5}),
        ("levels", ["3"], [3]),
    ],
)
def test_a_value_is_put_into_its_declared_type(name: str, value: Any, expected: Any) -> None:
    found = getattr(Child(**{name: value}), name)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fast", "many"),
        ("fast", 2.5),
        ("fast", True),
        ("fast", None),
        ("instrument", 5),
        ("threshold", "wide"),
        ("is_patient", "perhaps"),
        ("weights", [1]),
        ("levels", {"a": 1}),
    ],
)
def test_a_value_of_another_type_is_refused_with_name_and_value(name: str, value: Any) -> None:
    with pytest.raises(PluginError, match=rf"^Child\.{name}: .*, found "):
        Child(**{name: value})


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(PluginError, match=r"^Child has no parameter 'fsat'; did you mean 'fast'\?$"):
        Child(fsat=3)
    with pytest.raises(PluginError, match=r"has no parameter 'xyz'; known: fast, instrument, "):
        Child(xyz=3)


@pytest.mark.parametrize("name", ["_private", "counter", "plain", "state", "name", "buy"])
def test_what_is_no_parameter_cannot_be_given(name: str) -> None:
    with pytest.raises(PluginError, match=f"has no parameter '{name}'"):
        Child(**{name: 1})


def test_a_strategy_without_parameters_says_so() -> None:
    class Bare(Strategy):
        pass

    with pytest.raises(PluginError, match="Bare has no parameter 'fast'; there are none"):
        Bare(fast=1)


def test_a_default_that_can_be_changed_belongs_to_one_strategy() -> None:
    first, second = Child(), Child()
    first.weights["BTC"] = 0.9
    first.levels.append(3)
    assert (second.weights, second.levels) == ({"BTC": 0.5}, [1, 2])
    assert (Child().weights, Child().levels) == ({"BTC": 0.5}, [1, 2])


def test_a_type_that_has_no_text_form_is_refused_by_name() -> None:
    class Odd(Strategy):
        choose: Callable[[int], int] = abs

    assert Odd().choose(-3) == 3
    with pytest.raises(PluginError, match=r"^Odd\.choose: "):
        Odd(choose="abs")


def test_a_parameter_needs_a_default() -> None:
    with pytest.raises(PluginError, match=r"Bad\.fast: a parameter needs a default, such as `fast: int = 20`"):

        class Bad(Strategy):
            fast: int


# Names of the base.


@pytest.mark.parametrize(
    "body",
    [
        {"__annotations__": {"name": str}, "name": "mm"},
        {"__annotations__": {"now": int}, "now": 1},
        {"__annotations__": {"state": int}, "state": 1},  # made for each instance, so no class attribute of the base
        {"__annotations__": {"buy": bool}, "buy": True},
        {"name": "mm"},
        {"timers": {}},
        {"state": 5},
        {"orders": lambda self: []},
        {"sell": lambda self: None},
        {"_may_change": lambda self: None},
        {"random": property(lambda self: 4)},
    ],
    ids="-".join,
)
def test_a_name_of_the_base_is_refused_however_it_is_taken(body: dict[str, Any]) -> None:
    with pytest.raises(PluginError, match=r"^Bad\.\w+: the name belongs to Strategy; call it otherwise$"):
        type("Bad", (Strategy,), body)


def test_handlers_state_and_what_other_strategies_named_may_be_overridden() -> None:
    class Good(Child):
        fast: int = 5
        plain = 8

        class State:
            seen: int = 0

        def __init__(self, **parameters: Any) -> None:
            super().__init__(**parameters)

        def on_stop(self) -> None:
            pass

    assert Good().fast == 5
    assert list(Good.parameters) == list(Child.parameters)


# The nearest spelling.


def test_the_nearest_name_is_told_or_all_of_them() -> None:
    assert nearest("BTC/USDT@bitgte", ["ETH/USDT@bitget", "BTC/USDT@bitget"]) == "; did you mean 'BTC/USDT@bitget'?"
    assert nearest("x", {"slow", "fast"}) == "; known: fast, slow"
    assert nearest("x", []) == "; there are none"


def test_an_attribute_that_is_not_annotated_is_told_to_be() -> None:
    class Plain(Strategy):
        timeframe = "5m"
        LEVELS = (1, 2)

        def helper(self) -> None: ...

    with pytest.raises(
        PluginError,
        match=r"^Plain has no parameter 'timeframe': timeframe is not annotated; write `timeframe: str = '5m'`$",
    ):
        Plain(timeframe="1m")
    with pytest.raises(PluginError, match="has no parameter 'helper'; there are none"):
        Plain(helper=1)
