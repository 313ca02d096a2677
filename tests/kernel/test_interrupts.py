"""Ctrl-C by a person ends the process; a plugin's own `raise KeyboardInterrupt` does not."""

from __future__ import annotations

import signal

import pytest

from framework.kernel.interrupts import Interrupted, ctrl_c_ends, is_from_person


def test_ctrl_c_is_told_from_an_exception_of_that_name() -> None:
    before = signal.getsignal(signal.SIGINT)
    with ctrl_c_ends():
        with pytest.raises(Interrupted) as caught:
            signal.raise_signal(signal.SIGINT)
        assert is_from_person(caught.value)
        assert not is_from_person(KeyboardInterrupt())
        assert not is_from_person(SystemExit())
    assert signal.getsignal(signal.SIGINT) is before


def test_where_they_cannot_be_told_apart_it_is_the_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.default_int_handler)
    assert is_from_person(KeyboardInterrupt())
    assert not is_from_person(ValueError())
