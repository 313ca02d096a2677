"""A bundle for support: made of a list, without secrets, and looked through before it is written."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest

from framework.app.bundle import forms_of, secrets_of, write_bundle
from framework.app.files import JOURNAL, LOG
from framework.kernel.journal import JournalWriter
from framework.kernel.records import Record
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
def test_secrets_in_a_log_are_hidden_whatever_shape_they_have(tmp_path: Path) -> None:
    log = f"key.read api_key={CANARY}\nsaid {CANARY} and secret='{SECRET}' \x1b[31m\nAuthorization: Bearer {'a1B2' * 10}\n"
    run, target = run_of(tmp_path / "run", log=log), tmp_path / "bundle.zip"
    write_bundle(run, target, {"BOT_BITGET_KEY": CANARY, "BOT_BITGET_SECRET": SECRET})
    said = read(target)["log.txt"]
    assert CANARY not in said and SECRET not in said and "a1B2" not in said and "\x1b" not in said
    assert "[hidden]" in said


@pytest.mark.fault("O12")
@pytest.mark.parametrize("form", [bytes.decode(form) for form in forms_of("sesame/open+it")])
def test_a_secret_that_this_machine_has_is_in_no_bundle_in_any_form(tmp_path: Path, form: str) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "bitget_passphrase").write_text("sesame/open+it\n")
    run, target = run_of(tmp_path / "run", log=f"a plugin wrote {form} here\n"), tmp_path / "bundle.zip"
    with pytest.raises(DataError, match=r"the value of bitget_passphrase stands in log\.txt; nothing is written"):
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
