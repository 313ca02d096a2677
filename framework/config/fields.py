"""How settings are written: amounts, latency, speed and instants carry their units. Each raises Misfit."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal

from framework.model.errors import GridError
from framework.model.latency import EXPECTED, Latency, parse_latency
from framework.model.money import Amount, exact, shorten

AMOUNT: Final = "amount"
SIZES: Final = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
SIZE: Final = re.compile(r"([1-9][0-9]{0,5}) ?(MB|GB|TB)", re.ASCII)
SPEED_MAX: Final = 1_000_000
INSTRUMENT: Final = re.compile(r"[A-Z0-9]+/[A-Z0-9]+(:[A-Z0-9]+)?@[a-z0-9_-]+", re.ASCII)

Speed = int | Literal["max"]


class Misfit(ValueError):
    """A setting that is not what its key wants; pydantic listens to ValueError."""


def latency_of(value: object) -> Latency:
    """Read `"20-60 ms"` and what else `parse_latency` reads; a recording's numbers are read from its file here."""
    if isinstance(value, Latency):
        return value
    if not isinstance(value, str):
        raise Misfit(f"{EXPECTED}, found {shorten(value)}")
    return parse_latency(value, _text_of)


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError) as error:
        raise Misfit(f"expected a readable text file at {path}: {error}") from error


def bytes_of(value: str) -> int:
    """Read `"500 MB"`, `"20 GB"` or `"2 TB"`, in powers of ten."""
    match = SIZE.fullmatch(value)
    if match is None:
        raise Misfit(f'expected a size such as "500 MB" or "20 GB", found {shorten(value)}')
    return int(match[1]) * SIZES[match[2]]


def _amount(text: str) -> Amount:
    try:
        return Amount.parse(text, AMOUNT)
    except GridError as error:
        raise Misfit(str(error).removeprefix(f"{AMOUNT}: ")) from error  # its key is named before it


def amounts_of(value: object) -> tuple[Amount, ...]:
    """Read `"200 USDT"`, `"200 USDT, 0.1 BTC"` or a list of such; each asset once, each above 0."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        raise Misfit(f'expected an amount such as "200 USDT" or a list of them, found {shorten(value)}')
    amounts = tuple(item if isinstance(item, Amount) else _amount(item) for item in value)
    for amount in amounts:
        if amount.value <= 0:
            raise Misfit(f"expected an amount above 0, found {amount}")
    _refuse_twice([amount.asset for amount in amounts], "asset")
    return amounts


def instruments_of(value: object) -> tuple[str, ...]:
    """Read one or several instrument ids such as `"BTC/USDT@bitget"`; each once."""
    if isinstance(value, str):
        value = [item.strip() for item in value.split(",")]
    if not isinstance(value, list | tuple):
        raise Misfit(f'expected a list of instruments such as ["BTC/USDT@bitget"], found {shorten(value)}')
    for item in value:
        if not isinstance(item, str) or INSTRUMENT.fullmatch(item) is None:
            raise Misfit(f'expected an instrument such as "BTC/USDT@bitget", found {shorten(item)}')
    _refuse_twice(value, "instrument")
    return tuple(value)


def speed_of(value: object) -> Speed:
    """Read a whole number of times real time, or `"max"`."""
    if value == "max":
        return "max"
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= SPEED_MAX:
        raise Misfit(f'expected a whole number from 1 to {SPEED_MAX}, or "max", found {shorten(value)}')
    return value


def instant_of(value: object) -> datetime | None:
    """Read an ISO instant with its offset; UTC comes out. Empty means none."""
    if value is None or value == "":
        return None
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        instant = None
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        raise Misfit(f'expected an instant with its offset such as "2024-08-09T00:00:00Z", found {shorten(value)}')
    return instant.astimezone(UTC)


def spread_of(value: object) -> Decimal:
    """Read a spread in basis points, from 0 to 1000."""
    number = exact(value, "spread") if isinstance(value, Decimal | int | str | float) else Decimal(-1)
    if not 0 <= number <= 1000:
        raise Misfit(f"expected basis points from 0 to 1000, found {shorten(value)}")
    return number


def whole_of(value: object) -> object:
    """Refuse what Python would quietly take for a whole number."""
    if isinstance(value, bool | float):
        raise Misfit(f"expected a whole number, found {shorten(value)}")
    return value


def parameter_table(value: object) -> dict[str, Any]:
    """A table of strategy parameters: text, numbers, booleans, lists and tables of them."""
    if not isinstance(value, dict):
        raise Misfit(f"expected a table, found {shorten(value)}")
    for name, inner in value.items():
        _refuse_odd(str(name), inner)
    return value


def _refuse_odd(name: str, value: object) -> None:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            _refuse_odd(name, item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Misfit(f"{name}: expected a finite number, found {value}")
    elif not isinstance(value, str | int | float):
        raise Misfit(f"{name}: expected text in quotes, a number or true/false, found {shorten(str(value))}")


def _refuse_twice(names: Sequence[str], what: str) -> None:
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise Misfit(f"expected each {what} once, found {twice[0]} twice")
