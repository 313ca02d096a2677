"""A bundle for support: made of a list, without secrets, and looked through before it is written."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest

from framework.app.bundle import forms_of, secrets_of, write_bundle
from framework.app.files import JOURNAL, LOG, SESSIONS
from framework.kernel.journal import JournalWriter
from framework.kernel.records import KillStepped, Record, StrategyQuarantined
from framework.model.errors import DataError
from tests.kernel.journal.examples import RECORDS

CANARY = "bg_0123456789abcdef0123456789abcdef"
SECRET = "correct horse battery staple"
FILES = ["README.txt", "about.json", "journal.json", "steps.jsonl", "reports.json", "log.txt"]


def run_of(folder: Path, *records: Record, log: str = "") -> Path:
    folder.mkdir()
    writer = JournalWriter(folder / JOURNAL, "r1")
    for record in records or RECORDS:
        writer.write(record)
    writer.close()
    (folder / LOG).write_text(log)
    return folder


def read(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


@pytest.mark.fault("O12")
def test_a_bundle_holds_what_happened_and_nothing_of_money(tmp_path: Path) -> None:
    run, target = run_of(tmp_path / "run", log="12:00:00 info run.started\n"), tmp_path / "bundle.zip"
    lines = write_bundle(run, target, {})
    found = read(target)
    assert list(found) == FILES and len(lines) == len(FILES)
    kinds = {json.loads(line)["kind"] for line in found["steps.jsonl"].splitlines()}
    assert kinds and kinds <= {
        "run",
        "stop",
        "operator",
        "kill",
        "noticed",
        "latch",
        "sweep",
        "quarantine",
        "feed",
        "ban",
    }
    assert json.loads(found["journal.json"])["kinds"]["order"] >= 1, "counted"
    everything = "".join(found.values())
    for private in ("config", "balances", "size_points", "price_points", "capital", str(tmp_path)):
        assert f'"{private}"' not in everything and str(tmp_path) not in everything, private
    assert json.loads(found["about.json"])["packages"]


@pytest.mark.fault("O12")
def test_of_a_daemon_the_newest_log_is_taken_or_that_of_the_session_that_is_named(tmp_path: Path) -> None:
    daemon = run_of(tmp_path / "daemon")
    (daemon / LOG).unlink()
    for name, event in (("20261121-100000-aa", "feed.lost"), ("20261121-110000-bb", "feed.renewed")):
        (daemon / SESSIONS / name).mkdir(parents=True)
        (daemon / SESSIONS / name / LOG).write_text(f"12:00:00 warning {event} times=3\n")
    for number, (place, event) in enumerate(
        ((daemon, "feed.renewed"), (daemon / SESSIONS / "20261121-100000-aa", "feed.lost"))
    ):
        write_bundle(place, tmp_path / f"{number}.zip", {})
        found = read(tmp_path / f"{number}.zip")
        assert found["log.txt"] == f"12:00:00 warning {event} times=3\n"
        assert found["steps.jsonl"]


@pytest.mark.fault("O12")
def test_reasons_that_hold_digits_are_left_out(tmp_path: Path) -> None:
    steps = [
        KillStepped("global", "tripped", "reconcile", reason, "uid 1000", "r1-1")
        for reason in ("USDT: the venue holds 123.5", "odd fills")
    ]
    write_bundle(run_of(tmp_path / "run", *steps), tmp_path / "bundle.zip", {})
    told = read(tmp_path / "bundle.zip")["steps.jsonl"]
    assert "123.5" not in told and "odd fills" in told and "left out" in told and "uid" not in told


@pytest.mark.fault("O12")
def test_secrets_in_a_log_are_in_no_bundle_whatever_shape_they_have(tmp_path: Path) -> None:
    log = f"key.read api_key={CANARY}\n12:00:00 info key.read pool={CANARY} text=secret='{SECRET}' \x1b[31m\n{'a1B2' * 10}\n"
    run, target = run_of(tmp_path / "run", log=log), tmp_path / "bundle.zip"
    write_bundle(run, target, {"BOT_BITGET_KEY": CANARY, "BOT_BITGET_SECRET": SECRET})
    assert read(target)["log.txt"] == "12:00:00 info    key.read pool=[hidden]\n"


@pytest.mark.fault("O12")
@pytest.mark.parametrize("form", [bytes.decode(form) for form in forms_of("sesame/open+it")])
def test_a_secret_that_this_machine_has_is_in_no_bundle_in_any_form(tmp_path: Path, form: str) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "bitget_passphrase").write_text("sesame/open+it\n")
    run, target = run_of(tmp_path / "run", StrategyQuarantined(form, "odd")), tmp_path / "bundle.zip"
    with pytest.raises(DataError, match=r"the value of bitget_passphrase stands in steps\.jsonl; nothing is written"):
        write_bundle(run, target, {"BOT_SECRETS": str(secrets)})
    assert not target.exists()


def test_a_damaged_journal_is_no_reason_for_no_bundle(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    data = bytearray((run / JOURNAL).read_bytes())
    data[len(data) // 2] ^= 1
    (run / JOURNAL).write_bytes(data)
    write_bundle(run, tmp_path / "bundle.zip", {})
    told = json.loads(read(tmp_path / "bundle.zip")["journal.json"])
    assert told["fault"] and told["findings"]
    with pytest.raises(DataError, match="cannot be written"):
        write_bundle(run, tmp_path / "bundle.zip", {})


def test_what_counts_as_a_secret_of_this_machine() -> None:
    found = secrets_of(
        {"BOT_BITGET_KEY": CANARY, "HOME": "/home/ann", "BOT_X_PASSPHRASE": "short", "API_TOKEN": "t" * 9}
    )
    assert found == {"BOT_BITGET_KEY": CANARY, "API_TOKEN": "t" * 9}
    assert base64.b64encode(b"abcdefg").rstrip(b"=") in set(forms_of("abcdefg"))
