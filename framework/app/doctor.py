"""`run.py doctor`: may this machine, with these settings and this key, trade live? Step by step, each with what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from framework.app.budget import reckon_rates
from framework.app.files import account_folder
from framework.app.keys import credentials_of
from framework.app.live.bitget import wanted_of
from framework.app.live.grids import Grids, known_grids
from framework.config import Config, load_config
from framework.config.limits import missing_limits
from framework.config.live import LiveTable
from framework.gateway.bitget.account import VenueAddress
from framework.gateway.bitget.found import FoundAccount, find_account
from framework.gateway.key_files import KeyParts, read_key
from framework.kernel.clock import RealClock, Stopwatch
from framework.model.errors import ConfigError, DataError, FrameworkError, PluginError, VenueError
from framework.plugins import Library
from framework.plugins.check import check_plugins, check_settings

SKEW_MS_MAX: Final = 1_000.0
"""From here on live trading only reduces; the venue refuses what is 30 s off."""
FREE_BYTES_MIN: Final = 2 << 30
"""A busy pair is a gigabyte of journal a day."""
SYNC_MS_MAX: Final = 50.0
"""An order waits until its record survives a power cut: on a disk slower than this every order is late."""


class State(StrEnum):
    """What came of a step."""

    GOOD = "good"
    FAULT = "fault"
    SKIPPED = "skipped"


class DoctorStep(Struct, frozen=True):
    """One thing that was looked at."""

    name: str
    state: State
    texts: tuple[str, ...]
    """What was found and, of a fault, what to do."""


class Doctor:
    """Looks at one settings file.

    Args:
        secrets: folder of the key's files; None: as the environment says.
    """

    def __init__(
        self, file: Path, secrets: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._file = file
        self._secrets = secrets
        self._environment = os.environ if environment is None else environment

    def examine(self) -> Iterator[DoctorStep]:
        """Every step, in the order in which a person mends them. A step that needs another one's good end is skipped."""
        yield self._step("settings", self._settings)
        try:
            config = load_config(self._file, takes_keys=True)
        except ConfigError:
            yield from (DoctorStep(name, State.SKIPPED, ("the settings come first",)) for name in AFTER_SETTINGS)
            return
        yield self._step("limits", lambda: _limits(config))
        yield self._step("budget", lambda: _budget(config))
        yield self._step("disk", lambda: _disk(Path(config.journal.folder)))
        yield from self._venue(config)

    def _step(self, name: str, look: Callable[[], list[str]]) -> DoctorStep:
        try:
            return DoctorStep(name, State.GOOD, tuple(look()))
        except FrameworkError as error:
            return DoctorStep(name, State.FAULT, tuple(str(error).splitlines()))

    def _settings(self) -> list[str]:
        library = Library()
        findings = [*check_plugins(library), *check_settings(self._file, library)]
        errors = [finding.text for finding in findings if not finding.is_warning]
        if errors:
            raise ConfigError("\n".join(errors))
        return [f"{self._file}: no fault", *(finding.text for finding in findings)]

    # The venue and the key.

    def _venue(self, config: Config) -> Iterator[DoctorStep]:
        live = config.live
        if live.venue != "bitget":
            what = f"[live] venue is {live.venue or 'not set'}: no key, and no clock but ours"
            yield from (DoctorStep(name, State.SKIPPED, (what,)) for name in OF_VENUE)
            return
        try:
            place = _place(live.host)
        except ConfigError as error:
            yield DoctorStep("venue", State.FAULT, (f"{self._file}: [live] {error}",))
            yield from (DoctorStep(name, State.SKIPPED, ("the venue comes first",)) for name in OF_VENUE[1:])
            return
        try:
            parts = read_key(live.key_name or live.venue, self._environment, self._secrets)
        except ConfigError as error:
            skipped = ("the key comes first",)
            steps = {name: DoctorStep(name, State.SKIPPED, skipped) for name in OF_VENUE}
            yield from (steps | {"key": DoctorStep("key", State.FAULT, (str(error),))}).values()
            return
        try:
            found = asyncio.run(_found(place, parts, live, known_grids(account_folder(config))))
        except (ConfigError, VenueError, DataError) as error:
            yield DoctorStep("venue", State.FAULT, (str(error),))
            yield from (DoctorStep(name, State.SKIPPED, ("the venue did not tell",)) for name in OF_VENUE[1:])
            return
        markets = ", ".join(there.id for there in found.instruments)
        yield DoctorStep("venue", State.GOOD, (f"{found.key.kind.value} account; takes orders for {markets}",))
        yield from _of_account(found)


OF_VENUE: Final = ("venue", "key", "account", "clock")
AFTER_SETTINGS: Final = ("limits", "budget", "disk", *OF_VENUE)


def _place(host: str) -> VenueAddress:
    name, _, number = host.rpartition(":")
    if not number.isascii() or not number.isdecimal() or not 0 < int(number) < 65_536:
        raise ConfigError(f"host: expected host and port such as 127.0.0.1:8080, found {host or 'none'}")
    place = VenueAddress(name.strip("[]"), int(number))
    place.dial()  # refuses every other machine, and says why
    return place


async def _found(place: VenueAddress, parts: KeyParts, live: LiveTable, grids: Grids) -> FoundAccount:
    credentials = credentials_of(parts, is_demo=live.demo)
    return await find_account(place.dial(), credentials, RealClock(), wanted_of(live, grids))


def _of_account(found: FoundAccount) -> Iterator[DoctorStep]:
    rights = ", ".join(dict.fromkeys(right.scope.value for right in found.key.rights.rights))
    bound = ", ".join(found.key.rights.ips)
    faults = tuple(f"{fault.kind}: {fault.text}" for fault in found.key.faults)
    yield DoctorStep("key", State.FAULT if faults else State.GOOD, faults or (f"may {rights}, from {bound}",))
    modes = tuple(
        f"{symbol}: not told to this key; an order in another mode is refused by the venue"
        if seen is None
        else f"{symbol}: {seen.hold_mode.value}, leverage {seen.leverage}"
        for symbol, seen in found.levers.items()
    )
    yield DoctorStep(
        "account", State.FAULT if found.mode_faults else State.GOOD, found.mode_faults or modes or ("spot",)
    )
    skew_ms = found.key.skew.ahead_ns / 1e6
    off = abs(skew_ms) > SKEW_MS_MAX
    text = f"the venue's clock is {skew_ms:+.1f} ms from ours"
    yield DoctorStep(
        "clock", State.FAULT if off else State.GOOD, (f"{text}; synchronise this machine's" if off else text,)
    )


def _limits(config: Config) -> list[str]:
    missing = missing_limits(config.limits, [seat.name for seat in config.seats()])
    if missing:
        raise ConfigError("\n".join(missing))
    return ["every limit that live trading needs is there"]


def _budget(config: Config) -> list[str]:
    if not config.seats():
        raise ConfigError("expected at least one enabled [strategy.NAME] table, found none")
    try:
        found = reckon_rates(config)
    except PluginError as error:
        raise ConfigError(str(error)) from error
    first, share = found.forecast.first, 100 * found.forecast.first.share
    text = f"{found.title}: {first.bucket} is full first, used to {share:.0f} %"
    if not found.can_live:
        raise ConfigError(f"{text}: orders would not leave; run.py budget shows all buckets; ask less often")
    return [text if found.forecast.fits else f"{text}: orders wait for others to share requests with"]


def _disk(folder: Path) -> list[str]:
    there = next((place for place in (folder, *folder.absolute().parents) if place.is_dir()), Path())
    free = shutil.disk_usage(there).free
    if free < FREE_BYTES_MIN:
        need = f"expected {FREE_BYTES_MIN >> 30} GiB free, found {free / (1 << 30):.1f}"
        raise ConfigError(f"{folder}: {need}; make room, or set [journal] folder elsewhere")
    try:
        synced_ms = _synced_ms(there)
    except OSError as error:
        raise ConfigError(f"{folder}: expected to write there, found {error.strerror}; set [journal] folder") from error
    if synced_ms > SYNC_MS_MAX:
        slow = f"expected a sync within {SYNC_MS_MAX:g} ms, found {synced_ms:.0f} ms"
        raise ConfigError(f"{folder}: {slow}: every order waits for it; use a local disk")
    return [f"{folder}: {free / (1 << 30):.0f} GiB free, synced in {synced_ms:.1f} ms"]


def _synced_ms(folder: Path) -> float:
    """How long a record takes to be safe: the middle of five."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as file:
        for _ in range(5):
            watch = Stopwatch()
            file.write(bytes(512))
            file.flush()
            os.fsync(file.fileno())
            took.append(1_000 * watch.elapsed_s)
    return sorted(took)[2]


def doctor_facts(steps: list[DoctorStep]) -> dict[str, Any]:
    """For `--json`."""
    return {
        "may_trade": all(step.state is not State.FAULT for step in steps),
        "steps": [{"step": step.name, "state": step.state.value, "texts": list(step.texts)} for step in steps],
    }
