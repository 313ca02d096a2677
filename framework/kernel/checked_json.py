"""JSON from outside that decides over money or state: read whole and unambiguous, or refused with one error.

Refused: what is no JSON, or of another shape; brackets without end; numbers that are not finite; an object that says one
thing twice, where one reader would believe the first and another the last.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

import msgspec

Shape = TypeVar("Shape")


class BadJson(ValueError):
    """It cannot be relied on; why, in words."""


def read(decode: Callable[[bytes | str], Shape], data: bytes | str) -> Shape:
    """What a decoder of msgspec makes of it.

    Raises:
        BadJson: nothing that can be relied on.
    """
    try:
        shape = decode(data)
        CHECKED.decode(data if isinstance(data, str) else data.decode())
    except RecursionError:
        raise BadJson("brackets without end") from None
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        raise BadJson(str(error)) from error
    return shape


def _check_keys(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        keys = [key for key, _ in pairs]
        raise BadJson(f"{max(keys, key=keys.count)[:40]!r} stands twice in an object")


def _check_size(text: str) -> None:
    if math.isinf(float(text)):
        raise BadJson(f"{text[:40]} is out of range")


def _refuse(constant: str) -> NoReturn:
    raise BadJson(f"{constant} is no number")


CHECKED: Final = json.JSONDecoder(object_pairs_hook=_check_keys, parse_float=_check_size, parse_constant=_refuse)
