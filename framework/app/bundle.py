"""A bundle for support: what may be published of a run, made of what is listed by name alone.

Facts of records and of the log's lines are taken in by their names, which are those of no key, balance, position, order or
price; a reason in words is, where no digit stands in it. Every text passes what hides secrets in logs; and before it is
written all of it is looked through for the secrets that this machine has, in whatever form.
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

from framework.app.files import LOG, SESSIONS
from framework.app.first_record import VERSION
from framework.app.log_lines import told_line
from framework.gateway.key_files import BYTES_MAX, CREDENTIALS_DIRECTORY, SECRETS_DIRECTORY
from framework.kernel.journal.inspection import inspect_journal
from framework.kernel.journal.places import find_journal, records_of
from framework.kernel.logging import redact
from framework.kernel.records import Record, ReportTaken
from framework.kernel.secrets import is_secret_setting
from framework.model.errors import DataError
from framework.reports.records import kind_of, record_facts

TOLD: Final = ("run", "stop", "operator", "kill", "noticed", "latch", "sweep", "quarantine", "feed", "ban")
"""Kinds of records that are taken in: what happened to the run, nothing of what it traded."""
FACTS: Final = (
    "kind", "ts_ns", "format", "run_id", "framework", "python", "mode", "plugins", "started_ns", "laps", "venue", "until_ns",
    "instrument", "state", "strategy", "verb", "scope", "cause", "trip_id", "is_hard", "flatten", "phase", "asked", "filled",
    "cancelled", "swept_ns",
)  # fmt: skip
"""What is told of them: names, instants, and how many."""
TEXTS: Final = ("reason", "detail", "fault")
"""Words, told where no digit stands in them: a venue's balance, a limit's value or an order's id may."""
LEFT_OUT: Final = "(left out: it holds digits)"
STEPS_MAX: Final = 2_000
LOG_LINES_MAX: Final = 2_000
SECRET_MIN: Final = 6
"""Letters from which a value counts as a secret when the bundle is looked through."""
MANIFEST: Final = """What stands in this bundle:
  about.json     versions of framework, Python, system and packages
  journal.json   whether the journal is whole, and how many records of each kind it has
  steps.jsonl    starts, stops, commands, steps of the kill switch, sweeps, feeds, quarantines: the last {steps:,}
  reports.json   how often orders were accepted, refused and so on, by reason
  log.txt        the last lines of the newest session's log: instant, level, event, names and counts, no text
What does not: keys, settings of strategies, balances, positions, orders, fills, prices; reasons with a digit in them.
Secrets in texts are [hidden]. Read it before you publish it all the same.
"""


def write_bundle(run: Path, target: Path, environment: Mapping[str, str]) -> list[str]:
    """Write one, and tell what stands in it.

    Args:
        run: a run's folder, a daemon's, or that of one of its sessions, whose log is taken then.
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
    journal = find_journal(run.parent.parent if run.parent.name == SESSIONS else run)
    kinds, reports, steps = Counter[str](), Counter[str](), deque[str](maxlen=STEPS_MAX)
    fault = ""
    try:
        for record in records_of(journal):
            kinds[kind_of(record)] += 1
            if isinstance(record, ReportTaken):
                reports[f"{record.report.kind.value} {_harmless(record.report.reason)}".strip()] += 1
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
    yield "log.txt", "".join(f"{_clean(line)}\n" for line in _log_of(_log_place(run)))


def _step(record: Record) -> dict[str, Any]:
    facts = {"kind": kind_of(record), **record_facts(record)}
    told = {name: facts[name] for name in FACTS if name in facts}
    return told | {name: _harmless(str(facts[name])) for name in TEXTS if name in facts}


def _harmless(text: str) -> str:
    return LEFT_OUT if any(letter.isdigit() for letter in text) else text


def _about() -> dict[str, Any]:
    packages = sorted({f"{one.metadata['Name']} {one.version}" for one in distributions()})
    return {
        "framework": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": packages,
    }


def _log_place(run: Path) -> Path:
    """Where a run's log is; of a daemon that of its newest session. It may not be there."""
    folder = run if run.is_dir() else run.parent
    places = (folder, *(max(one.glob(f"{SESSIONS}/*/"), default=one) for one in (folder, folder.parent)))
    return next((place / LOG for place in places if (place / LOG).is_file()), folder / LOG)


def _log_of(path: Path) -> Sequence[str]:
    try:
        with path.open(encoding="utf-8", errors="backslashreplace") as file:
            return deque(filter(None, (told_line(line.rstrip("\n")) for line in file)), maxlen=LOG_LINES_MAX)
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
