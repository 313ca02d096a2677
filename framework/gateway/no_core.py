"""A process that is to hold a key leaves no copy of its memory behind: no core dump, and on Linux nobody of its user looks in."""

from __future__ import annotations

import ctypes
import resource
import sys
from typing import Final

PR_SET_DUMPABLE: Final = 4
"""prctl(2): 0 writes no core, and gives /proc/PID of this process and its tracing to root alone."""


def leave_no_core() -> str:
    """From now on, and for its children; gives what could not be had, empty where all was.

    A program that a child of it starts can be looked into again: that has no key.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return f"expected a process that nobody can trace, found none such on {sys.platform}"
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        return f"expected a process that nobody can trace, found error {ctypes.get_errno()} of prctl"
    return ""
