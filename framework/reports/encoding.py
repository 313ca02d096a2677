"""JSON for pipes: one line, printable ASCII, amounts as numbers with all their digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import msgspec

ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def json_text(value: object) -> str:
    """One line of JSON. Whatever foreign text holds, it cannot steer a terminal: all but plain ASCII is escaped."""
    try:
        text = ENCODER.encode(value).decode()
    except UnicodeEncodeError:  # half a surrogate pair: not a character, though Python lets a name hold it
        text = json.dumps(msgspec.to_builtins(value, str_keys=True), default=float)
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return "".join(letter if " " <= letter <= "~" else json.dumps(letter)[1:-1] for letter in text)


def event_line(event: str, facts: Mapping[str, object]) -> str:
    """An object with the event's name first."""
    return json_text({"event": event, **facts})
