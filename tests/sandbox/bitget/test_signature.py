"""Signatures by the vectors of the reference (fake credentials, a throw-away RSA key)."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.member import Kind
from framework.sandbox.bitget.public_key import public_numbers
from framework.sandbox.bitget.signature import is_signed

SECRET = "s3cr3t-FAKE-4b6f1d0a9e2c47d8a1b2c3d4e5f60718"
MODULUS = int(
    "af8db4e8dda038feaefb987d48b078ea6a2c2cca49332cfffe2d0bb6bd05454b9a5cd4e93aa97ba58ce49ea68aa4ab9bf10a"
    "e8ef202d82017584871bd2e1f93ab919619d081d73662ef811a1681a9479c789b1aa8fc626d443b9013243df7b5e58586a47"
    "424ed2e7e7897ade6dea32d72707734ad35e2dfb25b020c3fc2781f4036d0bf86898b0486c4f09bb516c0febee1461275b65"
    "ed93cc3a1b5d27a6e000faa4f3b833175fabb2e4c818f3e679d207580b9bb93b8a09baa14b8f36caa6ebe63a890538693824"
    "a470f0f89549c0f601d5cd0cff8280b51ca9e8de00fdb84bc318fd9aff7e4ebed6cf37661583d7e9cde431c1a27c339c7b65"
    "16038f3d14d5",
    16,
)
RSA_SIGNED = (
    "g+c65lUZAVv20RSDQ9IeEweewSn0xYql01dsfPJ1+zo1zwQyJ83FRRjSQhMRBmpqLXqK+jRueLUllWw2ifcYKVkbmyyZoCmREuYC"
    "5n+XAuTVJs+JVDjMOU/olAxsPcWmSXgtZjXOZH2yJSYUGKY0WLosq4s07nUglj8mG0AhnyAA2Ca+dXS9nZQ1r9NHOGdv871To84R"
    "atpCyDRoyES5D4F/3xdU6sPZRsGr+hVKbJTnjZRSicYdZFCJE+eqO1oUpCZxnrkF4FDqiiXYKbGO1NQW2lKSSYV9m+1Ai6TVoTLY"
    "Upf7wjgn4tETjlgAjtMar3rsUGASKPrLvvqdbnRAdg=="
)
PREHASH = "1763683200000GET/api/v2/spot/account/info"
FORMATS = (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1)


def key(pem: str = "") -> Key:
    return Key("a", "bg_a", SECRET, "p", Kind.CLASSIC, ["read"], public_pem=pem)


@pytest.mark.parametrize(
    ("prehash", "signature"),
    [
        (PREHASH, "Q5AtK+yFgnBrF1l/Fel/PaE3UIVgdkNM/AcVX4v5WVg="),
        (
            "1763683200000GET/api/v2/spot/trade/unfilled-orders?limit=100&symbol=BTCUSDT",
            "NIc6NbSrjhZXf9WjzNc3mF70I+bfqlpFnyyCJ/ixRNs=",
        ),
        ("1763683200GET/user/verify", "E0zCg/Y3zpVvz0OBp/UBEqaxD83SQYfPUC7YHi2R4Kk="),
    ],
)
def test_hmac_by_the_vectors(prehash: str, signature: str) -> None:
    assert is_signed(key(), prehash, signature)
    assert not is_signed(key(), prehash + " ", signature)
    assert not is_signed(key(), prehash, signature[:-4] + "AAA=")


@pytest.mark.parametrize("form", FORMATS)
def test_rsa_by_the_vectors(form: PublicFormat) -> None:
    pem = RSAPublicNumbers(65_537, MODULUS).public_key().public_bytes(Encoding.PEM, form).decode()
    assert public_numbers(pem) == (MODULUS, 65_537)
    assert is_signed(key(pem), PREHASH, RSA_SIGNED)
    assert not is_signed(key(pem), PREHASH.lower(), RSA_SIGNED)
    assert not is_signed(key(pem), PREHASH, base64.b64encode(b"short").decode())


@pytest.mark.parametrize("signature", ["", "not base64!", "é"])
def test_what_is_no_signature_is_none(signature: str) -> None:
    assert not is_signed(key(), PREHASH, signature)
