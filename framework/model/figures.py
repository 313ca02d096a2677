"""What a ledger says of itself, in one asset."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from framework.model.instrument import Instrument
from framework.model.money import ZERO


class Holding(Struct, frozen=True):
    """One position of one ledger. Money in the instrument's quote asset."""

    instrument: Instrument
    position_points: int
    """Signed; on spot net of fees taken in base."""
    avg_price: Decimal
    realised: Decimal
    """Of closed size, before fees."""
    unrealised: Decimal
    """Of open size at the middle of the last quote, before fees."""
    funding: Decimal = ZERO
    """Received; below 0: paid."""


class Figures(Struct, frozen=True):
    """Profit and loss of one ledger in one asset: `net = price + spread - fees + funding`, exact.

    `price` is what the market's moves did to positions, `spread` what fills gained (or, taken, lost) against the middle
    of the quote at that moment.
    """

    asset: str
    equity: Decimal
    equity_start: Decimal
    net: Decimal
    price: Decimal
    spread: Decimal
    fees: Decimal
    realised: Decimal
    unrealised: Decimal
    holdings: tuple[Holding, ...]
    funding: Decimal = ZERO
    """What positions in perpetuals received; below 0: paid."""
