"""One of our fills, as a strategy sees it."""

from __future__ import annotations

from msgspec import Struct

from framework.model import events
from framework.model.instrument import Instrument


class Fill(Struct, frozen=True):
    """What `on_fill` gets: the fill of a report, beside the instrument that gives its points their meaning."""

    instrument: Instrument
    exact: events.Fill
    """As the journal has it: `price_points`, `size_points`, and the fee as a Decimal."""

    @property
    def price(self) -> float:
        """Price, in the quote asset."""
        return self.instrument.price(self.exact.price_points)

    @property
    def size(self) -> float:
        """Size, in base, before fees."""
        return self.instrument.size(self.exact.size_points)

    @property
    def notional(self) -> float:
        """Price x size, in the quote asset."""
        return float(self.instrument.notional(self.exact.price_points, self.exact.size_points))

    @property
    def fee(self) -> float:
        """What was paid, in `fee_asset`; negative for a rebate."""
        return float(self.exact.fee)

    @property
    def fee_asset(self) -> str:
        """The asset the fee was taken in."""
        return self.exact.fee_asset

    @property
    def is_maker(self) -> bool:
        """It rested, and somebody else took it."""
        return self.exact.is_maker

    @property
    def trade_id(self) -> str:
        """The venue's name of it."""
        return self.exact.trade_id
