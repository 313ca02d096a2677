"""What of a log's lines may be published: instant, level, event, and facts of names that are listed here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from framework.model.instants import utc

WORDS: Final = ("venue", "strategy", "scope", "check", "cause", "state", "kind", "verb", "pool", "ask")
"""Facts that are a name; what else stands under them is left out."""
COUNTS: Final = ("times", "number", "faults", "code", "round", "skew_ms", "cancels_within_s")
"""Facts that are a small number: how often, a connection's, a venue's code. None is of money."""
WORD: Final = r"[A-Za-z][\w:/@-]{0,60}"
COUNT: Final = r"-?\d{1,9}"
EVENT: Final = r"[a-z_]+(?:\.[a-z_]+)+"
SHOWN: Final = {name: re.compile(shape) for names, shape in ((WORDS, WORD), (COUNTS, COUNT)) for name in names}
OTHER: Final = "(not told)"
"""Instead of an event that is no name: a strategy's own words."""
LINE: Final = re.compile(r"(\d\d:\d\d:\d\d) ([a-z]+) +(\S+)(.*)")
FACT: Final = re.compile(r"(?:^| )([a-z_]+)=(\S+)(?= [a-z_]+=|$)")
"""Of a line for people: one without a space in it. What a text of many words holds is judged by its name and shape."""


def told_line(line: str) -> str:
    """The line with what is listed here alone; empty of what is no line of ours."""
    found = _of_json(line) if line.startswith("{") else _of_console(line)
    if found is None:
        return ""
    at, level, event, facts = found
    told = " ".join(f"{name}={value}" for name, value in _told(facts))
    return f"{at} {level:<7} {event if re.fullmatch(EVENT, event) else OTHER} {told}".rstrip()


def _told(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in sorted(facts.items()):
        if name in SHOWN and SHOWN[name].fullmatch(str(value)):
            yield name, str(value)


def _of_console(line: str) -> tuple[str, str, str, Mapping[str, Any]] | None:
    found = LINE.fullmatch(line)
    return found and (found[1], found[2], found[3], dict(FACT.findall(found[4])))


def _of_json(line: str) -> tuple[str, str, str, Mapping[str, Any]] | None:
    try:
        facts = json.loads(line)
        at = f"{utc(int(facts['ts_ns'])):%H:%M:%S}"
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    level = str(facts.get("level", ""))
    return at, level if level.isalpha() else OTHER, str(facts.get("event", "")), facts
