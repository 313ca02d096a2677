"""Scopes: whose orders a table of limits counts together, and what is counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from framework.model.durations import duration_ns
from framework.model.instrument import Instrument
from framework.model.money import ZERO, Amount
from framework.ports import Desk
from framework.router.risk.windows import Conduct, Messages, Net

if TYPE_CHECKING:
    from framework.config.limits import InstrumentLimits


class Stake:
    """What open orders of one instrument would still add to a position, in size points, if all of them filled."""

    __slots__ = ("buy_points", "sell_points")

    def __init__(self) -> None:
        self.buy_points = 0
        self.sell_points = 0

    def add(self, is_buy: bool, points: int) -> None:
        """Count more of one side, or less."""
        if is_buy:
            self.buy_points += points
        else:
            self.sell_points += points

    def after(self, position_points: int, is_buy: bool, points: int) -> int:
        """The position, signed, when all orders of a side have filled, and so many points more."""
        if is_buy:
            return position_points + self.buy_points + points
        return position_points - self.sell_points - points

    def worst(self, position_points: int) -> int:
        """The largest position, either way, that may come of it."""
        return max(abs(position_points + self.buy_points), abs(position_points - self.sell_points))


NOTHING = Stake()


class Loss:
    """A limit on how far a scope's profit may fall.

    Args:
        check: name of the limit.
        window_ns: over the last so much time; 0: from its best.
    """

    __slots__ = ("check", "limit", "net", "reached")

    def __init__(self, check: str, limit: Amount, window_ns: int) -> None:
        self.check = check
        self.limit = limit
        self.net = Net(window_ns)
        self.reached: Decimal | None = None
        """The loss at which it was breached: it stays so until a person lifts it."""

    def look(self, now_ns: int, net: Decimal) -> bool:
        """Whether it is breached just now, by a net that came."""
        fallen = self.net.fallen(now_ns, net)
        if self.reached is not None or fallen < self.limit.value:
            return False
        self.reached = fallen
        return True


class Scope:
    """Orders that are limited together, and what is counted of them.

    Args:
        name: `all`, `strategy mm`, `account main`, or an instrument's id.
        strategies, instruments: whose, and of which.
        is_all: the instruments are all of the run.
    """

    def __init__(
        self,
        name: str,
        limits: InstrumentLimits,
        strategies: Sequence[str],
        instruments: Sequence[Instrument],
        *,
        is_all: bool,
    ) -> None:
        self.name = name
        self.limits = limits
        self.strategies = tuple(strategies)
        self.instruments = tuple(instruments)
        self.open_orders = 0
        self.stakes: dict[Instrument, Stake] = {}
        self.messages = None if limits.message_rate is None else Messages(limits.message_rate)
        is_judged = limits.max_orders_per_fill or limits.max_cancel_ratio
        self.conduct = Conduct(duration_ns(limits.ratio_window)) if is_judged else None
        self.losses = tuple(
            Loss(check, limit, window_ns)
            for check, limit, window_ns in (
                ("max_loss", limits.max_loss, duration_ns(limits.loss_window)),
                ("max_drawdown", limits.max_drawdown, 0),
            )
            if limit is not None
        )
        self._is_all = is_all

    def count(self, instrument: Instrument, is_buy: bool, points: int, orders: int) -> None:
        """Open orders hold so much more, or less."""
        stake = self.stakes.get(instrument)
        if stake is None:
            stake = self.stakes[instrument] = Stake()
        stake.add(is_buy, points)
        self.open_orders += orders

    def stake(self, instrument: Instrument) -> Stake:
        """What its open orders hold there."""
        return self.stakes.get(instrument, NOTHING)

    def position_points(self, instrument: Instrument, desk: Desk) -> int:
        """Its position there, of all its strategies."""
        return sum([desk.position_points(strategy, instrument) for strategy in self.strategies])

    def net(self, asset: str, desk: Desk) -> Decimal:
        """Its profit since the start of the run, fees included, in an asset."""
        there = (None,) if self._is_all else self.instruments
        return sum([desk.net(strategy, asset, one) for strategy in self.strategies for one in there], ZERO)
