"""Parameters of a strategy: its annotated class attributes with defaults, typed and checked."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final, TypeVar, get_origin, get_type_hints

import msgspec

from framework.model.errors import PluginError
from framework.model.money import shorten
from framework.model.spelling import nearest

Kept = TypeVar("Kept")


def parameters_of(strategy: type, base: type) -> dict[str, Any]:
    """Name -> type of the parameters of a strategy class, those of its bases (below `base`) first.

    Raises:
        PluginError: a name that the base class uses, or a parameter without a default.
    """
    refuse_shadows(strategy, base)
    found: dict[str, Any] = {}
    for owner in reversed(strategy.__mro__):
        if owner is base or not issubclass(owner, base):
            continue
        hints = get_type_hints(owner)
        for name in vars(owner).get("__annotations__", {}):
            if name.startswith("_") or get_origin(hints[name]) is ClassVar or hints[name] is ClassVar:
                continue
            if name not in vars(owner):
                raise PluginError(f"{owner.__name__}.{name}: a parameter needs a default, such as `{name}: int = 20`")
            found[name] = hints[name]
    return found


def refuse_shadows(strategy: type, base: type) -> None:
    """Refuse a class that overrides anything of the base but its handlers (`on_...`) and `State`.

    Raises:
        PluginError: a name that the base class uses.
    """
    own = dict.fromkeys([*vars(strategy), *vars(strategy).get("__annotations__", {})])
    for name in own:
        is_meant = name.startswith(("on_", "__")) or name == "State"
        if not is_meant and (name == "state" or hasattr(base, name)):
            raise PluginError(f"{strategy.__name__}.{name}: the name belongs to Strategy; call it otherwise")


def state_of(strategy: type, state: type[Kept]) -> type[Kept]:
    """A strategy's nested `class State` as a dataclass.

    Raises:
        PluginError: an attribute that would not survive a restart, or one without a default of its own.
    """
    annotated = vars(state).get("__annotations__", {})
    for name, value in vars(state).items():
        if not name.startswith("_") and name not in annotated and not callable(value) and not hasattr(value, "__get__"):
            raise PluginError(f"{strategy.__name__}.State.{name} would not be saved; annotate it: `{name}: int = ...`")
    for name in annotated:
        if not hasattr(state, name) and name not in getattr(state, "__dataclass_fields__", {}):
            raise PluginError(f"{strategy.__name__}.State.{name}: expected a default, such as `{name}: int = 0`")
    try:
        return dataclasses.dataclass(state)
    except (TypeError, ValueError) as error:
        raise PluginError(f"{strategy.__name__}.State: {error}") from error


MISMATCH: Final = re.compile(r"Expected `(?P<types>[^`]+)`, got `[^`]+`(?P<where>.*)")
TYPE_WORDS: Final = {
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "null": "nothing",
}


def own_defaults(strategy: object, parameters: Iterable[str]) -> dict[str, Any]:
    """Copies of the defaults that could be changed, so that no two strategies share one."""
    defaults = {name: getattr(strategy, name) for name in parameters}
    return {name: copy.deepcopy(value) for name, value in defaults.items() if isinstance(value, list | dict | set)}


def checked(strategy: type, parameters: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The given values in their declared types; numbers may be given as text, whole ones as floats.

    Args:
        where: what is given them, for messages; empty: the name of its class, but before a value of another type.

    Raises:
        PluginError: an unknown name (with the nearest spelling), or a value of another type.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in parameters:
            meant = _not_annotated(strategy, name) or nearest(name, parameters)
            raise PluginError(f"{where or strategy.__name__} has no parameter {name!r}{meant}")
        try:
            values[name] = msgspec.convert(value, parameters[name], strict=False)
        except (msgspec.ValidationError, TypeError) as error:  # TypeError: a type that has no text form
            raise PluginError(f"{where}.{name}: {_wanted(str(error))}, found {shorten(value)}") from error
    return values


def _not_annotated(strategy: type, name: str) -> str:
    """What makes a plain class attribute a parameter: `timeframe = "5m"` alone is none. Empty where there is none."""
    value = vars(strategy).get(name)
    if (
        value is None
        or callable(value)
        or hasattr(value, "__get__")
        or name in vars(strategy).get("__annotations__", {})
    ):
        return ""
    return f": {name} is not annotated; write `{name}: {type(value).__name__} = {shorten(value)}`"


def _wanted(told: str) -> str:
    """What msgspec expected, in words: `Expected `int`, got `str`` is `expected a whole number`."""
    fault = MISMATCH.match(told)
    if fault is None:
        return told
    types = [TYPE_WORDS.get(name, name) for name in fault["types"].split(" | ")]
    return f"expected {' or '.join(types)}{fault['where'].replace(' - at `$', ' at `')}"
