"""What pydantic finds wrong, in our words."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, ValidationError

from framework.config.limits import limits_of
from framework.config.wording import words_of
from framework.model.errors import ConfigError


class Table(BaseModel, extra="forbid"):
    """Some keys."""

    speed: Annotated[int, Field(ge=1, lt=10)] = 1
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    name: str = ""


def told(settings: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        Table.model_validate(settings)
    return [words_of(each, lambda: Table.model_fields) for each in refused.value.errors()]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"speed": 0}, "expected a number from 1, found 0"),
        ({"speed": 10}, "expected a number below 10, found 10"),
        ({"share": 0}, "expected a number above 0.0, found 0"),
        ({"share": 2}, "expected a number up to 1.0, found 2"),
        ({"speed": "fast"}, "expected a valid integer, found 'fast'"),
        ({"sped": 1}, "unknown key; did you mean 'speed'?"),
        ({"name": 3}, "expected a valid string, found 3"),
    ],
)
def test_a_fault_says_what_was_expected_and_found(settings: object, words: str) -> None:
    assert told(settings) == [words]


def test_limits_of_a_program_are_told_like_those_of_a_file() -> None:
    with pytest.raises(ConfigError) as refused:
        limits_of({"max_exposur": "1 USDT", "max_open_orders": 0, "strategy": {"mm": {"max_loss": "much"}}})
    assert str(refused.value).splitlines() == [
        "[limits] max_open_orders: expected a number from 1, found 0",
        "[limits.strategy.mm] max_loss: expected a number and an asset such as \"200 USDT\", found 'much'",
        "[limits] max_exposur: unknown key; did you mean 'max_exposure'?",
    ]
