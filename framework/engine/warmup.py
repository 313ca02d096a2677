"""Warm-up: the bars before the start, of all that a strategy asked for, in the order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from framework.engine.seat import Seat
from framework.indicators import Indicator
from framework.model.events import Bar
from framework.model.instrument import Instrument
from framework.strategy.base import Strategy

History = Callable[[Instrument, str, int], Sequence[Bar]]
"""Up to so many closed bars of a timeframe before the start, oldest first."""


def bars_before(seat: Seat, history: History) -> Iterator[Bar]:
    """The history of every bar request, merged by time: a strategy of two pairs sees them side by side, as it will live.

    Bars that close at the same instant come in the order in which they were asked for; what was asked for twice comes
    once, as long as the longer of both.
    """
    counts: dict[tuple[Instrument, str], int] = {}
    for instrument, timeframe, warmup in seat.bar_requests:
        wanted = indicators_warmup(seat.strategy) if warmup is None else warmup
        counts[instrument, timeframe] = max(wanted, counts.get((instrument, timeframe), 0))
    histories = [history(instrument, timeframe, count) for (instrument, timeframe), count in counts.items() if count]
    return heapq.merge(*histories, key=lambda bar: bar.ts_recv_ns)


def indicators_warmup(strategy: Strategy) -> int:
    """How many bars a strategy's indicators need before they all have a value."""
    wanted = max((indicator.warmup for indicator in _indicators(strategy)), default=0)
    # Up to CPython 3.12 attributes are looked up slowly once `vars` has been asked for them; not in a dict of their own.
    object.__setattr__(strategy, "__dict__", dict(vars(strategy)))
    return wanted


def _indicators(strategy: Strategy) -> Iterator[Indicator[Any]]:
    """Those in its attributes, and in their dicts, lists and tuples, each of which is looked into once."""
    pending: list[Any] = [vars(strategy)]
    seen: set[int] = set()
    while pending:
        value = pending.pop()
        if isinstance(value, Indicator):
            yield value
        elif isinstance(value, dict | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            pending.extend(value.values() if isinstance(value, dict) else value)
