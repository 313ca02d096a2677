"""What a step of the kill switch sets in motion: sweeps, flattening, ladders withdrawn, strategies told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Final

from framework.kernel.book_records import PositionsNetted
from framework.kernel.clock import Clock
from framework.kernel.ids import OrderIds
from framework.kernel.logging import get_logger
from framework.kernel.records import KillStepped, SweepStepped
from framework.kernel.tape_loop import VENUE_PRIORITY
from framework.model.batch import BatchKind
from framework.model.counting import counted, listed
from framework.model.events import FeedState, FeedStatus, OrderReport, Source
from framework.model.instrument import Instrument
from framework.model.orders import UNASSIGNED, Order, OrderState, Owner, Pending
from framework.model.reasons import RATE_LIMITED
from framework.model.rules import VenueRules
from framework.model.scopes import EVERYTHING, Scope, ScopeKind, account_scope, read_scope
from framework.ports import Desk, Journal, Schedule
from framework.router.answers import REFUSAL_DELAY_NS
from framework.router.doubt.endings import Endings
from framework.router.kill.flatten import Flatten, Flattenings
from framework.router.kill.netting import OpenPosition
from framework.router.kill.states import BY_PERSONS, Cause, KillState, Phase
from framework.router.kill.sweep import Sweep
from framework.router.kill.switch import KillSwitch
from framework.router.kill.trips import Trip, reaches
from framework.router.router import Router
from framework.router.sending.slots import Service

log = get_logger()

LISTED_MAX: Final = 5
"""Orders named in a refusal to arm."""
FEED_CAUSES: Final[Mapping[FeedState, Cause]] = {
    FeedState.STALE: Cause.STALE_FEED,
    FeedState.ENDED: Cause.STALE_FEED,
    FeedState.GAP: Cause.STREAM_GAP,
}


class KillEffects:
    """Hangs on a kill switch and does what its states ask for.

    Args:
        rules: venue -> what it holds us to.
        strategies: in the order of config.
        instruments: everything this run knows.
        standing: client order ids that the venues show open, asked since an instant, and None while they have not told;
            None instead of it: our own books are all there is.
        endings: knows of which orders that ended fills may still come.
        ended_since: orders that ended since an instant, and of which fills may still come.
        announce: tells the strategies of a scope that they were stopped, and why.
    """

    def __init__(
        self,
        kill: KillSwitch,
        *,
        router: Router,
        desk: Desk,
        clock: Clock,
        schedule: Schedule,
        journal: Journal,
        ids: OrderIds,
        rules: Mapping[str, VenueRules],
        strategies: Sequence[str],
        instruments: Iterable[Instrument],
        standing: Callable[[int], Iterable[str] | None] | None,
        endings: Endings,
        ended_since: Callable[[int], Iterable[Order]],
        announce: Callable[[Scope, str], None],
    ) -> None:
        self.sweeps: dict[Scope, Sweep] = {}
        """The last sweep of each scope."""
        self.on_sweep: list[Callable[[SweepStepped], None]] = []
        """Told of every phase, once it is journaled."""
        self._kill = kill
        self._router = router
        self._desk = desk
        self._clock = clock
        self._schedule = schedule
        self._journal = journal
        self._ids = ids
        self._rules = rules
        self._strategies = tuple(strategies)
        self._instruments = tuple(instruments)
        self._venue_orders = standing
        self._endings = endings
        self._ended_since = ended_since
        self._announce = announce
        self.flattenings = Flattenings()
        self._open: tuple[int, list[OpenPosition]] = -1, []
        """All positions, and how often anybody's holdings had changed then."""
        kill.on_step.append(self._stepped)
        kill.obstacles = self.obstacles
        kill.lowers_exposure = self.lowers_exposure
        kill.is_exempt = self._is_exempt

    def _is_exempt(self, order: Order) -> bool:
        name = order.client_order_id
        return bool(self.flattenings) and any(name in each.orders for each in self.flattenings.values())

    def open_orders(self, scope: Scope) -> list[Order]:
        """Our orders in a scope that are not done, by strategy, oldest first, and those that are nobody's."""
        found = [order for strategy in (*self._strategies, UNASSIGNED) for order in self._desk.open_of(strategy)]
        return found if scope == EVERYTHING else [order for order in found if self._reaches(scope, order)]

    def takes(self, instrument: Instrument) -> bool:
        """Whether a sweep that a person asked for takes back an order there that is nobody's."""
        return any(
            not sweep.is_over and sweep.trip.cause in BY_PERSONS and self._is_in(scope, UNASSIGNED, instrument)
            for scope, sweep in self.sweeps.items()
        )

    def flatten(self, scope: Scope) -> None:
        """Bring the positions of a tripped scope down, once its orders are gone."""
        trip = self._kill.trip_of(scope)
        assert trip is not None and self._kill.state(scope) is KillState.TRIPPED, scope
        self._kill.let_out(scope)
        running = self.flattenings.get(scope)
        if running is not None and (running.is_resting or not running.is_over):
            return
        self._watch(self.open_orders(scope), trip.ts_ns)
        self.flattenings[scope] = flattening = Flatten(
            positions=lambda: self._positions(scope),
            standing=lambda: [
                order
                for order in self.open_orders(scope)
                if order.client_order_id not in flattening.orders and order.strategy != UNASSIGNED
            ],
            unsettled=lambda: self._unsettled(scope),
            keeps_in=self._kill.keeps_in,
            desk=self._desk,
            place=self._place,
            net=self._net,
            clear_way=self._clear_way,
            given_up=partial(self._flatten_failed, scope),
            ended=partial(self._kill.flattened, scope),
            next_id=self._ids.next,
            clock=self._clock,
            schedule=self._schedule,
        )
        if self.flattenings.are_resting:  # asked for after a stop's last comparison: the latch has it
            flattening.rest()

    def flattening_words(self, scope: Scope) -> str:
        """What a flattening that goes on, or is left to the next start, waits for; empty: for nothing, or there is none."""
        flattening = self.flattenings.get(scope)
        if flattening is None:
            return ""
        if flattening.is_resting:
            return "the session ends and places nothing any more: its next start flattens"
        found, held_by = [], flattening.waits_for()
        if held_by:
            names = ", ".join(map(str, held_by))
            found.append(f"flattening waits for {names}: arm it, or run.py kill --flatten --scope {held_by[0]}")
        if unanswered := flattening.unanswered():
            found.append(
                f"flattening waits for the last word on {counted(len(unanswered), 'order')}{_named(unanswered)}"
            )
        return "; ".join(found)

    def resume(self) -> None:
        """After a restart: go on with the sweep of whatever is tripped, and with what was to be flattened."""
        for scope in self._kill.states:
            trip = self._kill.trip_of(scope)
            if trip is not None and self._kill.state(scope) is KillState.TRIPPED:
                self._sweep(trip)
                if trip.flatten:
                    ended = [order for order in self._ended_since(trip.ts_ns) if self._reaches(scope, order)]
                    self._watch(ended, trip.ts_ns)
                    self.flatten(scope)

    def obstacles(self, scope: Scope) -> list[str]:
        """What forbids arming a scope."""
        sweep, flattening = self.sweeps.get(scope), self.flattenings.get(scope)
        found = []
        if sweep is not None and sweep.phase is not Phase.SWEPT:
            why = f" ({sweep.detail})" if sweep.detail else ""
            found.append(
                f"the sweep of {sweep.trip.id} is not complete: {sweep.phase.value}{why}{_named(sweep.left())}"
            )
        unknown = sweep.unknown() if sweep is not None else []
        if unknown:
            found.append(f"{counted(len(unknown), 'order')} without an answer{_named(unknown)}")
        if flattening is not None and not flattening.is_over:
            found.append("positions are still being flattened")
        return found

    def lowers_exposure(self, order: Order, size_points: int) -> bool:
        """Whether an order of that size can only lower its strategy's position, others like it counted in, at worst."""
        position = self._desk.position_points(order.strategy, order.instrument)
        if not position or order.is_buy == (position > 0):
            return False
        others = sum(
            self._desk.left_points(other)
            for other in self._desk.open_of(order.strategy)
            if other.instrument is order.instrument and other.is_buy == order.is_buy and other is not order
        )
        return size_points - order.filled_points + others <= abs(position)

    def on_report(self, report: OrderReport) -> None:
        """Something became of an order: sweeps count it, and a 429 holds its account back."""
        is_limited = report.reason == RATE_LIMITED and report.source is Source.VENUE
        order = self._desk.order(report.client_order_id) if self.sweeps or is_limited else None
        if order is None:
            return
        for scope, sweep in self.sweeps.items():
            if self._reaches(scope, order) and not self._flattens(scope, order.client_order_id):
                sweep.on_report(order, report)
        for scope, flattening in self.flattenings.items():
            if order.is_done and self._reaches(scope, order):
                flattening.hurry()
        if is_limited:
            self._limited(order.instrument.venue, report.detail)

    def on_feed(self, status: FeedStatus) -> None:
        """A feed is in trouble or well again: its instrument reduces meanwhile."""
        scope = Scope(ScopeKind.INSTRUMENT, status.instrument.id)
        cause = FEED_CAUSES.get(status.state)
        if cause is not None:
            self._kill.reduce(scope, cause, status.detail or f"feed {status.state.value}", "feed")
        elif status.state is FeedState.LIVE:
            for ended in (Cause.STALE_FEED, Cause.STREAM_GAP):
                self._kill.recover(scope, ended, "feed")

    def _limited(self, venue: str, detail: str) -> None:
        scope = account_scope(venue, self._kill.accounts.get(venue, "main"))
        self._kill.reduce(scope, Cause.RATE_LIMITED, detail or "the venue refuses requests", venue)
        over = partial(self._kill.recover, scope, Cause.RATE_LIMITED, venue)
        self._schedule.at(self._clock.now_ns + self._rules[venue].pause_ns, VENUE_PRIORITY, over)

    def _stepped(self, step: KillStepped) -> None:
        scope, state = read_scope(step.scope), KillState(step.state)
        trip = self._kill.trip_of(scope)
        for flattening in self.flattenings.values():
            flattening.hurry()
        if state is KillState.TRIPPED and trip is not None:
            self._sweep(trip)
            words = f"tripped {scope}: {step.reason}"
            self._schedule.at(
                self._clock.now_ns + REFUSAL_DELAY_NS, VENUE_PRIORITY, partial(self._announce, scope, words)
            )
        elif state is KillState.REDUCING:
            self._schedule.at(self._clock.now_ns, VENUE_PRIORITY, partial(self._withdraw_ladders, scope))

    def _sweep(self, trip: Trip) -> None:
        older = self.sweeps.get(trip.scope)
        if older is not None:
            older.is_over = True
        self.sweeps[trip.scope] = sweep = Sweep(
            trip,
            open_orders=lambda: self._to_sweep(trip.scope),
            standing=partial(self._standing, trip.scope),
            cancel=self._cancel,
            cancel_again=self._hurry,
            send=self._router.step,
            clock=self._clock,
            schedule=self._schedule,
            bound_ns=max((rules.acceptance_bound_ns for rules in self._rules.values()), default=0),
            banned=self._ban,
            held=self._held,
            told=self._tell,
        )
        if older is not None and older.trip.id == trip.id:
            sweep.continues(older)

    def _ban(self) -> str:
        now_ns, lanes = self._clock.now_ns, self._router.lanes
        banned = [name for name, lane in lanes.items() if lane.budget.banned_until_ns > now_ns]
        return f"banned by {', '.join(banned)}" if banned else ""

    def _held(self) -> str:
        now_ns, lanes = self._clock.now_ns, self._router.lanes
        held = [name for name, lane in lanes.items() if lane.holds_cancels(now_ns)]
        return f"rate limit of {', '.join(held)}: cancels wait for room" if held else ""

    def _cancel(self, order: Order) -> None:
        """Take an order back, before all that waits for requests; one in flight as soon as the venue knows it."""
        self._router.take_back(order)
        if order.state in (OrderState.OPEN, OrderState.UNKNOWN):
            self._hurry(order)

    def _hurry(self, order: Order) -> None:
        """Send its cancel before all others. Sweeps of several scopes, as a restart resumes them, share it."""
        if self._router.sender.is_cancelling(order, self._clock.now_ns):
            return
        self._router.sender.put(BatchKind.CANCEL, order, service=Service.SWEEP)

    def _to_sweep(self, scope: Scope) -> list[Order]:
        """Open orders of a scope, the flattening's own left out: first those of the market with the most at stake."""
        found = [order for order in self.open_orders(scope) if not self._flattens(scope, order.client_order_id)]
        if len({order.instrument for order in found}) < 2:
            return found
        stake: dict[Instrument, Decimal] = defaultdict(Decimal)
        for order in found:
            stake[order.instrument] += order.instrument.notional(self._priced(order), order.left_points)
        return sorted(found, key=lambda order: -stake[order.instrument])

    def _priced(self, order: Order) -> int:
        quote = None if order.price_points else self._desk.quote(order.instrument)
        return order.price_points if quote is None else quote.bid_points

    def _flattens(self, scope: Scope, client_order_id: str) -> bool:
        """Whether an order is of the flattening of a scope, or of a wider one."""
        return any(client_order_id in each.orders for wide, each in self.flattenings.items() if wide.holds(scope))

    def _standing(self, scope: Scope, since_ns: int) -> list[str] | None:
        """What the venues show open in a scope, or None; an order that we do not know is in none but the widest."""
        shown = [] if self._venue_orders is None else self._venue_orders(since_ns)
        if shown is None:
            return None
        found = []
        for client_order_id in shown:
            order = self._desk.order(client_order_id)
            is_ours = scope == EVERYTHING if order is None else self._reaches(scope, order)
            if is_ours and not self._flattens(scope, client_order_id):
                found.append(client_order_id)
        return found

    def _tell(self, step: SweepStepped) -> None:
        self._journal.write(step)
        if step.phase == Phase.BLOCKED.value:
            log.error("kill.sweep_blocked", trip=step.trip_id, reason=step.detail)
        for call in self.on_sweep:
            call(step)

    def _withdraw_ladders(self, scope: Scope) -> None:
        for order in self.open_orders(scope):
            if order.owner is Owner.LADDER:
                self._router.take_back(order)
        self._router.step()

    def _positions(self, scope: Scope) -> list[OpenPosition]:
        moves = self._desk.moves()
        if moves != self._open[0]:
            places = [(strategy, there) for strategy in self._strategies for there in self._instruments]
            points = [self._desk.position_points(*place) for place in places]
            self._open = moves, [OpenPosition(*place, size) for place, size in zip(places, points, strict=True) if size]
        return [each for each in self._open[1] if self._is_in(scope, each.strategy, each.instrument)]

    def _watch(self, orders: Iterable[Order], tripped_ns: int) -> None:
        for order in orders:
            self._endings.watch(order, tripped_ns)

    def _unsettled(self, scope: Scope) -> list[Order]:
        """Orders of a scope that ended, and of which fills may still come: they are asked after."""
        self._watch(self.open_orders(scope), self._clock.now_ns)
        self._endings.ask()
        return [order for order in self._endings.unsettled() if self._reaches(scope, order)]

    def _place(self, order: Order) -> None:
        self._endings.watch(order, self._clock.now_ns)
        self._router.orders.place(order)
        self._router.step()

    def _net(self, netted: PositionsNetted) -> None:
        """Journaled before it is so: what came of it is in the books of the next session too."""
        there = next(each for each in self._instruments if each.id == netted.instrument)
        self._journal.write(netted)
        self._desk.net_out(there, netted.buyer, netted.seller, netted.price_points, netted.size_points)
        size = f"{there.size_text(netted.size_points)} {there.base}"
        log.info("kill.netted", instrument=there.id, buyer=netted.buyer, seller=netted.seller, size=size)

    def _clear_way(self, order: Order) -> None:
        """Getting out goes before whatever else of ours would be traded with: whoever it is, it is taken back."""
        blockers = [each for each in self._router.orders.yielding.in_way(order) if each.pending is not Pending.CANCEL]
        for blocker in blockers:
            self._cancel(blocker)
        if blockers:  # of itself the router looks again as soon as something may leave
            self._router.step()

    def _flatten_failed(self, scope: Scope, left: str) -> None:
        log.error("kill.flatten_failed", scope=str(scope), left=left)
        for order in self.flattenings[scope].orders.values():
            if not order.is_done:
                self._router.take_back(order)
        self._router.step()
        waits = self.flattening_words(scope)
        words = f"flattening gave up with positions left: {left}; {f'{waits}; ' if waits else ''}a person must look"
        if (sweep := self.sweeps.get(scope)) is not None:
            self._tell(sweep.told(words))

    def _reaches(self, scope: Scope, order: Order) -> bool:
        return self._is_in(scope, order.strategy, order.instrument)

    def _is_in(self, scope: Scope, strategy: str, there: Instrument) -> bool:
        return reaches(scope, strategy, there, self._kill.accounts.get(there.venue, "main"))


def _named(orders: Sequence[Order]) -> str:
    """`: o1, o2 and 3 more`; empty without orders."""
    return f": {listed([order.client_order_id for order in orders], LISTED_MAX)}" if orders else ""
