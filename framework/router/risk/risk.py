"""Risk: holds every order against the limits of its strategy, instrument, account, and of all together.

The router asks before it takes an order and tells what it took; reports tell what became of it. An order counts from
the moment it is taken, whole, until it is done: queued, sent, unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from framework.kernel.clock import NS_PER_S, Clock
from framework.kernel.logging import get_logger
from framework.kernel.records import LimitLifted, NetNoted, Record
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.events import OrderReport, ReportKind
from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.model.orders import DONE, Order
from framework.ports import Desk, Schedule
from framework.router.checks import Refusal, reference_points
from framework.router.risk import conduct_checks, desk_checks, order_checks
from framework.router.risk.cases import Case, Check, Known, MeasuredSkew, beside_limit
from framework.router.risk.kept import KeptLimits
from framework.router.risk.rejects import Rejects, Streak
from framework.router.risk.scopes import LimitScope, Stake

if TYPE_CHECKING:
    from framework.config.limits import InstrumentLimits, LimitsTable

Breached = Callable[[str, str, str, str], None]
"""Told of a limit that stays breached until a person lifts it: scope, check, limit, value."""

LOOK_EVERY_NS: Final = NS_PER_S
"""Losses are looked at this often, as events come, and at each fill and each order."""

CHECKS: Final[Sequence[tuple[Sequence[str], Check]]] = (
    (("max_loss", "max_drawdown"), conduct_checks.check_losses),
    (("max_equal_rejects",), conduct_checks.check_equal_rejects),
    (("instruments",), order_checks.check_instruments),
    (("max_feed_age",), desk_checks.check_feed_age),
    (("max_clock_skew",), desk_checks.check_clock_skew),
    (("max_order_size",), order_checks.check_order_size),
    (("max_order_notional",), order_checks.check_order_notional),
    (("price_collar",), order_checks.check_price_collar),
    (("max_open_orders",), desk_checks.check_open_orders),
    (("max_position",), desk_checks.check_position),
    (("max_exposure",), desk_checks.check_exposure),
    (("message_rate",), conduct_checks.check_message_rate),
    (("max_orders_per_fill",), conduct_checks.check_orders_per_fill),
    (("max_cancel_ratio",), conduct_checks.check_cancel_ratio),
)
"""Which limits each check holds, in the order in which they are asked."""

LASTING: Final = frozenset({"max_loss", "max_drawdown", "max_equal_rejects"})
"""Limits that stay breached until a person lifts them."""

STANDING: Final = (conduct_checks.check_losses, conduct_checks.check_equal_rejects, desk_checks.check_feed_age)
"""Checks that an order taken long ago must pass again before it joins those that leave."""

PRICED: Final = (order_checks.check_order_notional, order_checks.check_price_collar)
"""Checks of the price at which an order leaves, where that is another than the one at which it was taken."""

log = get_logger()


Checks = Sequence[tuple[Check, LimitScope]]
"""What is to be asked, of which scope, in this order."""


class Over(NamedTuple):
    """What is over the orders of a strategy at an instrument, limited or not."""

    stake: Stake
    """Of the strategy alone: what reduces is told by it."""
    scopes: Sequence[LimitScope]
    checks: Checks
    """Of a new order, or of a change."""
    standing: Checks
    """Those of `STANDING` ..."""
    priced: Checks
    """... and of `PRICED`."""

    @classmethod
    def of(cls, scopes: Sequence[LimitScope]) -> Over:
        """Scopes, and all that they ask."""
        checks = [(check, scope) for scope in scopes for check in checks_of(scope.limits)]
        standing = [(check, scope) for check, scope in checks if check in STANDING]
        return cls(Stake(), scopes, checks, standing, [(check, scope) for check, scope in checks if check in PRICED])


class Risk:
    """The limits, and what is counted for them.

    Args:
        strategies: names of all instances.
        accounts: venue -> name of the account there.
    """

    def __init__(
        self,
        limits: LimitsTable,
        *,
        desk: Desk,
        clock: Clock,
        schedule: Schedule,
        strategies: Sequence[str],
        instruments: Sequence[Instrument],
        accounts: Mapping[str, str],
    ) -> None:
        self.listeners: list[Breached] = []
        self.note: Callable[[Record], None] | None = None
        """Takes what a restart must know of losses; None where nobody restarts."""
        self.is_exempt: Callable[[Order], bool] = lambda order: False  # noqa: ARG005
        """Orders that no limit holds back: those that bring a killed scope's positions down."""
        self.scopes = tuple(scopes_of(limits, strategies, instruments, accounts))
        self._strategies = tuple(strategies)
        self._clock = clock
        self._schedule = schedule
        self._known = Known(desk, Rejects(), {}, {})
        self._losing = tuple(scope for scope in self.scopes if scope.losses)
        self._over: dict[tuple[str, Instrument], Over] = {}
        self._counted: dict[str, int] = {}
        """Order that is not done -> size points that are counted of it."""
        self._missing: dict[str, int] = {}
        """Order that is done -> size points of it whose fills may be missing, and are counted at worst."""
        self.lifts = 0
        """How often a person lifted limits."""
        self._checked_ns = -1
        self.next_look_ns = 0
        """When to call `look` next."""

    @property
    def watches_losses(self) -> bool:
        """Whether `look` is to be called as events come."""
        return bool(self._losing)

    # What the router asks.

    def check(self, order: Order) -> Refusal | None:
        """The first limit that a new order would break."""
        over = self._over_of(order)
        return self._check(over, over.checks, order, order.size_points, is_new=True)

    def check_change(self, order: Order, changed: Order) -> Refusal | None:
        """The first limit that an order would break as it is to be."""
        left = max(changed.size_points - order.filled_points, 0)
        added = max(left - self._counted.get(order.client_order_id, 0), 0)
        over = self._over_of(order)
        return self._check(over, over.checks, changed, added, is_new=False)

    def check_again(self, order: Order) -> Refusal | None:
        """The first limit that keeps an order from leaving which was taken before and has waited."""
        over = self._over_of(order)
        return self._check(over, over.standing, order, 0, is_new=False)

    def check_price(self, priced: Order) -> Refusal | None:
        """The first limit that keeps a market order from leaving at the price that it got."""
        over = self._over_of(priced)
        return self._check(over, over.priced, priced, 0, is_new=False)

    def _check(self, over: Over, checks: Checks, order: Order, added: int, *, is_new: bool) -> Refusal | None:
        if self.is_exempt(order):
            return None
        now_ns = self._clock.now_ns
        if self._losing and now_ns != self._checked_ns:
            self._checked_ns = now_ns  # a look at this instant may have been before its prices
            self.look()
        known = self._known
        price_points = reference_points(order, known.desk)
        case = Case(order, price_points, added, is_new, partial(self._is_reducing, over, order, added), now_ns)
        for check, scope in checks:
            refusal = check(case, scope, known)
            if refusal is not None:
                return refusal
        return None

    def is_reducing(self, order: Order) -> bool:
        """Whether a new order makes its strategy's position smaller and does not turn it, whatever else fills first."""
        return self._is_reducing(self._over_of(order), order, order.size_points)

    def _is_reducing(self, over: Over, order: Order, added: int) -> bool:
        position = self._known.desk.position_points(order.strategy, order.instrument)
        if not position or (position > 0) == order.is_buy:
            return False
        after = over.stake.after(position, order.is_buy, added)
        return after == 0 or (after > 0) == (position > 0)

    # What the router tells.

    def resume(self) -> None:
        """Count the orders that a restart has brought back."""
        for strategy in self._strategies:
            for order in self._known.desk.open_of(strategy):
                self._count(order)

    def taken(self, order: Order) -> None:
        """A new order was admitted."""
        self._count(order)
        self.tally(order, self._clock.now_ns, orders=1)

    def changed(self, order: Order) -> None:
        """A change was asked for, and the desk knows: the larger of both is counted until the venue answers."""
        self._count(order)
        self.tally(order, self._clock.now_ns, changes=1)

    def cancelled(self, order: Order) -> None:
        """A cancel was asked for, and the desk knows."""
        self._count(order)
        self.tally(order, self._clock.now_ns, cancels=1)

    def tally(
        self, order: Order, now_ns: int, *, orders: int = 0, changes: int = 0, cancels: int = 0, fills: int = 0
    ) -> None:
        """Something was asked for or came, of an order: windows count it, at this instant."""
        for scope in self._over_of(order).scopes:
            if scope.messages is not None and not fills:
                scope.messages.add(now_ns)
            if scope.conduct is not None and not changes:
                scope.conduct.add(now_ns, orders=orders, cancels=cancels, fills=fills)

    def reported(self, order: Order, report: OrderReport) -> None:
        """A report was applied to an order."""
        self._count(order)
        if report.kind is ReportKind.FILLED:
            self.tally(order, self._clock.now_ns, fills=1)
            if self._losing:
                self.look()
        held = self.judge(order, report)
        if held is not None:
            scope, streak = held
            side = f"{order.strategy} {order.side} {order.instrument.id}"
            limit = str(scope.limits.max_equal_rejects)
            self._tell(scope, "max_equal_rejects", limit, f"{streak.count} times {streak.reason}, {side}")

    def recount(self, order: Order) -> None:
        """What may fill or have filled of an order is another than it was, without a report of it."""
        self._count(order)

    def judge(self, order: Order, report: OrderReport) -> tuple[LimitScope, Streak] | None:
        """Hold a side back whose rejects are too many: by whose limit, and what they are; None: they are not."""
        streak = self._known.rejects.take(order, report)
        if streak is None:
            return None
        for scope in self._over_of(order).scopes:
            limit = scope.limits.max_equal_rejects
            if limit is not None and streak.count >= limit:
                streak.held_by = scope.name
                return scope, streak
        return None

    # Losses.

    def look(self) -> None:
        """Look at profits; tell of each limit that is breached now."""
        now_ns, desk = self._clock.now_ns, self._known.desk
        self.next_look_ns = now_ns + LOOK_EVERY_NS
        for scope in self._losing:
            is_priced, asset, net = scope.is_priced(desk), "", ZERO
            for loss in scope.losses:
                if is_priced and loss.limit.asset != asset:  # most often all are of one
                    asset = loss.limit.asset
                    net = scope.net(asset, desk)
                loss.is_blind = not is_priced
                is_breached = is_priced and loss.look(now_ns, net)
                if self.note is not None and (loss.news() or is_breached):
                    self.note(NetNoted(scope.name, loss.check, loss.known_net, loss.reached))
                if is_breached:
                    self._tell(scope, loss.check, str(loss.limit), beside_limit(loss.reached, loss.limit))

    def _tell(self, scope: LimitScope, check: str, limit: str, value: str) -> None:
        """Tell of a breach, at this instant, when whatever goes on now has ended."""
        log.error("limit.breached", scope=scope.name, check=check, limit=limit, found=value)
        for listener in self.listeners:
            self._schedule.at(self._clock.now_ns, SENDER_PRIORITY, partial(listener, scope.name, check, limit, value))

    def lift(self, scope: str = "", strategy: str = "", instrument: str = "") -> int:
        """A person lets what is held back go on: losses are counted from now. Returns how many limits were lifted.

        Args:
            scope: name of the scope whose limits are lifted; empty: all.
            strategy, instrument: whose repeated rejects are forgiven; empty: everybody's.
        """
        self.lifts += 1
        lifted = self._known.rejects.lift(strategy, instrument, scope)
        for one in self._losing:
            for loss in one.losses:
                if loss.reached is not None and scope in ("", one.name):
                    loss.forgive()
                    lifted += 1
        if self.note is not None:
            self.note(LimitLifted(scope, strategy, instrument))
        return lifted

    @property
    def breached(self) -> list[str]:
        """Names of the scopes with limits that stay breached until a person lifts them."""
        losing = [scope.name for scope in self._losing for loss in scope.losses if loss.reached is not None]
        return list(dict.fromkeys([*losing, *self._known.rejects.holders]))

    def kept(self) -> KeptLimits:
        """What was counted, for a checkpoint."""
        return KeptLimits(tuple([scope.kept() for scope in self.scopes]), self._known.rejects.kept())

    def restore(self, kept: KeptLimits) -> None:
        """As a checkpoint has it."""
        scopes = {scope.name: scope for scope in kept.scopes}
        for scope in self.scopes:
            if scope.name in scopes:
                scope.restore(scopes[scope.name])
        self._known.rejects.restore(kept.streaks)

    def recall_net(self, noted: NetNoted, ts_ns: int) -> None:
        """What was noted of a loss in an earlier session; nothing where the settings limit it no longer."""
        for scope in self._losing:
            for loss in scope.losses:
                if (scope.name, loss.check) == (noted.scope, noted.check):
                    loss.recall(ts_ns, noted.net, noted.reached)

    def skew_measured(self, venue: str, skew_ns: int) -> None:
        """Somebody asked the venue for its time: our clock less the venue's."""
        self._known.skews[venue] = MeasuredSkew(skew_ns, self._clock.now_ns)

    # Counting.

    def _count(self, order: Order) -> None:
        """Count what is left of an order, or what it is to have where that is more; once it is done, what fills may be missing."""
        order_id = order.client_order_id
        before, points = self._counted.get(order_id), self._known.desk.left_points(order)
        if order.state in DONE:
            held = self._missing.pop(order_id, 0)
            if before is None and points == held == 0:
                return
            if points:
                self._missing[order_id] = points
            self._counted.pop(order_id, None)
            added, orders = points - held - (before or 0), -(before is not None)
        else:
            if points == before:
                return
            self._counted[order_id] = points
            added, orders = points - (before or 0), before is None
        over, is_buy = self._over_of(order), order.is_buy
        over.stake.add(is_buy, added)
        for scope in over.scopes:
            scope.count(order.instrument, is_buy, added, orders)

    def _over_of(self, order: Order) -> Over:
        key = order.strategy, order.instrument
        over = self._over.get(key)
        if over is None:
            scopes = [each for each in self.scopes if key[0] in each.strategies and key[1] in each.instruments]
            over = self._over[key] = Over.of(scopes)
        return over


def checks_of(limits: InstrumentLimits) -> tuple[Check, ...]:
    """The checks that a table of limits asks for."""
    limited = limits.limited
    return tuple(check for names, check in CHECKS if any(name in limited for name in names))


def scopes_of(
    limits: LimitsTable, strategies: Sequence[str], instruments: Sequence[Instrument], accounts: Mapping[str, str]
) -> list[LimitScope]:
    """The scopes of all tables that limit something, the narrowest first."""
    found = []
    for strategy in strategies:
        tables = limits.of_strategy(strategy)
        found += [
            LimitScope(f"strategy {strategy}" + " (of its table)" * place, table, (strategy,), instruments, is_all=True)
            for place, table in enumerate(tables)
        ]
    for instrument in instruments:
        inner = limits.instrument.get(instrument.id)
        if inner is not None:
            found.append(LimitScope(instrument.id, inner, strategies, (instrument,), is_all=False))
    for name, table in limits.account.items():
        there = [instrument for instrument in instruments if accounts.get(instrument.venue) == name]
        is_all = len(there) == len(instruments)
        found.append(LimitScope(f"account {name}", table, strategies, there, is_all=is_all))
    found.append(LimitScope("all", limits, strategies, instruments, is_all=True))
    return [scope for scope in found if scope.limits.limited]
