"""Which plugins there are: a file or folder in `strategies/`, or an entry point of an installed package."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from framework.model.errors import PluginError
from framework.model.money import shorten
from framework.model.spelling import nearest

GROUP: Final = "framework.strategies"
FOLDER: Final = Path("strategies")
NAME: Final = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Plugin:
    """A strategy plugin that was found; nothing of it has been imported."""

    name: str
    path: Path | None
    """Its file, or the `__init__.py` of its folder; None for an entry point."""
    entry: EntryPoint | None = None

    @property
    def where(self) -> str:
        """For messages: `strategies/sma_cross.py`, or `entry point sma_cross = package.module:SmaCross`."""
        if self.path is not None:
            return readable_path(self.path)
        assert self.entry is not None
        return f"entry point {self.entry.name} = {self.entry.value}"

    def sources(self) -> Sequence[Path]:
        """Its Python files, in the order of their names.

        Raises:
            PluginError: an entry point that names a module which is not there.
        """
        start = self.path if self.path is not None else self._origin()
        return sorted(start.parent.rglob("*.py")) if start.name == "__init__.py" else [start]

    def _origin(self) -> Path:
        assert self.entry is not None
        spec = self._spec(self.entry.module)
        if spec is None or spec.origin is None:
            raise PluginError(f"{self.where}: expected a module {self.entry.module}, found none; reinstall its package")
        return Path(spec.origin)

    def _spec(self, module: str) -> ModuleSpec | None:
        try:
            return find_spec(module)
        except ImportError:
            return None


@dataclass(frozen=True)
class FoundPlugins:
    """The plugins by name, and why others cannot be used: name -> fault."""

    plugins: dict[str, Plugin]
    faults: dict[str, str]


def find_plugins(folder: Path = FOLDER) -> dict[str, Plugin]:
    """The plugins of a folder and of the entry-point group `framework.strategies`, sorted by name.

    What cannot be a plugin (an odd name, a link out of the folder, a name given twice) is left out; `load_plugin` and
    `run.py check` say why.
    """
    return search(folder).plugins


def search(folder: Path = FOLDER) -> FoundPlugins:
    """As `find_plugins`, with the faults."""
    plugins: dict[str, Plugin] = {}
    faults: dict[str, str] = {}
    for plugin in [*_in_folder(folder), *_installed()]:
        twin = plugins.get(plugin.name)
        fault = _fault(plugin, folder)
        if fault is not None:
            faults.setdefault(plugin.name, fault)
        elif twin is not None:
            faults.setdefault(plugin.name, f"{plugin.name}: found twice, {twin.where} and {plugin.where}; rename one")
        else:
            plugins[plugin.name] = plugin
    usable = {name: plugin for name, plugin in sorted(plugins.items()) if name not in faults}
    return FoundPlugins(usable, dict(sorted(faults.items())))


def plugin_named(name: str, folder: Path = FOLDER) -> Plugin:
    """The plugin of a name.

    Raises:
        PluginError: none, with the nearest spelling, or one that cannot be used.
    """
    if NAME.fullmatch(name) is None:
        raise PluginError(f"expected a plugin's name of 1 to 64 of a-z, 0-9 and _, found {shorten(name)}")
    found = search(folder)
    if name in found.faults:
        raise PluginError(found.faults[name])
    if name not in found.plugins:
        raise PluginError(
            f"no plugin {name!r} in {readable_path(folder)} or among entry points{nearest(name, found.plugins)}"
        )
    return found.plugins[name]


def code_digest(plugin: Plugin) -> str:
    """SHA-256 (hex) of the plugin's Python files and their names, for the journal.

    Raises:
        PluginError: its files cannot be read.
    """
    digest = hashlib.sha256()
    sources = plugin.sources()
    for path in sources:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise PluginError(f"{readable_path(path)}: cannot be read: {error.strerror}") from error
        name = path.relative_to(sources[0].parent).as_posix() if len(sources) > 1 else path.name
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def readable_path(path: Path) -> str:
    """A path as messages have it: from the current folder where it lies below."""
    absolute, here = path.absolute(), Path.cwd()
    return (absolute.relative_to(here) if absolute.is_relative_to(here) else path).as_posix()


def _in_folder(folder: Path) -> Iterator[Plugin]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith((".", "_")):
            continue
        if entry.suffix == ".py":
            yield Plugin(entry.stem, entry)
        elif (entry / "__init__.py").is_file():
            yield Plugin(entry.name, entry / "__init__.py")


def _installed() -> Iterator[Plugin]:
    return (Plugin(entry.name, None, entry) for entry in _entries(tuple(sys.path)))


@lru_cache(maxsize=1)
def _entries(_folders: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """What is installed in these folders: finding it reads the metadata of every package, so it is done once."""
    # A package that stands twice on the path is one package.
    entries = {(entry.name, entry.value): entry for entry in reversed(tuple(entry_points(group=GROUP)))}
    return tuple(entries[key] for key in sorted(entries))


def _fault(plugin: Plugin, folder: Path) -> str | None:
    if NAME.fullmatch(plugin.name) is None:
        return f"{plugin.where}: expected a name of 1 to 64 of a-z, 0-9 and _, found {shorten(plugin.name)}; rename it"
    if plugin.path is not None and not plugin.path.resolve().is_relative_to(folder.resolve()):
        return f"{plugin.where}: a link out of {readable_path(folder)}; copy the file into the folder"
    return None
