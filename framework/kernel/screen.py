"""The screen that words go to: how wide it is, and lines folded to it between words."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Final, TextIO

TEXT_WIDTH: Final = 80
"""Wider and the eye loses the line; also where there is no terminal, or one that does not tell."""
WIDTH_MIN: Final = 20
LABEL: Final = re.compile(r" *\S+(?: \S+)* {2,}(?=\S)")
"""What stands before the second column of a line."""


def columns(out: TextIO) -> int | None:
    """How wide a terminal is; None: it is none."""
    if not out.isatty():
        return None
    try:
        found = os.get_terminal_size(out.fileno()).columns
    except (OSError, ValueError):
        found = 0
    return max(WIDTH_MIN, found) if found else TEXT_WIDTH


def text_width(out: TextIO | None = None) -> int:
    """How wide a text for people may be: that of the terminal, and never more than is good to read."""
    return min(TEXT_WIDTH, columns(out or sys.stdout) or TEXT_WIDTH)


def say(text: str, out: TextIO | None = None) -> None:
    """Write lines for people: folded on a terminal, as they are elsewhere.

    Args:
        out: by default standard output.
    """
    out = out or sys.stdout
    width = columns(out)
    lines = text.split("\n")
    if width is not None:
        lines = [piece for line in lines for piece in folded(line, width)]
    out.write("\n".join(lines) + "\n")
    out.flush()


def folded(line: str, width: int) -> list[str]:
    """The line in pieces that fit, each below the second column where it has one. What is one word stays whole."""
    if len(line) <= width:
        return [line]
    return textwrap.wrap(
        line, width, subsequent_indent=" " * _indent(line, width), break_long_words=False, break_on_hyphens=False
    )


def _indent(line: str, width: int) -> int:
    """Of the lines below the first: none where a word, such as a path, needs all the room."""
    label, margin = LABEL.match(line), len(line) - len(line.lstrip(" "))
    longest = max(map(len, line.split()), default=0)
    wanted = (label.end() if label else 0, margin + 2)
    return next((indent for indent in wanted if 0 < indent <= min(width // 3, width - longest)), 0)


def flowed(chunks: Iterable[str], width: int, indent: str = "  ", gap: str = "   ") -> Iterator[str]:
    """Chunks side by side while they fit, then on the next line: none is torn apart that fits a line."""
    line = ""
    for chunk in chunks:
        if line and len(line) + len(gap) + len(chunk) <= width:
            line += gap + chunk
            continue
        if line:
            yield from folded(line, width)
        line = indent + chunk
    if line:
        yield from folded(line, width)
