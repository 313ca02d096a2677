"""One strategy's books: what it owns of each asset, its positions at cost, and where its profit came from. Exact."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from framework.engine.kept import KeptLedger, KeptPosition
from framework.model.events import Fill
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO, Amount, Exactly

COST_STEP: Final = Decimal("1e-12")
"""Shares of cost are rounded to this, in quote."""

Mid = Callable[[Instrument], Decimal | None]
"""Middle of an instrument's last quote, None before the first."""


class Position:
    """A position in one instrument, at average cost. Money in the quote asset, quantities in base, signed."""

    __slots__ = ("cost", "fees", "funding", "instrument", "quantity", "realised", "spread")

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.quantity = ZERO
        self.cost = ZERO
        """What the open quantity cost; the same sign as it."""
        self.realised = ZERO
        self.spread = ZERO
        self.fees = ZERO
        self.funding = ZERO
        """Received; below 0: paid."""

    def trade(self, quantity: Decimal, price: Decimal) -> None:
        """Add a signed quantity at a price: the part against the position realises, the rest opens. Call it `Exactly()`."""
        held = self.quantity
        if held and (quantity < 0) != (held < 0):
            closed = held if abs(quantity) >= abs(held) else -quantity
            cost = self.cost if closed == held else self._share_of_cost(closed)
            self.realised += price * closed - cost
            self.cost -= cost
            self.quantity -= closed
            quantity += closed
        self.quantity += quantity
        self.cost += price * quantity

    def give(self, quantity: Decimal, price: Decimal, mid: Decimal | None) -> None:
        """Part with a quantity as a fee, worth a price."""
        self.trade(-quantity, price)
        self.fees += quantity * price
        if mid is not None:
            self.spread -= (mid - price) * quantity

    def _share_of_cost(self, closed: Decimal) -> Decimal:
        """The cost of a part. Rounded once; what is taken here is left out there, so sums stay exact."""
        return (self.cost * closed / self.quantity).quantize(COST_STEP)

    def unrealised(self, mid: Decimal | None) -> Decimal:
        """Of the open quantity at a price; nothing while there is no price."""
        return ZERO if mid is None else self.quantity * mid - self.cost

    def gain(self, mid: Decimal | None) -> Decimal:
        """Realised and unrealised at a price, less fees, with funding: asked for at each order where losses are limited."""
        gain = MONEY.add(MONEY.subtract(self.realised, self.fees), self.funding)
        if mid is None:
            return gain
        return MONEY.add(gain, MONEY.subtract(MONEY.multiply(self.quantity, mid), self.cost))

    @property
    def avg_price(self) -> Decimal:
        """Average cost of the open quantity; 0 when there is none."""
        return MONEY.divide(self.cost, self.quantity) if self.quantity else ZERO


class Ledger:
    """What one strategy owns. Made of its capital, changed by its fills and the funding of its positions alone.

    Sums are made in the MONEY context: the 28 digits of the usual one would round them without a word.
    """

    def __init__(self, capital: Iterable[Amount]) -> None:
        self.cash: dict[str, Decimal] = {}
        """Asset -> owned, the base assets of spot positions included."""
        with Exactly():
            for amount in capital:
                self._add(amount.asset, amount.value)
        self.capital = dict(self.cash)
        self.positions: dict[Instrument, Position] = {}
        self.unpriced_fees = 0
        """Fees in an asset that had no price then: owed in `cash`, missing in the positions' `fees`."""
        self._unopened = dict(self.cash)
        """What is owned of assets that had no price yet: no position holds it."""
        self._homes: dict[str, Instrument] = {}
        """Asset -> the instrument whose position holds what is owned of it beside that instrument's own trades."""

    def open_capital(self, instrument: Instrument, mid: Decimal) -> bool:
        """The first price of an instrument: capital held in its base asset becomes a position at that price.

        Returns:
            Whether there was any.
        """
        if not instrument.is_spot or instrument.base in self._homes:
            return False
        self._homes[instrument.base] = instrument
        held = self._unopened.pop(instrument.base, ZERO)
        if held:
            with Exactly():
                self._position(instrument).trade(held, mid)
        return bool(held)

    def fill(self, instrument: Instrument, is_buy: bool, fill: Fill, mid: Mid) -> None:
        """Take one fill.

        Args:
            mid: for the split of profit, and for fees in a third asset.
        """
        with Exactly():
            price, size = fill.price_points * instrument.price_point, fill.size_points * instrument.size_point
            signed = size if is_buy else -size
            position, cash, quote = self._position(instrument), self.cash, instrument.quote
            realised = position.realised
            position.trade(signed, price)
            if instrument.is_spot:
                cash[instrument.base] = cash.get(instrument.base, ZERO) + signed
                cash[quote] = cash.get(quote, ZERO) - signed * price
            else:
                cash[quote] = cash.get(quote, ZERO) + position.realised - realised
            middle = mid(instrument)
            if middle is not None:
                position.spread += (middle - price) * signed
            if fill.fee:
                self._pay(position, fill, price, middle, mid)

    def fund(self, instrument: Instrument, amount: Decimal) -> None:
        """Take a funding payment of a perpetual, in its quote asset; below 0: it is paid."""
        with Exactly():
            self._position(instrument).funding += amount
            self._add(instrument.quote, amount)

    def _pay(self, position: Position, fill: Fill, price: Decimal, middle: Decimal | None, mid: Mid) -> None:
        """A fee: in the quote asset it is money, in another a piece of what is held, given away at its price."""
        instrument, asset = position.instrument, fill.fee_asset
        self._add(asset, -fill.fee)
        if asset == instrument.quote:
            position.fees += fill.fee
        elif asset == instrument.base and instrument.is_spot:
            position.give(fill.fee, price, middle)
        else:
            self._pay_aside(fill, mid)

    def _pay_aside(self, fill: Fill, mid: Mid) -> None:
        """A fee in a third asset: a piece of the position that holds it, or owed until it has a price."""
        home = self._homes.get(fill.fee_asset)
        middle = None if home is None else mid(home)
        if home is None or middle is None:
            self.unpriced_fees += 1
            self._unopened[fill.fee_asset] = self._unopened.get(fill.fee_asset, ZERO) - fill.fee
        else:
            self._position(home).give(fill.fee, middle, middle)

    def _position(self, instrument: Instrument) -> Position:
        position = self.positions.get(instrument)
        if position is None:
            position = self.positions[instrument] = Position(instrument)
        return position

    def _add(self, asset: str, amount: Decimal) -> None:
        """In the context of whoever calls: MONEY."""
        self.cash[asset] = self.cash.get(asset, ZERO) + amount

    def kept(self, strategy: str) -> KeptLedger:
        """All of it, for a checkpoint."""
        positions = [
            KeptPosition(
                each.instrument.id, each.quantity, each.cost, each.realised, each.spread, each.fees, each.funding
            )
            for each in self.positions.values()
        ]
        homes = {asset: there.id for asset, there in self._homes.items()}
        return KeptLedger(
            strategy, self.capital, dict(self.cash), dict(self._unopened), homes, self.unpriced_fees, tuple(positions)
        )

    def restore(self, kept: KeptLedger, instrument: Callable[[str], Instrument]) -> None:
        """As a checkpoint has it. Capital that the settings have changed since is added, or taken away."""
        self.cash, self._unopened = dict(kept.cash), dict(kept.unopened)
        for asset in dict.fromkeys((*self.capital, *kept.capital)):
            added = MONEY.subtract(self.capital.get(asset, ZERO), kept.capital.get(asset, ZERO))
            if added:
                self._add(asset, added)
                if asset not in kept.homes:
                    self._unopened[asset] = MONEY.add(self._unopened.get(asset, ZERO), added)
        self._homes = {asset: instrument(name) for asset, name in kept.homes.items()}
        self.unpriced_fees = kept.unpriced_fees
        for each in kept.positions:
            position = self._position(instrument(each.instrument))
            for name in ("quantity", "cost", "realised", "spread", "fees", "funding"):
                setattr(position, name, getattr(each, name))

    def held(self, instrument: Instrument) -> Decimal:
        """The position: on spot what it owns of the base asset, elsewhere the sum of fills."""
        if instrument.is_spot:
            return self.cash.get(instrument.base, ZERO)
        position = self.positions.get(instrument)
        return position.quantity if position else ZERO
