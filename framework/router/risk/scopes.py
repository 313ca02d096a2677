"""Scopes: whose orders a table of limits counts together, and what is counted of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from framework.model.durations import duration_ns
from framework.model.instrument import Instrument
from framework.model.money import ZERO, Amount
from framework.ports import Desk
from framework.router.risk.kept import KeptLoss, KeptScope
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


NOTED_PARTS: Final = 100
"""A best that rose by less than this part of the limit is not noted: a restart may take it for so much lower."""


class Loss:
    """A limit on how far a scope's profit may fall.

    Args:
        check: name of the limit.
        window_ns: over the last so much time; 0: from its best.
    """

    __slots__ = ("_noted", "check", "is_blind", "limit", "net", "reached")

    def __init__(self, check: str, limit: Amount, window_ns: int) -> None:
        self.check = check
        self.limit = limit
        self.net = Net(window_ns)
        self.reached: Decimal | None = None
        """The loss at which it was breached: it stays so until a person lifts it."""
        self.is_blind = False
        """What is held has no price yet, as after a restart: nobody knows what is lost."""
        self._noted: tuple[int, Decimal] | None = None

    def look(self, now_ns: int, net: Decimal) -> bool:
        """Whether it is breached just now, by a net that came."""
        fallen = self.net.fallen(now_ns, net)
        if self.reached is not None or fallen < self.limit.value:
            return False
        self.reached = fallen
        return True

    def news(self) -> bool:
        """Whether a restart must know more than when this was last so: a part of the window began, or the best rose."""
        known, noted = self.net.known, self._noted
        if known is None or known == noted:
            return False
        if not self.net.window_ns and noted is not None and known[1] - noted[1] < self.limit.value / NOTED_PARTS:
            return False
        self._noted = known
        return True

    @property
    def known_net(self) -> Decimal:
        """The net that a restart must know of."""
        known = self.net.known
        return ZERO if known is None else known[1]

    def recall(self, ts_ns: int, net: Decimal, reached: Decimal | None) -> None:
        """What was noted of it in an earlier session."""
        self.net.fallen(ts_ns, net)
        self.reached, self._noted = reached, self.net.known

    def kept(self) -> KeptLoss:
        """All of it, for a checkpoint."""
        return KeptLoss(self.check, self.net.window_ns, self.net.slots, self.net.best, self.reached)

    def restore(self, kept: KeptLoss) -> None:
        """As a checkpoint has it; one over another window than this begins anew, still breached where it was."""
        self.reached = kept.reached
        if kept.window_ns == self.net.window_ns:
            self.net.restore(kept.slots, kept.best)
            self._noted = self.net.known

    def forgive(self) -> None:
        """A person lifts it: losses are counted from now."""
        self.reached = self._noted = None
        self.net.forget()


def holdings_of(instruments: Sequence[Instrument]) -> tuple[tuple[Instrument, ...], ...]:
    """Spot markets of one base together, each perpetual alone."""
    found: dict[str, list[Instrument]] = {}
    for instrument in instruments:
        found.setdefault(instrument.base if instrument.is_spot else instrument.id, []).append(instrument)
    return tuple(map(tuple, found.values()))


class LimitScope:
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
        self.holdings = holdings_of(instruments)
        """The same, those together whose position is one: what is owned of an asset, in whichever market."""
        self.open_orders = 0
        self.stakes: dict[Instrument, Stake] = {}
        self.collar = (limits.price_collar or ZERO).as_integer_ratio()
        """So many parts of how many."""
        self.feed_age_ns = duration_ns(limits.max_feed_age) if limits.max_feed_age else 0
        self.clock_skew_ns = duration_ns(limits.max_clock_skew) if limits.max_clock_skew else 0
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
        self._positions: dict[Instrument, tuple[int, int]] = {}
        """Fills that had moved positions there, and the position then."""
        traded: Sequence[Instrument | None] = (None,) if is_all else self.instruments
        self._parts = tuple([(strategy, one) for strategy in self.strategies for one in traded])
        """Whose profit is added up, and of which instrument; None: of all."""
        self._is_priced = False

    def count(self, instrument: Instrument, is_buy: bool, points: int, orders: int) -> None:
        """Open orders hold so much more, or less."""
        stake = self.stakes.get(instrument)
        if stake is None:
            stake = self.stakes[instrument] = Stake()
        stake.add(is_buy, points)
        self.open_orders += orders

    def kept(self) -> KeptScope:
        """What it has counted, for a checkpoint."""
        messages = () if self.messages is None else self.messages.instants
        slot_ns, slots = (0, ()) if self.conduct is None else (self.conduct.slot_ns, self.conduct.slots)
        parts = tuple([(slot, (counts.orders, counts.cancels, counts.fills)) for slot, counts in slots])
        return KeptScope(self.name, messages, slot_ns, parts, tuple([loss.kept() for loss in self.losses]))

    def restore(self, kept: KeptScope) -> None:
        """As a checkpoint has it."""
        if self.messages is not None:
            for ts_ns in kept.messages:
                self.messages.add(ts_ns)
        if self.conduct is not None and self.conduct.slot_ns == kept.conduct_ns:
            for slot, (orders, cancels, fills) in kept.conduct:
                self.conduct.add(slot * kept.conduct_ns, orders=orders, cancels=cancels, fills=fills)
        losses = {loss.check: loss for loss in kept.losses}
        for loss in self.losses:
            if loss.check in losses:
                loss.restore(losses[loss.check])

    def stake(self, instrument: Instrument) -> Stake:
        """What its open orders hold there."""
        return self.stakes.get(instrument, NOTHING)

    def position_points(self, instrument: Instrument, desk: Desk) -> int:
        """Its position there, of all its strategies; added up again when a fill has moved one."""
        moves, known = desk.moves(), self._positions.get(instrument)
        if known is None or known[0] != moves:
            points = sum([desk.position_points(strategy, instrument) for strategy in self.strategies])
            known = self._positions[instrument] = moves, points
        return known[1]

    def net(self, asset: str, desk: Desk) -> Decimal:
        """Its profit since the start of the run, fees included, in an asset."""
        return sum([desk.net(strategy, asset, one) for strategy, one in self._parts], ZERO)

    def is_priced(self, desk: Desk) -> bool:
        """Whether all that it holds has a price: once it has, it keeps one."""
        if not self._is_priced:
            self._is_priced = all(
                desk.is_priced(strategy, loss.limit.asset, one) for loss in self.losses for strategy, one in self._parts
            )
        return self._is_priced
