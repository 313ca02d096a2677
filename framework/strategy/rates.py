"""What a strategy says it will ask for: `rates = {"orders": "2/s", "cancels": "2/s", "together": 4}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from framework.model.batch import BatchKind
from framework.model.errors import ConfigError, GridError
from framework.model.instrument import Instrument
from framework.model.money import shorten
from framework.model.rates import Rate
from framework.model.spelling import nearest
from framework.strategy.base import Strategy

KINDS: Final = {"orders": BatchKind.PLACE, "cancels": BatchKind.CANCEL, "amends": BatchKind.AMEND}
TOGETHER_MAX: Final = 1_000


class Declared(NamedTuple):
    """Rates of one strategy instance, over all its instruments."""

    rates: Mapping[BatchKind, Rate]
    together: int
    """Orders of a pair that it asks for in one turn."""
    instruments: tuple[str, ...]


def declared(name: str, strategy: Strategy) -> Declared | None:
    """What a strategy declares; None: nothing.

    `rates` is a class attribute, or a property where they follow from parameters. The instruments are those of the
    parameters `instrument` or `instruments`.

    Raises:
        ConfigError: rates that cannot be read, or of no instrument.
    """
    given = getattr(strategy, "rates", None)
    if given is None:
        return None
    where = f"strategy {name}: rates"
    if not isinstance(given, Mapping):
        raise ConfigError(f'{where}: expected a table such as {{"orders": "2/s"}}, found {shorten(given)}')
    rates, together = {}, 1
    for key, value in given.items():
        if key == "together":
            together = _together(where, value)
        elif key in KINDS:
            rates[KINDS[key]] = _rate(f"{where}.{key}", value)
        else:
            raise ConfigError(f"{where}: no rate {shorten(key)}{nearest(str(key), (*KINDS, 'together'))}")
    return Declared(rates, together, _instruments(where, strategy)) if rates else None


def _rate(where: str, value: object) -> Rate:
    try:
        return Rate.parse(value, where)
    except GridError as error:
        raise ConfigError(str(error)) from error


def _together(where: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= TOGETHER_MAX:
        raise ConfigError(f"{where}.together: expected a whole number from 1 to {TOGETHER_MAX}, found {shorten(value)}")
    return value


def _instruments(where: str, strategy: Strategy) -> tuple[str, ...]:
    one, several = getattr(strategy, "instrument", None), getattr(strategy, "instruments", None)
    found = several if isinstance(several, list | tuple) else [one]
    names = tuple(str(name.id if isinstance(name, Instrument) else name) for name in found if name)
    if not names:
        raise ConfigError(f"{where}: expected a parameter instrument or instruments beside it, found none")
    return names
