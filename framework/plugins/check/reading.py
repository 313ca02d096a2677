"""A plugin's source, read once: its tree, what its names stand for, its strategy classes, its offloaded functions."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Final

from framework.plugins.check.finding import Finding
from framework.strategy.face import HOMES

Function = ast.FunctionDef | ast.AsyncFunctionDef
STRATEGY = "framework.Strategy"
WITH_EFFECTS: Final = frozenset(("antigravity", "this"))
"""Modules of Python that do something when they are imported."""


@dataclass(frozen=True)
class SourceFile:
    """One source file. `file` is its path for messages."""

    file: str
    tree: ast.Module

    def finding(self, node: ast.AST, what: str, fix: str = "", *, is_warning: bool = False) -> Finding:
        """A finding at a node."""
        return Finding(self.file, getattr(node, "lineno", 0), what, fix, is_warning)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node."""
        return list(ast.walk(self.tree))

    @cached_property
    def names(self) -> dict[str, str]:
        """What imported names stand for: `{"sleep": "time.sleep", "np": "numpy"}`."""
        found: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = (
                        alias.name if alias.asname else alias.name.partition(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                brought = _all_of(node.module) if is_star(node) else []
                found |= {name: f"{node.module}.{name}" for name in brought}
                found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        return found

    def dotted(self, node: ast.AST) -> str:
        """What an expression names, imports resolved: `time.sleep`; empty where it is no plain name."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            return f"{owner}.{node.attr}" if owner else ""
        return ""

    @cached_property
    def strategies(self) -> list[ast.ClassDef]:
        """The classes that derive from Strategy, by way of each other too."""
        known = {STRATEGY}
        found: list[ast.ClassDef] = []
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and any(self.dotted(base) in known for base in node.bases):
                known.add(node.name)
                found.append(node)
        return found

    @cached_property
    def functions(self) -> dict[str, list[Function]]:
        """Functions and methods by name."""
        found: dict[str, list[Function]] = {}
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.setdefault(node.name, []).append(node)
        return found

    @cached_property
    def offloaded(self) -> set[ast.AST]:
        """All nodes that run away from the loop: in functions given to `self.offload`, and in those they call."""
        waiting: list[ast.AST] = [
            node.args[0]
            for node in self.nodes
            if isinstance(node, ast.Call) and self.dotted(node.func) == "self.offload" and node.args
        ]
        inside: set[ast.AST] = set()
        while waiting:
            for body in self._bodies(waiting.pop()):
                if body not in inside:
                    inside |= set(ast.walk(body))
                    waiting += [node.func for node in ast.walk(body) if isinstance(node, ast.Call)]
        return inside

    def _bodies(self, given: ast.AST) -> Iterator[ast.AST]:
        """The functions that an expression stands for."""
        if isinstance(given, ast.Lambda):
            yield given
        elif isinstance(given, ast.Call) and given.args:  # partial(fetch, ...)
            yield from self._bodies(given.args[0])
        else:
            yield from self.functions.get(self.dotted(given).removeprefix("self."), [])


def is_star(node: ast.ImportFrom) -> bool:
    """Whether it is `from x import *`."""
    return any(alias.name == "*" for alias in node.names)


def _all_of(module: str) -> Iterable[str]:
    """What `import *` brings: of the face and of Python's own modules; nothing else is imported here."""
    if module == "framework":
        return HOMES
    if module.partition(".")[0] not in sys.stdlib_module_names - WITH_EFFECTS:
        return ()
    try:
        found = vars(import_module(module))
    except ImportError:
        return ()
    return found.get("__all__") or [name for name in found if not name.startswith("_")]


def own_methods(strategy: ast.ClassDef) -> list[Function]:
    """The methods that a class defines itself."""
    return [node for node in strategy.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
