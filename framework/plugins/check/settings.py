"""What is wrong with a settings file, the parameters of its strategies included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from framework.config import Config, ConfigFaults, check_capital, load_config
from framework.config.faults import KeyPath, key_text
from framework.config.layers import line_numbers
from framework.config.readiness import live_faults
from framework.model.errors import ConfigError, PluginError
from framework.plugins.check.finding import Finding
from framework.plugins.found import plugin_named
from framework.plugins.load import Library, make
from framework.strategy.base import Strategy
from framework.strategy.parameters import checked


def check_settings(path: Path, library: Library) -> list[Finding]:
    """The findings of one settings file, with the `BOT_...` variables that hold now; a key in them is no fault of it."""
    try:
        config = load_config(path, takes_keys=True)
    except ConfigFaults as error:
        return [Finding(fault.where, fault.line, f"{fault.key}: {fault.what}") for fault in error.faults]
    except ConfigError as error:
        return [Finding(path.as_posix(), 0, str(error).removeprefix(f"{path.as_posix()}: "))]
    wrong = [*_uses(config, library), *(list(_parameters(config, library)) or _unmade(config, library))]
    findings = list(_placed(path, wrong))
    return [*findings, *(Finding(path.as_posix(), 0, line) for line in _money(config))]


def parameter_faults(config: Config, library: Library) -> dict[str, list[str]]:
    """What is wrong with parameters of the settings, all at once and with lines: table -> texts.

    Empty where the settings' file cannot be read, as when they are a journal's.
    """
    wrong = list(_parameters(config, library))
    try:
        findings = list(_placed(Path(config.file), wrong))
    except (OSError, ValueError):
        return {}
    found: dict[str, list[str]] = {}
    for (key, _), finding in zip(wrong, findings, strict=True):
        found.setdefault(key[1], []).append(finding.text)
    return found


def _placed(path: Path, wrong: Sequence[tuple[KeyPath, str]]) -> Iterator[Finding]:
    """Faults of keys with file and line."""
    lines = line_numbers(path.read_text(encoding="utf-8"))
    for key, what in wrong:
        yield Finding(path.as_posix(), _line(lines, key), f"{key_text(key)}: {what}")


def _money(config: Config) -> list[str]:
    """A run of nobody; of paper trading what its balances cannot give; of live trading what it does not start with."""
    if not config.seats():
        return ["expected at least one enabled [strategy.NAME] table, found none"]
    if config.live.venue:
        return live_faults(config)
    try:
        check_capital(config.seats(), config.paper.balances)
    except ConfigError as error:
        return str(error).splitlines()
    return []


def _line(lines: dict[KeyPath, int], key: KeyPath) -> int:
    return next((lines[key[:end]] for end in range(len(key), 0, -1) if key[:end] in lines), 0)


def _uses(config: Config, library: Library) -> Iterator[tuple[KeyPath, str]]:
    """Plugins that are not there. Those that are, and cannot be used, are told of where they stand."""
    for name, table in config.strategy.items():
        try:
            plugin_named(table.use.partition(":")[0], library.folder)
        except PluginError as error:
            yield ("strategy", name, "use"), str(error)


def _unmade(config: Config, library: Library) -> Iterator[tuple[KeyPath, str]]:
    """Strategies that cannot be made: what their own `__init__` raises, and types that cannot be asked for."""
    for seat in config.seats():
        try:
            strategy = library.load(seat.use)
        except PluginError:
            continue  # told of where the plugin stands
        try:
            make(seat.use, strategy, seat.parameters, library.folder)
        except PluginError as error:
            yield ("strategy", seat.name.rpartition("/")[0] or seat.name), f"{seat.name}: {error}"


def _parameters(config: Config, library: Library) -> Iterator[tuple[KeyPath, str]]:
    for name, table in config.strategy.items():
        try:
            strategy = library.load(table.use)
        except PluginError:
            continue  # as above
        if table.each and "instrument" not in strategy.parameters:
            yield ("strategy", name, "each"), f"{strategy.__name__} has no parameter instrument for it to set"
        groups: list[tuple[KeyPath, dict[str, Any]]] = [(("strategy", name, "params"), table.params)]
        groups += [(("strategy", name, "params_for", id_), inner) for id_, inner in table.params_for.items()]
        for key, values in groups:
            for parameter, value in values.items():
                fault = _fault(strategy, parameter, value)
                if fault:
                    yield (*key, parameter), fault


def _fault(strategy: type[Strategy], parameter: str, value: object) -> str:
    try:
        checked(strategy, strategy.parameters, {parameter: value}, "")
    except PluginError as error:
        return str(error).removeprefix(": ").removeprefix(f".{parameter}: ")
    return ""
