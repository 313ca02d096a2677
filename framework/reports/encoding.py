"""JSON for pipes: one line, printable ASCII, amounts as numbers with all their digits."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

import msgspec

ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
EXPONENT: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9.]+E[+-]?[0-9]+')
"""A text, which is left alone, or a small amount as `Decimal` writes it: `2.1E-7`."""


def json_text(value: object) -> str:
    """One line of JSON. Whatever foreign text holds, it cannot steer a terminal: all but plain ASCII is escaped."""
    try:
        text = ENCODER.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair: not a character, though Python lets a name hold it
        text = json.dumps(msgspec.to_builtins(value, str_keys=True), default=float)
    if "E" in text:
        text = EXPONENT.sub(_written_out, text)
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return "".join(letter if " " <= letter <= "~" else json.dumps(letter)[1:-1] for letter in text)


def _written_out(found: re.Match[str]) -> str:
    """The number without an exponent; a text as it is."""
    return found[0] if found[0].startswith('"') else f"{Decimal(found[0]):f}"


def event_line(event: str, facts: Mapping[str, object]) -> str:
    """An object with the event's name first."""
    return json_text({"event": event, **facts})
