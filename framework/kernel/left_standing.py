"""A note in an account's folder: its last session ended, and orders may stand at a venue that did not answer."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NOTE: Final = "left-standing.txt"


def note_left(folder: Path, words: str) -> list[str]:
    """At the end of a session: keep which orders may stand, or take the note of an earlier one away.

    Args:
        words: empty: the venue was reached, or has no order of ours.

    Returns:
        Why it could not be kept.
    """
    try:
        if words:
            (folder / NOTE).write_text(f"{words}\n", encoding="utf-8")
        else:
            (folder / NOTE).unlink(missing_ok=True)
    except OSError as error:
        return [f"{folder / NOTE}: cannot be written: {error.strerror or error}; run.py status will not tell of it"]
    return []


def is_noted(folder: Path) -> bool:
    """Whether orders of its last session may stand."""
    return (folder / NOTE).exists()
