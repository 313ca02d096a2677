"""Parameters of a strategy: its annotated class attributes with defaults, typed and checked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, get_origin, get_type_hints

import msgspec

from framework.model.errors import PluginError
from framework.model.money import shorten


def parameters_of(strategy: type, base: type) -> dict[str, Any]:
    """Name -> type of the parameters of a strategy class, those of its bases (below `base`) first.

    Raises:
        PluginError: a name that the base class uses, or a parameter without a default.
    """
    found: dict[str, Any] = {}
    for owner in reversed(strategy.__mro__):
        if owner is base or not issubclass(owner, base):
            continue
        hints = get_type_hints(owner)
        for name in vars(owner).get("__annotations__", {}):
            if name.startswith("_") or get_origin(hints[name]) is ClassVar or hints[name] is ClassVar:
                continue
            if hasattr(base, name):
                raise PluginError(
                    f"{owner.__name__}.{name}: the name belongs to Strategy; call the parameter otherwise"
                )
            if name not in vars(owner):
                raise PluginError(f"{owner.__name__}.{name}: a parameter needs a default, such as `{name}: int = 20`")
            found[name] = hints[name]
    return found


def checked(strategy: type, parameters: Mapping[str, Any], given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The given values in their declared types; numbers may be given as text, whole numbers as floats are not.

    Args:
        where: file and key, for messages.

    Raises:
        PluginError: an unknown name (with the nearest spelling), or a value of another type.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in parameters:
            raise PluginError(f"{where}: {strategy.__name__} has no parameter {name!r}{nearest(name, parameters)}")
        try:
            values[name] = msgspec.convert(value, parameters[name], strict=False)
        except msgspec.ValidationError as error:
            raise PluginError(f"{where}.{name}: {error}, found {shorten(value)}") from error
    return values


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at the most similar known name, or at all of them where none is similar."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, 1)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else "; there are none"
