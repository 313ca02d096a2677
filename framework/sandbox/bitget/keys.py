"""Fake keys: who may do what. Those that come with the sandbox, and those of a file."""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from framework.model.errors import ConfigError
from framework.sandbox.bitget.member import Kind
from framework.sandbox.bitget.public_key import public_numbers

LOOPBACK: Final = ("127.0.0.1", "::1")
FUNDS: Final = {"USDT": Decimal(100_000), "BTC": Decimal(2), "ETH": Decimal(20), "BGB": Decimal(100)}

AUTHORITIES: Final[dict[str, tuple[str, ...]]] = {
    "read": ("stor", "coor", "cpor"),
    "trade": ("stow", "coow", "cpow"),
    "transfer": ("wtow",),
    "withdraw": ("wwow",),
}
"""Our words -> classic rights (reference 4.1). Words that are not here are taken as the venue's own."""

PERMISSIONS: Final[dict[str, tuple[str, ...]]] = {
    "read": ("uta_mgt", "uta_trade"),
    "trade": ("uta_trade",),
    "transfer": ("uta_mgt",),
    "withdraw": ("withdraw",),
}
"""Our words -> unified permissions (reference 4.2); `permType` says whether they may write."""

WRITES: Final = {"trade", "transfer"}


class Key(Struct, forbid_unknown_fields=True):
    """A key with its account. Keys of one `uid` share the account and its limits."""

    name: str
    key: str
    secret: str
    passphrase: str
    account: Kind
    scopes: list[str]
    """read, trade, transfer, withdraw; or the venue's own words."""
    ips: list[str] = []
    """From where it works; empty: from everywhere."""
    uid: str = ""
    is_demo: bool = False
    public_pem: str = ""
    """An RSA key's public half; its `secret` is not used then."""
    is_revoked: bool = False

    @property
    def authorities(self) -> list[str]:
        """Classic rights."""
        return [code for scope in self.scopes for code in AUTHORITIES.get(scope, (scope,))]

    @property
    def permissions(self) -> list[str]:
        """Unified permissions, each once."""
        if self.scopes[:2] == ["read", "trade"] and "transfer" not in self.scopes:
            wanted = ["uta_trade", *(code for scope in self.scopes[2:] for code in PERMISSIONS.get(scope, (scope,)))]
        else:
            wanted = [code for scope in self.scopes for code in PERMISSIONS.get(scope, (scope,))]
        return list(dict.fromkeys(wanted))

    @property
    def may_write(self) -> bool:
        """`permType` is read-and-write."""
        return bool(WRITES & set(self.scopes))


def _made(
    name: str, account: Kind, uid: str, scopes: list[str], *, is_demo: bool = False, is_bound: bool = True
) -> Key:
    return Key(
        name=name,
        key=f"bg_fake_{name.replace('-', '_')}",
        secret=f"fake-secret-of-{name}",
        passphrase="fakepassphrase",  # noqa: S106 - printed at every start
        account=account,
        scopes=scopes,
        ips=list(LOOPBACK) if is_bound else [],
        uid=uid,
        is_demo=is_demo,
    )


def _of_kind(account: Kind, number: int) -> list[Key]:
    uid, demo_uid = str(number), str(number + 1)
    return [
        _made(f"{account}-read", account, uid, ["read"]),
        _made(f"{account}-trade", account, uid, ["read", "trade"]),
        _made(f"{account}-over", account, uid, ["read", "trade", "transfer", "withdraw"]),
        _made(f"{account}-unbound", account, uid, ["read", "trade"], is_bound=False),
        _made(f"{account}-demo", account, demo_uid, ["read", "trade"], is_demo=True),
    ]


def ready_made() -> list[Key]:
    """Five keys of each account kind: read-only, trading, over-privileged, bound to no IP, and one for demo.

    A classic account has two more, that trade spot alone and perpetuals alone.
    """
    classic = 7_264_631_750
    spot = _made("classic-spot", Kind.CLASSIC, str(classic), ["stow"])
    futures = _made("classic-futures", Kind.CLASSIC, str(classic), ["stor", "coow", "cpor"])
    return [*_of_kind(Kind.CLASSIC, classic), spot, futures, *_of_kind(Kind.UNIFIED, 8_264_631_750)]


def key_file(path: Path) -> list[Key]:
    """Keys from a file: a JSON list.

    Raises:
        ConfigError: it cannot be read, or is no list of keys; the message names the place.
    """
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=list[Key])
    except OSError as error:
        raise ConfigError(f"{path}: expected a file of keys, found none that can be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a JSON list of keys, found {error}") from error
    for number, key in enumerate(keys):
        key.uid = key.uid or str(9_000_000_001 + number)
        fault = _fault_of(key)
        if fault:
            raise ConfigError(f"{path}: [{number}].{fault}")
    if len({key.key for key in keys}) != len(keys) or len({key.name for key in keys}) != len(keys):
        raise ConfigError(f"{path}: expected each key once, and each name once")
    kinds: dict[str, tuple[Kind, bool]] = {}
    for key in keys:
        if kinds.setdefault(key.uid, (key.account, key.is_demo)) != (key.account, key.is_demo):
            raise ConfigError(f"{path}: uid {key.uid}: expected one kind of account, found two")
    return keys


def _fault_of(key: Key) -> str:
    """What of a key cannot be used, and why; empty where all can."""
    if not key.key.startswith("bg_"):
        return f"key: expected it to begin with bg_, found {key.key[:8]!r}"
    for ip in key.ips:
        try:
            ip_address(ip)
        except ValueError:
            return f"ips: expected IP addresses such as 127.0.0.1, found {ip!r}"
    try:
        if key.public_pem:
            public_numbers(key.public_pem)
    except ValueError as error:
        return f"public_pem: {error}, found something else"
    return ""
