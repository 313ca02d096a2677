"""Who may come in. A private request is checked in the venue's order, and the first thing wrong is what it hears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.member import Kind
from framework.sandbox.bitget.refused import CLASSIC_ONLY, UNIFIED_ONLY, BitgetRefusal
from framework.sandbox.bitget.signature import is_signed

SKEW_MS_MAX: Final = 30_000
WINDOW_MS_MAX: Final = 60_000

CLASSIC_RIGHTS: Final[dict[str, tuple[str, str, str]]] = {
    "spot": ("stor", "stow", "spot order"),
    "futures": ("coor", "coow", "contract order"),
    "position": ("cpor", "cpow", "contract position"),
}
"""Scope of an endpoint -> right to read, right to write, its name in the refusal."""


@dataclass(frozen=True, slots=True)
class Knock:
    """A private request as it came."""

    method: str
    path: str
    query: str
    """As it was signed: not percent-encoded."""
    body: str
    headers: Mapping[str, str]
    address: str


class Doorman:
    """Knows the keys."""

    def __init__(self, keys: Mapping[str, Key]) -> None:
        self._keys = keys
        self.other_address = ""
        """From where requests seem to come, instead of where they do."""

    def admit(self, knock: Knock, scope: str, now_ms: int, *, is_write: bool) -> Key:
        """The key that a request rightly carries.

        Args:
            scope: what the endpoint needs, see `PlayedEndpoint`.
            is_write: it changes something.

        Raises:
            BitgetRefusal: what is wrong first.
        """
        headers = knock.headers
        for name, code in (
            ("ACCESS-KEY", "40001"),
            ("ACCESS-SIGN", "40003"),
            ("ACCESS-TIMESTAMP", "40005"),
            ("ACCESS-PASSPHRASE", "40011"),
        ):
            if not headers.get(name):
                raise BitgetRefusal(code, f"{name.replace('-', '_')} cannot be empty")
        stamp = headers["ACCESS-TIMESTAMP"]
        self._check_time(stamp, now_ms)
        key = self._key(headers["ACCESS-KEY"])
        if key.is_demo != (headers.get("paptrading", "") == "1"):
            raise BitgetRefusal("40099", "exchange environment is incorrect")
        if headers["ACCESS-PASSPHRASE"] != key.passphrase:
            raise BitgetRefusal("40012", "apikey/password is incorrect")
        query = f"?{knock.query}" if knock.query else ""
        if not is_signed(key, f"{stamp}{knock.method}{knock.path}{query}{knock.body}", headers["ACCESS-SIGN"]):
            raise BitgetRefusal("40009", "sign signature error")
        self._check_address(key, knock.address)
        self._check_kind(key, knock.path)
        self._check_scope(key, scope, is_write=is_write)
        return key

    def log_in(self, key_text: str, passphrase: str, stamp: str, signature: str, now_ms: int) -> Key:
        """The key of a WebSocket login. Codes are those of section 9.3.

        Raises:
            BitgetRefusal: what is wrong first.
        """
        if not (stamp.isascii() and stamp.isdecimal()):
            raise BitgetRefusal("30013", "Invalid ACCESS_TIMESTAMP")
        stamp_ms = int(stamp) if len(stamp) >= 13 else int(stamp) * 1_000
        if abs(now_ms - stamp_ms) > SKEW_MS_MAX:
            raise BitgetRefusal("30014", "Request timestamp expired")
        key = self._keys.get(key_text)
        if key is None or key.is_revoked:
            raise BitgetRefusal("30011", "Invalid ACCESS_KEY")
        if passphrase != key.passphrase:
            raise BitgetRefusal("30012", "Invalid ACCESS_PASSPHRASE")
        if not is_signed(key, f"{stamp}GET/user/verify", signature):
            raise BitgetRefusal("30015", "Invalid sign")
        return key

    def _check_time(self, stamp: str, now_ms: int) -> None:
        if not (stamp.isascii() and stamp.isdecimal()):
            raise BitgetRefusal("40005", "Invalid ACCESS_TIMESTAMP")
        if abs(now_ms - int(stamp)) > SKEW_MS_MAX:
            raise BitgetRefusal("40008", "Request timestamp expired")

    def _key(self, text: str) -> Key:
        if not text.startswith("bg_"):
            raise BitgetRefusal("40006", "Invalid ACCESS_KEY")
        key = self._keys.get(text)
        if key is None or key.is_revoked:
            raise BitgetRefusal("40037", "Apikey does not exist")
        return key

    def _check_address(self, key: Key, address: str) -> None:
        seen = self.other_address or address
        if key.ips and seen not in key.ips:
            raise BitgetRefusal("40018", "Invalid IP,Current request IP {0}")  # recorded with its placeholder

    def _check_kind(self, key: Key, path: str) -> None:
        if path == "/api/v3/account/info":  # reference 0: not known to refuse classic keys
            return
        if path.startswith("/api/v3/") and key.account is Kind.CLASSIC:
            raise BitgetRefusal(*CLASSIC_ONLY)
        if path.startswith("/api/v2/") and key.account is Kind.UNIFIED:
            raise BitgetRefusal(*UNIFIED_ONLY)

    def _check_scope(self, key: Key, scope: str, *, is_write: bool) -> None:
        if scope == "any":
            return
        if scope in CLASSIC_RIGHTS:
            read, write, name = CLASSIC_RIGHTS[scope]
            held = set(key.authorities)
            if write in held or (read in held and not is_write):
                return
            reads = "" if is_write else f"{name} read or "
            raise BitgetRefusal("40014", f"Incorrect permissions, need {reads}{name} write permissions")
        held = set(key.permissions)
        # Reading the account: which of the two permissions it needs is not documented, so either will do.
        may = scope in held or (not is_write and held & {"uta_mgt", "uta_trade"})
        if not may or (is_write and not key.may_write):
            name = "uta trade" if scope == "uta_trade" else "uta management"
            reads = "" if is_write else f"{name} read or "
            raise BitgetRefusal("40014", f"Incorrect permissions, need {reads}{name} write permissions")


def check_window(requested: str, window: str, now_ms: int) -> None:
    """`requestTime` and `receiveWindow`: a request that comes later than it wants to is not carried out.

    Raises:
        BitgetRefusal: too late, or too long a window.
    """
    for text in (requested, window):
        if text and not (text.isascii() and text.isdecimal()):
            raise BitgetRefusal("40017", "Parameter verification failed receiveWindow")
    if window and int(window) > WINDOW_MS_MAX:
        raise BitgetRefusal("40079", "receiveWindow cannot be greater than 60 seconds")
    if requested and window and now_ms - int(requested) > int(window):
        raise BitgetRefusal("40911", "Request timestamp expired")
