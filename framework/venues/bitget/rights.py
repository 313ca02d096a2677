"""What a Bitget key may do, read from what the venue says of it, and what each use of it needs.

Sources: `spot/account/info` and `v3/account/info` (reference, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from framework.model.key_rights import KeyNeed, KeyRight, KeyRights, KeyScope
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.rows import Row

PAGE: Final = "on the venue's page `API Keys`, edit this key"
S = KeyScope

AREAS: Final[Mapping[str, tuple[str, str]]] = {
    "st": ("spot", "Spot trade"),
    "co": ("futures", "Futures orders"),
    "cp": ("futures positions", "Futures positions"),
    "sm": ("margin", "Margin trade"),
    "tt": ("copy trading", "Copy trading"),
    "wt": ("wallet", "Wallet transfer"),
    "ww": ("wallet", "Wallet withdrawal"),
    "ch": ("sub-accounts", "Sub-account management"),
    "p2p": ("p2p", "P2P"),
    "tax": ("tax", "Tax"),
}
"""Begin of a classic code -> area, and its name on the page."""

WRITES: Final[Mapping[str, KeyScope]] = {
    "st": S.TRADE, "co": S.TRADE, "cp": S.TRADE, "sm": S.TRADE, "tt": S.TRADE,
    "wt": S.TRANSFER, "ww": S.WITHDRAW, "ch": S.OTHER, "p2p": S.TRANSFER,
}  # fmt: skip

OLD: Final = {"readonly": S.READ, "trade": S.TRADE}
"""Codes of old keys, and of the documentation's samples: everywhere."""

UNIFIED: Final[Mapping[str, tuple[KeyScope, str, str]]] = {
    "uta_trade": (S.TRADE, "unified", "Unified account: trade"),
    # With read and write it may also change leverage and settings, and transfer.
    "uta_mgt": (S.TRANSFER, "unified", "Unified account: management"),
    "withdraw": (S.WITHDRAW, "unified", "Withdraw"),
    "copy_futures_position": (S.TRADE, "copy trading", "Copy trading: positions"),
    "copy_futures_order": (S.TRADE, "copy trading", "Copy trading: orders"),
}


def classic_rights(row: Row) -> KeyRights:
    """Of `spot/account/info`.

    Raises:
        OddAnswer: a field is not as promised.
    """
    rights = tuple(_classic_right(code) for code in row.texts("authorities"))
    return KeyRights("classic", rights, _ips(row), PAGE, _owner(row))


def _classic_right(code: str) -> KeyRight:
    if code in OLD:
        return KeyRight(code, OLD[code], "", "Read-only" if code == "readonly" else "Read-write")
    if code == "p2p":
        return KeyRight(code, S.TRANSFER, "p2p", "P2P")
    begin = code[:3] if code[:3] in AREAS else code[:2]
    if begin not in AREAS:
        # What we do not know is excess where it may write: its last letter says so, or does not say.
        return KeyRight(code, S.READ if code.endswith("r") else S.OTHER, "", code)
    area, setting = AREAS[begin]
    if code[len(begin) :] in ("r", "or"):
        return KeyRight(code, S.READ, area, f"{setting}: read-only")
    return KeyRight(code, WRITES.get(begin, S.OTHER), area, setting)


def unified_rights(row: Row) -> KeyRights:
    """Of `v3/account/info`. One `permType` holds for the whole list.

    Raises:
        OddAnswer: a field is not as promised.
    """
    is_reading = row.word(
        "permType", {"read-only": True, "read-and-write": False, "readonly": True, "read_and_write": False}
    )
    rights = tuple(_unified_right(word, is_reading=is_reading) for word in row.texts("permissions"))
    return KeyRights("unified", rights, _ips(row), PAGE, _owner(row))


def _unified_right(word: str, *, is_reading: bool) -> KeyRight:
    scope, area, setting = UNIFIED.get(word, (S.OTHER, "", word))
    # Nothing says that `permType` holds for withdrawals, and a wrong guess is dear.
    if is_reading and scope is not S.WITHDRAW and word in UNIFIED:
        return KeyRight(word, S.READ, area, f"{setting} (read-only)")
    return KeyRight(word, scope, area, setting)


def _owner(row: Row) -> str:
    """One page of the venue calls it `uid`."""
    return row.text("userId", "") or row.text("uid", "")


def _ips(row: Row) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in row.text("ips", "").split(","))))


def needs(account: AccountKind, products: Iterable[Product], *, may_trade: bool = True) -> tuple[KeyNeed, ...]:
    """The rights that we use, and no others.

    Args:
        may_trade: False for a run that only looks: then a right to trade is excess, too.
    """
    products = tuple(products)
    if account is AccountKind.UNIFIED:
        if may_trade:
            return (KeyNeed(S.TRADE, "unified", ("uta_trade",), "Unified account: trade"),)
        return (KeyNeed(S.READ, "unified", ("uta_trade", "uta_mgt"), "Unified account: trade (read-only)"),)
    found: list[KeyNeed] = []
    if Product.SPOT in products:
        found.append(_need("spot", "st", "Spot trade", may_trade=may_trade))
    if Product.USDT_FUTURES in products:
        found.append(_need("futures", "co", "Futures orders", may_trade=may_trade))
        # Positions are read; leverage and margin are looked at and never set. Who may trade may hold the right to.
        words = ("cpor", "cpow", "readonly", "trade")
        found.append(KeyNeed(S.READ, "futures positions", words, "Futures positions", ("cpow",) if may_trade else ()))
    return tuple(found)


def _need(area: str, begin: str, setting: str, *, may_trade: bool) -> KeyNeed:
    if may_trade:
        return KeyNeed(S.TRADE, area, (f"{begin}ow", "trade"), setting)
    return KeyNeed(S.READ, area, (f"{begin}or", "readonly"), f"{setting}: read-only")
