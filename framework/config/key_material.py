"""No key, secret or token may stand in the settings; what looks like one is refused and never printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from framework.config.faults import KeyPath

SECRET_NAME: Final = re.compile(
    r"secret|passw|passphrase|token|credential|mnemonic|seed_?phrase|private|api_?key|(^|[_-])keys?$", re.IGNORECASE
)
SECRET_VALUE: Final = re.compile(
    r"-----BEGIN [A-Z ]*KEY"  # PEM
    r"|^(bg_)?[0-9a-fA-F]{32,}$"  # Bitget keys, HMAC secrets in hex
    r"|^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+_-]{40,}={0,2}$"  # Binance keys, base64
)
KEY_TABLES: Final = ("keys", "venues")
"""Tables of live trading, where keys are named."""

NO_KEYS: Final = "paper, backtest and replay need no key and refuse one; remove it"
NOT_HERE: Final = (
    "looks like a secret, and settings hold none; remove it (its value is not shown). "
    "Feeds, paper and backtest need no key and refuse one"
)


def is_secret_name(name: str) -> bool:
    """Whether a key of this name would hold a secret."""
    return SECRET_NAME.search(name) is not None


def is_secret_value(value: object) -> bool:
    """Whether a text looks like a key: PEM, long hex, long mixed letters and digits."""
    return isinstance(value, str) and SECRET_VALUE.search(value.strip()) is not None


def find_key_material(settings: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every key that must not be here, and why."""
    for name, value in settings.items():
        here = (*path, name)
        if not path and name in KEY_TABLES:
            yield here, NO_KEYS
        elif is_secret_name(name) or _holds_secret(value):
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
