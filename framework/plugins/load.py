"""From a plugin's name to its strategy class, or to a PluginError with file and line instead of a traceback."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
)
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final, TypeVar

from framework.kernel.interrupts import is_from_person
from framework.model.errors import PluginError
from framework.plugins.acting import loading
from framework.plugins.found import FOLDER, Plugin, plugin_named, readable_path
from framework.plugins.time_limit import Overdue, time_limit
from framework.strategy.base import Strategy

MODULE_PREFIX: Final = "strategy_plugin_"
Made = TypeVar("Made")


class FreshLoader(SourceFileLoader):
    """Compiles the source as it stands: a cached file may be older than the digest in the journal says."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the source, never of a cache."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


class Library:
    """The plugins of a folder, each imported once: strategies of one plugin share its class, and its fault is kept."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self._offered: dict[str, Sequence[type[Strategy]] | PluginError] = {}

    def load(self, use: str) -> type[Strategy]:
        """A strategy class, imported when it is asked for first.

        Args:
            use: as in config; `"pairs:Fast"` chooses one class of several in `pairs.py`.

        Raises:
            PluginError: not there, not importable (with file and line), not exactly one strategy, or async handlers.
        """
        name, _, class_name = use.partition(":")
        plugin = plugin_named(name, self.folder)
        strategy = _chosen(plugin, self.strategies_of(plugin), class_name)
        _refuse_async(strategy)
        return strategy

    def strategies_of(self, plugin: Plugin) -> Sequence[type[Strategy]]:
        """The strategies that a plugin offers, in the order of definition.

        Raises:
            PluginError: not importable, with file and line.
        """
        if plugin.name not in self._offered:
            try:
                self._offered[plugin.name] = strategies_of(plugin)
            except PluginError as error:
                self._offered[plugin.name] = error
        found = self._offered[plugin.name]
        if isinstance(found, PluginError):
            raise found
        return found


def load_plugin(name: str, folder: Path = FOLDER) -> type[Strategy]:
    """Import a plugin and give its strategy class; each call imports afresh. As `Library.load`."""
    return Library(folder).load(name)


def make(name: str, strategy: type[Strategy], parameters: Mapping[str, Any], folder: Path = FOLDER) -> Strategy:
    """An instance of a plugin's class: its `__init__` is the plugin's own code, and may raise anything.

    Args:
        name: as in config, where the class came from.

    Raises:
        PluginError: it could not be made; with file and line where its own code raised.
    """
    plugin = plugin_named(name.partition(":")[0], folder)
    return _guarded(plugin, lambda: strategy(**parameters))


def strategies_of(plugin: Plugin) -> Sequence[type[Strategy]]:
    """Import a plugin and give the strategies it offers, in the order of definition.

    Raises:
        PluginError: not importable, with file and line.
    """
    found = _guarded(plugin, lambda: _imported(plugin))
    if isinstance(found, ModuleType):
        return _defined_in(found)
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise PluginError(f"{plugin.where}: expected a subclass of Strategy, found {type(found).__name__}")
    return [found]


def _find_afresh(folder: Path) -> list[str]:
    """Have the modules of a plugin's folder found and compiled as they stand now; the folder, for its spec."""
    kinds = (FreshLoader, SOURCE_SUFFIXES), (ExtensionFileLoader, EXTENSION_SUFFIXES)
    for inner in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        sys.path_importer_cache[str(inner)] = FileFinder(str(inner), *kinds)
    return [str(folder)]


def _chosen(plugin: Plugin, found: Sequence[type[Strategy]], class_name: str) -> type[Strategy]:
    named = [strategy for strategy in found if class_name in ("", strategy.__name__)]
    if len(named) == 1:
        return named[0]
    names = ", ".join(strategy.__name__ for strategy in found) or "none"
    wanted = f"a strategy {class_name}" if class_name else "one subclass of Strategy"
    remedy = f'; say which, such as use = "{plugin.name}:{found[0].__name__}"' if len(found) > 1 else ""
    raise PluginError(f"{plugin.where}: expected {wanted}, found {names}{remedy}")


def _imported(plugin: Plugin) -> object:
    if plugin.path is None:
        assert plugin.entry is not None
        return plugin.entry.load()
    name, path = MODULE_PREFIX + plugin.name, plugin.path.absolute()
    for old in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[old]
    search = _find_afresh(path.parent) if path.name == "__init__.py" else None
    loader = FreshLoader(name, str(path))
    spec = spec_from_file_location(name, path, loader=loader, submodule_search_locations=search)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # annotations of its classes are looked up there
    loader.exec_module(module)
    return module


def _defined_in(module: ModuleType) -> Sequence[type[Strategy]]:
    """The strategies of a module; those it imports are not its own, `_Names` are for sharing code."""
    classes = [value for name, value in vars(module).items() if isinstance(value, type) and not name.startswith("_")]
    own = [kind for kind in classes if f"{kind.__module__}.".startswith(f"{module.__name__}.")]
    return [kind for kind in dict.fromkeys(own) if issubclass(kind, Strategy)]


def _refuse_async(strategy: type[Strategy]) -> None:
    for name, method in inspect.getmembers(strategy, inspect.isfunction):
        if inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method):
            code = method.__code__
            raise PluginError(
                f"{readable_path(Path(code.co_filename))}:{code.co_firstlineno}: {strategy.__name__}.{name} is async; handlers "
                "are plain functions: hand slow work over with self.offload(fn, ..., then=self.on_result)"
            )


def _guarded(plugin: Plugin, act: Callable[[], Made]) -> Made:
    """Run a plugin's own code; whatever it raises becomes a PluginError that says where."""
    try:
        with loading(), time_limit(plugin.where):
            return act()
    except BaseException as error:
        if is_from_person(error):
            raise
        said = str(error) if isinstance(error, PluginError | Overdue) else f"{type(error).__name__}: {error}"
        raise PluginError(f"{_place(plugin, error)}: {' '.join(said.split())}") from error


def _place(plugin: Plugin, error: BaseException) -> str:
    """File and line of the plugin's statement that failed."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{readable_path(Path(error.filename))}:{error.lineno}"
    try:
        own = [str(path.absolute()) for path in plugin.sources()]
    except PluginError:
        return plugin.where
    place, trace = plugin.where, error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file in own:
            place = f"{readable_path(Path(file))}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
