"""The paper account of a live feed: what each strategy owned when the run ended, kept for the next one.

One file for all runs of a folder. It is written whole after each change, at most once a second, and at the end; a run
that dies loses the last second of it. Open orders are not kept: a paper venue ends with its run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from framework.config import Config
from framework.kernel.account_lock import FileLock
from framework.kernel.disk import durable_replace
from framework.kernel.records import AccountResumed
from framework.model.errors import ConfigError

NAME: Final = "paper-account.json"
ANEW: Final = "--fresh begins anew"


class Saved(msgspec.Struct, forbid_unknown_fields=True):
    """The file."""

    terms: str
    """Digest of what the account was opened with: feed, balances, and each strategy's capital."""
    saved_ns: int
    balances: dict[str, Decimal]
    capital: dict[str, dict[str, Decimal]]
    """Strategy -> asset -> owned."""


class PaperAccount:
    """The account's file in the folder of all runs."""

    def __init__(self, config: Config) -> None:
        self.path = Path(config.journal.folder) / NAME
        self._terms = terms_of(config)
        self._last: tuple[Mapping[str, Decimal], Mapping[str, Mapping[str, Decimal]]] | None = None

    def held(self) -> FileLock:
        """Keep every other run out of it, until the lock is released.

        Raises:
            OccupiedError: another run trades it. ConfigError: its folder cannot be written.
        """
        lock = self.path.with_suffix(".lock")
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{lock}: cannot be locked: {error.strerror or error}") from error
        remedy = "stop that one first, or give this one another [journal] folder"
        return FileLock(lock, (str(self.path), "a paper account that no other run trades", remedy))

    def resumed(self) -> AccountResumed | None:
        """What the last run left; None: there was none.

        Raises:
            ConfigError: a damaged file, or an account opened with other balances or strategies.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"{self.path}: expected the paper account, found: {error.strerror}; {ANEW}") from error
        try:
            saved = msgspec.json.decode(data, type=Saved)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path}: expected the paper account, found: {error}; {ANEW}") from error
        if saved.terms != self._terms:
            raise ConfigError(
                f"{self.path}: expected an account opened with these [paper] balances and strategies with their "
                f"capital, found one opened with others; set them back, or {ANEW}"
            )
        return AccountResumed(saved.saved_ns, saved.balances, saved.capital)

    def save(self, now_ns: int, balances: Mapping[str, Decimal], capital: Mapping[str, Mapping[str, Decimal]]) -> None:
        """Keep it, where it changed.

        Raises:
            ConfigError: it cannot be written.
        """
        if (balances, capital) == self._last:
            return
        saved = Saved(self._terms, now_ns, dict(balances), {name: dict(owned) for name, owned in capital.items()})
        try:
            durable_replace(self.path, msgspec.json.format(msgspec.json.encode(saved)) + b"\n")
        except OSError as error:
            raise ConfigError(f"{self.path}: cannot keep the paper account: {error.strerror or error}") from error
        self._last = (dict(balances), {name: dict(owned) for name, owned in capital.items()})


def terms_of(config: Config) -> str:
    """Digest of what an account is opened with."""
    strategies: Sequence[object] = [(seat.name, sorted(map(str, seat.capital))) for seat in config.seats()]
    terms = [config.paper.feed, sorted(map(str, config.paper.balances)), strategies]
    return hashlib.sha256(json.dumps(terms).encode()).hexdigest()
