"""Calls of what Strategy offers: arguments that it does not take, names that it does not have."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Iterator
from inspect import Signature
from typing import Final

from framework.plugins.check.finding import Finding
from framework.plugins.check.reading import SourceFile, own_methods
from framework.strategy.base import Strategy

OFFERED: Final = {
    name: inspect.signature(method)
    for name, method in inspect.getmembers(Strategy, inspect.isfunction)
    if not name.startswith(("_", "on_"))
}
"""Name -> how it is called."""
VALUES: Final = frozenset(name for name, _ in inspect.getmembers(Strategy, lambda found: isinstance(found, property)))
"""What is read and not called."""
MEMBER_MEANT: Final = {"log": '.info("event.name", ...)', "random": ".random()"}
CLOSE: Final = 0.6


def check_verbs(reading: SourceFile) -> Iterator[Finding]:
    """Every call `self.name(...)` that would raise a TypeError or an AttributeError when its event comes."""
    for strategy in reading.strategies:
        own = _own_names(strategy)
        is_whole = all(reading.dotted(base) == "framework.Strategy" for base in strategy.bases)
        for node in ast.walk(strategy):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            name = reading.dotted(node.func).removeprefix("self.")
            if name != node.func.attr or name in own:  # of something else, or the plugin's own
                continue
            if name in OFFERED:
                yield from _arguments(reading, node, name, OFFERED[name])
            elif name in VALUES:
                fix = f"write self.{name}{MEMBER_MEANT.get(name, '')}"
                yield reading.finding(node, f"self.{name} is a value and is not called", fix)
            elif is_whole and (close := difflib.get_close_matches(name, OFFERED, 1, CLOSE)):
                yield reading.finding(node, f"Strategy has no {name}", f"write self.{close[0]}(...)")


def _own_names(strategy: ast.ClassDef) -> set[str]:
    """What a class defines itself, or sets on self."""
    methods = {method.name for method in own_methods(strategy)}
    stored = {
        node.attr for node in ast.walk(strategy) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    names = {
        node.id for part in strategy.body for node in ast.walk(part) if isinstance(part, ast.Assign | ast.AnnAssign)
        and isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }  # fmt: skip
    return methods | stored | names


def _arguments(reading: SourceFile, call: ast.Call, name: str, signature: Signature) -> Iterator[Finding]:
    """What does not fit; calls with `*` or `**` say nothing before they are made."""
    given = [word.arg for word in call.keywords]
    if None in given or any(isinstance(argument, ast.Starred) for argument in call.args):
        return
    try:
        signature.bind(None, *call.args, **{str(word): None for word in given})
    except TypeError as error:
        takes = [parameter for parameter in signature.parameters if parameter != "self"]
        close = [difflib.get_close_matches(str(word), takes, 1, CLOSE) for word in given if word not in takes]
        meant = f"write {close[0][0]}=" if close and close[0] else f"it takes {', '.join(takes)}"
        yield reading.finding(call, f"self.{name}(...): {error}", meant)
