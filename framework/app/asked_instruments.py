"""The instruments that strategies name in their parameters, held against those of the run before it starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from framework.app.seated import Seated
from framework.config import Config
from framework.config.faults import key_text
from framework.config.tables import StrategyTable
from framework.model.counting import listed
from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.model.money import shorten
from framework.model.spelling import nearest

NAMES: Final = ("instrument", "instruments")
"""Parameters that hold nothing else."""
ID: Final = re.compile(r"[^\s/@]+/[^\s/@]+@[^\s/@]+")
"""What an id looks like, in a parameter of any other name."""
LISTED_MAX: Final = 20


def refuse_missing(
    config: Config, instruments: Sequence[Instrument], strategies: Sequence[Seated], source: str
) -> None:
    """Refuse a run whose strategies ask for what its tape or feed has not.

    Args:
        source: for messages, what does not have it: `tape binance-2024-08-08`.

    Raises:
        ConfigError: a line for each, with the nearest spelling and what there is.
    """
    ids = [instrument.id for instrument in instruments]
    faults: list[str] = []
    others = dict.fromkeys(_table(config, seated) for seated in strategies)
    for seated in strategies:
        for key, found in _asked(config, seated):
            if found not in ids:
                faults.append(f"{config.file}: {key}: no instrument {shorten(found)} in {source}{_hint(found, ids)}")
                others.pop(_table(config, seated), None)
    if faults:
        rest = [f"the others can run without: {' '.join(f'--only {name}' for name in others)}"] if others else []
        raise ConfigError("\n".join([*dict.fromkeys(faults), *rest]))


def _table(config: Config, seated: Seated) -> str:
    """The name of its table: `sma` of `sma/BTC`."""
    return seated.name if seated.name in config.strategy else seated.name.rpartition("/")[0]


def _asked(config: Config, seated: Seated) -> Iterator[tuple[str, str]]:
    """Key and id of every instrument that a strategy's parameters name."""
    name = _table(config, seated)
    table = config.strategy[name]
    for parameter in type(seated.strategy).parameters:
        for text in _texts(getattr(seated.strategy, parameter)):
            if parameter in NAMES or ID.fullmatch(text):
                yield _key(name, table, parameter), text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict):
        yield from (part for part in value if isinstance(part, str))


def _key(name: str, table: StrategyTable, parameter: str) -> str:
    if parameter == "instrument" and table.each:
        return key_text(("strategy", name, "each"))
    if parameter in table.params:
        return key_text(("strategy", name, "params", parameter))
    return f"{key_text(('strategy', name, 'params', parameter))} (the default of {table.use})"


def _hint(found: str, ids: Sequence[str]) -> str:
    """`; did you mean 'A'? There are A, B`."""
    hint = nearest(found, ids)
    names = listed(ids, LISTED_MAX)
    return f"{hint} There are {names}" if hint.startswith("; did you mean") else f"; there are {names}"
