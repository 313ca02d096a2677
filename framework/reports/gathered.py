"""Many fills of one order in one second, told in one line. Nothing is left out: journal, JSON and report have each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from framework.model.instants import NS_PER_S
from framework.reports.happenings import FillHappened, Happening
from framework.reports.seen import Seen
from framework.reports.words import clean, price_text, size_text


class FillsSeen(Seen, frozen=True):
    """Several fills of one order, oldest first."""

    event: ClassVar[str] = "order.filled"
    noun: ClassVar[str] = "fill"
    fills: tuple[FillHappened, ...]

    @property
    def ts_ns(self) -> int:
        """When the first came."""
        return self.fills[0].ts_ns

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.fills)

    @property
    def text(self) -> str:
        """`mm bought 0.006 ETH at 2,682.82 (parts 1 to 3, maker)`."""
        first, last = self.fills[0], self.fills[-1]
        instrument, size_points = first.instrument, sum(fill.size_points for fill in self.fills)
        value = sum(fill.price_points * fill.size_points for fill in self.fills)
        price = price_text(instrument, round(value / size_points))
        is_one_price = len({fill.price_points for fill in self.fills}) == 1
        roles = " and ".join(dict.fromkeys(fill.role for fill in self.fills))
        return (
            f"{clean(first.strategy, 40)} {'bought' if first.is_buy else 'sold'} "
            f"{size_text(instrument, size_points)} {instrument.base} at {price}{'' if is_one_price else ' on average'} "
            f"(parts {first.part} to {last.part}, {roles})"
        )

    @property
    def facts(self) -> dict[str, object]:
        """Exact values for programs."""
        return {"fills": [fill.facts for fill in self.fills]}


def gathered(happenings: Iterable[Happening]) -> list[Happening | FillsSeen]:
    """The same, the fills of an order that came within a second put together where its first stood."""
    found: dict[object, list[Happening]] = {}
    for happening in happenings:
        if isinstance(happening, FillHappened):
            found.setdefault((happening.client_order_id, happening.ts_ns // NS_PER_S), []).append(happening)
        else:
            found[id(happening), len(found)] = [happening]
    return [_told(group) for group in found.values()]


def _told(group: list[Happening]) -> Happening | FillsSeen:
    fills = tuple(happening for happening in group if isinstance(happening, FillHappened))
    return FillsSeen(fills) if len(fills) > 1 else group[0]
