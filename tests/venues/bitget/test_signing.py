from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from framework.model.errors import ConfigError
from framework.venues.bitget.signing import Credentials, HmacSigner, RsaSigner, prehash
from tests.venues.bitget_recorded import recorded

VECTORS = recorded("signing-vectors.json")
CASES = VECTORS["vectors"]


def signer() -> HmacSigner:
    return HmacSigner(VECTORS["hmac_secret"].encode())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_request_is_signed_as_the_vectors_say(case: dict) -> None:
    text = prehash(
        case["timestamp"], case["method"], case["request_path"], case["query_string_signed"], case["body"].encode()
    )
    assert text.decode() == case["prehash"]
    assert signer().sign(text) == case["sign_hmac_sha256_base64"]


def test_signatures_differ_from_each_other_and_equal_an_independent_hmac() -> None:
    one = signer()
    for text in (b"a", b"b", b"a"):
        expected = base64.b64encode(hmac.digest(VECTORS["hmac_secret"].encode(), text, "sha256")).decode()
        assert one.sign(text) == expected


def pem(bits: str = "PKCS8") -> bytes:
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    from cryptography.hazmat.primitives import serialization as s

    n, e, d, p, q = (int(str(VECTORS["rsa_test_key"][name]), 0) for name in "nedpq")
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), rsa.RSAPublicNumbers(e, n)
    )
    shape = s.PrivateFormat.PKCS8 if bits == "PKCS8" else s.PrivateFormat.TraditionalOpenSSL
    return numbers.private_key().private_bytes(s.Encoding.PEM, shape, s.NoEncryption())


@pytest.mark.parametrize("shape", ["PKCS8", "PKCS1"])
def test_an_rsa_key_signs_as_the_vectors_say(shape: str) -> None:
    ours = RsaSigner(pem(shape))
    for case in CASES:
        assert ours.sign(case["prehash"].encode()) == case["sign_rsa_pkcs1v15_sha256_base64"]


def test_what_is_no_rsa_key_is_refused_without_being_shown() -> None:
    pytest.importorskip("cryptography")
    with pytest.raises(ConfigError, match="expected a private key in PEM") as caught:
        RsaSigner(b"-----BEGIN NONSENSE-----hidden")
    assert "NONSENSE" not in str(caught.value)


def test_without_the_package_an_rsa_key_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("framework.venues.bitget.signing.import_module", missing)
    with pytest.raises(ConfigError, match=r"framework-bot\[rsa\]"):
        RsaSigner(b"")


def test_a_post_carries_the_four_headers_and_its_type() -> None:
    ours = Credentials("bg_key", "pass", signer())
    signed = ours.signed("1763683200000", "POST", "/api/v2/spot/trade/place-order", "", b"{}")
    headers = dict([*ours.fixed("POST"), *signed])
    assert headers["ACCESS-KEY"] == "bg_key"
    assert headers["ACCESS-PASSPHRASE"] == "pass"
    assert headers["ACCESS-TIMESTAMP"] == "1763683200000"
    assert headers["Content-Type"] == "application/json"
    assert "paptrading" not in headers
    assert headers["ACCESS-SIGN"] == signer().sign(b"1763683200000POST/api/v2/spot/trade/place-order{}")


def test_a_demo_key_says_so_and_a_broker_tag_is_never_sent() -> None:
    names = dict(Credentials("k", "p", signer(), is_demo=True).fixed("GET"))
    assert names["paptrading"] == "1"
    assert "X-CHANNEL-API-CODE" not in names


def test_a_login_signs_seconds() -> None:
    message = Credentials("k", "p", signer()).login(1763683200)
    (args,) = message["args"]
    assert args == {
        "apiKey": "k",
        "passphrase": "p",
        "timestamp": "1763683200",
        "sign": "E0zCg/Y3zpVvz0OBp/UBEqaxD83SQYfPUC7YHi2R4Kk=",
    }


@pytest.mark.fault("A6")
def test_nothing_of_a_key_is_shown() -> None:
    secret = VECTORS["hmac_secret"]
    shown = repr(Credentials("bg_key", "pass", HmacSigner(secret.encode()))) + repr(signer())
    assert secret not in shown
    assert "bg_key" not in shown and "pass" not in shown
    assert hashlib.sha256(secret.encode()).hexdigest() not in shown
