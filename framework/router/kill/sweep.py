"""The sweep after a trip: every open order of its scope is cancelled, again and again, until the venue shows none.

Empty twice, and twice once more after the last moment at which an order sent before the trip could still arrive.
Protective orders stay unless the trip is hard: without them a position would stand naked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from framework.kernel.clock import Clock
from framework.kernel.records import SweepStepped
from framework.kernel.tape_loop import SENDER_PRIORITY
from framework.model.events import OrderReport, ReportKind, Source
from framework.model.orders import Order, OrderState, Pending
from framework.ports import Schedule
from framework.router.kill.states import Phase
from framework.router.kill.trips import Trip

PASS_NS: Final = 100_000_000
"""Between two passes while something happens, and from what is said of an order to the next."""
STILL_NS: Final = 1_000_000_000
"""Between two passes while nothing is said of the orders that are to go."""
AGAIN_NS: Final = 2_000_000_000
"""A cancel without an answer for so long is sent again: cancelling twice does no harm."""
BLOCKED_NS: Final = 5_000_000_000
"""Between two passes while the venue takes no cancel: who goes on asking is banned for longer."""
MUTE_NS: Final = 5_000_000_000
"""A venue that has answered no cancel for so long, while orders are to go, blocks the sweep: a person should know.

That it shows an order as it was, when it is asked, is no answer to a cancel.
"""
EMPTY_PASSES: Final = 2
BLOCKING: Final = frozenset({"banned", "auth"})
"""Reasons of a venue that takes no cancel at all now."""


class Sweep:
    """One trip's sweep.

    Args:
        open_orders: our orders in the scope that are not done, as far as we know.
        standing: client order ids in the scope that the venue shows open, asked since an instant; None: it has not told yet.
        cancel: takes one back; twice does no harm.
        cancel_again: sends its cancel once more.
        send: lets what was asked leave now.
        bound_ns: how long after sending an order can still arrive.
        banned: why no request may leave at all now; empty where it may.
        held: why limits have let no cancel leave for too long; empty where they have.
        told: takes each phase.
    """

    def __init__(
        self,
        trip: Trip,
        *,
        open_orders: Callable[[], Sequence[Order]],
        standing: Callable[[int], Sequence[str] | None],
        cancel: Callable[[Order], None],
        cancel_again: Callable[[Order], None],
        send: Callable[[], None],
        clock: Clock,
        schedule: Schedule,
        bound_ns: int,
        banned: Callable[[], str] = lambda: "",
        held: Callable[[], str] = lambda: "",
        told: Callable[[SweepStepped], None],
    ) -> None:
        self.trip = trip
        self.phase = Phase.SWEEPING
        self.detail = ""
        """Why it is blocked."""
        self.is_hard = trip.is_hard
        self.last_cancelled_ns = 0
        """When the venue last told that one of them is gone, by itself or asked after it; 0 before the first."""
        self.emptied_ns = 0
        """When the venue was first shown empty; 0 before."""
        self._open_orders = open_orders
        self._standing = standing
        self._cancel = cancel
        self._cancel_again = cancel_again
        self._send = send
        self._clock = clock
        self._schedule = schedule
        self._late_ns = trip.ts_ns + bound_ns
        self._banned = banned
        self._held = held
        self._told = told
        self.asked: set[str] = set()
        """Orders that it asked to be cancelled."""
        self.cancelled: set[str] = set()
        """Those of them that are, wholly or in part."""
        self.filled: set[str] = set()
        """Those that were filled instead."""
        self._asked_ns: dict[str, int] = {}
        self._empty_passes = 0
        self._left_ns = trip.ts_ns
        """When something was there last: what the venue was asked before says nothing of now."""
        self._is_held = False
        self._is_shut = False
        """The venue takes no cancel at all: until the next pass nothing is tried."""
        self._pass_ns = 0
        """When it looks next."""
        self._heard_ns = 0
        """When the venue last answered for an order that is to go, or when one was first there; 0: none is."""
        self._silence = ""
        """What the gateway last said instead of an answer."""
        self.is_over = False
        """Nobody waits for it any more: its scope was armed, or a harder sweep took its place."""
        self._wake(clock.now_ns)

    @property
    def swept_ns(self) -> int:
        """From the trip to the last order that the venue told is gone; 0 when there was nothing to cancel."""
        return max(0, self.last_cancelled_ns - self.trip.ts_ns)

    def left(self) -> list[Order]:
        """Orders that still must go; none once it is over: what was placed since is no concern of it."""
        return (
            [] if self.is_over else [order for order in self._open_orders() if self.is_hard or not is_protective(order)]
        )

    def unknown(self) -> list[Order]:
        """Orders of which nobody knows whether they are alive."""
        return [order for order in self._open_orders() if order.state is OrderState.UNKNOWN]

    def on_report(self, order: Order, report: OrderReport) -> None:
        """Something was said of an order in its scope."""
        if order.client_order_id in self._asked_ns:
            self._weigh(order, report)
            self.hurry()
        elif not order.is_done:
            self.hurry()

    def _weigh(self, order: Order, report: OrderReport) -> None:
        if report.source is Source.VENUE or (report.source is Source.RECONCILE and order.is_done):
            self._heard_ns, self._silence = self._clock.now_ns, ""
        elif report.source is not Source.RECONCILE and report.kind in (ReportKind.UNKNOWN, ReportKind.CANCEL_REJECTED):
            self._silence = report.reason
        if order.is_done:
            self._ended(order)
        if report.kind is ReportKind.CANCEL_REJECTED and report.reason in BLOCKING:
            if self.phase is not Phase.BLOCKED:
                self._wake(self._clock.now_ns + BLOCKED_NS)
            self._is_shut = True
            self._step(Phase.BLOCKED, f"{report.reason}: {report.detail}".rstrip(": "))
        elif order.is_done and report.source in (Source.VENUE, Source.RECONCILE):
            self.last_cancelled_ns = self._clock.now_ns
            if self.phase is Phase.BLOCKED and report.source is Source.VENUE:
                self._is_shut = False
                self._step(Phase.SWEEPING, "")

    def _ended(self, order: Order) -> None:
        if order.state is OrderState.FILLED:
            self.filled.add(order.client_order_id)
        elif order.state in (OrderState.CANCELLED, OrderState.EXPIRED):
            self.cancelled.add(order.client_order_id)

    def continues(self, older: Sweep) -> None:
        """It takes the place of a softer one of the same trip: what that one brought about counts."""
        self.asked |= older.asked
        self.cancelled |= older.cancelled
        self.filled |= older.filled
        self.last_cancelled_ns = older.last_cancelled_ns

    def told(self, detail: str = "") -> SweepStepped:
        """How far it is, with another word than its own."""
        return SweepStepped(
            self.trip.id,
            self.phase.value,
            len(self.asked),
            self.swept_ns,
            detail or self.detail,
            len(self.filled),
            len(self.cancelled),
        )

    def hurry(self) -> None:
        """Something has changed: look soon."""
        soon_ns = self._clock.now_ns + PASS_NS
        if not (self.is_over or self._is_shut) and soon_ns < self._pass_ns:
            self._wake(soon_ns)

    def _wake(self, ts_ns: int) -> None:
        self._pass_ns = ts_ns
        self._schedule.at(ts_ns, SENDER_PRIORITY, partial(self._woken, ts_ns))

    def _woken(self, ts_ns: int) -> None:
        if ts_ns == self._pass_ns and not self.is_over:
            self._pass()

    def _pass(self) -> None:
        """Look, cancel what is there, and come back."""
        now_ns, left = self._clock.now_ns, self.left()
        ban = self._banned()
        held = ban or self._held()
        if held:
            self._heard_ns = now_ns  # nothing leaves: nothing can be answered
        held = held or self._mute(left, now_ns)
        if held or self._is_held:
            self._is_held = bool(held)
            self._step(Phase.BLOCKED if held else Phase.SWEEPING, held)
        asked = [order for order in left if self._asks(order, now_ns)]
        if asked:
            self._send()
        if left:
            self._left_ns = now_ns
        stays = bool(left) or self._stands(now_ns)
        self._empty_passes = 0 if stays else self._empty_passes + 1
        # Limits let pass what they can, and silence may end any moment.
        self._is_shut = self.phase is Phase.BLOCKED and (bool(ban) or not held)
        if self._empty_passes < EMPTY_PASSES:
            self._wake(now_ns + (BLOCKED_NS if self._is_shut else STILL_NS if stays else PASS_NS))
        elif now_ns < self._late_ns:
            self._empty_passes = 0
            if not self.emptied_ns:
                self.emptied_ns = now_ns
                self._step(self.phase, f"empty; looks again {(self._late_ns - now_ns) // 1_000_000_000} s later")
            self._wake(self._late_ns)
        elif self.unknown():
            self._wake(now_ns + STILL_NS)
        else:
            self.emptied_ns = self.emptied_ns or now_ns
            self._step(Phase.SWEPT, "")
            self.is_over = True

    def _mute(self, left: Sequence[Order], now_ns: int) -> str:
        """That the venue answers no cancel; empty where it does, or nothing is to go."""
        self._heard_ns = (self._heard_ns or now_ns) if left else 0
        if not left or now_ns - self._heard_ns < MUTE_NS:
            return ""
        return "no cancel is answered" + (f": {self._silence}" if self._silence else "")

    def _stands(self, now_ns: int) -> bool:
        """Whether the venue shows an order there that is not one of the protective ones we keep, or has not told yet."""
        is_late = now_ns >= self._late_ns
        shown = self._standing(max(self._left_ns, self._late_ns) if is_late else self._left_ns)
        if shown is None:
            return True
        kept = {order.client_order_id for order in self._open_orders() if not self.is_hard and is_protective(order)}
        stands = any(client_order_id not in kept for client_order_id in shown)
        if stands:
            self._left_ns = now_ns
        return stands

    def _asks(self, order: Order, now_ns: int) -> bool:
        """Have an order cancelled, where that was not asked for or nothing has come of it; whether it was asked for now."""
        asked_ns = self._asked_ns.get(order.client_order_id)
        if asked_ns is None or order.pending is not Pending.CANCEL:
            self._asked_ns[order.client_order_id] = now_ns
            self.asked.add(order.client_order_id)
            self._cancel(order)
            return True
        if now_ns - asked_ns >= AGAIN_NS and order.state in (OrderState.OPEN, OrderState.UNKNOWN):
            self._asked_ns[order.client_order_id] = now_ns
            self._cancel_again(order)
            return True
        return False

    def _step(self, phase: Phase, detail: str) -> None:
        if (phase, detail) != (self.phase, self.detail):
            self.phase, self.detail = phase, detail
            self._told(self.told())


def is_protective(order: Order) -> bool:
    """Whether an order guards a position: it can only reduce, so it stays where a sweep is not hard."""
    return order.reduce_only
