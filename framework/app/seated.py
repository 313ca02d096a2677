"""Strategies made from the settings, each with its place in a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from framework.config import Config
from framework.model.errors import PluginError
from framework.model.money import Amount
from framework.plugins import Library, code_digest, find_plugins, make
from framework.strategy.base import Strategy


@dataclass(frozen=True)
class Seated:
    """A strategy instance with its place in the run."""

    name: str
    use: str
    strategy: Strategy
    capital: tuple[Amount, ...]


def seat_strategies(config: Config, library: Library | None = None) -> tuple[list[Seated], dict[str, str]]:
    """The enabled strategies of the settings, made, and the digests of their plugins.

    A plugin is imported once, however many seats use it: they share its class.

    Args:
        library: where the plugins are; by default the folder `strategies`.

    Raises:
        PluginError: with a line for each that cannot be found, imported or made.
    """
    library = library or Library()
    plugins = find_plugins(library.folder)
    seated: list[Seated] = []
    digests: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    for seat in config.seats():
        try:
            strategy = make(seat.use, library.load(seat.use), seat.parameters, library.folder)
        except PluginError as error:
            faults.append((seat.name.rpartition("/")[0] or seat.name, f"{seat.where}: {error}"))
            continue
        digests[seat.use] = code_digest(plugins[seat.use.partition(":")[0]])
        seated.append(Seated(seat.name, seat.use, strategy, seat.capital))
    if faults:
        raise PluginError("\n".join(dict.fromkeys(_all_told(faults, config, library))))
    return seated, digests


def _all_told(faults: Sequence[tuple[str, str]], config: Config, library: Library) -> Iterator[str]:
    """Each fault of a table; where parameters are wrong, all that `run.py check` finds of them, with lines."""
    from framework.plugins.check import parameter_faults

    wrong = parameter_faults(config, library)
    for table, text in faults:
        yield from wrong.get(table, [text])
