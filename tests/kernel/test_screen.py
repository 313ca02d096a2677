"""The screen that words go to."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import pytest

from framework.kernel.screen import columns, flowed, folded, say, text_width


@contextmanager
def terminal(width: int) -> Iterator[tuple[TextIO, int]]:
    """A terminal so many columns wide, and the end at which a person reads."""
    person, program = os.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    try:
        with os.fdopen(program, "w", encoding="utf-8") as out:
            yield out, person
    finally:
        os.close(person)


def test_a_terminal_tells_its_width_and_what_is_none_has_no_width() -> None:
    with terminal(40) as (out, _):
        assert columns(out) == text_width(out) == 40
    with terminal(200) as (out, _):
        assert (columns(out), text_width(out)) == (200, 80), "wider and the eye loses the line"
    with terminal(0) as (out, _):
        assert columns(out) == 80, "one that does not tell"
    with terminal(3) as (out, _):
        assert columns(out) == 20, "on less nothing can be read anyway"
    assert columns(io.StringIO()) is None
    assert text_width(io.StringIO()) == 80


def test_lines_are_folded_on_a_terminal_and_left_alone_elsewhere() -> None:
    text = "one line that a terminal of twenty columns cannot hold\nand one"
    with terminal(20) as (out, person):
        say(text, out)
        shown = os.read(person, 1_000).decode().split("\r\n")
    assert shown == ["one line that a", "  terminal of twenty", "  columns cannot", "  hold", "and one", ""]
    piped = io.StringIO()
    say(text, piped)
    assert piped.getvalue() == f"{text}\n"


@pytest.mark.parametrize(
    ("line", "pieces"),
    [
        ("", [""]),
        ("it fits", ["it fits"]),
        ("tape    a recorded market of two pairs", ["tape    a recorded", "        market of two", "        pairs"]),
        ("a label too long for it  what it says", ["a label too long for", "  it  what it says"]),
        ("  a list's line goes deeper", ["  a list's line goes", "    deeper"]),
        ("run.py replay var/paper/20240809/x", ["run.py replay", "var/paper/20240809/x"]),
        ("run.py replay var/paper/20240809/longer", ["run.py replay", "var/paper/20240809/longer"]),
    ],
)
def test_a_line_is_folded_between_words_below_its_second_column(line: str, pieces: list[str]) -> None:
    assert folded(line, 24 if line.startswith("tape") else 20) == pieces


def test_chunks_flow_and_none_is_torn_that_fits_a_line() -> None:
    chunks = ["size: 0.0016 BTC", "side: buy", "tag: x"]
    assert list(flowed(chunks, 40)) == ["  size: 0.0016 BTC   side: buy   tag: x"]
    assert list(flowed(chunks, 24)) == ["  size: 0.0016 BTC", "  side: buy   tag: x"]
    assert list(flowed(["a reason of many words", "b"], 20)) == ["  a reason of many", "    words", "  b"]
    assert list(flowed([], 20)) == []
