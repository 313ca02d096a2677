"""Modules of the framework with a part of their text exchanged, for one process: a bug is what would stand in the file."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[3]


class Edit(NamedTuple):
    """A place in a module's text, and what is to stand there."""

    module: str
    """Below `framework`: `router.gate`."""
    old: str
    """Stands there exactly once."""
    new: str

    @property
    def name(self) -> str:
        """The module's own name."""
        return f"framework.{self.module}"

    @property
    def path(self) -> Path:
        """Its file."""
        return ROOT / f"{self.name.replace('.', '/')}.py"


class Outdated(Exception):
    """The code that an edit exchanges is not there any more, or stands there more than once."""


def edited(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits made.

    Raises:
        Outdated: an edit does not fit the text.
    """
    for edit in edits:
        found = text.count(edit.old)
        if found != 1:
            raise Outdated(
                f"expected this exactly once in {edit.name}, found it {found} times; make the edit anew:\n{edit.old}"
            )
        text = text.replace(edit.old, edit.new)
    return text


class Loader(SourceFileLoader):
    """Loads a module with its edits. Byte code is neither read nor written."""

    def __init__(self, name: str, path: str, edits: Sequence[Edit]) -> None:
        super().__init__(name, path)
        self._edits = edits

    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        source = Path(path).read_text(encoding="utf-8")
        return compile(edited(source, self._edits), path, "exec", dont_inherit=True)


class Finder(MetaPathFinder):
    """Finds the modules that have edits."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        self._edits: dict[str, list[Edit]] = {}
        for edit in edits:
            self._edits.setdefault(edit.name, []).append(edit)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See `MetaPathFinder`."""
        edits = self._edits.get(fullname)
        found = PathFinder.find_spec(fullname, path, target) if edits else None
        if edits is None or found is None or found.origin is None:
            return None
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=Loader(fullname, found.origin, edits)
        )


def exchange(edits: Sequence[Edit]) -> None:
    """From now on these modules are loaded with their edits. None of them may be loaded already."""
    loaded = [edit.name for edit in edits if edit.name in sys.modules]
    assert not loaded, f"expected modules that are not loaded, found {', '.join(loaded)}"
    sys.meta_path.insert(0, Finder(edits))
