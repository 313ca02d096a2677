"""No key, secret or token may stand in the settings; what looks like one is refused and never printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from framework.config.faults import KeyPath
from framework.kernel.secrets import is_secret_setting, is_secret_value

KEY_TABLES: Final = ("keys", "venues")
"""Tables of live trading, where keys are named."""

NO_KEYS: Final = "paper, backtest and replay need no key and refuse one; remove it"
NOT_HERE: Final = (
    "looks like a secret, and settings hold none; remove it (its value is not shown). "
    "Feeds, paper and backtest need no key and refuse one"
)


def find_key_material(settings: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every key that must not be here, and why."""
    for name, value in settings.items():
        here = (*path, name)
        if not path and name in KEY_TABLES:
            yield here, NO_KEYS
        elif is_secret_setting(name) or _holds_secret(value):
            yield here, NOT_HERE
        elif isinstance(value, Mapping):
            yield from find_key_material(value, here)


def without(settings: Mapping[str, Any], paths: set[KeyPath], path: KeyPath = ()) -> dict[str, Any]:
    """The settings less some keys."""
    return {
        name: without(value, paths, (*path, name)) if isinstance(value, Mapping) else value
        for name, value in settings.items()
        if (*path, name) not in paths
    }


def _holds_secret(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(
            _holds_secret(item) or (isinstance(item, Mapping) and any(find_key_material(item))) for item in value
        )
    return is_secret_value(value)
