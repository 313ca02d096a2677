"""Questions to Bitget: which kind of account, what the key may do, what time it is, and how an order stands."""

from __future__ import annotations

from functools import partial
from typing import Final

from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.outcome import NotSent, Unknown
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.model.errors import OddAnswer, Timeout, Unreachable
from framework.model.key_rights import KeyRights
from framework.venues.bitget import endpoints as at
from framework.venues.bitget.asked import Named, Request, question
from framework.venues.bitget.codes import CLASSIC_ACCOUNT, Meaning, meaning_of, venue_error
from framework.venues.bitget.dialect import Dialect
from framework.venues.bitget.envelope import Envelope, read_envelope
from framework.venues.bitget.pages import read_balances, read_orders, read_plans
from framework.venues.bitget.products import AccountKind
from framework.venues.bitget.rights import classic_rights, unified_rights
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import BalanceSeen, OrderSeen, PlanSeen
from framework.venues.bitget.server_clock import Sample, Skew, skew_of

PAGES_MAX: Final = 50
SAMPLES: Final = 5


class BitgetQuestions:
    """Asks over a road. Nothing here changes anything at the venue."""

    def __init__(self, road: Road, wire: BitgetWire, clock: Clock) -> None:
        self._road = road
        self._wire = wire
        self._clock = clock

    async def ask(self, request: Request) -> Envelope:
        """An answer that was not refused.

        Raises:
            VenueError: by remedy, see `framework.model.errors`.
        """
        status, envelope = await self._opened(request)
        if status != 200 or not envelope.is_success:
            raise venue_error(envelope, request.endpoint.name, status)
        return envelope

    async def _opened(self, request: Request) -> tuple[int, Envelope]:
        what = request.endpoint.name
        outcome = await self._road.ask(partial(self._wire.request, request))
        if isinstance(outcome, NotSent):
            raise Unreachable(f"bitget {what}: not sent: {outcome.reason} {outcome.detail}".rstrip())
        if isinstance(outcome, Unknown):
            raise Timeout(f"bitget {what}: no answer: {outcome.reason} {outcome.detail}".rstrip())
        try:
            return outcome.status, read_envelope(outcome.body, what)
        except OddAnswer as odd:
            raise OddAnswer(f"{odd} (HTTP status {outcome.status})") from odd

    async def measure_clock(self) -> Skew:
        """Measure the venue's clock by several answers, and stamp requests by it from now on."""
        samples: list[Sample] = []
        for _ in range(SAMPLES):
            asked_ns = self._clock.now_ns
            envelope = await self.ask(question(at.TIME))
            heard_ns = self._clock.now_ns
            server_ns = Row(envelope.data, at.TIME.name).ts_ns("serverTime") or envelope.ts_venue_ns
            samples.append(Sample(asked_ns, heard_ns, server_ns))
        self._wire.skew = skew_of(samples)
        return self._wire.skew

    async def account_kind(self) -> AccountKind:
        """Probe, once per start: V3 first; a classic key is refused there with a code of its own.

        Raises:
            VenueError: the key, its address or its environment is refused.
        """
        status, envelope = await self._opened(question(at.SETTINGS))
        if envelope.is_success:
            return AccountKind.UNIFIED
        if envelope.code == CLASSIC_ACCOUNT:
            return AccountKind.CLASSIC
        if meaning_of(envelope.code, status) is Meaning.PERMISSION:
            # The kind is looked at before the scope: a key that lacks management alone is unified.
            return AccountKind.UNIFIED
        raise venue_error(envelope, at.SETTINGS.name, status)

    async def key_rights(self, account: AccountKind) -> KeyRights:
        """What the key may do."""
        if account is AccountKind.UNIFIED:
            return unified_rights(Row((await self.ask(question(at.KEY_UNIFIED))).data, at.KEY_UNIFIED.name))
        return classic_rights(Row((await self.ask(question(at.KEY_CLASSIC))).data, at.KEY_CLASSIC.name))

    async def order(self, dialect: Dialect, named: Named) -> OrderSeen | None:
        """How an order stands; None: the venue does not find it, which proves nothing of one just sent."""
        request = dialect.order(named)
        status, envelope = await self._opened(request)
        if meaning_of(envelope.code, status) is Meaning.NOT_FOUND:
            return None
        if not envelope.is_success:
            raise venue_error(envelope, request.endpoint.name, status)
        return next(iter(read_orders(request.endpoint, envelope.data).orders), None)

    async def open_orders(self, dialect: Dialect, symbol: str = "") -> tuple[OrderSeen, ...]:
        """Every order that rests, page by page.

        Raises:
            OddAnswer: the pages have no end.
        """
        found: dict[str, OrderSeen] = {}
        before = ""
        for _ in range(PAGES_MAX):
            request = dialect.open_orders(symbol, before)
            page = read_orders(request.endpoint, (await self.ask(request)).data)
            found |= {order.venue_order_id: order for order in page.orders}
            before = page.before
            if not before:
                return tuple(found.values())
        raise OddAnswer(f"open orders: expected at most {PAGES_MAX} pages, found more")

    async def plans(self, dialect: Dialect, symbol: str = "") -> tuple[PlanSeen, ...]:
        """Trigger orders that wait. Who asks whether nothing is open asks this too."""
        request = dialect.plans(symbol)
        return read_plans(request.endpoint, (await self.ask(request)).data)

    async def balances(self, dialect: Dialect) -> tuple[BalanceSeen, ...]:
        """The wallet."""
        request = dialect.balances()
        return read_balances(request.endpoint, (await self.ask(request)).data)
