"""The public face for plugin authors: `from framework import Strategy, Bar, Sma, every`.

Names load on first use, so that `import framework` costs nothing. Code inside the framework imports from the modules
themselves, never from here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from framework.strategy.face import HOMES

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
    from framework.model.errors import GridError as GridError
    from framework.model.errors import PluginError as PluginError
    from framework.model.events import Bar as Bar
    from framework.model.events import FeedState as FeedState
    from framework.model.events import FeedStatus as FeedStatus
    from framework.model.events import Funding as Funding
    from framework.model.events import Mark as Mark
    from framework.model.events import OrderReport as OrderReport
    from framework.model.events import Quote as Quote
    from framework.model.events import ReportKind as ReportKind
    from framework.model.events import Source as Source
    from framework.model.events import Trade as Trade
    from framework.model.instrument import Instrument as Instrument
    from framework.model.intents import Amend as Amend
    from framework.model.intents import Cancel as Cancel
    from framework.model.intents import Ladder as Ladder
    from framework.model.intents import Place as Place
    from framework.model.intents import Rung as Rung
    from framework.model.intents import Style as Style
    from framework.model.intents import Target as Target
    from framework.model.orders import Order as Order
    from framework.model.orders import OrderState as OrderState
    from framework.model.orders import TimeInForce as TimeInForce
    from framework.strategy.base import Strategy as Strategy
    from framework.strategy.context import BookView as BookView
    from framework.strategy.fill import Fill as Fill
    from framework.strategy.timers import cron as cron
    from framework.strategy.timers import every as every
    from framework.testing import Trial as Trial
    from framework.testing import trial as trial

__all__ = sorted(HOMES)  # noqa: PLE0605  # names and homes stand in one place


def __getattr__(name: str) -> Any:
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'framework' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
