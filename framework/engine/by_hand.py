"""What adoptions found beside our books, and nothing was closed with yet: a person may have traded what strategies hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO


class ByHand:
    """Of each asset, and of each derivative in size points, what came to be less and what more.

    The two are kept apart: what somebody brought of their own does not hide what is sold later, but what is brought back is.
    """

    def __init__(self) -> None:
        self._less: dict[str, Decimal] = {}
        """Below 0."""
        self._more: dict[str, Decimal] = {}

    def found(self, name: str, amount: Decimal) -> None:
        """An adoption took over so much more of it, or less."""
        _move(self._less, name, amount, min)
        _move(self._more, name, amount, max)

    def closed(self, there: Instrument, points: int) -> None:
        """So much less (above 0) or more (below) of it closed a position."""
        moved = self._less if points > 0 else self._more
        _move(
            moved,
            name_of(there),
            there.size_exact(points) if there.is_spot else Decimal(points),
            min if points > 0 else max,
        )

    def less(self, there: Instrument) -> int:
        """How many points came to be less, below 0."""
        return _points(self._less, there)

    def more(self, there: Instrument) -> int:
        """How many points came to be more."""
        return _points(self._more, there)

    def kept(self) -> tuple[Mapping[str, Decimal], Mapping[str, Decimal]]:
        """For a checkpoint."""
        return self._less, self._more

    def restore(self, less: Mapping[str, Decimal], more: Mapping[str, Decimal]) -> None:
        """As a checkpoint has it."""
        self._less.update(less)
        self._more.update(more)


def name_of(there: Instrument) -> str:
    """Under which a market's positions are found: spot by the coin, which other markets have as well."""
    return there.base if there.is_spot else there.id


def _points(moved: Mapping[str, Decimal], there: Instrument) -> int:
    amount = moved.get(name_of(there), ZERO)
    return int(amount / there.size_point) if there.is_spot else int(amount)


def _move(moved: dict[str, Decimal], name: str, amount: Decimal, bound: Callable[[Decimal, Decimal], Decimal]) -> None:
    left = bound(MONEY.add(moved.pop(name, ZERO), amount), ZERO)
    if left:
        moved[name] = left
