"""Which limits let more pass than those that a person armed under: raised while it ran, they need arming again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from framework.config.limits import LimitsTable, OwnerLimits
from framework.model.durations import duration_ns
from framework.model.money import Amount
from framework.model.rates import Rate, percent_text

WINDOWS: Final = {"loss_window": "max_loss", "ratio_window": "max_cancel_ratio", "ratio_after": "max_cancel_ratio"}
"""What is no limit, and yet decides how much one lets pass."""


def limits_text(limits: LimitsTable) -> str:
    """Limits as they are kept beside an arming."""
    return json.dumps(limits.model_dump(mode="json", exclude_defaults=True), sort_keys=True)


def raised_since(text: str, now: LimitsTable) -> str:
    """What lets more pass now than what was armed; empty where nothing does, or nobody knows what was armed."""
    if not text:
        return ""
    try:
        before = LimitsTable.model_validate_json(text)
    except ValidationError:
        return "limits are others than when it was armed, and those cannot be read"
    found = [line for path, was, is_ in _pairs(before, now) for line in _raised(path, was, is_)]
    return f"limits were raised since it was armed: {'; '.join(found)}" if found else ""


def _pairs(before: LimitsTable, now: LimitsTable) -> Iterator[tuple[str, Any, Any]]:
    """Each table of before, with what it is now."""
    yield "limits", before, now
    tables = dict(now.tables())
    for path, table in before.tables():
        yield ".".join(path), table, tables.get(path, OwnerLimits())


def _raised(path: str, was: Any, is_: Any) -> Iterator[str]:
    for name in was.limited:
        before, now = getattr(was, name), getattr(is_, name, None)
        if is_looser(before, now):
            yield f"[{path}] {name} {_words(before)}, now {_words(now)}"
    for name, of in WINDOWS.items():
        if getattr(was, of) and getattr(is_, of) and getattr(was, name) != getattr(is_, name):
            yield f"[{path}] {name} {getattr(was, name)}, now {getattr(is_, name)}"


def is_looser(before: Any, now: Any) -> bool:
    """Whether a limit lets more pass than before; what cannot be compared does."""
    if not now:
        return True
    match before, now:
        case Amount(), Amount():
            return bool(now.asset != before.asset or now.value > before.value)
        case Rate(), Rate():
            return now.limit > before.limit or now.window_ns < before.window_ns
        case str(), str():
            return duration_ns(now) > duration_ns(before)
        case tuple(), tuple():
            return _is_wider(before, now)
        case _:
            return bool(now > before)


def _is_wider(before: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    """Of instruments: others than before; of sizes: a larger one, or one that is not limited any more."""
    if not isinstance(before[0], Amount):
        return not set(now) <= set(before)
    most = {amount.asset: amount.value for amount in now}
    return any(amount.asset not in most or most[amount.asset] > amount.value for amount in before)


def _words(value: Any) -> str:
    if not value:
        return "not set"
    match value:
        case Rate():
            return value.text
        case Decimal():
            return percent_text(value)
        case tuple() if not isinstance(value, Amount):
            return ", ".join(map(str, value))
        case _:
            return str(value)
