"""Names that are unique and tell whose they are: runs, orders."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable
from typing import Final

from msgspec import Struct

CLIENT_ORDER_ID_MAX: Final = 32
"""Longest client order id; fits every venue we know (Bitget V2/V3: 32 of [A-Za-z0-9_-])."""
DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
NUMBER: Final = re.compile(r"[0-9]+|z[0-9a-z]+")
"""How an id ends: its number, or a short form of it."""


def run_id(*parts: bytes) -> str:
    """The id of a run: 16 hex digits over what decides it (tape, seed, config, plugins). No clock, no chance."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()[:16]


class Whose(Struct, frozen=True):
    """What a client order id that bears our name tells."""

    strategy: str
    """Empty where the settings have none of that name."""
    run: str
    is_known_run: bool
    """Its run is this one, or one that the journal tells of."""
    is_later: bool
    """Its run is known and its number is beyond all that the journal has: a journal that lost its end."""


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
        self._bot = f"{_plain(bot)[:8]}-"
        self._run = _plain(run)[:6]
        self._owners: dict[str, str] = {}
        """Short name -> strategy."""
        self._highest: dict[tuple[str, str], int] = {}
        """Run and short name, of earlier sessions -> the highest number used."""
        self._runs: dict[str, None] = {}
        """Runs of earlier sessions."""
        stem = f"{self._bot}{self._run}"
        taken: set[str] = set()
        for strategy in strategies:
            tag = _free(_plain(strategy).replace("-", "_")[:8], taken)
            taken.add(tag)
            self._prefixes[strategy] = f"{stem}-{tag}-"
            self._owners[tag] = strategy
            self._counts[strategy] = 0

    def remember(self, run: str) -> None:
        """A run of an earlier session is ours."""
        self._runs[_plain(run)[:6]] = None

    def skip(self, client_order_id: str) -> None:
        """An id was used in an earlier session: it is not given again. Its run is no better known by that."""
        parts = self._parts(client_order_id)
        if parts is None:
            return
        run, tag, number = parts
        self._highest[run, tag] = max(self._highest.get((run, tag), 0), number)
        strategy = self._owners.get(tag)
        if strategy is not None and run == self._run:
            self._counts[strategy] = max(self._counts[strategy], number)

    @property
    def runs(self) -> list[str]:
        """Every run that is ours, this one too: for a checkpoint."""
        return list(dict.fromkeys((*self._runs, self._run)))

    @property
    def highest(self) -> list[str]:
        """The last id that each run gave each strategy: for a checkpoint, `skip` takes them again."""
        now = {(self._run, tag): self._counts[strategy] for tag, strategy in self._owners.items()}
        used = {**self._highest, **{key: max(count, self._highest.get(key, 0)) for key, count in now.items()}}
        return [f"{self._bot}{run}-{tag}-{count}" for (run, tag), count in used.items() if count]

    def whose(self, client_order_id: str) -> Whose | None:
        """What an id tells; None where it does not bear our name."""
        parts = self._parts(client_order_id)
        if parts is None:
            return None
        run, tag, number = parts
        strategy = self._owners.get(tag, "")
        highest = self._highest.get((run, tag), 0)
        if run == self._run and strategy:
            highest = max(highest, self._counts[strategy])
        is_known = run in self._runs or run == self._run
        return Whose(strategy, run, is_known, is_known and number > highest)

    def _parts(self, client_order_id: str) -> tuple[str, str, int] | None:
        """Run, short name and number of an id that bears our name."""
        if not client_order_id.startswith(self._bot):
            return None
        rest, _, written = client_order_id.removeprefix(self._bot).rpartition("-")
        run, _, tag = rest.rpartition("-")
        if not run or not tag or not NUMBER.fullmatch(written):
            return None
        return run, tag, int(written[1:], 36) if written.startswith("z") else int(written)

    def next(self, strategy: str) -> str:
        """A fresh id."""
        number = self._counts[strategy] + 1
        self._counts[strategy] = number
        client_order_id = f"{self._prefixes[strategy]}{number}"
        if len(client_order_id) > CLIENT_ORDER_ID_MAX:
            client_order_id = self._prefixes[strategy] + _short(number)
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
