"""The public half of an RSA key, as its owner hands it in."""

from __future__ import annotations

import base64
import binascii
from typing import Final

BYTES_MIN: Final = 256


def public_numbers(pem: str) -> tuple[int, int]:
    """Modulus and exponent of a PEM public key (SubjectPublicKeyInfo, or the bare PKCS #1 form).

    Raises:
        ValueError: it is no such key.
    """
    body = "".join(line for line in pem.strip().splitlines() if not line.startswith("-----"))
    try:
        der = base64.b64decode(body)
    except binascii.Error:
        raise ValueError("expected an RSA public key in PEM") from None
    outer = _inside(der, 0x30)[0]
    if outer[:1] == b"\x30":  # the algorithm's name, then the key as a bit string
        _, rest = _inside(outer, 0x30)
        bits, _ = _inside(rest, 0x03)
        outer = _inside(bits[1:], 0x30)[0]
    modulus, rest = _inside(outer, 0x02)
    exponent, _ = _inside(rest, 0x02)
    if len(modulus) < BYTES_MIN or not exponent:
        raise ValueError("expected an RSA public key of 2048 bits or more")
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
