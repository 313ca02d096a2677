"""A start without a run: every strategy's `on_start`, for `run.py check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from framework.app.asked_instruments import refuse_missing
from framework.app.assembly import check_limits, source_of, start_of, tape_of
from framework.app.seated import Seated, seat_strategies
from framework.config import Config
from framework.core import Core
from framework.data.candles import CandleFile
from framework.data.minutes import MinuteFolder
from framework.data.tape import Tape
from framework.kernel.logging import configure
from framework.kernel.records import Record, StrategyQuarantined
from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.plugins import Library
from framework.plugins.time_limit import time_limit
from framework.venues.named import rules_named


@dataclass(frozen=True)
class RehearsedMarkets:
    """The instruments of a run to be."""

    instruments: Sequence[Instrument]
    source: str
    """What has them, for messages."""
    start_ns: int = 0
    candles: Mapping[Instrument, str] = field(default_factory=dict)
    """Timeframe of those that a tape has as candles."""


def rehearse(config: Config, library: Library) -> Iterator[tuple[str, str]]:
    """What a start would find: strategy and reason of each that would be put aside. No event comes, no order leaves.

    Bars are held against the candles of the tape: what cannot be built of them would be put aside at the first.

    Raises:
        ConfigError, PluginError, DataError: what a run would refuse before that.
    """
    configure(lambda: 0, level="critical")  # what a start would log is told in what this gives
    markets = markets_of(config)
    strategies, _ = seat_strategies(config, library)
    refuse_missing(config, markets.instruments, strategies, markets.source)
    yield from _started(config, markets, strategies)


def markets_of(config: Config) -> RehearsedMarkets:
    """What the settings give to trade on; nobody is asked.

    Raises:
        ConfigError, DataError: a tape, rules or limits that a run would refuse.
    """
    if config.live.venue:
        return RehearsedMarkets(_listed(config.live.rules, config.live.markets), "[live] markets")
    if config.paper.feed:
        return RehearsedMarkets(_listed(config.paper.rules, config.paper.markets), "[paper] markets")
    tape = tape_of(config)
    check_limits(config, tape)
    return RehearsedMarkets(tape.instruments, source_of(tape), start_of(config, tape), candles_of(tape))


def candles_of(tape: Tape) -> dict[Instrument, str]:
    """Timeframe of the candles of each instrument that a tape has as candles."""
    return {
        source.instrument: source.timeframe for source in tape.sources if isinstance(source, CandleFile | MinuteFolder)
    }


def _started(config: Config, markets: RehearsedMarkets, strategies: Sequence[Seated]) -> Iterator[tuple[str, str]]:
    records: list[Record] = []
    core = Core(
        instruments=markets.instruments,
        balances={amount.asset: amount.value for amount in config.paper.balances},
        capital={seated.name: seated.capital for seated in strategies},
        bot=config.bot,
        run_id="check",
        seed=config.paper.seed,
        write=records.append,
        now_ns=markets.start_ns,
    )
    seats = [core.engine.seat(seated.name, seated.strategy) for seated in strategies]
    for seat in seats:
        with time_limit(f"{config.file}: {seat.name}.on_start"):
            core.engine.begin(seat)
    for record in records:
        if isinstance(record, StrategyQuarantined):
            yield record.strategy, record.reason
    for instrument, timeframe in markets.candles.items():
        yield from _not_built(core, instrument, timeframe)


def _not_built(core: Core, instrument: Instrument, timeframe: str) -> Iterator[tuple[str, str]]:
    """Who asked for bars that cannot be built of the candles."""
    for stream in core.engine.markets[instrument].streams:
        try:
            stream.builder.piece_of(timeframe)
        except ConfigError as error:
            yield from ((subscription.seat.name, str(error)) for subscription in stream.subscriptions)


def _listed(rules_name: str, symbols: Sequence[str]) -> Sequence[Instrument]:
    """The markets of a live feed, as far as the rules know them: nobody is asked."""
    rules = rules_named(rules_name)
    try:
        return [rules.instrument(symbol) for symbol in symbols]
    except ConfigError:
        return [Instrument(symbol, rules.venue, 8, 8) for symbol in symbols]
