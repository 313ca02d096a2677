"""`run.py doctor`, in this process, against a sandbox in a thread of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.app import doctor
from framework.cli import main
from framework.kernel.journal.names import head_path
from framework.sandbox.bitget.rates import Rates
from tests.app.test_doctor import EXAMPLE
from tests.conformance.house import House, open_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def arguments(tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "SYNC_MS_MAX", 60_000.0)
    monkeypatch.setattr(doctor, "FREE_BYTES_MIN", 0)

    def made(name: str, symbol: str = "BTC/USDT", *more: str) -> list[str]:
        house.venue.rates = Rates()  # a key may be asked after once a second, and tests do not wait
        key, folder = house.key(name), tmp_path / "secrets"
        folder.mkdir(mode=0o700)
        for part in ("key", "secret", "passphrase"):
            path = folder / f"bitget_{part}"
            path.touch(mode=0o600)
            path.write_text(getattr(key, part), encoding="utf-8")
        text = EXAMPLE.read_text(encoding="utf-8").replace('folder = "var"', f'folder = "{tmp_path}"')
        text = text.replace('venue = "plain"', 'venue = "bitget"').replace("127.0.0.1:8765", f"127.0.0.1:{house.port}")
        text = text.replace('"BTC/USDT"', f'"{symbol}"').replace("BTC/USDT@bitget", f"{symbol}@bitget")
        file = tmp_path / "live.toml"
        file.write_text(text, encoding="utf-8")
        return [
            "doctor",
            "--config",
            str(file),
            "--secrets",
            str(folder),
            *more,
        ]

    return made


@pytest.mark.parametrize("name", ["classic-spot", "unified-trade"])
def test_a_key_that_fits_leaves_nothing_to_mend(arguments, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(arguments(name)) == 0
    said = capsys.readouterr().out
    assert said.endswith("Nothing to mend.\n")
    assert f"{name.partition('-')[0]} account; takes orders for BTC/USDT@bitget" in said
    assert "from ours" in said


def test_the_folder_of_secrets_may_be_named_by_the_environment(
    arguments, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = arguments("classic-spot")
    at = words.index("--secrets")
    monkeypatch.setenv("BOT_SECRETS", words[at + 1])
    assert main([*words[:at], *words[at + 2 :]]) == 0, capsys.readouterr().out


def test_each_fault_of_a_key_is_said_with_the_setting(arguments, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments("classic-over")) == 1
    said = capsys.readouterr().out
    assert "FAULT key" in said and "switch off `Wallet withdrawal`" in said and "1 of 8 steps to mend." in said


def test_a_market_that_is_finer_than_its_journal_is_said_before_anybody_starts(
    arguments, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = arguments("classic-spot")
    folder = tmp_path / "live" / "bitget-main"
    folder.mkdir(parents=True)
    head_path(folder / "journal").write_bytes(b"")
    (folder / "grids.json").write_text('{"BTC/USDT": [0, 6]}', encoding="utf-8")
    assert main(wanted) == 1
    assert "expected BTC/USDT with at most 0 decimals of a price" in " ".join(capsys.readouterr().out.split())


def test_json_is_one_object(arguments, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments("classic-unbound", "BTC/USDT", "--json")) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["may_trade"]
    states = {step["step"]: step["state"] for step in found["steps"]}
    assert [name for name, state in states.items() if state != "good"] == ["key"]


def test_a_clock_that_is_off_is_a_fault(arguments, house: House, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = arguments("classic-spot")
    house.do(lambda: setattr(house.venue, "skew_ms", 4_000))
    try:
        assert main(wanted) == 1
    finally:
        house.do(lambda: setattr(house.venue, "skew_ms", 0))
    assert "synchronise this machine's" in capsys.readouterr().out


def test_a_key_of_the_other_environment_is_told_by_its_code(arguments, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = arguments("classic-demo")
    assert main(wanted) == 1
    assert "40099" in capsys.readouterr().out
    file = Path(wanted[2])
    file.write_text(file.read_text(encoding="utf-8").replace("[live]", "[live]\ndemo = true"), encoding="utf-8")
    main(wanted)
    assert "ok    venue" in capsys.readouterr().out


def test_a_perpetual_in_another_mode_is_a_fault_of_the_account(
    arguments, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = arguments("unified-trade", "BTC/USDT:USDT")
    member = house.venue.members[house.key("unified-trade").uid]
    house.do(lambda: setattr(member, "is_hedged", True))
    try:
        assert main(wanted) == 1
    finally:
        house.do(lambda: setattr(member, "is_hedged", False))
    assert "Position mode" in capsys.readouterr().out
