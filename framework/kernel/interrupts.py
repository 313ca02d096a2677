"""Ctrl-C of a person, told apart from a `raise KeyboardInterrupt` in a plugin."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


class Interrupted(KeyboardInterrupt):
    """A person ends the process now: nothing may hold it up."""


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """A handler of SIGINT that leaves no doubt who raised.

    Raises:
        Interrupted: always.
    """
    raise Interrupted


@contextlib.contextmanager
def ctrl_c_ends() -> Iterator[None]:
    """While this lasts, Ctrl-C raises `Interrupted`; for the main thread."""
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def is_from_person(error: BaseException) -> bool:
    """Whether this ends the process, rather than the strategy whose code was running.

    Under Python's own handler the two cannot be told apart: then it is the person's.
    """
    if not isinstance(error, KeyboardInterrupt):
        return False
    return isinstance(error, Interrupted) or signal.getsignal(signal.SIGINT) is signal.default_int_handler
