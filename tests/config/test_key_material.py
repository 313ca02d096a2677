"""No key, secret or token in the settings; none is printed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework.config import Config

Load = Callable[..., Config]
FaultsOf = Callable[..., list[str]]
SMA = '[strategy.sma]\nuse = "sma_cross"\ncapital = "1000 USDT"\n'
CANARY = "c4n4ry00c4n4ry00c4n4ry00c4n4ry00"


@pytest.mark.fault("O1", "O3")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f'[paper]\napi_key = "{CANARY}"', "[paper] api_key"),
        (f'[paper]\nrules = "{CANARY.replace("n", "b").replace("r", "d").replace("y", "e")}"', "[paper] rules"),
        (f'[keys.bitget]\nsecret = "{CANARY}"', "[keys]"),
        (f'[venues.bitget]\nkey = "{CANARY}"', "[venues]"),
        (f'{SMA}params.passphrase = "{CANARY}"', "[strategy.sma] params.passphrase"),
        (f'{SMA}params.words = ["-----BEGIN PRIVATE KEY-----{CANARY}"]', "[strategy.sma] params.words"),
        (f'{SMA}params.inner = [{{ token = "{CANARY}" }}]', "[strategy.sma] params.inner"),
        (f'bot_token = "{CANARY}"', "bot_token"),
    ],
)
def test_key_material_is_refused_and_never_printed(faults_of: FaultsOf, text: str, key: str) -> None:
    (fault,) = faults_of(text)
    assert fault.startswith(f"config/paper.toml: {key}: ")
    assert "need no key and refuse one" in fault
    assert "c4" not in fault


@pytest.mark.fault("O3")
@pytest.mark.parametrize(
    "name", ["BOT_BITGET_API_KEY", "BOT_KEYS__BITGET", "BOT_VENUES__BITGET__SECRET", "BOT_PAPER__TOKEN"]
)
def test_keys_in_the_environment_are_refused_and_never_printed(
    faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, CANARY)
    (fault,) = faults_of("")
    assert fault.startswith(f"environment: {name}: ")
    assert "need no key and refuse one" in fault
    assert CANARY not in fault


def test_ordinary_words_are_no_secrets(load: Load) -> None:
    config = load(
        f'{SMA}params = {{ keep_within_bps = 2, instruments = ["BTC/USDT@bitget"], monkey = "a", weights = {{ BTC = 0.5 }} }}'
        '\n[paper]\ntape = "data/Binance/BTCUSDT/2024/08/aggregatedTrades0123456789"\n'
    )
    assert config.seats()[0].parameters["monkey"] == "a"


@pytest.mark.parametrize("name", ["BOT_BITGET_KEY", "BOT_BITGET_SECRET", "BOT_BITGET_PASSPHRASE"])
def test_a_key_is_no_fault_of_what_may_have_one(
    load: Load, faults_of: FaultsOf, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, CANARY)
    assert load("", takes_keys=True).bot
    (fault,) = faults_of("")
    assert fault.startswith(f"environment: {name}: ")
    assert CANARY not in fault
    monkeypatch.setenv("BOT_BITGET_API_KEY", CANARY)
    (fault,) = faults_of("", takes_keys=True)
    assert fault.startswith("environment: BOT_BITGET_API_KEY: "), "a name that nobody reads"


def test_the_folder_of_keys_is_no_key(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_SECRETS", "/home/anna/.bot-secrets")
    assert load("").bot, "whoever exported it for live trading may go on trading on paper"
