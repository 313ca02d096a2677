"""A bundle for support: what may be published of a run, made of what is listed here alone.

No key, no balance, no position, no order and no price is taken in; every text passes what hides secrets in logs; and
before it is written all of it is looked through for the secrets that this machine has, in whatever form.
"""

from __future__ import annotations

import base64
import json
import platform
import zipfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path, PurePath
from typing import Any, Final
from urllib.parse import quote

from framework.app.files import LOG
from framework.app.first_record import VERSION
from framework.gateway.key_files import BYTES_MAX, CREDENTIALS_DIRECTORY, SECRETS_DIRECTORY
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.places import find_journal, records_of
from framework.kernel.logging import redact
from framework.kernel.records import Record, ReportTaken, RunStarted
from framework.kernel.secrets import is_secret_setting
from framework.model.errors import DataError
from framework.reports.records import kind_of, record_facts

TOLD: Final = ("run", "stop", "operator", "kill", "noticed", "latch", "sweep", "quarantine", "feed", "ban")
"""Kinds of records that are taken in whole: what happened to the run, nothing of what it traded."""
STEPS_MAX: Final = 2_000
LOG_LINES_MAX: Final = 2_000
SECRET_MIN: Final = 6
"""Letters from which a value counts as a secret when the bundle is looked through."""
MANIFEST: Final = """What stands in this bundle:
  about.json     versions of framework, Python, system and packages
  journal.json   whether the journal is whole, and how many records of each kind it has
  steps.jsonl    starts, stops, commands, steps of the kill switch, sweeps, feeds, quarantines: the last {steps:,}
  reports.json   how often orders were accepted, refused and so on, by reason
  log.txt        the last lines of the log
What does not: keys, settings of strategies, balances, positions, orders, fills, prices.
Secrets in texts are [hidden]. Read it before you publish it all the same.
"""


def write_bundle(run: Path, target: Path, environment: Mapping[str, str]) -> list[str]:
    """Write one, and tell what stands in it.

    Args:
        run: a run's folder.
        target: a file that is not there yet.
        environment: names the secrets of this machine, which must not be in it.

    Raises:
        ConfigError, DataError: there is no such run, the file cannot be written, or a secret was found.
    """
    parts = {name: text.encode("utf-8", "backslashreplace") for name, text in _parts(run)}
    for name, data in parts.items():
        for whose in found_in(data, secrets_of(environment)):
            raise DataError(
                f"bundle: the value of {whose} stands in {name}; nothing is written: tell where it came from"
            )
    try:
        with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED) as file:
            for name, data in parts.items():
                file.writestr(name, data)
    except OSError as error:
        raise DataError(f"bundle {target}: cannot be written: {error.strerror or error}") from error
    return [f"{len(data):>9,}  {name}" for name, data in parts.items()]


def _parts(run: Path) -> Iterator[tuple[str, str]]:
    """Name and text of each file."""
    journal = find_journal(run)
    kinds, reports, steps = Counter[str](), Counter[str](), deque[str](maxlen=STEPS_MAX)
    fault = ""
    try:
        for record in records_of(journal):
            kinds[kind_of(record)] += 1
            if isinstance(record, ReportTaken):
                reports[f"{record.report.kind.value} {record.report.reason}".strip()] += 1
            elif kind_of(record) in TOLD:
                steps.append(_json(_step(record)))
    except DataError as error:  # what is damaged is a reason to ask for support
        fault = str(error)
    inspection = asdict(inspect_journal(journal))
    yield "README.txt", MANIFEST.format(steps=STEPS_MAX)
    yield "about.json", _json(_about())
    yield "journal.json", _json(_shortened({**inspection, "kinds": dict(sorted(kinds.items())), "fault": fault}))
    yield "steps.jsonl", "".join(f"{line}\n" for line in steps)
    yield "reports.json", _json(dict(sorted(reports.items())))
    yield "log.txt", "".join(f"{_clean(line)}\n" for line in _log_of(run))


def _step(record: Record) -> dict[str, Any]:
    facts = {"kind": kind_of(record), **record_facts(record)}
    if isinstance(record, RunStarted):
        del facts["config"]  # what strategies are told to do is nobody's but their owner's
    return facts


def _about() -> dict[str, Any]:
    packages = sorted({f"{one.metadata['Name']} {one.version}" for one in distributions()})
    return {
        "framework": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": packages,
    }


def _log_of(run: Path) -> Sequence[str]:
    path = (run if run.is_dir() else run.parent) / LOG
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            return deque((line.rstrip("\n") for line in file), maxlen=LOG_LINES_MAX)
    except OSError:
        return ["no log"]


def _shortened(facts: Any) -> Any:
    """The same with paths cut to their names: folders tell who somebody is."""
    if isinstance(facts, dict):
        return {name: _shortened(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [_shortened(each) for each in facts]
    return PurePath(facts).name if isinstance(facts, str) and facts.startswith("/") else facts


def _clean(text: str) -> str:
    clean = str(redact(text))
    return clean.replace(str(Path.home()), "~")


def _json(facts: Any) -> str:
    return _clean_json(json.dumps(redact(facts), ensure_ascii=False, sort_keys=True))


def _clean_json(text: str) -> str:
    return text.replace(str(Path.home()), "~")


def secrets_of(environment: Mapping[str, str]) -> dict[str, str]:
    """Name -> value of every secret that this machine tells of: in the environment, and in the folders that it names."""
    found = {name: value for name, value in environment.items() if is_secret_setting(name)}
    for folder in filter(None, (environment.get(SECRETS_DIRECTORY), environment.get(CREDENTIALS_DIRECTORY))):
        found.pop(SECRETS_DIRECTORY, None)
        found.pop(CREDENTIALS_DIRECTORY, None)
        for path in sorted(Path(folder).iterdir()) if Path(folder).is_dir() else ():
            if path.is_file() and path.stat().st_size <= BYTES_MAX:
                found[path.name] = path.read_text(encoding="utf-8", errors="replace").strip()
    return {name: value for name, value in found.items() if len(value) >= SECRET_MIN}


def found_in(data: bytes, secrets: Mapping[str, str]) -> list[str]:
    """The names of those whose value stands there: as it is, in base 64, in hexadecimal, or as in a URL."""
    return [name for name, value in secrets.items() if any(form in data for form in forms_of(value))]


def forms_of(secret: str) -> Iterator[bytes]:
    """A secret as it may be written."""
    raw = secret.encode()
    yield raw
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")
    yield raw.hex().encode()
    yield quote(secret, safe="").encode()
    yield json.dumps(secret)[1:-1].encode()
