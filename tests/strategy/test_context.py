"""What the base class asks of its seat is what the Protocol says, and the engine's seat has all of it."""

from __future__ import annotations

import ast
import inspect

from framework.engine.seat import Seat
from framework.strategy import base
from framework.strategy.context import Context

PROMISED = {name for name in [*vars(Context), *Context.__annotations__] if not name.startswith("_")}


def test_a_strategy_uses_nothing_that_the_context_does_not_promise() -> None:
    tree = ast.parse(inspect.getsource(base))
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self._context", "context")
    }
    assert asked <= PROMISED
    assert len(asked) > 10


def test_the_engines_seat_keeps_the_promise_with_the_same_arguments() -> None:
    made = inspect.getsource(Seat.__init__)
    for name in PROMISED:
        if not hasattr(Seat, name):
            assert f"self.{name} =" in made, name
        elif inspect.isfunction(wanted := getattr(Context, name)):
            assert list(inspect.signature(getattr(Seat, name)).parameters) == list(inspect.signature(wanted).parameters)
