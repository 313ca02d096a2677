"""What strategies may import from `framework`: each name and the module it lives in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HOMES: Final[Mapping[str, str]] = {
    name: module
    for module, names in {
        "framework.indicators": (
            "Atr",
            "Bands",
            "Bollinger",
            "Ema",
            "Indicator",
            "RollingMax",
            "RollingMin",
            "Rsi",
            "Sma",
            "Vwap",
            "Zscore",
        ),
        "framework.model.errors": ("GridError", "PluginError"),
        "framework.model.events": (
            "Bar",
            "FeedState",
            "FeedStatus",
            "Funding",
            "Mark",
            "OrderReport",
            "Quote",
            "ReportKind",
            "Source",
            "Trade",
        ),
        "framework.model.instrument": ("Instrument",),
        "framework.model.intents": ("Amend", "Cancel", "Ladder", "Place", "Rung", "Style", "Target"),
        "framework.model.orders": ("Order", "OrderState", "TimeInForce"),
        "framework.strategy.base": ("Strategy",),
        "framework.strategy.context": ("BookView",),
        "framework.strategy.fill": ("Fill",),
        "framework.strategy.timers": ("cron", "every"),
        "framework.testing": ("Trial", "trial"),
    }.items()
    for name in names
}
