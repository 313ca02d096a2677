"""What secrets look like: one answer for settings and for the log."""

from __future__ import annotations

import pytest

from framework.kernel.logging import redact
from framework.kernel.secrets import HIDDEN, is_secret_name, is_secret_setting, is_secret_value, without_secrets

HEX = "0123456789abcdef" * 4
MIXED = "aB3" * 20


@pytest.mark.parametrize(
    "name",
    ["apiKey", "api_key", "api-key", "secret", "SECRET_KEY", "passphrase", "password", "passwd", "accessSign_access-key",
     "signature", "mnemonic", "seed_phrase", "authorization", "cookie", "private_key"],
)  # fmt: skip
def test_settings_and_log_agree_on_a_secret_name(name: str) -> None:
    assert is_secret_name(name)
    assert is_secret_setting(name)
    assert redact({name: "canary"}) == {name: HIDDEN}


@pytest.mark.parametrize("name", ["private", "key", "bitget_key", "keys"])
def test_a_mere_key_is_refused_as_a_setting_and_shown_in_the_log(name: str) -> None:
    assert is_secret_setting(name)
    assert redact({name: "btc"}) == {name: "btc"}


@pytest.mark.parametrize("name", ["monkey", "keep_within_bps", "seed", "keyed", "private_stream", "order"])
def test_ordinary_names_are_none(name: str) -> None:
    assert not is_secret_setting(name)
    assert redact({name: "canary"}) == {name: "canary"}


@pytest.mark.parametrize(
    "value",
    [f"bg_{HEX[:32]}", MIXED, "-----BEGIN PRIVATE KEY-----abc", "-----BEGIN EC PRIVATE KEY-----x", f"Bearer {HEX}"],
)
def test_a_key_is_known_as_a_setting_and_hidden_in_the_log(value: str) -> None:
    assert is_secret_value(value)
    assert HIDDEN in without_secrets(f"the venue said {value}")


def test_a_digest_is_no_setting_and_may_be_logged() -> None:
    assert is_secret_value(HEX)
    assert without_secrets(f"journal {HEX}") == f"journal {HEX}"


def test_a_path_may_be_a_setting() -> None:
    assert not is_secret_value("data/Binance/BTCUSDT/2024/08/aggregatedTrades0123456789")


def test_a_name_and_its_value_are_told_apart_inside_text() -> None:
    assert (
        without_secrets("GET /x?symbol=BTC&signature=abcdef&size=1") == f"GET /x?symbol=BTC&signature={HIDDEN}&size=1"
    )


def test_a_text_that_repeats_a_secret_name_is_read_in_passing() -> None:
    name = "secret" * 32_000
    assert without_secrets(name) == name, "no value follows; with unbounded patterns this took a quarter of a minute"


def test_a_long_text_is_cut_and_a_secret_at_the_cut_is_hidden() -> None:
    from framework.kernel.logging import TEXT_MAX

    text = "." * (TEXT_MAX - 20) + f" {MIXED} " + "." * 50_000
    shown = redact(text)
    assert len(shown) < TEXT_MAX + 100
    assert MIXED[:12] not in shown
    assert shown.endswith(f"... ({len(text):,} letters)")
