"""`run.py keys verify`, in this process, against a sandbox in a thread of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.cli import USAGE, main
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.rates import Rates
from framework.sandbox.bitget.routes import ENDPOINTS
from framework.venues.bitget import endpoints
from tests.conformance.house import House, open_house

SETTINGS = endpoints.SETTINGS.path


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    # The probe asks V3 first: where the sandbox does not play that endpoint, its doorman still says whose key it is.
    ENDPOINTS.setdefault(("GET", SETTINGS), PlayedEndpoint("GET", SETTINGS, dict, 20, "any"))
    with open_house() as opened:
        yield opened


@pytest.fixture
def secrets(tmp_path: Path, house: House):
    def written(name: str) -> list[str]:
        house.venue.rates = Rates(is_strict=True)  # a key may be asked after once a second, and tests do not wait
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        key = house.key(name)
        for part, value in (("key", key.key), ("secret", key.secret), ("passphrase", key.passphrase)):
            path = folder / f"bitget_{part}"
            path.write_text(value, encoding="utf-8")
            path.chmod(0o600)
        where = ["--host", "127.0.0.1", "--port", str(house.port), "--secrets", str(folder)]
        return ["keys", "verify", "--venue", "bitget", *where]

    return written


@pytest.mark.parametrize(
    ("name", "more", "code", "words"),
    [
        ("classic-trade", [], 0, ["This key fits.", "account: classic", "stow"]),
        ("classic-read", [], 1, ["missing: expected the right `Spot trade`"]),
        ("classic-read", ["--observe"], 0, ["This key fits."]),
        ("classic-trade", ["--observe"], 1, ["excess: `stow` lets this key trade there"]),
        ("classic-over", [], 1, ["switch off `Wallet withdrawal`", "switch off `Wallet transfer`"]),
        ("classic-over", ["--accept", "wwow", "--accept", "wtow"], 0, ["This key fits."]),
        ("classic-unbound", [], 1, ["unbound:", "bind it to this machine's address"]),
        ("classic-trade", ["--product", "spot"], 1, ["excess: `coow`"]),
        ("classic-spot", [], 1, ["missing: expected the right `Futures orders`", "add --product spot"]),
        ("classic-spot", ["--product", "spot"], 0, ["This key fits."]),
        ("classic-demo", ["--demo"], 0, ["This key fits."]),
    ],
)
def test_a_key_is_told_what_to_change(
    secrets, capsys: pytest.CaptureFixture[str], name: str, more: list[str], code: int, words: list[str]
) -> None:
    assert main([*secrets(name), *more]) == code
    said = capsys.readouterr().out
    assert all(word in said for word in words), said


def test_a_key_of_the_other_environment_is_an_error_with_its_remedy(
    secrets, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(secrets("classic-demo")) == USAGE
    said = capsys.readouterr().err
    assert "40099" in said and "by --demo of keys verify" in said


def test_json_is_one_object(secrets, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*secrets("classic-over"), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["account"], found["may_trade"]) == ("classic", False)
    assert {"right": "wwow", "scope": "withdraw", "area": "wallet"} in found["rights"]
    assert [fault["kind"] for fault in found["faults"]] == ["excess", "excess"]


def test_a_live_host_is_refused_and_no_secret_is_shown(
    secrets, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = secrets("classic-trade")
    arguments[arguments.index("127.0.0.1")] = "api.bitget.com"
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "found api.bitget.com; no live venue is served yet: strategies run in the process that holds the key" in said
    assert "nothing was asked and the key was sent nowhere" in said
    assert said.rstrip().endswith("run.py keys verify --venue bitget --host 127.0.0.1 --port 8766")
    assert house.key("classic-trade").secret not in said


def test_host_and_port_may_be_one_word_as_settings_have_them(secrets, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = secrets("classic-trade")
    at = arguments.index("--port")
    port = arguments[at + 1]
    del arguments[at : at + 2]
    arguments[arguments.index("127.0.0.1")] = f"127.0.0.1:{port}"
    assert main(arguments) == 0
    assert "This key fits." in capsys.readouterr().out
    arguments[arguments.index(f"127.0.0.1:{port}")] = "127.0.0.1:70000"
    assert main(arguments) == 2
    assert "--host 127.0.0.1:70000: expected a port from 1 to 65535, found 70000" in capsys.readouterr().err


def test_without_a_key_it_is_said_where_to_put_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BOT_SECRETS", "CREDENTIALS_DIRECTORY", "BOT_BITGET_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["keys", "verify", "--venue", "bitget"]) == 2
    assert "expected files bitget_key" in capsys.readouterr().err
