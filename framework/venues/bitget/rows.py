"""Bitget's JSON, read field by field: whatever is not as promised is refused with the name of the field.

Numbers travel as text, mostly; some come as JSON numbers, and empty text or null stands for none. Both are read, and
never through a float: ids have 19 digits and some prices come as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from framework.kernel.checked_json import BadJson, read
from framework.model.errors import OddAnswer
from framework.model.instants import NS_PER_MS
from framework.model.money import shorten

JSON: Final = msgspec.json.Decoder(float_hook=Decimal)
DIGITS_MAX: Final = 40
EXPONENT_MAX: Final = 30
MS_MAX: Final = 10**14
"""Milliseconds; the year 5138."""

Word = TypeVar("Word")


def decoded(body: bytes | str, what: str) -> object:
    """JSON as Python has it, decimals exact.

    Raises:
        OddAnswer: it is none.
    """
    try:
        return read(JSON.decode, body)
    except BadJson as error:
        raise OddAnswer(f"{what}: expected JSON, found {shorten(_start(body))}: {shorten(str(error))}") from error


def _start(body: bytes | str) -> str:
    return (body[:60].decode("utf-8", "replace") if isinstance(body, bytes) else body[:60]) or "nothing"


class Row:
    """A JSON object, and where it stands.

    Args:
        where: names it in messages: `orderInfo data[0]`.
    """

    __slots__ = ("_fields", "where")

    def __init__(self, fields: object, where: str) -> None:
        if not isinstance(fields, dict):
            raise OddAnswer(f"{where}: expected an object, found {_kind(fields)}")
        self._fields: Mapping[str, object] = fields
        self.where = where

    def odd(self, name: str, expected: str) -> OddAnswer:
        """What to raise of a field that is not as expected."""
        found = self._fields.get(name)
        return OddAnswer(f"{self.where}.{name}: expected {expected}, found {shorten(_shown(found))}")

    def has(self, name: str) -> bool:
        """The field says something: it is there, not null and not empty."""
        return self._fields.get(name) not in (None, "")

    def value(self, name: str) -> object:
        """The field as it came."""
        return self._fields.get(name)

    def names(self) -> tuple[str, ...]:
        """Of all fields."""
        return tuple(self._fields)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; a whole number where one was promised is read as its digits."""
        found = self._fields.get(name)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**DIGITS_MAX:
            return str(found)
        if found in (None, "") and default is not None:
            return default
        raise self.odd(name, "a text")

    def first(self, *names: str) -> str:
        """The text of the first of several fields that says something; empty where none does."""
        for name in names:
            if self.has(name):
                return self.text(name)
        return ""

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        """An exact number, from text or from a JSON number."""
        found = self._fields.get(name)
        if found in (None, "") and default is not None:
            return default
        if isinstance(found, bool) or not isinstance(found, str | int | Decimal):
            raise self.odd(name, "a number")
        try:
            number = Decimal(found)
        except ArithmeticError:
            raise self.odd(name, "a number") from None
        if (
            not number.is_finite()
            or len(number.as_tuple().digits) > DIGITS_MAX
            or abs(number.adjusted()) > EXPONENT_MAX
        ):
            raise self.odd(name, "a finite number")
        return number

    def ts_ns(self, name: str) -> int:
        """A UTC instant in ns, from milliseconds in a text or number; 0 where there is none."""
        if not self.has(name):
            return 0
        number = self.number(name)
        if number != number.to_integral_value() or not 0 <= number < MS_MAX:
            raise self.odd(name, "milliseconds since the epoch")
        return int(number) * NS_PER_MS

    def word(self, name: str, words: Mapping[str, Word], default: Word | None = None) -> Word:
        """What a word of the venue means to us, whatever its case. A word that we do not know is refused."""
        if not self.has(name) and default is not None:
            return default
        found = self.text(name)
        meant = words.get(found.lower())
        if meant is None:
            raise self.odd(name, f"one of {', '.join(words)}")
        return meant

    def rows(self, name: str) -> Iterator[Row]:
        """The objects of a list; null, and a missing field, are an empty one."""
        return rows_of(self._fields.get(name), f"{self.where}.{name}")

    def row(self, name: str) -> Row:
        """An object inside."""
        return Row(self._fields.get(name), f"{self.where}.{name}")

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of a list; null is an empty one."""
        found = self._fields.get(name)
        if found is None:
            return ()
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise self.odd(name, "a list of texts")
        return tuple(found)


def rows_of(found: object, where: str) -> Iterator[Row]:
    """The objects of a list; null is an empty one.

    Raises:
        OddAnswer: it is no list of objects.
    """
    if found is None:
        return
    if not isinstance(found, list):
        raise OddAnswer(f"{where}: expected a list, found {_kind(found)}")
    for number, item in enumerate(found):
        yield Row(item, f"{where}[{number}]")


def _kind(found: object) -> str:
    return {dict: "an object", list: "a list", str: "a text", type(None): "nothing"}.get(type(found), "a number")


def _shown(found: object) -> str:
    return "nothing" if found is None else str(found) if isinstance(found, str | int | Decimal) else _kind(found)
