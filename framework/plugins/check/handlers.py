"""Handlers: names that nobody calls, signatures that do not fit, events that nobody asked for."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Iterator
from typing import Final

from framework.plugins.check.finding import Finding
from framework.plugins.check.reading import Function, SourceFile, own_methods
from framework.strategy.base import Strategy

HANDLERS: Final = {
    name: [parameter for parameter in inspect.signature(method).parameters if parameter != "self"]
    for name, method in inspect.getmembers(Strategy, inspect.isfunction)
    if name.startswith("on_")
}
"""Name -> names of the arguments."""
FED_BY: Final = {
    "on_quote": "quotes",
    "on_trade": "trades",
    "on_bar": "bars",
    "on_book": "books",
    "on_mark": "marks",
    "on_funding": "fundings",
}
"""Handler -> the subscription without which it is never called."""
READ_ELSEWHERE: Final = ("quotes", "books")
"""Subscriptions that make sense without a handler: `self.quote(i)` and `self.book(i)` read them."""
TIMERS: Final = ("framework.every", "framework.cron")
OFFLOAD: Final = "make it a plain def, and hand slow work over with self.offload(fn, ..., then=self.on_result)"


def check_handlers(reading: SourceFile) -> Iterator[Finding]:
    """Every fault of the strategies' methods."""
    for strategy in reading.strategies:
        used = [node.attr for node in ast.walk(strategy) if isinstance(node, ast.Attribute)]
        for method in own_methods(strategy):
            yield from _method(reading, method, is_used=method.name in used)
        if all(reading.dotted(base) == "framework.Strategy" for base in strategy.bases):
            yield from _subscriptions(reading, strategy)


def _method(reading: SourceFile, method: Function, *, is_used: bool) -> Iterator[Finding]:
    if isinstance(method, ast.AsyncFunctionDef):
        yield reading.finding(method, f"{method.name} is async", OFFLOAD)
        return
    timer = next((mark for mark in method.decorator_list if _timer_name(reading, mark)), None)
    if method.name in HANDLERS:
        yield from _signature(reading, method, HANDLERS[method.name])
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(method)):
            yield reading.finding(method, f"{method.name} has a yield and so never runs", "take the yield out")
    elif timer is not None:
        yield from _signature(reading, method, [])
        if not isinstance(timer, ast.Call):
            name = _timer_name(reading, timer)
            yield reading.finding(method, f"@{name} without its span", f'write @{name}("...")')
    elif not is_used and (meant := _meant(method.name)):
        yield reading.finding(method, f"{method.name} is no handler and nobody calls it", meant)


def _timer_name(reading: SourceFile, mark: ast.expr) -> str:
    name = reading.dotted(mark.func if isinstance(mark, ast.Call) else mark)
    return name.rpartition(".")[2] if name in TIMERS else ""


def _meant(name: str) -> str:
    """What to do with a method that looks like a handler; empty where it does not."""
    plain = {known.replace("_", ""): known for known in HANDLERS}
    same = plain.get(name.replace("_", "").lower())
    close = [same] if same else difflib.get_close_matches(name, HANDLERS, 1, 0.75)
    if close and (same or name.startswith("on")):
        return f"rename it to {close[0]}"
    return f"handlers are {', '.join(HANDLERS)}" if name.startswith("on_") else ""


def _signature(reading: SourceFile, method: ast.FunctionDef, wanted: list[str]) -> Iterator[Finding]:
    """A handler takes self and its arguments, whatever they are called."""
    given = method.args
    positional = [*given.posonlyargs, *given.args]
    needed = len(positional) - len(given.defaults)
    most = len(positional) if given.vararg is None else 99
    forced = [name.arg for name, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    odd = [
        mark for mark in method.decorator_list if reading.dotted(mark) in ("staticmethod", "classmethod", "property")
    ]
    if odd or forced or not needed <= len(wanted) + 1 <= most:
        found = ", ".join(name.arg for name in positional)
        yield reading.finding(
            method,
            f"{method.name}({found}) does not fit its call",
            f"write def {method.name}({', '.join(['self', *wanted])}) without other arguments or such decorators",
        )


def _subscriptions(reading: SourceFile, strategy: ast.ClassDef) -> Iterator[Finding]:
    called = [reading.dotted(node.func) for node in ast.walk(strategy) if isinstance(node, ast.Call)]
    methods = {method.name: method for method in own_methods(strategy)}
    for handler, subscription in FED_BY.items():
        if handler in methods and f"self.{subscription}" not in called:
            fix = f"call self.{subscription}(...) in on_start"
            yield reading.finding(methods[handler], f"{handler} is never called: nothing subscribes", fix)
        is_useless = subscription not in READ_ELSEWHERE and handler not in methods
        if is_useless and f"self.{subscription}" in called:
            what = f"{strategy.name} subscribes with self.{subscription}(...) and has no {handler}"
            yield reading.finding(strategy, what, f"write {handler}, or take the call out")
