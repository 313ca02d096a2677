"""Questions to Bitget: which kind of account, what the key may do, what time it is, how orders, fills and wallets stand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar

import msgspec

from framework.gateway.bitget.allowance import Allowance
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.outcome import TOO_MANY, Answered, NotSent, Unknown, retry_after_ns
from framework.gateway.road import Road
from framework.kernel.clock import Clock
from framework.model.errors import AuthError, OddAnswer, RateLimited, Timeout, Unreachable
from framework.model.instants import NS_PER_MS, NS_PER_S
from framework.model.key_rights import KeyRights
from framework.venues.bitget import endpoints as at
from framework.venues.bitget.account_seen import futures_leverage, unified_leverage
from framework.venues.bitget.asked import Named, Request, question
from framework.venues.bitget.classic_futures import PRODUCT
from framework.venues.bitget.codes import (
    CLASSIC_ACCOUNT,
    RETRY_AFTER_S,
    Meaning,
    meaning_of,
    refusal_words,
    venue_error,
)
from framework.venues.bitget.dialect import Dialect, Perpetuals
from framework.venues.bitget.endpoints import Endpoint
from framework.venues.bitget.envelope import Envelope, read_envelope
from framework.venues.bitget.pages import (
    PAGE_ROWS,
    read_balances,
    read_fills,
    read_funding,
    read_orders,
    read_plans,
    read_positions,
)
from framework.venues.bitget.products import MARGIN_COIN, AccountKind, Product
from framework.venues.bitget.public.rest import Listed, read_markets
from framework.venues.bitget.rights import classic_rights, unified_rights
from framework.venues.bitget.rows import Row, rows_of
from framework.venues.bitget.seen import (
    BalanceSeen,
    FillSeen,
    FundingSeen,
    LeverageSeen,
    OrderSeen,
    PlanSeen,
    PositionSeen,
)
from framework.venues.bitget.server_clock import ClockSample, ClockSkew, skew_of

PAGES_MAX: Final = 50
SAMPLES: Final = 5
MADE_NS: Final = 2 * NS_PER_S
"""So near to the moment at which its price was reached the order is made that a trigger order becomes."""
MOVED_NS: Final = 250_000_000
"""A clock that is off by more, and by more than one answer may be off, has moved."""
WAIT_S_MAX: Final = 30.0
"""A start waits no longer for the venue; a person decides when to begin again."""
UNREADABLE: Final = (
    "bitget spot/account/info: expected a key that may read spot, by which alone a classic key's rights can be read, found "
    "none; on the venue's page `API Keys`, edit this key: switch on `Spot trade: read-only`"
)

Item = TypeVar("Item")


class BitgetQuestions:
    """Asks over a road, no more often than the venue allows. Nothing here changes anything there.

    Every method raises a `VenueError`, by remedy, where there is no answer, or one that cannot be read.

    Args:
        patience: how often a question waits and is asked again where the venue says that it comes too often: somebody
            else may have asked for the same account a moment ago.
    """

    def __init__(self, road: Road, wire: BitgetWire, clock: Clock, patience: int = 0) -> None:
        self._road = road
        self._wire = wire
        self._clock = clock
        self._patience = patience
        self._allowance = Allowance()

    async def ask(self, request: Request) -> Envelope:
        """An answer that was not refused.

        Raises:
            VenueError: by remedy, see `framework.model.errors`.
        """
        status, envelope = await self._opened(request)
        if status != 200 or not envelope.is_success:
            raise venue_error(envelope, request.endpoint.name, status, self._wire.bound)
        return envelope

    async def _opened(self, request: Request) -> tuple[int, Envelope]:
        what = request.endpoint.name
        for _ in range(self._patience):
            answer = await self._answer(request)
            envelope = _read(answer, what)
            if meaning_of(envelope.code, answer.status) is not Meaning.RATE:
                return answer.status, envelope
            wait_s = max(RETRY_AFTER_S, retry_after_ns(answer) / NS_PER_S)
            if wait_s > WAIT_S_MAX:
                raise RateLimited(
                    f"bitget {what}: {refusal_words(envelope)}; the venue asks to wait {wait_s:g} s", wait_s
                )
            await asyncio.sleep(wait_s)
        answer = await self._answer(request)
        return answer.status, _read(answer, what)

    async def _answer(self, request: Request) -> Answered:
        what = request.endpoint.name
        async with self._allowance.turn(request.endpoint):
            outcome = await self._road.ask(partial(self._wire.request, request))
        if isinstance(outcome, NotSent):
            raise Unreachable(f"bitget {what}: not sent: {outcome.reason} {outcome.detail}".rstrip())
        if isinstance(outcome, Unknown):
            raise Timeout(f"bitget {what}: no answer: {outcome.reason} {outcome.detail}".rstrip())
        return outcome

    # The venue, the account and the key.

    async def time_ns(self) -> int:
        """The venue's clock."""
        envelope = await self.ask(question(at.TIME))
        return Row(envelope.data, at.TIME.name).ts_ns("serverTime") or envelope.ts_venue_ns

    async def measure_clock(self) -> ClockSkew:
        """Measure the venue's clock by several answers, and stamp requests by it from now on."""
        samples: list[ClockSample] = []
        for _ in range(SAMPLES):
            asked_ns = self._clock.now_ns
            server_ns = await self.time_ns()
            samples.append(ClockSample(asked_ns, self._clock.now_ns, server_ns))
        self._wire.skew = skew_of(samples)
        return self._wire.skew

    async def read_clock(self) -> int:
        """The venue's clock, ns. Where it has moved away, requests are stamped by it from now on: cancels must still leave."""
        asked_ns = self._clock.now_ns
        server_ns = await self.time_ns()
        found = skew_of([ClockSample(asked_ns, self._clock.now_ns, server_ns)])
        if abs(found.ahead_ns - self._wire.skew.ahead_ns) > found.error_ns + MOVED_NS:
            self._wire.skew = found
        return server_ns

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
        raise venue_error(envelope, at.SETTINGS.name, status, self._wire.bound)

    async def key_rights(self, account: AccountKind) -> KeyRights:
        """What the key may do. A classic key that may not even read spot cannot be asked."""
        if account is AccountKind.UNIFIED:
            rights = unified_rights(Row((await self.ask(question(at.KEY_UNIFIED))).data, at.KEY_UNIFIED.name))
        else:
            envelope = await self._permitted(question(at.KEY_CLASSIC))
            if envelope is None:
                raise AuthError(UNREADABLE)
            rights = classic_rights(Row(envelope.data, at.KEY_CLASSIC.name))
        self._wire.bound = rights.ips
        return rights

    async def market(self, product: Product, symbol: str) -> Listed | None:
        """A market with every filter, as the venue lists it now; None: it lists none of that name."""
        is_spot = product is Product.SPOT
        request = (
            question(at.SPOT_SYMBOLS, symbol=symbol)
            if is_spot
            else question(at.FUTURES_CONTRACTS, symbol=symbol, **PRODUCT)
        )
        status, envelope = await self._opened(request)
        if meaning_of(envelope.code, status) is Meaning.PARAMETER:
            return None
        if not envelope.is_success:
            raise venue_error(envelope, request.endpoint.name, status, self._wire.bound)
        return next(iter(read_markets(msgspec.json.encode(envelope.data), product.value)), None)

    async def fees(self, account: AccountKind, product: Product, symbol: str) -> tuple[Decimal, Decimal] | None:
        """What the account itself pays as maker and as taker, fractions; None: the key may not ask."""
        if account is AccountKind.UNIFIED:
            request = question(at.FEE_RATE, category=product.value, symbol=symbol)
        else:
            business = "spot" if product is Product.SPOT else "mix"
            request = question(at.TRADE_RATE, symbol=symbol, businessType=business)
        envelope = await self._permitted(request)
        if envelope is None:
            return None
        row = Row(envelope.data, request.endpoint.name)
        return row.number("makerFeeRate"), row.number("takerFeeRate")

    async def leverage(self, account: AccountKind, symbol: str) -> LeverageSeen | None:
        """How the account stands for a perpetual; None: the key may not ask."""
        if account is AccountKind.UNIFIED:
            envelope = await self._permitted(question(at.SETTINGS))
            return None if envelope is None else unified_leverage(Row(envelope.data, at.SETTINGS.name), symbol)
        asked = question(at.FUTURES_ACCOUNT, symbol=symbol, marginCoin=MARGIN_COIN, **PRODUCT)
        envelope = await self._permitted(asked)
        return None if envelope is None else futures_leverage(Row(envelope.data, at.FUTURES_ACCOUNT.name))

    async def _permitted(self, request: Request) -> Envelope | None:
        """An answer; None: the key lacks the right, which is no fault where nothing depends on it."""
        status, envelope = await self._opened(request)
        if meaning_of(envelope.code, status) is Meaning.PERMISSION:
            return None
        if not envelope.is_success:
            raise venue_error(envelope, request.endpoint.name, status, self._wire.bound)
        return envelope

    # Orders, fills and what is held.

    async def order(self, dialect: Dialect, named: Named) -> OrderSeen | None:
        """How an order stands; None: the venue does not find it, which proves nothing of one just sent."""
        request = dialect.order(named)
        status, envelope = await self._opened(request)
        if meaning_of(envelope.code, status) is Meaning.NOT_FOUND:
            return None
        if not envelope.is_success:
            raise venue_error(envelope, request.endpoint.name, status, self._wire.bound)
        return next(iter(read_orders(request.endpoint, envelope.data).orders), None)

    async def open_orders(self, dialect: Dialect, symbol: str = "") -> tuple[OrderSeen, ...]:
        """Every order that rests, page by page. Trigger orders are none of them (`plans`)."""
        return await self._orders(partial(dialect.open_orders, symbol), 0)

    async def done_orders(self, dialect: Dialect, since_ns: int) -> tuple[OrderSeen, ...]:
        """Every order that is done and was made since an instant."""
        return await self._orders(partial(dialect.done_orders, ""), since_ns - since_ns % NS_PER_MS)

    async def _orders(self, ask: Callable[[str], Request], since_ns: int) -> tuple[OrderSeen, ...]:
        def read(endpoint: Endpoint, found: object) -> tuple[Sequence[OrderSeen], str]:
            page = read_orders(endpoint, found)
            is_far = any(order.ts_created_ns < since_ns for order in page.orders)
            return page.orders, "" if is_far else page.before

        orders = {order.venue_order_id: order for order in await self._pages(ask, read)}
        return tuple(order for order in orders.values() if order.ts_created_ns >= since_ns)

    async def fills(self, dialect: Dialect, since_ns: int) -> tuple[FillSeen, ...]:
        """Every fill since an instant."""
        since_ms = since_ns // NS_PER_MS

        def ask(before: str) -> Request:
            return dialect.fills(since_ms=since_ms, before=before)

        fills = {fill.trade_id: fill for fill in await self._pages(ask, read_fills)}
        return tuple(fill for fill in fills.values() if fill.ts_venue_ns >= since_ms * NS_PER_MS)

    async def _pages(
        self, ask: Callable[[str], Request], read: Callable[[Endpoint, object], tuple[Iterable[Item], str]]
    ) -> list[Item]:
        """Every row of a list.

        Raises:
            OddAnswer: the pages have no end.
        """
        found: list[Item] = []
        before = ""
        for _ in range(PAGES_MAX):
            request = ask(before)
            page, before = read(request.endpoint, (await self.ask(request)).data)
            found += page
            if not before:
                return found
        raise OddAnswer(f"{request.endpoint.name}: expected at most {PAGES_MAX} pages, found more")

    async def plans(self, dialect: Dialect, symbol: str = "") -> tuple[PlanSeen, ...]:
        """Trigger orders that wait. Who asks whether nothing is open asks this too.

        Raises:
            OddAnswer: as many as an answer can hold: there may be more.
        """
        found: dict[str, PlanSeen] = {}
        for request in dialect.plans(symbol):
            found |= {plan.venue_order_id: plan for plan in await self._waiting(request)}
        return tuple(found.values())

    async def _waiting(self, request: Request) -> Sequence[PlanSeen]:
        page = read_plans(request.endpoint, (await self.ask(request)).data)
        if len(page) >= PAGE_ROWS:
            raise OddAnswer(f"{request.endpoint.name}: expected fewer than {PAGE_ROWS} trigger orders, found more")
        return page

    async def plan(self, dialect: Dialect, named: Named, kind: str) -> tuple[PlanSeen | None, bool]:
        """How a trigger order stands, and whether it waits; None: the venue shows it neither waiting nor done."""
        for plan in await self._waiting(dialect.waiting_plans(named.symbol, kind)):
            if plan.venue_order_id == named.venue_order_id:
                return plan, True
        request = dialect.done_plans(named.symbol, kind)
        done = read_plans(request.endpoint, (await self.ask(request)).data)
        return next((plan for plan in done if plan.venue_order_id == named.venue_order_id), None), False

    async def became(self, dialect: Dialect, plan: PlanSeen, is_ours: Callable[[str], bool]) -> str:
        """The venue's id of the order that a trigger order was made into; empty: nothing tells it for certain.

        V2 tells it, but not of take-profits of spot, and V3 does not: there it is the one order of that market, side and
        size that was made when the price was reached, and that nobody else has named.
        """
        if plan.order_id:
            return plan.order_id
        request = dialect.orders_of_plan(plan.venue_order_id, plan.kind)
        if request is not None:
            found = (await self.ask(request)).data
            return next((row.text("orderId") for row in rows_of(found, request.endpoint.name)), "")
        since_ns = plan.ts_venue_ns - MADE_NS
        orders = [*await self.open_orders(dialect, plan.symbol), *await self.done_orders(dialect, since_ns)]
        fitting = {
            order.venue_order_id
            for order in orders
            if order.symbol == plan.symbol
            and plan.is_buy in (None, order.is_buy)
            and plan.size in (order.size, order.amount)
            and abs(order.ts_created_ns - plan.ts_venue_ns) <= MADE_NS
            and not is_ours(order.client_order_id)
        }
        return fitting.pop() if len(fitting) == 1 else ""

    async def balances(self, dialect: Dialect) -> tuple[BalanceSeen, ...]:
        """The wallet."""
        request = dialect.balances()
        return read_balances(request.endpoint, (await self.ask(request)).data)

    async def positions(self, dialect: Perpetuals) -> tuple[PositionSeen, ...]:
        """Positions in perpetuals that are open."""
        request = dialect.positions()
        return read_positions(request.endpoint, (await self.ask(request)).data)

    async def funding(self, dialect: Perpetuals, since_ns: int) -> tuple[FundingSeen, ...]:
        """Every funding payment since an instant."""
        since_ms = since_ns // NS_PER_MS
        found = [paid for ask in dialect.funding(since_ms) for paid in await self._pages(ask, read_funding)]
        payments = {paid.bill_id: paid for paid in found}
        return tuple(paid for paid in payments.values() if paid.ts_venue_ns >= since_ms * NS_PER_MS)


def _read(answer: Answered, what: str) -> Envelope:
    """An answer's envelope. A 429 needs none: it may come from before the venue, as a page for people."""
    try:
        return read_envelope(answer.body, what)
    except OddAnswer as odd:
        if answer.status == TOO_MANY:
            return Envelope(str(TOO_MANY), "too many requests, without a reason that can be read", 0, None)
        raise OddAnswer(f"bitget {odd} (HTTP status {answer.status}); is that Bitget, or a proxy's page?") from odd
