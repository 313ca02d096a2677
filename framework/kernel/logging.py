"""Logging: structlog, events named `noun.past_verb`, facts as keys, secrets removed before anything is written.

This is the one door to structlog. Time stamps come from the Clock.
"""

from __future__ import annotations

import math
import re
import sys
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from types import ModuleType
from typing import Any, Final, TextIO

from framework.kernel.secrets import HIDDEN, is_secret_name, without_secrets
from framework.model.instants import utc

CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line and direction marks, halves of characters: a venue's or plugin's text must not forge lines,
drive a terminal, or fail to be written."""
DEPTH_MAX: Final = 6
TEXT_MAX: Final = 16_000
"""Letters kept of one text."""
MARGIN: Final = 500
"""Letters beyond that are looked at: a secret that begins before the cut is still known for one."""
RESERVED: Final = ("level", "ts_ns")
"""Keys of ours; a strategy's fact of that name is kept with `_` behind it."""


def redact(value: Any, depth: int = 0) -> Any:
    """The value without secrets and control characters, containers included."""
    if depth > DEPTH_MAX:
        return "..."
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, Mapping):
        return {
            _clean(str(key)): HIDDEN if is_secret_name(str(key)) else redact(item, depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        is_secret = len(value) == 2 and isinstance(value[0], str | bytes) and is_secret_name(str(value[0]))
        return [redact(value[0], depth + 1), HIDDEN] if is_secret else [redact(item, depth + 1) for item in value]
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _clean(str(value))


def _clean(text: str) -> str:
    """The text without secrets and control characters, no longer than a log can bear."""
    if len(text) > TEXT_MAX:
        kept = without_secrets(text[: TEXT_MAX + MARGIN])[:TEXT_MAX]
        return CONTROL.sub(_escaped, f"{kept}... ({len(text):,} letters)")
    return CONTROL.sub(_escaped, without_secrets(text))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def _redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    clean = redact(dict(event))
    assert isinstance(clean, dict)
    return clean


def configure(
    now_ns: Callable[[], int],
    *,
    level: str = "info",
    as_json: bool = False,
    file: TextIO | None = None,
    at_first_line: bool = False,
) -> None:
    """Set up logging for the process.

    Args:
        now_ns: the Clock.
        level: debug, info, warning or error.
        file: where lines go; standard error by default, so that standard output stays the program's own.
        at_first_line: leave the import of structlog (a fifth of a tape run's start) to the first line. Not where a line
            must not hold up what happens, as when live.
    """
    _waiting[:] = [partial(_set_up, now_ns, level, as_json, file)]
    if not at_first_line or "structlog" in sys.modules:
        _structlog()


_waiting: Final[list[Callable[[ModuleType], None]]] = []
"""The set-up that is still to be done."""


def _structlog() -> ModuleType:
    """The library, set up as was asked last."""
    import structlog

    waiting, _waiting[:] = _waiting[:], []
    for set_up in waiting:
        set_up(structlog)
    return structlog


def _set_up(now_ns: Callable[[], int], level: str, as_json: bool, file: TextIO | None, structlog: ModuleType) -> None:

    def stamp(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["ts_ns"] = now_ns()
        return event

    renderer: Any = structlog.processors.JSONRenderer(sort_keys=True) if as_json else _console_line
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _keep_apart,
            structlog.processors.add_log_level,
            stamp,
            _render_exception,
            _redact_event,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Standard error is asked for at each line: whoever replaces it gets the lines, and a closed one is not held.
        logger_factory=lambda *_: structlog.WriteLogger(file or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _keep_apart(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A fact that has the name of one of ours would be lost under it."""
    for name in RESERVED:
        if name in event:
            event[f"{name}_"] = event.pop(name)
    return event


def _render_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """`exc_info` as text: file and line of each frame, never the values of local variables."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = "".join(traceback.format_exception(error))
    return event


def _console_line(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    level, name, ts_ns = event.pop("level", "info"), event.pop("event", ""), event.pop("ts_ns", 0)
    facts = " ".join(f"{key}={value}" for key, value in sorted(event.items()))
    return f"{utc(ts_ns):%H:%M:%S} {level:<7} {name} {facts}".rstrip()


def get_logger(**facts: Any) -> Any:
    """A logger that carries these facts. It takes structlog in with its first line."""
    return _Logger(facts)


class _Logger:
    """Finds its methods (`info`, `bind` ...) at structlog's own logger, as that is set up by then."""

    __slots__ = ("_facts",)

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def __getattr__(self, name: str) -> Any:
        return getattr(_structlog().get_logger(**self._facts), name)
