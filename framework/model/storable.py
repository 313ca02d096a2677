r"""Text as every file can hold it: UTF-8 has no bytes for half a surrogate pair, though Python lets a text hold one.

Python makes one of every byte that a command line or a file's name means in another encoding, and of `\udcff` in JSON.
"""

from __future__ import annotations


def storable(text: str) -> str:
    """The text, what no file can hold written out as in Python's source."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def storable_within(value: object) -> object:
    """Lists and tables with every text in them as `storable` gives it."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_within(each) for each in value]
    if isinstance(value, dict):
        return {storable_within(key): storable_within(each) for key, each in value.items()}
    return value
