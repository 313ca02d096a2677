"""The watch on slow handlers."""

from __future__ import annotations

import io
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from framework.engine.host import Host, Subscription
from framework.kernel.logging import configure
from framework.ops.handler_watch import SLOW_S, HandlerWatch, place_of, stack_of


class Time:
    """Seconds that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def a_host() -> Host:
    """A host that calls nobody."""
    return Host([], lambda seat, reason, trace: None)


def on_quote() -> None:
    """A handler's name."""


@pytest.fixture
def logged() -> io.StringIO:
    """What is logged."""
    out = io.StringIO()
    configure(lambda: 0, as_json=True, file=out)
    yield out
    configure(lambda: 0)


def running(host: Host) -> Any:
    """Pretend that a handler runs."""
    calls = host.current.seat.calls if host.current else 0
    seat = SimpleNamespace(name="mm", calls=calls + 1)
    host.current = Subscription(host, seat, on_quote)  # type: ignore[arg-type]  # no more of a seat is asked for
    return host.current


def test_a_slow_handler_is_told_once_with_its_stack(logged: io.StringIO) -> None:
    host, time = a_host(), Time()
    watch = HandlerWatch(host, elapsed_s=time)
    running(host)
    watch.look()
    time.now_s = SLOW_S
    watch.look()
    watch.look()
    lines = logged.getvalue().splitlines()
    assert len(lines) == 1
    assert '"strategy":"mm"' in lines[0].replace(" ", "")
    assert '"handler":"on_quote"' in lines[0].replace(" ", "")
    assert "test_a_slow_handler_is_told_once_with_its_stack" in lines[0]
    assert watch.slow == {"mm": 1}


def test_quick_handlers_one_after_the_other_are_not_told(logged: io.StringIO) -> None:
    host, time = a_host(), Time()
    watch = HandlerWatch(host, elapsed_s=time)
    for step in range(10):
        running(host)
        time.now_s = step * SLOW_S
        watch.look()
    assert logged.getvalue() == ""


def test_an_idle_host_is_not_told(logged: io.StringIO) -> None:
    time = Time()
    watch = HandlerWatch(a_host(), elapsed_s=time)
    watch.look()
    time.now_s = 100.0
    watch.look()
    assert logged.getvalue() == ""


def test_the_thread_ends_when_asked() -> None:
    watch = HandlerWatch(a_host())
    watch.start()
    assert "handler-watch" in [thread.name for thread in threading.enumerate()]
    watch.stop()
    assert "handler-watch" not in [thread.name for thread in threading.enumerate()]


def test_a_gone_thread_has_no_stack() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()
    assert stack_of(thread.ident or 0) == []


def test_a_handler_that_holds_up_a_stop_is_named_once(logged: io.StringIO) -> None:
    host, time, out = a_host(), Time(), io.StringIO()
    asked = [False]
    watch = HandlerWatch(host, elapsed_s=time, is_stopping=lambda: asked[0], out=out)
    running(host).seat.strategy = SimpleNamespace()
    watch.look()
    time.now_s = 1.0
    watch.look()
    assert out.getvalue() == "", "nobody waits for it"
    asked[0] = True
    watch.look()
    time.now_s = 1.9
    watch.look()
    assert out.getvalue() == "", "it may be about to end"
    time.now_s = 2.0
    watch.look()
    watch.look()
    assert out.getvalue() == "mm.on_quote has been running for 2 s; Ctrl-C again ends hard\n"


def test_a_handler_that_never_returns_is_named_while_it_hangs_though_nobody_asked_to_stop(logged: io.StringIO) -> None:
    host, time, out = a_host(), Time(), io.StringIO()
    watch = HandlerWatch(host, elapsed_s=time, out=out)
    running(host).seat.strategy = SimpleNamespace()
    for now_s in (0.0, 2.9, 3.0, 4.0, 5.9, 6.0, 11.9, 12.0):
        time.now_s = now_s
        watch.look()
    words = "mm.on_quote has been running for {} s; nothing else goes on meanwhile"
    assert out.getvalue().splitlines() == [words.format(span_s) for span_s in (3, 6, 12)]
    assert '"event":"handler.hangs"' in logged.getvalue().replace(" ", "")
    assert "test_a_handler_that_never_returns" in logged.getvalue(), "its stack"
    running(host)
    watch.look()
    time.now_s += 2.9
    watch.look()
    assert len(out.getvalue().splitlines()) == 3, "the next call begins anew"


def test_the_place_is_the_innermost_line_of_the_strategys_own_files() -> None:
    line = place_of(threading.get_ident(), [__file__])
    assert line.startswith(" (test_handler_watch.py:")
    assert place_of(threading.get_ident(), ["elsewhere.py"]) == ""
