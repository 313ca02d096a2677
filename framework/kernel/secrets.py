"""What secrets look like: names of keys, values that are one, and secrets inside other text. The one home of these.

A setting that is a long hexadecimal number is refused; inside a log line the same may be a digest and is let
through. `key = ` is refused as a setting; in a log it may be the key of a table.
A log hides a long word of mixed letters wherever it stands; a setting may be a path that holds one.
"""

from __future__ import annotations

import re
from typing import Final

HIDDEN: Final = "[hidden]"

WORDS: Final = (
    r"secret|passphrase|passw|token|api[-_ ]?key|private[-_ ]?key|access[-_](?:key|sign)|signature|credential"
    r"|mnemonic|seed[-_ ]?phrase|authorization|cookie"
)
NAME: Final = re.compile(WORDS, re.IGNORECASE)
SETTING: Final = re.compile(rf"{WORDS}|^private$|(?:^|[_-])keys?$", re.IGNORECASE)

PEM: Final = r"-----BEGIN [A-Z ]*KEY-----(?:[^-]*-----END [A-Z ]*KEY-----)?"
BEARER: Final = r"(?i:(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{16,}"
BITGET: Final = r"\bbg_[0-9a-f]{32}\b"
# 40 or more of capitals, small letters and digits together, but no path: keys of Binance, secrets in base 64.
MIXED: Final = (
    r"(?<![A-Za-z0-9+/])(?!/)(?=[A-Za-z0-9+/]{40})(?=[^A-Z]{0,40}[A-Z])(?=[^a-z]{0,40}[a-z])(?=[^0-9]{0,40}[0-9])"
    r"[A-Za-z0-9+/]+={0,2}"
)
INSIDE: Final = re.compile(f"{PEM}|{BEARER}|{BITGET}|{MIXED}")
"""Shapes of secrets inside other text."""

WHOLE: Final = re.compile(
    r"-----BEGIN [A-Z ]*KEY"
    rf"|{BEARER}|{BITGET}"
    r"|^(?:bg_)?[0-9a-fA-F]{32,}$"  # Bitget keys, HMAC secrets in hex
    r"|^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9+_-]{40,}={0,2}$"  # Binance keys, base64
)
"""Shapes of values that are a secret."""

PAIRS: Final = re.compile(
    rf"((?:{WORDS})"
    # Bounded: of a text that repeats a secret name, each place is looked at only so far.
    r"""[\w-]{0,64}\\{0,8}["']?\s{0,8}(?:=>|[=:])\s{0,8}\\{0,8})(?!\[hidden)"""
    r"""(?:b?"[^"]*"|b?'[^']*'|(?:(?:bearer|basic)\s+)?[^\s,;&)}\]"'\\]+|["'][^\s,;&)}\]"'\\]+)""",
    re.IGNORECASE,
)
"""A secret name and its value inside other text: `secret='...'`, `"apiKey": "..."`, `&signature=...`."""


def is_secret_name(name: str) -> bool:
    """Whether a fact of this name never shows its value."""
    return NAME.search(name) is not None


def is_secret_setting(name: str) -> bool:
    """Whether a setting of this name would hold a secret; a mere `key`, which a log may tell, is one here."""
    return SETTING.search(name) is not None


def is_secret_value(value: object) -> bool:
    """Whether a text is a key: PEM, long hex, long mixed letters and digits."""
    return isinstance(value, str) and WHOLE.search(value.strip()) is not None


def without_secrets(text: str) -> str:
    """The text with every secret in it hidden."""
    return PAIRS.sub(rf"\g<1>{HIDDEN}", INSIDE.sub(HIDDEN, text))
