"""What `run.py keys verify` does apart from the venue; `tests/cli/test_keys.py` runs it against a sandbox."""

from __future__ import annotations

import socket

import pytest

from framework.app.keys import Verified, WantedKey, credentials_of, verdict_lines, verify_bitget
from framework.gateway.bitget import found
from framework.gateway.key_files import KeyParts
from framework.model.errors import ConfigError, Timeout
from framework.model.key_rights import KeyFault, KeyRight, KeyRights, KeyScope

ENVIRONMENT = {"BOT_BITGET_KEY": "bg_k", "BOT_BITGET_SECRET": "s", "BOT_BITGET_PASSPHRASE": "p"}
RIGHTS = KeyRights("classic", (KeyRight("wwow", KeyScope.WITHDRAW, "wallet", "Wallet withdrawal"),), (), "there")


def test_where_nobody_answers_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found, "READY_S", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else gets it
        wanted = WantedKey("127.0.0.1", taken.getsockname()[1], tls=False, products=("spot",))
        with pytest.raises(Timeout, match="is anybody there"):
            verify_bitget(wanted, ENVIRONMENT)


def test_a_live_host_is_not_dialled() -> None:
    with pytest.raises(ConfigError, match="no live venue is served yet"):
        verify_bitget(WantedKey("api.bitget.com", 443, tls=True, products=("spot",)), ENVIRONMENT)


def test_a_secret_in_pem_is_taken_for_an_rsa_key() -> None:
    pytest.importorskip("cryptography")
    with pytest.raises(ConfigError, match="RSA key"):
        credentials_of(KeyParts("k", b"-----BEGIN PRIVATE KEY-----", "p"), is_demo=False)
    assert credentials_of(KeyParts("k", b"hex", "p"), is_demo=True).is_demo


def test_what_is_wrong_is_said_in_sentences_and_in_facts() -> None:
    found = Verified(RIGHTS, (KeyFault("excess", "wwow", "too much"),), 12.3)
    said = "\n".join(verdict_lines(found))
    assert "no address: whoever has it may use it" in said
    assert "excess: too much" in said and "does not fit" in said and "+12.3 ms" in said
    assert found.facts()["may_trade"] is False
    assert "This key fits." in "\n".join(verdict_lines(Verified(RIGHTS, (), 0.0)))
