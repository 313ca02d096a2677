"""Scopes: for whom a kill switch holds. As text `global`, `venue:bitget`, `account:main@bitget`, `strategy:mm`."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from msgspec import Struct

from framework.model.errors import ConfigError


class ScopeKind(StrEnum):
    """How far a scope reaches, widest first."""

    GLOBAL = "global"
    VENUE = "venue"
    ACCOUNT = "account"
    INSTRUMENT = "instrument"
    STRATEGY = "strategy"


WIDTHS: Final = {
    ScopeKind.GLOBAL: 0,
    ScopeKind.VENUE: 1,
    ScopeKind.ACCOUNT: 2,
    ScopeKind.INSTRUMENT: 3,
    ScopeKind.STRATEGY: 3,
}


class Scope(Struct, frozen=True, order=True):
    """Everything, or one venue, account, instrument or strategy.

    `name` is empty for GLOBAL; `bitget` for a venue, `main@bitget` for an account (see `account_scope`),
    `BTC/USDT@bitget` for an instrument, and a strategy's own name.
    """

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.name}" if self.name else self.kind.value

    def holds(self, other: Scope) -> bool:
        """Whether another one is in it, or all of its that is at a venue. An instrument and a strategy cross."""
        if self == other:
            return True
        if WIDTHS[self.kind] >= WIDTHS[other.kind]:
            return False
        if self.kind is ScopeKind.GLOBAL or other.kind is ScopeKind.STRATEGY:
            return True
        return self.name.rpartition("@")[2] == other.name.rpartition("@")[2]


KINDS: Final = {kind.value: kind for kind in ScopeKind}
EVERYTHING: Final = Scope(ScopeKind.GLOBAL)


def account_scope(venue: str, account: str) -> Scope:
    """The scope of one account of a venue."""
    return Scope(ScopeKind.ACCOUNT, f"{account}@{venue}")


def read_scope(text: str) -> Scope:
    """A scope from its text.

    Raises:
        ConfigError: it names no kind of scope, or lacks a name, or has one too many.
    """
    kind, _, name = text.partition(":")
    found = KINDS.get(kind)
    if found is None or (found is ScopeKind.GLOBAL) == bool(name):
        raise ConfigError(
            f"scope: expected global, or one of {', '.join(list(KINDS)[1:])} with a name (strategy:mm), found {text!r}"
        )
    return Scope(found, name)


def scopes_at(venue: str, account: str, instrument_id: str, *strategies: str) -> tuple[Scope, ...]:
    """The scopes that orders of these strategies stand in there, widest first."""
    return (
        EVERYTHING,
        Scope(ScopeKind.VENUE, venue),
        account_scope(venue, account),
        Scope(ScopeKind.INSTRUMENT, instrument_id),
        *(Scope(ScopeKind.STRATEGY, strategy) for strategy in strategies),
    )
