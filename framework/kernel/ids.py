"""Names that are unique and tell whose they are: runs, orders."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable
from typing import Final

CLIENT_ORDER_ID_MAX: Final = 32
"""Longest client order id; fits every venue we know (Bitget V2/V3: 32 of [A-Za-z0-9_-])."""


DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


def run_id(*parts: bytes) -> str:
    """The id of a run: 16 hex digits over what decides it (tape, seed, config, plugins). No clock, no chance."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]


class OrderIds:
    """Client order ids: `<bot>-<run>-<strategy>-<number>`, so that an orphan tells where it came from.

    Args:
        bot: name of the daemon, at most 8 characters of it are used.
        run: id of the run, 6 characters of it are used.
        strategies: every strategy's name; shortened to 8 characters, told apart by a number where that is not enough.

    Characters that a venue may not take become `_`.
    """

    def __init__(self, bot: str, run: str, strategies: Iterable[str]) -> None:
        self._prefixes: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        stem = f"{_plain(bot)[:8]}-{_plain(run)[:6]}"
        taken: set[str] = set()
        for strategy in strategies:
            tag = _free(_plain(strategy).replace("-", "_")[:8], taken)
            taken.add(tag)
            self._prefixes[strategy] = f"{stem}-{tag}-"
            self._counts[strategy] = 0

    def next(self, strategy: str) -> str:
        """A fresh id."""
        number = self._counts[strategy] + 1
        self._counts[strategy] = number
        prefix = self._prefixes[strategy]
        written = str(number)
        if len(prefix) + len(written) > CLIENT_ORDER_ID_MAX:
            written = _short(number)
        client_order_id = prefix + written
        assert len(client_order_id) <= CLIENT_ORDER_ID_MAX, client_order_id
        return client_order_id


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _free(stem: str, taken: Container[str]) -> str:
    """The stem, or as much of it as leaves room for the number that makes it unique."""
    tag, number = stem, 1
    while tag in taken:
        number += 1
        tag = f"{stem[: 8 - len(str(number))]}{number}"
    return tag


def _short(number: int) -> str:
    """A number too long for its place: `z`, which no plain one begins with, and base 36."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return f"z{digits}"
