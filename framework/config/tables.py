"""The settings as frozen models. A key that is not here does not exist."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    model_validator,
)

from framework.config import fields
from framework.config.limits import LimitsTable
from framework.config.live import LiveTable
from framework.config.seats import StrategySeat, expand
from framework.kernel.journal.retention import Keep
from framework.model.durations import duration_ns
from framework.model.errors import ConfigError
from framework.model.instants import ns_of
from framework.model.latency import Latency, Uniform
from framework.model.money import Amount, is_asset, shorten
from framework.model.rules import SelfTrade
from framework.model.self_cross import SelfCross
from framework.model.spelling import nearest

BOT_NAME: Final = re.compile(r"[a-z0-9-]{1,12}", re.ASCII)
STRATEGY_NAME: Final = re.compile(r"[a-z0-9_/-]{1,24}", re.ASCII)


def _bot_name(text: str) -> str:
    if BOT_NAME.fullmatch(text) is None:
        raise ValueError(f"expected 1 to 12 of a-z, 0-9 and -, found {shorten(text)}")
    return text


def _asset(text: str) -> str:
    if not is_asset(text):
        raise ValueError(f'expected an asset in capital letters such as "USDT", found {shorten(text)}')
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f'expected a time zone such as "UTC" or "Europe/Berlin", found {shorten(text)}') from error
    return text


FOREVER: Final = "forever"


def _path(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"expected a path, found one with a zero character, {shorten(text)}")
    return text


def _duration(text: str) -> str:
    duration_ns(text)
    return text


def _span(text: str) -> str:
    return text if text == FOREVER else _duration(text)


def _size(text: str) -> str:
    fields.bytes_of(text)
    return text


def _timeframe(text: str) -> str:
    if text:
        duration_ns(text, "timeframe")
    return text


AsText = PlainSerializer(str, return_type=str)
AsTexts = PlainSerializer(lambda values: [str(value) for value in values], return_type=list[str])
Amounts = Annotated[tuple[Amount, ...], PlainValidator(fields.amounts_of), AsTexts]
Instruments = Annotated[tuple[str, ...], BeforeValidator(fields.instruments_of)]
AsInstant = PlainSerializer(lambda instant: instant and instant.isoformat())
Instant = Annotated[datetime | None, PlainValidator(fields.instant_of), AsInstant]
Parameters = Annotated[dict[str, Any], BeforeValidator(fields.parameter_table)]
Seed = Annotated[int, BeforeValidator(fields.whole_of), Field(ge=0, lt=2**63)]


class Table(BaseModel):
    """A table of the settings: frozen, and nothing in it that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Paper(Table):
    """`[paper]`: the tape, the venue whose rules hold, and the money to begin with."""

    tape: Annotated[str, AfterValidator(_path)] = "binance-2024-08-08"
    """Name of a bundled tape, or the path of one."""
    feed: Literal["", "bitget"] = ""
    """Trade on a venue's live public feed instead of a tape; it needs no key."""
    markets: tuple[str, ...] = ()
    """Of the feed: symbols such as BTC/USDT."""
    feed_host: str = ""
    """Of the feed: a server on this machine in place of the venue's own, `127.0.0.1:8080`."""
    symbol: str = ""
    """Of a candle file; empty: taken from the file's name."""
    timeframe: Annotated[str, AfterValidator(_timeframe)] = ""
    """Of candle files; empty: found in them."""
    rules: str = "bitget-spot"
    """The venue's table of limits, filters and fees."""
    speed: Annotated[fields.Speed, BeforeValidator(fields.speed_of)] = 10
    """Times real time, or `"max"`. It changes nothing but the waiting."""
    loop: bool = False
    """Begin again at the end of the tape."""
    seed: Seed = 1
    balances: Amounts = (Amount(Decimal(10_000), "USDT"),)
    latency: Annotated[Latency, PlainValidator(fields.latency_of), AsText] = Uniform(20_000_000, 60_000_000)
    """From sending a request to the venue having it. Of a recording the numbers decide the run, not the file."""
    start: Instant = None
    """What the tape holds before it is warm-up history."""
    spread_bps: Annotated[Decimal, PlainValidator(fields.spread_of), AsText] = Decimal(1)
    """Between bid and ask where the tape has candles and no quotes, in basis points."""
    self_trade: SelfTrade | None = None
    """What becomes of an order that would trade with our own; None: as the venue's rules say."""

    @model_validator(mode="after")
    def _feed_agrees(self) -> Self:
        if bool(self.feed) != bool(self.markets):
            raise ValueError('expected feed and markets together: feed = "bitget", markets = ["BTC/USDT"]')
        if self.feed and (self.start or self.loop):
            raise ValueError("expected no start and no loop with a feed: it begins now and has no end")
        return self

    @property
    def start_ns(self) -> int | None:
        """`start` in UTC nanoseconds."""
        return None if self.start is None else ns_of(self.start)


class RouterTable(Table):
    """`[router]`: how long and how many orders may wait, and how those of several strategies get along."""

    self_cross: SelfCross = SelfCross.HOLD
    """What becomes of an order that would trade with another of ours; `"cross"` is not for live trading."""
    intent_age: Annotated[str, AfterValidator(_duration)] = "5s"
    """A new order that waited longer is refused as stale; one that only reduces a position never is."""
    queue_orders: Annotated[int, BeforeValidator(fields.whole_of), Field(ge=1, le=100_000)] = 1_000
    """How many new orders of one strategy may wait; more are refused. Those that only reduce are counted apart."""

    @property
    def intent_age_ns(self) -> int:
        """`intent_age` in nanoseconds."""
        return duration_ns(self.intent_age)


class JournalTable(Table):
    """`[journal]`: where runs are kept, and what of a daemon's journal."""

    folder: Annotated[str, AfterValidator(_path)] = "var"
    before_send: Literal["sync", "async"] = "sync"
    """Of a daemon: whether a request waits until its record survives a power cut. A tape run waits for nothing."""
    keep_inputs: Annotated[str, AfterValidator(_span)] = "30d"
    """Of a daemon: how long market data stays in the journal; `"forever"`."""
    keep_decisions: Annotated[str, AfterValidator(_span)] = FOREVER
    """Of a daemon: how long everything else does; what a restart reads stays in any case."""
    max_size: Annotated[str, AfterValidator(_size)] = "20 GB"
    """Of a daemon: what the journal may take of the disk; it does not trade where that cannot be held."""

    @property
    def keep(self) -> Keep:
        """As the journal takes it."""
        inputs, decisions = (
            0 if span == FOREVER else duration_ns(span) for span in (self.keep_inputs, self.keep_decisions)
        )
        return Keep(inputs, decisions, fields.bytes_of(self.max_size))


class LogTable(Table):
    """`[log]`: how much is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["console", "json"] = "console"


class StrategyTable(Table):
    """`[strategy.NAME]`: a plugin, its capital and its parameters."""

    use: str
    """Name of the plugin: a file or folder in `strategies/`, or an entry point."""
    enabled: bool = True
    capital: Amounts
    """What each instance may use."""
    params: Parameters = {}
    params_for: dict[str, Parameters] = {}
    """By instrument of `each`, laid over `params`."""
    each: Instruments = ()
    """One instance for each of these instruments, which becomes its parameter `instrument`."""

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.each and "instrument" in self.params:
            raise ValueError("expected params without instrument, since each sets it; remove one of the two")
        if self.params_for and not self.each:
            raise ValueError("params_for: expected each = [...] beside it; without it, write into params")
        for instrument, inner in self.params_for.items():
            if instrument not in self.each:
                raise ValueError(f"params_for: {instrument!r} is not in each{nearest(instrument, self.each)}")
            if "instrument" in inner:
                raise ValueError(f"params_for.{instrument}: expected no instrument, since each sets it")
        return self


def _strategy_names(tables: dict[str, StrategyTable]) -> dict[str, StrategyTable]:
    for name in tables:
        if STRATEGY_NAME.fullmatch(name) is None:
            raise ValueError(f"expected names of 1 to 24 of a-z, 0-9, _, / and -, found {shorten(name)}")
    return tables


class Config(Table):
    """All settings of a run, checked. `load_config` makes it."""

    bot: Annotated[str, AfterValidator(_bot_name)] = "bot"
    """Begins every client order id, so that two bots on one account know their own."""
    report_currency: Annotated[str, AfterValidator(_asset)] = "USDT"
    display_tz: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    """For people only: what is stored is UTC."""
    paper: Paper = Paper()
    live: LiveTable = LiveTable()
    router: RouterTable = RouterTable()
    journal: JournalTable = JournalTable()
    log: LogTable = LogTable()
    limits: LimitsTable = LimitsTable()
    strategy: Annotated[dict[str, StrategyTable], AfterValidator(_strategy_names)] = {}
    """By name, in the order of the file."""

    _file: str = PrivateAttr(default="settings")
    _elsewhere: Mapping[tuple[str, ...], str] = PrivateAttr(default_factory=dict)
    """Key -> what said it, where that is not the file."""

    @property
    def file(self) -> str:
        """Where it was read from, for messages."""
        return self._file

    def place_of(self, *key: str) -> str:
        """What said a key, for messages: the file, or what was laid over it."""
        return self._elsewhere.get(key, self._file)

    def read_from(self, file: str, elsewhere: Mapping[tuple[str, ...], str] | None = None) -> Self:
        """The same settings, said to come from a file.

        Args:
            elsewhere: key -> what said it, where that is not the file.
        """
        copy = self.model_copy()
        copy._file = file  # noqa: SLF001 - its own copy
        copy._elsewhere = copy._elsewhere if elsewhere is None else elsewhere  # noqa: SLF001 - as above
        return copy

    def only(self, names: Collection[str]) -> Self:
        """The same settings with these strategies alone, enabled.

        Raises:
            ConfigError: a name that no `[strategy.NAME]` table has.
        """
        for name in names:
            if name not in self.strategy:
                raise ConfigError(f"{self._file}: no [strategy.{name}]{self._known_as(name)}")
        chosen = {
            name: table.model_copy(update={"enabled": True}) for name, table in self.strategy.items() if name in names
        }
        return self.model_copy(update={"strategy": chosen}).read_from(self._file)

    def _known_as(self, name: str) -> str:
        """What to write instead of a name that no table has."""
        table = name.rpartition("/")[0]
        if table in self.strategy:
            return f"; {name} is one instance of [strategy.{table}], which runs whole: write {table}"
        return nearest(name, self.strategy)

    def seats(self) -> tuple[StrategySeat, ...]:
        """The strategy instances wanted, in the order of the file; `each` is expanded, what is not enabled left out."""
        return tuple(
            seat
            for name, table in self.strategy.items()
            if table.enabled
            for seat in expand(
                name,
                table.use,
                table.capital,
                table.params,
                table.params_for,
                table.each,
                f"{self.place_of('strategy', name)}: [strategy.{name}]",
            )
        )

    def canonical(self) -> bytes:
        """Canonical JSON of everything that decides the run, for its id and its journal.

        Speed, folders, log and time zone are left out, and loop, which the tape tells (`laps`); a tape's path is cut to
        its name, since its digest stands elsewhere. The order of the strategies is kept: it breaks ties.
        """
        chosen: dict[str, Any] = self.model_dump(mode="json", include={"bot", "report_currency"})
        chosen["paper"] = self.paper.model_dump(mode="json", exclude={"speed", "loop", "feed_host"})
        chosen["paper"]["tape"] = PurePath(self.paper.tape).name
        for key in ("feed", "markets"):
            if not chosen["paper"][key]:  # a tape's run is the same as before there were feeds
                del chosen["paper"][key]
        chosen["strategy"] = [
            {"name": name, **table.model_dump(mode="json", exclude={"enabled"})}
            for name, table in self.strategy.items()
            if table.enabled
        ]
        if self.live.venue:
            chosen["live"] = self.live.model_dump(mode="json", exclude={"host"})
            if self.journal.before_send != "sync":  # what waits for its record is sent at another instant
                chosen["journal"] = {"before_send": self.journal.before_send}
        if self.router != RouterTable():
            chosen["router"] = self.router.model_dump(mode="json", exclude_defaults=True)
        limits = self.limits.only(name for name, table in self.strategy.items() if table.enabled)
        if not limits.is_empty:
            chosen["limits"] = limits.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(chosen, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()

    @classmethod
    def from_canonical(cls, text: bytes) -> Self:
        """The settings that `canonical` wrote; what it left out has its default.

        Raises:
            ConfigError: damaged, or written by another version.
        """
        try:
            settings = json.loads(text)
            settings["strategy"] = {table.pop("name"): table for table in settings["strategy"]}
            return cls.model_validate(settings).read_from("the journal")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise ConfigError(
                "the journal: its settings cannot be read; expected what this version writes. "
                f"Replay it with the version that wrote it, or check the file ({type(error).__name__})"
            ) from error
