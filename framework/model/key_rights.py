"""What an API key may do, in our words, and whether that is what it should be able to do: no more and no less.

Not to be taken for `model/scopes.py`: those are what a kill switch closes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from enum import StrEnum

from msgspec import Struct


class KeyScope(StrEnum):
    """What a right lets its holder do."""

    READ = "read"
    TRADE = "trade"
    TRANSFER = "transfer"
    WITHDRAW = "withdraw"
    OTHER = "other"
    """To change something else: sub-accounts, what we do not know."""


class KeyRight(Struct, frozen=True):
    """One right of a key."""

    word: str
    """The venue's own."""
    scope: KeyScope
    area: str
    """Where: `spot`, `futures`; empty: everywhere."""
    setting: str
    """What it is called on the venue's page of API keys."""


class KeyNeed(Struct, frozen=True):
    """A right that we use. One of the words is enough."""

    scope: KeyScope
    area: str
    words: tuple[str, ...]
    setting: str
    tolerated: tuple[str, ...] = ()
    """Words of rights that come with it on the venue's page and that we do not use."""

    def is_met_by(self, right: KeyRight) -> bool:
        """Whether a right is enough: to read, a right to write the same is."""
        return right.word in self.words and self.scope in (KeyScope.READ, right.scope)

    def uses(self, right: KeyRight) -> bool:
        """Whether the right to write is one that we use, or that comes with it."""
        return (right.word in self.words and right.scope is self.scope) or right.word in self.tolerated


class KeyRights(Struct, frozen=True):
    """A key's real rights, as the venue tells them."""

    account: str
    """The kind of account, in words."""
    rights: tuple[KeyRight, ...]
    ips: tuple[str, ...]
    """Where it may be used from; empty: everywhere."""
    page: str
    """Where a person changes them."""
    owner: str = ""
    """What the venue calls the account; empty: it does not say."""


class KeyFault(Struct, frozen=True):
    """Something about a key that must be changed before it may trade."""

    kind: str
    """`excess`, `missing`, `unbound`."""
    word: str
    text: str
    """What is wrong, and what to change."""


def key_faults(rights: KeyRights, needs: Iterable[KeyNeed], accepted: Container[str] = ()) -> Iterator[KeyFault]:
    """Everything that keeps a key from trading: too much, too little, bound to no address.

    Args:
        accepted: the venue's own words of rights that a person accepts although nothing here uses them.
    """
    needs = tuple(needs)
    for right in rights.rights:
        is_used = right.scope is KeyScope.READ or any(need.uses(right) for need in needs)
        if not is_used and right.word not in accepted:
            yield KeyFault("excess", right.word, _too_much(right, rights.page))
    for need in needs:
        if not any(map(need.is_met_by, rights.rights)):
            text = f"expected the right `{need.setting}`, found none; {rights.page}: switch it on"
            yield KeyFault("missing", need.words[0], text)
    if not rights.ips:
        text = "expected a list of IP addresses, found none: whoever has the key may use it from anywhere"
        yield KeyFault("unbound", "", f"{text}; {rights.page}: bind it to this machine's address")


def _too_much(right: KeyRight, page: str) -> str:
    what = {KeyScope.TRADE: "trade there", KeyScope.TRANSFER: "move coins", KeyScope.WITHDRAW: "withdraw coins"}
    could = what.get(right.scope, "change what we do not know of")
    return f"`{right.word}` lets this key {could} and nothing here does; {page}: switch off `{right.setting}`"
