"""How Bitget knows a request for ours: a signature over its time, method, target and body, and three more headers.

Sources: quick start, "Signature"; the venue's own SDK for RSA. What is signed is not percent-encoded.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib import import_module
from typing import Final, Protocol

from framework.model.errors import ConfigError

LOGIN: Final = "GET/user/verify"
"""What a WebSocket login signs, behind the seconds."""

INSTALL: Final = "pip install 'framework-bot[rsa]'"


class Signer(Protocol):
    """Makes signatures with a secret that it does not show."""

    def sign(self, text: bytes) -> str:
        """The signature, in base 64."""
        ...


class HmacSigner:
    """Signs with the secret that the venue gave out with the key."""

    __slots__ = ("_keyed",)

    def __init__(self, secret: bytes) -> None:
        # A keyed context, not the secret: it is copied for each signature.
        self._keyed = hmac.new(secret, digestmod=sha256)

    def __repr__(self) -> str:
        return "<HmacSigner>"

    def sign(self, text: bytes) -> str:
        """See `Signer`."""
        keyed = self._keyed.copy()
        keyed.update(text)
        return b64encode(keyed.digest()).decode("ascii")


class RsaSigner:
    """Signs with a private key whose public half a person gave to the venue. About a millisecond a signature.

    Args:
        pem: the private key, PKCS#1 or PKCS#8, without a password.

    Raises:
        ConfigError: it is no such key, or the package `cryptography` (extra `rsa`) is not installed.
    """

    __slots__ = ("_sign",)

    def __init__(self, pem: bytes) -> None:
        self._sign = _rsa(pem)

    def __repr__(self) -> str:
        return "<RsaSigner>"

    def sign(self, text: bytes) -> str:
        """See `Signer`."""
        return b64encode(self._sign(text)).decode("ascii")


def _rsa(pem: bytes) -> Callable[[bytes], bytes]:
    try:
        primitives = "cryptography.hazmat.primitives"
        serialization = import_module(f"{primitives}.serialization")
        hashes, asymmetric = import_module(f"{primitives}.hashes"), f"{primitives}.asymmetric"
        padding, rsa = import_module(f"{asymmetric}.padding"), import_module(f"{asymmetric}.rsa")
    except ImportError:
        raise ConfigError(f"RSA key: expected the package cryptography, found none; {INSTALL}") from None
    expected = "RSA key: expected a private key in PEM, PKCS#1 or PKCS#8, of 2048 bits or more and without a password"
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise ConfigError(f"{expected}, found something else") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise ConfigError(f"{expected}, found another kind of key")
    return lambda text: bytes(key.sign(text, padding.PKCS1v15(), hashes.SHA256()))


def prehash(timestamp: str, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
    """What is signed.

    Args:
        timestamp: milliseconds.
        query: without its `?`, keys in ascending order, values as they are meant, not percent-encoded.
        body: byte for byte what is sent.
    """
    return f"{timestamp}{method}{path}{'?' if query else ''}{query}".encode() + body


class Credentials:
    """A key, ready to sign. Shows nothing of itself.

    Args:
        key: the ACCESS-KEY.
        passphrase: as typed when the key was made.
        is_demo: a key of the demo environment: requests say so, and reach no real money.
    """

    __slots__ = ("_key", "_passphrase", "_signer", "is_demo")

    def __init__(self, key: str, passphrase: str, signer: Signer, *, is_demo: bool = False) -> None:
        self._key = key
        self._passphrase = passphrase
        self._signer = signer
        self.is_demo = is_demo

    def __repr__(self) -> str:
        return "<Credentials>"

    def fixed(self, method: str) -> list[tuple[str, str]]:
        """Headers that every private request of a method has."""
        found = [("ACCESS-KEY", self._key), ("ACCESS-PASSPHRASE", self._passphrase), ("locale", "en-US")]
        if method == "POST":
            found.append(("Content-Type", "application/json"))
        if self.is_demo:
            found.append(("paptrading", "1"))
        return found

    def signed(
        self, timestamp: str, method: str, path: str, query: str = "", body: bytes = b""
    ) -> list[tuple[str, str]]:
        """Those of one request. Called right before its bytes leave."""
        sign = self._signer.sign(prehash(timestamp, method, path, query, body))
        return [("ACCESS-SIGN", sign), ("ACCESS-TIMESTAMP", timestamp)]

    def login(self, now_s: int) -> dict[str, object]:
        """The login message of a private WebSocket.

        Args:
            now_s: the server's clock. Newer pages say milliseconds; every client that works sends seconds.
        """
        login = {
            "apiKey": self._key,
            "passphrase": self._passphrase,
            "timestamp": str(now_s),
            "sign": self._signer.sign(f"{now_s}{LOGIN}".encode()),
        }
        return {"op": "login", "args": [login]}
