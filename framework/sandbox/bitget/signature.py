"""Whether a signature is right: HMAC with the secret, or RSA with the public half of a key that its owner made."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.public_key import public_numbers

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
