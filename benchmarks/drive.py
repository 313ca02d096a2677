"""The engine drive: a million trades, or half a million bars, through the EMA cross, once idle and once trading.

Everything that a paper run's events and orders meet is in it: strategy host, router, checks, budget, gate, simulated
venue, fees, ledgers, and the journal's records, written to a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks import market
from benchmarks.calibration import SLICE, Span, Timer
from benchmarks.crossing import EmaCross, crosses
from benchmarks.house import House, bitcoin
from benchmarks.measures import MEGABYTES, MICROSECONDS, Measure, Scope, count, each, peak_rss_mb
from framework.app.drive import FULL_SPEED_STRIDE
from framework.kernel.journal import JournalWriter
from framework.model.events import MarketEvent
from framework.model.instrument import Instrument

TRADES: Final = 1_000_000
BARS: Final = 500_000
QUICK: Final = 3_000
NO_QUOTES: Final = 0


class Tape(NamedTuple):
    """What is driven through; `rows` are its trades or bars, quotes come on top."""

    name: str
    instrument: Instrument
    rows: int
    timeframe: str
    events: Callable[[], Iterator[MarketEvent]]
    crosses: int


def ticks(scope: Scope) -> Sequence[Measure]:
    """A million trades and nothing else: an order meets the price of the last one."""
    return drive(scope, trade_tape(scope, "ticks", TRADES, NO_QUOTES))


def ticks_250k(scope: Scope) -> Sequence[Measure]:
    """A quarter of them: memory must be the same."""
    return drive(scope, trade_tape(scope, "ticks_250k", TRADES // 4, NO_QUOTES))


def ticks_quoted(scope: Scope) -> Sequence[Measure]:
    """A million trades, each with a quote of its own before it: twice the events."""
    return drive(scope, trade_tape(scope, "ticks_quoted", TRADES // 2, 1))


def bars(scope: Scope) -> Sequence[Measure]:
    """Half a million one-minute bars, each with a quote at its close, as a candle file gives them."""
    instrument, rows = bitcoin(), scope.of(BARS, QUICK)
    path = _written(scope, f"bars-{rows}.bin", lambda: market.bar_rows(rows, instrument.size_scale))
    found = crosses(market.prices(path, rows, width=5, column=3))
    return drive(scope, Tape("bars", instrument, rows, "1m", lambda: market.play_bars(path, rows, instrument), found))


def trade_tape(scope: Scope, name: str, trades: int, quote_every: int) -> Tape:
    """A tape of trades, with a quote before every so many."""
    instrument, rows = bitcoin(), scope.of(trades, QUICK)
    path = _written(scope, f"trades-{rows}.bin", lambda: market.trade_rows(rows, instrument.size_scale))
    found = crosses(market.prices(path, rows, width=3, column=0))
    return Tape(name, instrument, rows, "", lambda: market.play_trades(path, rows, instrument, quote_every), found)


def drive(scope: Scope, tape: Tape) -> Sequence[Measure]:
    """Once idle, once trading, in one process.

    Raises:
        RuntimeError: not every cross was filled, or the venue's balances differ from the ledgers: no figure then.
    """
    timer = scope.timer()
    idle, _, _ = _run(scope, tape, timer, is_trading=False)
    trading, strategy, events = _run(scope, tape, timer, is_trading=True)
    if not tape.crosses == strategy.asked == strategy.filled:
        raise RuntimeError(f"{tape.name}: {tape.crosses} crosses, {strategy.asked} orders, {strategy.filled} fills")
    order_s = (trading.cpu_s / trading.step_s - idle.cpu_s / idle.step_s) / max(1, strategy.filled)
    return (
        each(f"{tape.name}_idle", idle, tape.rows),
        each(f"{tape.name}_trading", trading, tape.rows),
        Measure(f"{tape.name}_order", order_s * trading.step_s * 1e6, MICROSECONDS, order_s),
        count(f"{tape.name}_events", events),
        count(f"{tape.name}_crosses", tape.crosses),
        count(f"{tape.name}_fills", strategy.filled),
        Measure(f"{tape.name}_peak_rss", peak_rss_mb(), MEGABYTES),
    )


def _run(scope: Scope, tape: Tape, timer: Timer, *, is_trading: bool) -> tuple[Span, EmaCross, int]:
    """Time, the strategy after it, and the events it took."""
    strategy = EmaCross(timeframe=tape.timeframe, is_trading=is_trading)
    path = scope.folder / f"{tape.name}-{is_trading}.journal"
    path.unlink(missing_ok=True)
    with JournalWriter(path, "drive") as journal:
        house = House({"cross": strategy}, (tape.instrument,), market.START_NS, journal.write)
        house.core.loop.stride = FULL_SPEED_STRIDE  # as a paper run where nothing is waited for
        house.start()
        span = timer.slices(house.play(tape.events()), SLICE // FULL_SPEED_STRIDE)
    if not house.is_balanced:
        raise RuntimeError(f"{tape.name}: the ledgers differ from the venue's balances")
    return span, strategy, house.core.loop.cursor


def _written(scope: Scope, name: str, rows: Callable[[], Iterator[market.Row]]) -> Path:
    path = scope.folder / name
    if not path.exists():
        market.write(path, rows())
    return path
