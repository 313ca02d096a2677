"""What targets and ladders have heard: a refusal that stands is told once, and then from time to time.

They ask again and again for what they want, and each time all of it is checked anew. Where the answer is the one they
have, and nothing has happened since that could have changed it, no order is made to be refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from framework.kernel.clock import NS_PER_S, Clock
from framework.model.instrument import Instrument
from framework.model.orders import Order
from framework.model.reasons import GATE_CLOSED
from framework.ports import Desk
from framework.router.checks import FUNDS, Refusal, asset_of
from framework.router.risk import Risk
from framework.router.risk.risk import LASTING

REMIND_NS: Final = 300 * NS_PER_S
"""A refusal that stands is told again after so long, with how often it was asked for since."""
TOLD_MAX: Final = 10_000

Asked = tuple[str, Instrument, bool, str, str, str]
"""Strategy, instrument, side, owner and tag of what is wanted, and why not."""


class ToldRefusal(Struct):
    """A refusal that was told."""

    since: Decimal
    """What it rests on (see `Told._rests_on`)."""
    ts_ns: int
    more: int = 0
    """How often it was met since, and not told."""


class Told:
    """Remembers what was told of the refusals that may last."""

    def __init__(self, desk: Desk, clock: Clock, risk: Risk | None) -> None:
        self._desk = desk
        self._clock = clock
        self._risk = risk
        self._steps = 0
        self._heard: dict[Asked, ToldRefusal] = {}

    def stepped(self) -> None:
        """The kill switch stepped: what it held back may leave, or not."""
        self._steps += 1

    def take(self, order: Order, refusal: Refusal) -> Refusal | None:
        """What to tell of an order that a target or ladder would have made; None: it is known."""
        rests_on = self._rests_on(order, refusal.reason)
        if rests_on is None:
            return refusal
        asked = order.strategy, order.instrument, order.is_buy, order.owner.value, order.tag, refusal.reason
        heard, now_ns = self._heard.get(asked), self._clock.now_ns
        is_new = heard is None or rests_on > heard.since
        if heard is not None and not is_new and now_ns < heard.ts_ns + REMIND_NS:
            heard.more += 1
            return None
        if len(self._heard) >= TOLD_MAX:
            self._heard.clear()
        self._heard[asked] = ToldRefusal(rests_on, now_ns)
        if heard is None or is_new or not heard.more:
            return refusal
        return Refusal(refusal.reason, f"{refusal.detail}; so it was {heard.more} times more since it was told last")

    def _rests_on(self, order: Order, reason: str) -> Decimal | None:
        """A number that grows when what the refusal rests on gets better, or other. None: it is told each time.

        Money: what was free at best. A shut gate: the kill switch's steps, and fills, for what lowers exposure passes.
        A limit that stays breached: how often a person lifted some.
        """
        if reason == FUNDS:
            return self._desk.free(order.strategy, asset_of(order))
        if reason == GATE_CLOSED:
            return Decimal(self._steps + self._desk.moves())
        if reason in LASTING and self._risk is not None:
            return Decimal(self._risk.lifts)
        return None
