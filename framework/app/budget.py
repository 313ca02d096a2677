"""Whether a config can live within its venue's limits: from what its strategies declare, or from a recorded run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from framework.app.recorded_load import evidence_of
from framework.app.seated import Seated, seat_strategies
from framework.config import Config
from framework.config.faults import told_at
from framework.model.counting import counted
from framework.model.errors import ConfigError, DataError
from framework.model.latency import Fixed, Latency, Uniform
from framework.model.rules import VenueRules
from framework.router.budget.forecast import Forecast, Load, Stream, forecast
from framework.strategy.rates import declared
from framework.venues.named import rules_named

HOW: Final = (
    'declare what they ask for, such as rates = {"orders": "2/s", "cancels": "2/s", "together": 4} in the class, '
    "or give a recorded run with --run"
)


class Reckoning(NamedTuple):
    """A forecast and what it rests on."""

    title: str
    source: str
    round_trip_ms: float
    forecast: Forecast
    notes: tuple[str, ...]
    peaks: Mapping[str, int]
    """Bucket -> most units in a window as a run sent them; empty for declared rates."""
    kept_back: int = 0
    silent: tuple[str, ...] = ()
    """Strategies that declare no rates: what they ask for is not in the figures."""

    @property
    def can_live(self) -> bool:
        """Whether everything would leave."""
        return self.forecast.can_live and not self.kept_back

    def facts(self) -> dict[str, Any]:
        """For programs."""
        found = self.forecast
        return {
            "venue": self.title,
            "source": self.source,
            "round_trip_ms": self.round_trip_ms,
            "can_live": self.can_live,
            "fits": found.fits,
            "orders_per_s": round(found.orders_per_s, 6),
            "requests_per_s": round(found.requests_per_s, 6),
            "first_to_saturate": found.first.bucket,
            "saturates_at_orders_per_s": round(found.saturates_per_s, 3),
            "sharing_saturates_at_orders_per_s": round(found.sharing_per_s, 3),
            "sharing_cycle_s": found.cycle_s,
            "kept_back": self.kept_back,
            "not_reckoned": list(self.silent),
            "buckets": [self._bucket(load) for load in found.loads],
            "notes": list(self.notes),
        }

    def _bucket(self, load: Load) -> dict[str, Any]:
        return {
            "bucket": load.bucket,
            "window_s": load.window_s,
            "limit": load.limit,
            "usable": round(load.usable, 3),
            "planned": round(load.planned, 3),
            "headroom": round(1 - load.share, 4),
            "one_by_one": round(load.one_by_one, 3),
            "recorded_peak": self.peaks.get(load.bucket),
        }


def reckon_rates(config: Config) -> Reckoning:
    """From the rates that the enabled strategies declare.

    Raises:
        ConfigError, PluginError: no strategy declares any, or one that cannot be read.
    """
    table, name = ("live", config.live.rules) if config.live.venue else ("paper", config.paper.rules)
    with told_at(config.file, (table, "rules")):
        rules = rules_named(name)
    strategies, _ = seat_strategies(config)
    streams, silent = [], []
    for seated in strategies:
        found = streams_of(seated)
        streams += found
        silent += [] if found else [seated.name]
    if not streams:
        raise ConfigError(f"{config.file}: no strategy says how much it will ask for; {HOW}")
    notes = ["rates are spread evenly over a strategy's instruments"]
    return _reckoned(config, rules, "declared rates", streams, notes)._replace(silent=tuple(silent))


def reckon_run(run: Path) -> Reckoning:
    """From what a recorded run sent in its busiest ten seconds.

    Args:
        run: its folder, or its journal: of a tape's run, of paper, or of a daemon.

    Raises:
        DataError: no journal, or of a run that sent nothing. ConfigError: no such place.
    """
    config, rules, load = (found := evidence_of(run)).config, found.rules, found.load
    if not load.streams:
        raise DataError(f"{run}: expected a run that sent requests, found none; {HOW.partition(', or')[0]}")
    notes = [
        f"the run sent {load.orders:,} orders, cancels and amends in {counted(load.requests, 'request')}",
        "planned are its busiest 10 s, with as many orders of a pair in a turn as then",
        "what was netted, superseded or refused before it left is not counted: it cost nothing",
        *found.notes,
    ]
    reckoned = _reckoned(config, rules, found.source, load.streams, notes, load.round_trip_ns)
    return reckoned._replace(peaks=load.peaks, kept_back=load.kept_back)


def streams_of(seated: Seated) -> list[Stream]:
    """What a strategy declares, as streams."""
    found = declared(seated.name, seated.strategy)
    if found is None:
        return []
    return [
        Stream(seated.name, instrument, kind, rate.per_s / len(found.instruments), found.together)
        for kind, rate in found.rates.items()
        for instrument in found.instruments
    ]


def slowest_ns(latency: Latency) -> int:
    """The longest way there: units are held until the answer, and the forecast counts the longest."""
    if isinstance(latency, Fixed):
        return latency.ns
    return latency.high_ns if isinstance(latency, Uniform) else max(latency.samples_ns)


def _reckoned(
    config: Config,
    rules: VenueRules,
    source: str,
    streams: list[Stream] | tuple[Stream, ...],
    notes: list[str],
    round_trip_ns: int = 0,
) -> Reckoning:
    """Args as of `Reckoning`; a round trip of 0 is not known: then it is what paper assumes."""
    round_trip_ns = round_trip_ns or 2 * slowest_ns(config.paper.latency)
    found = forecast(rules, streams, round_trip_ns, config.router.intent_age_ns)
    return Reckoning(rules.title, source, round_trip_ns / 1e6, found, tuple(notes), {})
