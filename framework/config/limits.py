"""`[limits]`: what orders may do, for all of them together, and by account, instrument and strategy.

Every limit counts over the whole of its table's scope: `max_open_orders` in `[limits]` is that of all strategies
together, in `[limits.strategy.mm]` that of `mm` alone. What is not set is not limited there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
)

from framework.config import fields
from framework.config.faults import KeyPath, key_text
from framework.config.wording import words_of
from framework.model.durations import duration_ns
from framework.model.errors import ConfigError
from framework.model.money import Amount, shorten
from framework.model.rates import Rate, fraction_of, percent_text
from framework.model.spelling import nearest

COUNT_MAX: Final = 1_000_000
KINDS: Final = ("account", "instrument", "strategy")
"""Tables of tables inside `[limits]`."""
REQUIRED: Final = ("instruments", "max_order_notional", "max_position", "max_loss", "message_rate", "price_collar")
"""What live trading does not start without (symbols, order, position, day's loss), for each strategy."""


def _amount(value: object) -> Amount | None:
    if value is None or isinstance(value, Amount):
        return value
    amounts = fields.amounts_of(value)
    if len(amounts) != 1:
        raise fields.Misfit(f'expected one amount such as "500 USDT", found {shorten(value)}')
    return amounts[0]


def _rate(value: object) -> Rate | None:
    return value if value is None or isinstance(value, Rate) else Rate.parse(value)


def _fraction(value: object) -> Decimal | None:
    return value if value is None or isinstance(value, Decimal) else fraction_of(value)


def _span(text: str) -> str:
    if text:
        duration_ns(text)
    return text


def _text(write: Callable[[Any], str]) -> PlainSerializer:
    return PlainSerializer(lambda value: value and write(value), return_type=str | None)


Money = Annotated[Amount | None, PlainValidator(_amount), _text(str)]
Messages = Annotated[Rate | None, PlainValidator(_rate), _text(str)]
Fraction = Annotated[Decimal | None, PlainValidator(_fraction), _text(percent_text)]
Span = Annotated[str, AfterValidator(_span)]
Count = Annotated[int | None, BeforeValidator(fields.whole_of), Field(ge=1, le=COUNT_MAX)]
Sizes = Annotated[
    tuple[Amount, ...],
    PlainValidator(lambda value: value if value == () else fields.amounts_of(value)),
    PlainSerializer(lambda values: [str(value) for value in values], return_type=list[str]),
]


class InstrumentLimits(BaseModel):
    """`[limits.instrument."BTC/USDT@bitget"]`: orders of one instrument, whoever's. Money may be of any asset."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    max_order_size: Sizes = ()
    """Largest order, by base asset: `"0.5 BTC"`, or several in a list. Assets that are not named have none."""
    max_order_notional: Money = None
    """Largest order by value: `"500 USDT"`."""
    max_position: Money = None
    """Largest position in an instrument, either way, once all open and unknown orders have filled; money, or base."""
    max_exposure: Money = None
    """Largest sum of such positions over all instruments."""
    max_open_orders: Count = None
    """Orders that are not done: queued, sent, open or unknown."""
    price_collar: Fraction = None
    """How far a buy may be above, a sell below, the middle of the last good quote: `"2%"`."""
    message_rate: Messages = None
    """New orders, changes and cancels in any such stretch of time: `"5/s"`. Cancels count and are never refused."""
    max_orders_per_fill: Count = None
    """New orders for each fill, over `ratio_window`."""
    max_cancel_ratio: Fraction = None
    """Cancels to new orders, over `ratio_window`: `"95%"`."""
    ratio_window: Span = "10m"
    ratio_after: Annotated[int, BeforeValidator(fields.whole_of), Field(ge=1, le=COUNT_MAX)] = 100
    """New orders in the window before the ratios are judged."""
    max_equal_rejects: Count = None
    """Rejects of one reason in a row, by strategy, instrument and side; then nothing more until a person lifts it."""
    max_loss: Money = None
    """Loss over the last `loss_window`, fees included; then only what reduces, until a person lifts it."""
    loss_window: Span = "24h"
    max_drawdown: Money = None
    """Loss from the best of the run; as `max_loss`."""
    max_feed_age: Span = ""
    """How old the last quote or trade may be when an order is made: `"3s"`. Also refuses while the feed says stale."""
    max_clock_skew: Span = ""
    """How far the venue's stamps may be from our clock: `"500 ms"`. Judged where the feed carries them."""

    @property
    def is_empty(self) -> bool:
        """Nothing is limited."""
        return not self.limited

    @property
    def limited(self) -> tuple[str, ...]:
        """The limits that are set, by name."""
        return tuple(name for name in LIMITS if getattr(self, name, None))

    @property
    def money(self) -> Iterator[tuple[str, Amount]]:
        """The limits that are money."""
        for name in ("max_order_notional", "max_position", "max_exposure", "max_loss", "max_drawdown"):
            amount = getattr(self, name)
            if amount is not None:
                yield name, amount


class OwnerLimits(InstrumentLimits):
    """`[limits.strategy.NAME]` and `[limits.account.NAME]`."""

    instruments: Annotated[tuple[str, ...], BeforeValidator(fields.instruments_of)] = ()
    """Those that may be traded; empty: all."""


LIMITS: Final = tuple(
    name for name in OwnerLimits.model_fields if name not in ("ratio_window", "ratio_after", "loss_window")
)
"""Names of what can be limited."""


def _instrument_ids(tables: dict[str, InstrumentLimits]) -> dict[str, InstrumentLimits]:
    fields.instruments_of(list(tables))
    return tables


class LimitsTable(OwnerLimits):
    """`[limits]`: all orders together, and the tables for some of them."""

    strategy: dict[str, OwnerLimits] = {}
    """By name of a table, which holds for each of its instances, or of one instance: `"sma/BTC"`."""
    instrument: Annotated[dict[str, InstrumentLimits], AfterValidator(_instrument_ids)] = {}
    account: dict[str, OwnerLimits] = {}

    @property
    def is_empty(self) -> bool:
        """Nothing is limited anywhere."""
        return not self.limited and all(table.is_empty for _, table in self.tables())

    def tables(self) -> Iterator[tuple[KeyPath, InstrumentLimits]]:
        """The inner tables, with their keys in the settings."""
        for kind in KINDS:
            inner: Mapping[str, InstrumentLimits] = getattr(self, kind)
            for name, table in inner.items():
                yield ("limits", kind, name), table

    def of_strategy(self, name: str) -> tuple[OwnerLimits, ...]:
        """The tables that hold for a strategy instance: its own, and that of the table it comes from."""
        names = dict.fromkeys((name, name.rpartition("/")[0]))
        return tuple(self.strategy[one] for one in names if one in self.strategy)

    def only(self, strategies: Iterable[str]) -> LimitsTable:
        """The same without those of strategies that do not play. Args: names of `[strategy.NAME]` tables."""
        names = tuple(strategies)
        kept = {name: table for name, table in self.strategy.items() if _belongs(name, names)}
        return self.model_copy(update={"strategy": kept})


def _belongs(name: str, tables: Sequence[str]) -> bool:
    return name in tables or name.rpartition("/")[0] in tables


def limit_faults(limits: LimitsTable, strategies: Sequence[str]) -> Iterator[tuple[KeyPath, str]]:
    """Strategies that are limited and not there. Args: names of `[strategy.NAME]` tables and of their instances."""
    for name in limits.strategy:
        if name not in strategies:
            yield ("limits", "strategy", name), f"no such strategy{nearest(name, strategies)}"


def run_faults(
    limits: LimitsTable, instruments: Sequence[str], accounts: Sequence[str], is_valued: Callable[[str], bool]
) -> Iterator[tuple[KeyPath, str]]:
    """Limits that a run could not hold: of instruments and accounts it does not have, in money it cannot value.

    Args:
        is_valued: whether the run's markets value all their money in an asset.
    """
    for name in limits.instrument:
        if name not in instruments:
            yield ("limits", "instrument", name), f"no such instrument in this run{nearest(name, instruments)}"
    for name in limits.account:
        if name not in accounts:
            yield ("limits", "account", name), f"no such account in this run{nearest(name, accounts)}"
    for path, table in [(("limits",), limits), *limits.tables()]:
        for name in getattr(table, "instruments", ()):
            if name not in instruments:
                yield (*path, "instruments"), f"{name}: no such instrument in this run{nearest(name, instruments)}"
        for name, amount in table.money:
            is_base = name == "max_position" and any(id_.startswith(f"{amount.asset}/") for id_ in instruments)
            if not is_base and not is_valued(amount.asset):
                yield (*path, name), f"no market of this run values its money in {amount.asset}"


def limits_of(settings: Mapping[str, object]) -> LimitsTable:
    """Limits written as `[limits]` would be, from a program.

    Raises:
        ConfigError: with a line for every fault.
    """
    try:
        return LimitsTable.model_validate(settings)
    except ValidationError as error:
        faults = [
            f"{key_text(('limits', *map(str, one['loc'])))}: {words_of(one, lambda: LimitsTable.model_fields)}"
            for one in error.errors()
        ]
        raise ConfigError("\n".join(faults)) from error


def missing_limits(limits: LimitsTable, strategies: Iterable[str]) -> list[str]:
    """What live trading lacks, one line for each strategy instance and limit; empty: nothing, it may start.

    A limit counts for a strategy where `[limits]` or one of its own tables sets it.
    """
    missing = []
    for strategy in strategies:
        tables = (limits, *limits.of_strategy(strategy))
        missing += [
            f"[limits.strategy.{strategy}] {name}: missing; live trading needs it there or in [limits]"
            for name in REQUIRED
            if not any(getattr(table, name) for table in tables)
        ]
    return missing
