"""A view whose output fails falls silent and asks to stop."""

from __future__ import annotations

import errno

import pytest

from framework.app.drive import Stop
from framework.ops.steady import NOBODY_READS, SteadyView


class Failing:
    """A view that cannot write from its second refresh on."""

    def __init__(self, error: Exception) -> None:
        self.calls: list[str] = []
        self._error = error

    def start(self) -> None:
        self.calls.append("start")

    def refresh(self, now_ns: int) -> None:
        self.calls.append(f"refresh {now_ns}")
        if now_ns > 1:
            raise self._error

    def stop(self) -> None:
        self.calls.append("stop")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "Broken pipe"),
        (ValueError("I/O operation on closed file"), "closed file"),
    ],
)
def test_what_cannot_write_asks_to_stop_once_and_is_left_alone(error: Exception, words: str) -> None:
    stop, faults, inner = Stop(), list[str](), Failing(error)
    view = SteadyView(inner, stop, faults)
    view.start()
    for now_ns in (1, 2, 3):
        view.refresh(now_ns)
    view.stop()
    assert inner.calls == ["start", "refresh 1", "refresh 2"]
    assert stop.reason == NOBODY_READS
    (fault,) = faults
    assert words in fault


def test_a_daemon_goes_on_when_nobody_reads() -> None:
    faults, inner = list[str](), Failing(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    view = SteadyView(inner, None, faults)
    for now_ns in (1, 2, 3):
        view.refresh(now_ns)
    assert inner.calls == ["refresh 1", "refresh 2"]
    assert faults == ["standard output cannot be written: Broken pipe"]
