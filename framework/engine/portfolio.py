"""All ledgers of an account: one for each strategy, and what is unassigned and never touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from framework.engine.by_hand import ByHand
from framework.engine.kept import KeptLedger
from framework.engine.ledger import Ledger, Mid, Position
from framework.model.batch import Change
from framework.model.events import Fill
from framework.model.figures import Figures, Holding
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO, Amount, Exactly
from framework.model.orders import DONE, UNASSIGNED, Order, spending

RATE_STEP: Final = Decimal("1e-18")
"""Inverted rates are rounded to this, so that figures in another asset still add up exactly."""


class Portfolio:
    """Ledgers, what open orders reserve of them, and their figures.

    Args:
        balances: the account, asset -> owned.
        capital: strategy -> what of it is its to use; together never above the balances.
        instruments: everything that is traded, for converting one asset into another.
        mid: middle of an instrument's last quote, None before the first.
    """

    def __init__(
        self,
        balances: Mapping[str, Decimal],
        capital: Mapping[str, Iterable[Amount]],
        instruments: Sequence[Instrument],
        mid: Mid,
    ) -> None:
        self._ledgers = {strategy: Ledger(amounts) for strategy, amounts in capital.items()}
        self._unassigned = dict(balances)
        for ledger in self._ledgers.values():
            for asset, value in ledger.capital.items():
                self._unassigned[asset] = MONEY.subtract(self._unassigned.get(asset, ZERO), value)
        self.by_hand = ByHand()
        self._unassigned_points: dict[Instrument, int] = {}
        self._unassigned_costs: dict[Instrument, Decimal] = {}
        """What they cost, in the quote asset; those of which it is not known are not here."""
        self.capital_priced: Callable[[Instrument, Decimal], None] = lambda instrument, mid: None  # noqa: ARG005
        """Told when capital in an instrument's base asset became a position, at its first price."""
        self._instruments = tuple(instruments)
        self._mid = mid
        self._first_mids: dict[Instrument, Decimal] = {}
        """What an account was worth at the start is reckoned with these."""
        self._held: dict[str, tuple[tuple[str, str], Decimal]] = {}
        """Order -> strategy and asset, and how much of it the order may use."""
        self._reserved: dict[tuple[str, str], Decimal] = {}
        """Strategy and asset -> the sum of that."""
        self._moves = 0
        """How often somebody's holdings changed: by a fill, by funding, from one strategy to another."""

    @property
    def strategies(self) -> Sequence[str]:
        """Names, in the order of config."""
        return tuple(self._ledgers)

    @property
    def unassigned(self) -> Mapping[str, Decimal]:
        """What no strategy may use."""
        return self._unassigned

    @property
    def unpriced_fees(self) -> int:
        """Fees in an asset that had no price then: owed in the ledger, missing in `fees`."""
        return sum(ledger.unpriced_fees for ledger in self._ledgers.values())

    def assign(self, unassigned: Mapping[str, Decimal]) -> None:
        """From now on this much of these assets is no strategy's."""
        self._unassigned.update(unassigned)

    def assign_positions(
        self, unassigned: Mapping[Instrument, int], costs: Mapping[Instrument, Decimal] | None = None
    ) -> None:
        """From now on so many size points of these derivatives are no strategy's.

        Args:
            costs: what they cost, where that is known.
        """
        self._unassigned_points.update(unassigned)
        for there in unassigned:
            self._unassigned_costs.pop(there, None)
        self._unassigned_costs.update(costs or {})

    def unassigned_points(self, instrument: Instrument) -> int:
        """What of a derivative no strategy holds."""
        return self._unassigned_points.get(instrument, 0)

    def position_totals(self, venue: str) -> dict[Instrument, int]:
        """Every derivative of a venue: all ledgers and what is unassigned, in size points."""
        return {
            there: self.account_points(there)
            for there in self._instruments
            if there.venue == venue and not there.is_spot
        }

    def account_points(self, instrument: Instrument) -> int:
        """What the account holds of a derivative: all ledgers and what is unassigned, signed."""
        return self.unassigned_points(instrument) + sum(
            self.position_points(strategy, instrument) for strategy in self._ledgers
        )

    def strategies_cost(self, instrument: Instrument) -> Decimal:
        """What all strategies' positions in a derivative cost together, signed."""
        cost = ZERO
        for ledger in self._ledgers.values():
            position = ledger.positions.get(instrument)
            cost = cost if position is None else MONEY.add(cost, position.cost)
        return cost

    def position_costs(self, venue: str) -> dict[Instrument, Decimal]:
        """As `position_totals`: what they cost together, where that is known of all."""
        return {
            there: MONEY.add(self.strategies_cost(there), self._unassigned_costs.get(there, ZERO))
            for there in self.position_totals(venue)
            if there in self._unassigned_costs or not self.unassigned_points(there)
        }

    def kept(self) -> tuple[KeptLedger, ...]:
        """Every ledger, for a checkpoint."""
        return tuple([ledger.kept(strategy) for strategy, ledger in self._ledgers.items()])

    def nobodys(self) -> tuple[Holding, ...]:
        """Positions of derivatives that no strategy holds; where nobody knows what one cost, its prices are 0."""
        return tuple([self._nobodys(there, points) for there, points in self._unassigned_points.items() if points])

    def _nobodys(self, there: Instrument, points: int) -> Holding:
        size, cost, mid = there.size_exact(points), self._unassigned_costs.get(there), self._mid(there)
        if cost is None:
            return Holding(there, points, ZERO, ZERO, ZERO)
        gain = ZERO if mid is None else MONEY.subtract(MONEY.multiply(size, mid), cost)
        return Holding(there, points, MONEY.divide(cost, size), ZERO, gain)

    @property
    def all_unassigned_points(self) -> Mapping[Instrument, int]:
        """What of each derivative no strategy holds."""
        return self._unassigned_points

    @property
    def all_unassigned_costs(self) -> Mapping[Instrument, Decimal]:
        """What that cost, where it is known."""
        return self._unassigned_costs

    def strategies_own(self, asset: str) -> Decimal:
        """What all strategies together own of an asset."""
        owned = ZERO
        for ledger in self._ledgers.values():
            owned = MONEY.add(owned, ledger.cash.get(asset, ZERO))
        return owned

    def ledger(self, strategy: str) -> Ledger:
        """A strategy's books."""
        return self._ledgers[strategy]

    def price_came(self, instrument: Instrument, mid: Decimal) -> None:
        """The first price of an instrument: capital in its base asset is a position from now on."""
        self._first_mids.setdefault(instrument, mid)
        opened = [ledger.open_capital(instrument, mid) for ledger in self._ledgers.values()]
        if any(opened):
            self.capital_priced(instrument, mid)

    def fill(self, order: Order, fill: Fill) -> None:
        """Book one fill of an order."""
        there = order.instrument
        self._moves += 1
        if order.strategy == UNASSIGNED:
            self._fill_nobodys(order, fill)
        else:
            self._ledgers[order.strategy].fill(there, order.is_buy, fill, self._mid)

    def _fill_nobodys(self, order: Order, fill: Fill) -> None:
        """A fill of an order that is no strategy's: what is unassigned pays for it, and holds what came of it."""
        there, nobody = order.instrument, Ledger(())
        if not there.is_spot:
            held = there.size_exact(self.unassigned_points(there))
            nobody.positions[there] = position = Position(there)
            position.quantity = held
            position.cost = self._unassigned_costs.get(there, held * there.price_exact(fill.price_points))
        nobody.fill(there, order.is_buy, fill, self._mid)
        for asset, amount in nobody.cash.items():
            self._unassigned[asset] = MONEY.add(self._unassigned.get(asset, ZERO), amount)
        if not there.is_spot:
            is_known = there in self._unassigned_costs or not self.unassigned_points(there)
            costs = {there: nobody.positions[there].cost} if is_known else {}
            self.assign_positions({there: _points(nobody, there)}, costs)

    def net_out(self, instrument: Instrument, buyer: str, seller: str, price_points: int, size_points: int) -> None:
        """One strategy takes over from another, without a fee: the account holds as much of everything as before."""
        self._moves += 1
        fill = Fill("", price_points, size_points, ZERO, instrument.quote, is_maker=False)
        for name, is_buy in ((buyer, True), (seller, False)):
            if name != UNASSIGNED:  # that side is no ledger's: see `framework.engine.nobodys`
                self._ledgers[name].fill(instrument, is_buy, fill, self._mid)

    def fund(self, asset: str, amount: Decimal, shares: Mapping[str, Decimal], instrument: Instrument | None) -> None:
        """Book one funding payment: to each strategy its share, in the quote asset, and the rest to nobody."""
        self._moves += 1
        for strategy, share in shares.items():
            assert instrument is not None and instrument.quote == asset, (instrument, asset)
            self._ledgers[strategy].fund(instrument, share)
            amount = MONEY.subtract(amount, share)
        if amount:
            self._unassigned[asset] = MONEY.add(self._unassigned.get(asset, ZERO), amount)

    def reserve(self, order: Order, price_points: int, changes: Sequence[Change] = (), lacking_points: int = 0) -> None:
        """Hold what the rest of an order may use; called on every change of it.

        Args:
            price_points: its limit, or for a market order the price that it is to have money for; 0: nobody knows one yet.
            changes: what may still become of it: the largest is held.
            lacking_points: of one that is done, what may have filled of it and is not booked.
        """
        if order.client_order_id in self._held:
            self.release(order.client_order_id)
        left_points = lacking_points if order.state in DONE else max(order.size_points - order.filled_points, 0)
        asset, amount = spending(order, price_points or 1, left_points)
        if not price_points and amount and asset == order.instrument.quote and order.strategy in self._ledgers:
            amount = max(amount, self.free(order.strategy, asset))  # it may cost all that there is
        for change in changes:
            left = max(change.size_points - order.filled_points, 0)
            amount = max(amount, spending(order, change.price_points or price_points, left)[1])
        if not amount:
            return
        key = (order.strategy, asset)
        self._held[order.client_order_id] = key, amount
        self._reserved[key] = MONEY.add(self._reserved.get(key, ZERO), amount)

    def release(self, client_order_id: str) -> None:
        """An order holds nothing any more."""
        held = self._held.pop(client_order_id, None)
        if held is not None:
            key, amount = held
            self._reserved[key] = MONEY.subtract(self._reserved[key], amount)

    def reserved(self, order: Order) -> Decimal:
        """What an order holds now, in the asset that it spends."""
        held = self._held.get(order.client_order_id)
        return ZERO if held is None else held[1]

    def free(self, strategy: str, asset: str) -> Decimal:
        """Owned less reserved; may be below zero for a moment after a fill beyond the expected price."""
        owned = self._ledgers[strategy].cash.get(asset, ZERO)
        return MONEY.subtract(owned, self._reserved.get((strategy, asset), ZERO))

    def position_points(self, strategy: str, instrument: Instrument) -> int:
        """A position in whole points, signed, rounded towards zero."""
        return _points(self._ledgers[strategy], instrument)

    def moves(self) -> int:
        """How often anybody's holdings changed; while it stays the same, so do all positions."""
        return self._moves

    def totals(self) -> dict[str, Decimal]:
        """Every asset of the account: all ledgers and what is unassigned. Equals the venue's balances, always."""
        totals = dict(self._unassigned)
        for ledger in self._ledgers.values():
            for asset, value in ledger.cash.items():
                totals[asset] = MONEY.add(totals.get(asset, ZERO), value)
        return totals

    def figures(self, strategy: str, asset: str) -> Figures:
        """One strategy's profit and loss in one asset, at the last quotes."""
        with Exactly():
            return self._figures(strategy, asset)

    def _figures(self, strategy: str, asset: str) -> Figures:
        ledger = self._ledgers[strategy]
        spread = fees = funding = realised = unrealised = ZERO
        holdings = []
        for position in ledger.positions.values():
            rate = self.rate(position.instrument.quote, asset)
            open_profit = position.unrealised(self._mid(position.instrument))
            realised += position.realised * rate
            unrealised += open_profit * rate
            spread += position.spread * rate
            fees += position.fees * rate
            funding += position.funding * rate
            holdings.append(self._holding(ledger, position, open_profit))
        net = realised + unrealised - fees + funding
        price = net + fees - spread - funding
        equity = self._value(ledger.cash, asset) + self._value_of_derivatives(ledger, asset)
        split = price, spread, fees, realised, unrealised
        return Figures(asset, equity, equity - net, net, *split, tuple(holdings), funding)

    def account(self, asset: str) -> Figures:
        """All strategies together; the equity holds what is unassigned too, the profit does not.

        At the start all is worth what its first price made it.
        """
        with Exactly():
            return self._account(asset)

    def _account(self, asset: str) -> Figures:
        parts = [self.figures(strategy, asset) for strategy in self._ledgers]

        def total(name: str) -> Decimal:
            return sum((getattr(part, name) for part in parts), ZERO)

        idle = self._value(self._unassigned, asset)
        idle_at_first = self._value(self._unassigned, asset, self._first_mids.get)
        return Figures(
            asset=asset,
            equity=total("equity") + idle,
            equity_start=total("equity_start") + idle_at_first,
            net=total("net"),
            price=total("price"),
            spread=total("spread"),
            fees=total("fees"),
            realised=total("realised"),
            unrealised=total("unrealised"),
            holdings=tuple(holding for part in parts for holding in part.holdings),
            funding=total("funding"),
        )

    def equity(self, strategy: str, asset: str) -> Decimal:
        """All a strategy owns, valued in an asset."""
        ledger = self._ledgers[strategy]
        with Exactly():
            return self._value(ledger.cash, asset) + self._value_of_derivatives(ledger, asset)

    def net(self, strategy: str, asset: str, instrument: Instrument | None = None) -> Decimal:
        """One strategy's net profit alone, as in its figures; of one instrument where one is given."""
        net = ZERO
        for traded, position in self._ledgers[strategy].positions.items():
            if instrument is None or traded is instrument:
                gain = position.gain(self._mid(traded))
                if traded.quote != asset:
                    gain = MONEY.multiply(gain, self.rate(traded.quote, asset))
                net = MONEY.add(net, gain)
        return net

    def is_priced(self, strategy: str, asset: str, instrument: Instrument | None = None) -> bool:
        """Whether every position of `net` has a price in the asset."""
        return all(
            self._mid(traded) is not None and bool(self.rate(traded.quote, asset))
            for traded, position in self._ledgers[strategy].positions.items()
            if position.quantity and (instrument is None or traded is instrument)
        )

    def _holding(self, ledger: Ledger, position: Position, open_profit: Decimal) -> Holding:
        points = _points(ledger, position.instrument)
        return Holding(
            position.instrument, points, position.avg_price, position.realised, open_profit, position.funding
        )

    def _value(self, cash: Mapping[str, Decimal], asset: str, mid: Mid | None = None) -> Decimal:
        return sum((value * self.rate(owned, asset, mid) for owned, value in cash.items() if value), ZERO)

    def _value_of_derivatives(self, ledger: Ledger, asset: str) -> Decimal:
        value = ZERO
        for instrument, position in ledger.positions.items():
            if not instrument.is_spot:
                value += position.unrealised(self._mid(instrument)) * self.rate(instrument.quote, asset)
        return value

    def rate(self, owned: str, asset: str, mid: Mid | None = None) -> Decimal:
        """What one unit of an asset is worth in another, by a quoted spot pair or by two; 0 where there is none.

        Args:
            mid: instead of the middles of the last quotes.
        """
        if owned == asset:
            return Decimal(1)
        mid = mid or self._mid
        direct = self._direct_rate(owned, asset, mid)
        if direct:
            return direct
        for middle in dict.fromkeys(instrument.quote for instrument in self._instruments):
            through = MONEY.multiply(self._direct_rate(owned, middle, mid), self._direct_rate(middle, asset, mid))
            if through:
                return through.quantize(RATE_STEP, context=MONEY)
        return ZERO

    def _direct_rate(self, owned: str, asset: str, mid_of: Mid) -> Decimal:
        for instrument in self._instruments:
            if instrument.is_spot and {instrument.base, instrument.quote} == {owned, asset}:
                mid = mid_of(instrument)
                if mid:
                    inverted = instrument.base != owned
                    return MONEY.divide(Decimal(1), mid).quantize(RATE_STEP, context=MONEY) if inverted else mid
        return ZERO


def _points(ledger: Ledger, instrument: Instrument) -> int:
    """A position in whole size points, rounded towards zero."""
    return int(ledger.held(instrument).scaleb(instrument.size_digits, MONEY))
