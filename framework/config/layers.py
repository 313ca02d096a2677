"""The layers that settings are made of: a file, its local companion, the environment, the command line."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic_settings import BaseSettings, EnvSettingsSource

from framework.config.faults import ConfigFault, KeyPath, key_text
from framework.config.key_material import KEY_TABLES, NO_KEYS, NOT_HERE, find_key_material, without
from framework.config.tables import Config
from framework.kernel.clock import SET_UP
from framework.kernel.secrets import is_secret_setting
from framework.model.errors import ConfigError
from framework.model.spelling import nearest

PREFIX: Final = "BOT_"
BETWEEN: Final = "__"
HOME: Final = Path("config")
"""Where settings are usually kept."""
NOT_SETTINGS: Final = ("BOT_NO_BOOTSTRAP", SET_UP, "BOT_SECRETS")
"""Variables that are no settings: what `run.py` reads, what it tells, and the folder of keys, which is itself none."""
ENVIRONMENT: Final = "environment"
KEY_VARIABLE: Final = re.compile(r"BOT_[A-Z]+_(KEY|SECRET|PASSPHRASE)", re.ASCII)
"""A key, for what may have one (`framework.gateway.key_files`)."""
COMMAND_LINE: Final = "command line"
HEADING: Final = re.compile(r"\s*\[\[?(?P<key>[^\]#]+)\]")
ASSIGNMENT: Final = re.compile(r"""\s*(?P<key>(?:"[^"]*"|'[^']*'|[\w.-])+)\s*=""")


@dataclass(frozen=True)
class Layer:
    """Settings from one place, with the lines they stand on and the faults found while reading."""

    where: str
    settings: dict[str, Any]
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    faults: Sequence[ConfigFault] = ()

    @property
    def keys(self) -> Iterator[KeyPath]:
        """What is set here, of tables each key."""
        for name, value in self.settings.items():
            yield from ((name, inner) for inner in value) if isinstance(value, Mapping) else [(name,)]

    def holds(self, path: KeyPath) -> bool:
        """Whether a key is set here."""
        inner: Any = self.settings
        for name in path:
            if not isinstance(inner, Mapping) or name not in inner:
                return False
            inner = inner[name]
        return True

    def fault(self, path: KeyPath, what: str) -> ConfigFault:
        """A fault of a key of this layer."""
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 0)
        return ConfigFault(self.where, self._named(path), what, line)

    def _named(self, path: KeyPath) -> str:
        return variable_of(path) if self.where == ENVIRONMENT else key_text(path)

    def cleaned(self) -> Layer:
        """The same layer without key material, which becomes faults."""
        found = list(find_key_material(self.settings))
        faults = [self.fault(path, what) for path, what in found]
        settings = without(self.settings, {path for path, _ in found})
        return Layer(self.where, settings, self.lines, (*self.faults, *faults))


def variable_of(path: KeyPath) -> str:
    """The environment variable of a key: `BOT_PAPER__SPEED`."""
    return PREFIX + BETWEEN.join(path).upper()


def file_layer(path: Path) -> Layer:
    """The settings of a TOML file.

    Raises:
        ConfigError: missing, unreadable, or not TOML.
    """
    where = path.as_posix()
    text = _text_of(path)
    try:
        settings = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: expected TOML: {_explained(str(error))}") from error
    return Layer(where, settings, line_numbers(text)).cleaned()


def _here() -> str:
    try:
        return Path.cwd().as_posix()
    except OSError:
        return "a folder that is gone"


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        folders = {folder: sorted(file.name for file in folder.glob("*.toml")) for folder in (path.parent, HOME)}
        there = [f"{folder.as_posix()} holds {', '.join(names)}" for folder, names in folders.items() if names]
        hint = (
            "; ".join(there) or f"looked for in {_here()}: go to the project's folder first, or name a file by --config"
        )
        raise ConfigError(f"{path.as_posix()}: expected a settings file, found none; {hint}") from error
    except IsADirectoryError as error:
        raise ConfigError(f"{path.as_posix()}: expected a settings file, found a folder; name a file in it") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.as_posix()}: expected UTF-8 text, found byte {error.start} that is none") from error
    except OSError as error:
        raise ConfigError(f"{path.as_posix()}: cannot be read: {error.strerror}; check its permissions") from error


def _explained(message: str) -> str:
    """What tomllib says, and what it means where that is not plain."""
    if message.startswith("Cannot declare"):
        return f"{message}; a table stands there twice: two strategies need two names"
    if message.startswith("Cannot overwrite"):
        return f"{message}; a key stands there twice"
    return message


def line_numbers(text: str) -> dict[KeyPath, int]:
    """The line of each heading and key. Keys inside inline tables have the line of their table."""
    lines: dict[KeyPath, int] = {}
    heading: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if match := HEADING.match(line):
            heading = _path_of(match["key"])
            lines.setdefault(heading, number)
        elif match := ASSIGNMENT.match(line):
            lines.setdefault((*heading, *_path_of(match["key"])), number)
    return lines


def _path_of(key: str) -> KeyPath:
    """A dotted, perhaps quoted key as its parts; none where it is no key (a line of a longer text, say)."""
    path: list[str] = []
    with contextlib.suppress(tomllib.TOMLDecodeError):
        inner: Any = tomllib.loads(f"{key} = 0")
        while isinstance(inner, dict):
            ((name, inner),) = inner.items()
            path.append(name)
    return tuple(path)


class LayeredSettings(Config, BaseSettings):  # type: ignore[misc]  # two kinds of model_config, of which Table's holds
    """The settings as pydantic-settings wants them; only its environment source is used."""


class Environment(EnvSettingsSource):
    """`BOT_PAPER__SPEED=max`. What is not JSON is text, so that `1000 USDT` needs no quotes in quotes.

    Parameters of strategies stay text unless they are lists or tables: only the strategy knows their types.
    """

    def decode_complex_value(self, field_name: str, field: Any, value: Any) -> Any:
        """JSON where it is JSON."""
        with contextlib.suppress(ValueError):
            return super().decode_complex_value(field_name, field, value)
        return value


def environment_layer(*, takes_keys: bool = False) -> Layer:
    """The settings of the `BOT_...` variables, the unknown among them as faults.

    Args:
        takes_keys: variables that hold a key are no fault; they are read elsewhere.
    """
    names = [name for name in sorted(os.environ) if not (takes_keys and KEY_VARIABLE.fullmatch(name))]
    faults = [fault for name in names if (fault := _variable_fault(name)) is not None]
    settings = Environment(LayeredSettings, env_prefix=PREFIX, env_nested_delimiter=BETWEEN)()
    return Layer(ENVIRONMENT, _decoded(settings), faults=faults).cleaned()


def _decoded(value: Any) -> Any:
    """Lists and tables that are still written as JSON, read."""
    if isinstance(value, dict):
        return {name: _decoded(inner) for name, inner in value.items()}
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value


def _variable_fault(name: str) -> ConfigFault | None:
    if not name.upper().startswith(PREFIX) or name in NOT_SETTINGS:
        return None
    first = name[len(PREFIX) :].lower().split(BETWEEN)[0]
    if first in Config.model_fields:
        return None
    if first in KEY_TABLES:
        return ConfigFault(ENVIRONMENT, name, NO_KEYS)
    if is_secret_setting(name):
        return ConfigFault(ENVIRONMENT, name, NOT_HERE)
    known = [variable_of((field,)) for field in Config.model_fields]
    return ConfigFault(ENVIRONMENT, name, f"unknown variable{nearest(name.upper(), known)}")


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others laid over them, table by table; the order below is kept."""
    merged = dict(below)
    for name, value in above.items():
        under = merged.get(name)
        both = isinstance(under, Mapping) and isinstance(value, Mapping)
        merged[name] = laid_over(under, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return merged
