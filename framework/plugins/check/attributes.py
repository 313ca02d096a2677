"""Class attributes: parameters without default, names that belong to Strategy, state that all instances share."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Iterator
from typing import Final

from framework.plugins.check.finding import Finding
from framework.plugins.check.handlers import HANDLERS
from framework.plugins.check.reading import SourceFile, own_methods
from framework.strategy.base import Strategy

TAKEN: Final = frozenset(name for name in dir(Strategy) if not name.startswith("_"))
"""Names that the base class uses."""
MUTABLE: Final = (
    "list",
    "dict",
    "set",
    "bytearray",
    "collections.deque",
    "collections.defaultdict",
    "collections.Counter",
)

CHANGING: Final = frozenset(
    name for kind in (list, dict, set, deque) for name in dir(kind) if not name.startswith("_")
) - frozenset(("copy", "count", "get", "index", "items", "keys", "values", "union", "issubset", "isdisjoint"))
"""Methods that change what they are called on."""


def check_attributes(reading: SourceFile) -> Iterator[Finding]:
    """Every fault of what stands in the class bodies, and of what overwrites the base."""
    for strategy in reading.strategies:
        for node in strategy.body:
            if isinstance(node, ast.AnnAssign | ast.Assign):
                yield from _attribute(reading, node, _changed(strategy))
            elif isinstance(node, ast.ClassDef) and node.name == "State":
                yield from _state(reading, node)
        yield from _overwritten(reading, strategy)


def _attribute(reading: SourceFile, node: ast.AnnAssign | ast.Assign, changed: Collection[str]) -> Iterator[Finding]:
    for name in _targets(node):
        if name in TAKEN:
            yield reading.finding(node, f"{name} belongs to Strategy", "call it otherwise")
        elif isinstance(node, ast.AnnAssign) and node.value is None and not name.startswith("_"):
            kind = ast.unparse(node.annotation)
            if not kind.removeprefix("typing.").startswith("ClassVar"):
                yield reading.finding(node, f"parameter {name} has no default", f"write {name}: {kind} = ...")
        elif name in changed and node.value is not None and _is_mutable(reading, node.value):
            what = f"{name} is shared by all instances and lost in a restart"
            fix = "build it in on_start, or keep it in class State"
            yield reading.finding(node, what, fix, is_warning=True)


def _changed(strategy: ast.ClassDef) -> list[str]:
    """The attributes of self whose content the class changes: `self.seen[x] = y`, `self.seen.append(x)`."""
    found = []
    for node in ast.walk(strategy):
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            found.append(ast.unparse(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            found.append(ast.unparse(node.func.value))
    return [name.removeprefix("self.") for name in found if name.startswith("self.")]


def _state(reading: SourceFile, state: ast.ClassDef) -> Iterator[Finding]:
    for node in state.body:
        if isinstance(node, ast.Assign):
            names = ", ".join(_targets(node))
            yield reading.finding(node, f"State.{names} is not saved", f"annotate it: {names}: int = ...")
        elif isinstance(node, ast.AnnAssign):
            name = ", ".join(_targets(node))
            if node.value is None:
                yield reading.finding(node, f"State.{name} has no default", f"write {name}: ... = ...")
            elif _is_mutable(reading, node.value):
                fix = f"write {name}: ... = field(default_factory=...), from dataclasses import field"
                yield reading.finding(node, f"State.{name} has a default that instances would share", fix)


def _overwritten(reading: SourceFile, strategy: ast.ClassDef) -> Iterator[Finding]:
    for method in own_methods(strategy):
        if method.name in TAKEN and method.name not in HANDLERS:
            yield reading.finding(method, f"{method.name} belongs to Strategy", "call the method otherwise")
    for node in ast.walk(strategy):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for target in _stores(node):
                if target.attr in TAKEN or target.attr == "state":
                    fix = "set its attributes: self.state.x = ..." if target.attr == "state" else "call it otherwise"
                    yield reading.finding(node, f"self.{target.attr} belongs to Strategy", fix)


def _stores(node: ast.AST) -> Iterator[ast.Attribute]:
    """The attributes of self that a statement sets."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and ast.unparse(part.value) == "self":
            yield part


def _targets(node: ast.AnnAssign | ast.Assign) -> list[str]:
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_mutable(reading: SourceFile, value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return reading.dotted(value.func) in MUTABLE
    return isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)
