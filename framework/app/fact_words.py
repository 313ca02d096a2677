"""Facts of a run in words, as views and reports show them."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import metadata
from typing import Any, Final

from framework.app.first_record import VERSION
from framework.model.instrument import Instrument
from framework.model.money import plain

SAMPLES: Final = ("market_maker", "sma_cross", "rebalance", "grid")


def strategy_words(use: str, capital: tuple[Any, ...]) -> str:
    """A strategy in a few words."""
    return f"{use}, capital {', '.join(map(str, capital))}"


def fees_words(instruments: Iterable[Instrument]) -> str:
    """What both sides pay: `maker 0.1 %, taker 0.1 %`."""
    fees = {(instrument.maker_fee, instrument.taker_fee) for instrument in instruments}
    return "; ".join(f"maker {plain(maker * 100)} %, taker {plain(taker * 100)} %" for maker, taker in sorted(fees))


def versions() -> dict[str, str]:
    """Of what figures may depend on."""
    names = ("msgspec", "pydantic", "rich", "structlog")
    return {"framework": VERSION, "python": platform.python_version()} | {
        name: metadata.version(name) for name in names
    }
