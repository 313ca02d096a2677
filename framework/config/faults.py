"""Faults of the settings, all of them at once, in words: where, which key, what was expected and found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from framework.model.errors import ConfigError

KeyPath = tuple[str, ...]
"""A key with the tables it stands in: `("strategy", "sma", "params", "fast")`."""

TABLES: Final = ("journal", "keys", "limits", "log", "paper", "router", "strategy", "venues")
NAMED_TABLES: Final = ("keys", "strategy", "venues")
"""Tables of tables: `[strategy.sma]` is one heading."""
LIMIT_KINDS: Final = (("account",), ("instrument",), ("strategy",))
"""`[limits.strategy.sma]` is one heading, too."""


class ConfigFault(NamedTuple):
    """One fault. `where` is a file or "environment"; `line` is 0 where there is none."""

    where: str
    key: str
    what: str
    line: int = 0

    @property
    def text(self) -> str:
        """`config/paper.toml: [paper] sped: unknown key; did you mean 'speed'?`."""
        return ": ".join(part for part in (self.where, self.key, self.what) if part)


class ConfigFaults(ConfigError):
    """A ConfigError that keeps its faults apart; its text has one line each."""

    def __init__(self, faults: Sequence[ConfigFault]) -> None:
        super().__init__("\n".join(fault.text for fault in faults))
        self.faults = tuple(faults)


def key_text(path: KeyPath) -> str:
    """A key as a person finds it in the file: `[strategy.sma] params.fast`."""
    headings = 2 if path[0] in NAMED_TABLES else 1
    if path[0] == "limits" and path[1:2] in LIMIT_KINDS:
        headings = 3
    table, rest = path[:headings], path[headings:]
    if not rest:
        return f"[{'.'.join(table)}]" if path[0] in TABLES else path[0]
    return f"[{'.'.join(table)}] {'.'.join(rest)}"


@contextlib.contextmanager
def told_at(file: str, key: KeyPath) -> Iterator[None]:
    """Have what is refused within name the file and the key that say it.

    Raises:
        ConfigError: `config/paper.toml: [paper] tape: expected ...`, a line for each fault.
    """
    try:
        yield
    except ConfigError as error:
        lines = (line.removeprefix(f"{key[-1]}: ") for line in str(error).splitlines())
        named = (line if line.startswith("[") else f"{key_text(key)}: {line}" for line in lines)
        raise ConfigError("\n".join(f"{file}: {line}" for line in named)) from error
