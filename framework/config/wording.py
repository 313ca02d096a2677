"""What pydantic finds wrong in a setting, in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from framework.kernel.secrets import is_secret_value
from framework.model.money import shorten
from framework.model.spelling import nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MISSING: Final = {
    "use": 'missing; name the plugin, such as use = "sma_cross"',
    "capital": 'missing; say what it may use, such as capital = "1000 USDT"',
}
BOUNDS: Final = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "from"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "up to"),
}
"""Pydantic's fault -> where the bound stands, and the word for it."""
PYDANTIC_OPENING: Final = "Input should be "


def words_of(details: ErrorDetails, known: Callable[[], Iterable[str]]) -> str:
    """One fault in our words: what was expected and what was found.

    Args:
        known: the keys of the table that it stands in.
    """
    key = str(details["loc"][-1])
    match details["type"]:
        case "extra_forbidden":
            return f"unknown key{nearest(key, known())}"
        case "missing":
            return MISSING.get(key, "missing")
        case "value_error":
            return str(details["ctx"]["error"])
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"expected a table, found {_shown(details['input'])}"
        case bound if bound in BOUNDS:
            name, word = BOUNDS[bound]
            return f"expected a number {word} {details['ctx'][name]}, found {_shown(details['input'])}"
        case _:
            wanted = details["msg"].removeprefix(PYDANTIC_OPENING).partition(", unable")[0]
            return f"expected {wanted}, found {_shown(details['input'])}"


def _shown(value: object) -> str:
    return "something that looks like a secret" if is_secret_value(value) else shorten(value)
