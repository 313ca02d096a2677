"""What the base class asks of its seat is what the Protocol says, and the engine's seat has all of it."""

from __future__ import annotations

import ast
import inspect

from framework.engine.context import SeatContext
from framework.strategy import base, placing
from framework.strategy.context import Context

PROMISED = {name for name in [*vars(Context), *Context.__annotations__] if not name.startswith("_")}


def test_a_strategy_uses_nothing_that_the_context_does_not_promise() -> None:
    trees = [ast.parse(inspect.getsource(module)) for module in (base, placing)]
    asked = {
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self._context", "context")
    }
    assert asked <= PROMISED
    assert len(asked) > 10


def test_the_engines_seat_keeps_the_promise_with_the_same_arguments() -> None:
    made = inspect.getsource(SeatContext.__init__)
    for name in PROMISED:
        if not hasattr(SeatContext, name):
            assert f"self.{name} =" in made, name
        elif inspect.isfunction(wanted := getattr(Context, name)):
            assert list(inspect.signature(getattr(SeatContext, name)).parameters) == list(
                inspect.signature(wanted).parameters
            )
