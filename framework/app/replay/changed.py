"""Settings with other parameters: `mm.spread_bps=3` as a person writes it, laid over those of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from framework.config import Config
from framework.config.seats import labels_of
from framework.config.tables import StrategyTable
from framework.model.errors import ConfigError
from framework.model.money import shorten
from framework.model.spelling import nearest


class ChangedParameter(Struct, frozen=True):
    """One parameter that is to be another one."""

    strategy: str
    """A table's name, or an instance's: `sma`, `sma/BTC`."""
    parameter: str
    value: Any

    @property
    def text(self) -> str:
        """As a person writes it."""
        value = self.value if isinstance(self.value, str) else json.dumps(self.value)
        return f"{self.strategy}.{self.parameter}={value}"


def changed_of(text: str) -> ChangedParameter:
    """Read `STRATEGY.PARAMETER=VALUE`. A value is JSON, and a text where it is none: `3`, `[0.4, 0.3]`, `200 USDT`.

    Raises:
        ConfigError: it does not look like that.
    """
    name, has_value, value = text.partition("=")
    strategy, _, parameter = name.strip().rpartition(".")
    if not (has_value and strategy and parameter):
        raise ConfigError(
            f"--what-if: expected STRATEGY.PARAMETER=VALUE such as mm.spread_bps=3, found {shorten(text)}"
        )
    try:
        read = json.loads(value)
    except ValueError:
        read = value.strip()
    return ChangedParameter(strategy, parameter, read)


def with_changed(config: Config, changes: Iterable[ChangedParameter]) -> Config:
    """The same settings with these parameters; what is wrong with them is said to come from here.

    Raises:
        ConfigError: a strategy that the settings have not, with the nearest spelling.
    """
    said: dict[tuple[str, ...], str] = {}
    for change in changes:
        name, table = _table_of(config, change)
        key = "strategy", name
        said[key] = f"{said.get(key, '--what-if')} {change.text}"
        config = config.model_copy(update={"strategy": {**config.strategy, name: table}}).read_from(config.file, said)
    return config


def _table_of(config: Config, change: ChangedParameter) -> tuple[str, StrategyTable]:
    own = {change.parameter: change.value}
    table = config.strategy.get(change.strategy)
    if table is not None:  # of all its instances
        rest = {each: _without(given, change.parameter) for each, given in table.params_for.items()}
        return change.strategy, table.model_copy(update={"params": {**table.params, **own}, "params_for": rest})
    name, _, label = change.strategy.rpartition("/")
    table = config.strategy.get(name)
    instruments = {} if table is None else dict(zip(labels_of(table.each), table.each, strict=True))
    if table is None or label not in instruments:
        known = [*config.strategy, *(seat.name for seat in config.seats())]
        raise ConfigError(
            f"--what-if {change.text}: expected a strategy of the run, found {change.strategy!r}"
            f"{nearest(change.strategy, dict.fromkeys(known))}"
        )
    given = {**table.params_for.get(instruments[label], {}), **own}
    return name, table.model_copy(update={"params_for": {**table.params_for, instruments[label]: given}})


def _without(given: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in given.items() if other != name}
