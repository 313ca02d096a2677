"""What is no RSA key is told; that one is read, `test_signature.py` shows."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from framework.sandbox.bitget.public_key import public_numbers


def pem(body: str) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----"


@pytest.mark.parametrize("given", ["xx", "AAAA", "MAA=", "MIIB", ""])
def test_what_is_no_key_is_told(given: str) -> None:
    with pytest.raises(ValueError, match="expected an RSA public key"):
        public_numbers(pem(given))


def test_a_key_that_is_too_short_is_told() -> None:
    made = RSAPublicNumbers(65_537, (1 << 1_024) + 1).public_key()
    short = made.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(ValueError, match="2048 bits"):
        public_numbers(short)
