"""`load_config`: from layers to a checked `Config`, or to every fault at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from framework.config.faults import ConfigFault, ConfigFaults, KeyPath
from framework.config.limits import InstrumentLimits, OwnerLimits, limit_faults
from framework.config.tables import Config, StrategyTable
from framework.config.wording import words_of
from framework.model.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from framework.config.layers import Layer

DEFAULT: Final = Path("config/paper.toml")


def load_config(
    path: Path | None = None, overrides: Mapping[str, Any] | None = None, *, takes_keys: bool = False
) -> Config:
    """The settings of a TOML file, of `NAME.local.toml` beside it, of `BOT_...` variables, of the command line.

    Each is laid over those before it. That capital fits the balances is `check_capital`'s question.

    Args:
        path: by default `config/paper.toml`.
        overrides: from the command line, nested as in the file: `{"paper": {"speed": "max"}}`.
        takes_keys: whoever asks may have a key: variables that hold one are no fault.

    Raises:
        ConfigError: with a line for every fault; `ConfigFaults` keeps them apart.
    """
    chosen = DEFAULT if path is None else path
    try:
        return _loaded(chosen, overrides, takes_keys=takes_keys)
    except RecursionError as error:
        raise ConfigError(
            f"{chosen.as_posix()}: expected tables and lists a few levels deep, found far more"
        ) from error


def _loaded(chosen: Path, overrides: Mapping[str, Any] | None, *, takes_keys: bool) -> Config:
    from framework.config.layers import COMMAND_LINE, Layer, environment_layer, file_layer, laid_over

    layers = [file_layer(chosen)]
    local = chosen.with_suffix(".local.toml")
    if local.exists():
        layers.append(file_layer(local))
    layers += [environment_layer(takes_keys=takes_keys), Layer(COMMAND_LINE, dict(overrides or {})).cleaned()]
    faults = [fault for layer in layers for fault in layer.faults]
    try:
        config = Config.model_validate(reduce(laid_over, (layer.settings for layer in layers)))
    except ValidationError as error:
        faults += [_fault(details, layers) for details in error.errors(include_url=False)]
    else:
        faults += _limit_faults(config, layers)
    if faults:
        order = [layer.where for layer in layers]
        raise ConfigFaults(sorted(faults, key=lambda fault: (order.index(fault.where), fault.line)))
    return config.read_from(layers[0].where, {key: layer.where for layer in layers[1:] for key in layer.keys})


def _limit_faults(config: Config, layers: Sequence[Layer]) -> list[ConfigFault]:
    """Limits of strategies that are not there."""
    names = [*config.strategy, *(seat.name for seat in config.seats())]
    return [_setter(path, layers).fault(path, what) for path, what in limit_faults(config.limits, names)]


def _setter(path: KeyPath, layers: Sequence[Layer]) -> Layer:
    """The layer that set a key."""
    return next((layer for layer in reversed(layers) if layer.holds(path)), layers[0])


def _fault(details: ErrorDetails, layers: Sequence[Layer]) -> ConfigFault:
    """What pydantic found, in our words, charged to the layer that set it."""
    path = tuple(str(part) for part in details["loc"])
    return _setter(path, layers).fault(path, words_of(details, lambda: _table(path[:-1]).model_fields))


def _table(path: KeyPath) -> type[BaseModel]:
    """The model of the table that a key stands in."""
    if not path:
        return Config
    if path[0] == "strategy":
        return StrategyTable
    if path[0] == "limits" and len(path) > 2:
        return InstrumentLimits if path[1] == "instrument" else OwnerLimits
    table = Config.model_fields[path[0]].annotation
    assert isinstance(table, type) and issubclass(table, BaseModel), path
    return table
