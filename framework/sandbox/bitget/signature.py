"""Whether a signature is right: HMAC with the secret, or RSA with the public half of a key that its owner made."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from framework.sandbox.bitget.keys import Key

SHA256_PREFIX: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""DER of the digest's name, before the digest itself (PKCS #1 v1.5)."""


def is_signed(key: Key, prehash: str, signature: str) -> bool:
    """Whether the key signed this text."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if key.public_pem:
        return _is_rsa_signed(key.public_pem, prehash.encode(), given)
    wanted = hmac.new(key.secret.encode(), prehash.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(wanted, given)


def _is_rsa_signed(pem: str, message: bytes, given: bytes) -> bool:
    modulus, exponent = public_numbers(pem)
    length = (modulus.bit_length() + 7) // 8
    if len(given) != length:
        return False
    opened = pow(int.from_bytes(given), exponent, modulus).to_bytes(length)
    tail = SHA256_PREFIX + hashlib.sha256(message).digest()
    return opened == b"\x00\x01" + b"\xff" * (length - len(tail) - 3) + b"\x00" + tail


def public_numbers(pem: str) -> tuple[int, int]:
    """Modulus and exponent of a PEM public key (SubjectPublicKeyInfo, or the bare PKCS #1 form).

    Raises:
        ValueError: it is no such key.
    """
    body = "".join(line for line in pem.strip().splitlines() if not line.startswith("-----"))
    outer = _inside(base64.b64decode(body), 0x30)[0]
    if outer[:1] == b"\x30":  # the algorithm's name, then the key as a bit string
        _, rest = _inside(outer, 0x30)
        bits, _ = _inside(rest, 0x03)
        outer = _inside(bits[1:], 0x30)[0]
    modulus, rest = _inside(outer, 0x02)
    exponent, _ = _inside(rest, 0x02)
    return int.from_bytes(modulus), int.from_bytes(exponent)


def _inside(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Content of the first element, and what follows it."""
    if len(der) < 2 or der[0] != tag:
        raise ValueError("expected an RSA public key in PEM")
    length, start = der[1], 2
    if length & 0x80:
        start = 2 + (length & 0x7F)
        length = int.from_bytes(der[2:start])
    return der[start : start + length], der[start + length :]
