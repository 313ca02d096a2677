"""The public face for plugin authors: `from framework import Strategy, Bar, Sma, every`.

Names load on first use, so that `import framework` costs nothing. Code inside the framework imports from the modules
themselves, never from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from framework.indicators import Atr as Atr
    from framework.indicators import Bands as Bands
    from framework.indicators import Bollinger as Bollinger
    from framework.indicators import Ema as Ema
    from framework.indicators import Indicator as Indicator
    from framework.indicators import RollingMax as RollingMax
    from framework.indicators import RollingMin as RollingMin
    from framework.indicators import Rsi as Rsi
    from framework.indicators import Sma as Sma
    from framework.indicators import Vwap as Vwap
    from framework.indicators import Zscore as Zscore
    from framework.model.events import Bar as Bar
    from framework.model.events import FeedStatus as FeedStatus
    from framework.model.events import Fill as Fill
    from framework.model.events import Funding as Funding
    from framework.model.events import Mark as Mark
    from framework.model.events import OrderReport as OrderReport
    from framework.model.events import Quote as Quote
    from framework.model.events import Trade as Trade
    from framework.model.instrument import Instrument as Instrument
    from framework.model.orders import Order as Order
    from framework.strategy.base import Strategy as Strategy
    from framework.strategy.context import BookView as BookView
    from framework.strategy.timers import cron as cron
    from framework.strategy.timers import every as every
    from framework.testing import trial as trial

_HOMES = {
    "Atr": "framework.indicators",
    "Bands": "framework.indicators",
    "Bar": "framework.model.events",
    "Bollinger": "framework.indicators",
    "BookView": "framework.strategy.context",
    "Ema": "framework.indicators",
    "FeedStatus": "framework.model.events",
    "Fill": "framework.model.events",
    "Funding": "framework.model.events",
    "Indicator": "framework.indicators",
    "Instrument": "framework.model.instrument",
    "Mark": "framework.model.events",
    "Order": "framework.model.orders",
    "OrderReport": "framework.model.events",
    "Quote": "framework.model.events",
    "RollingMax": "framework.indicators",
    "RollingMin": "framework.indicators",
    "Rsi": "framework.indicators",
    "Sma": "framework.indicators",
    "Strategy": "framework.strategy.base",
    "Trade": "framework.model.events",
    "Vwap": "framework.indicators",
    "Zscore": "framework.indicators",
    "cron": "framework.strategy.timers",
    "every": "framework.strategy.timers",
    "trial": "framework.testing",
}

__all__ = [
    "Atr",
    "Bands",
    "Bar",
    "Bollinger",
    "BookView",
    "Ema",
    "FeedStatus",
    "Fill",
    "Funding",
    "Indicator",
    "Instrument",
    "Mark",
    "Order",
    "OrderReport",
    "Quote",
    "RollingMax",
    "RollingMin",
    "Rsi",
    "Sma",
    "Strategy",
    "Trade",
    "Vwap",
    "Zscore",
    "cron",
    "every",
    "trial",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'framework' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
