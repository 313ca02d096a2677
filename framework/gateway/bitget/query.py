"""Asking Bitget what an account's orders, fills and balances are, in the words of every venue.

One question after the other, each as many requests as the account has products and lists have pages. What is refused,
cannot be read or does not come is a failure, which says nothing of the account.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from framework.gateway.bitget.markets import BitgetMarkets, balances_of
from framework.gateway.bitget.names import Names
from framework.gateway.bitget.questions import BitgetQuestions
from framework.kernel.clock import Clock
from framework.kernel.logging import get_logger
from framework.model.errors import AuthError, GridError, OddAnswer, RateLimited, Timeout, Unreachable, VenueError
from framework.model.orders import Order
from framework.model.questions import TIMED_OUT, Ask, Question, Reply, SeenOrder
from framework.model.reasons import RATE_LIMITED
from framework.ports import ReplySink
from framework.venues.bitget.asked import Named, Terms
from framework.venues.bitget.dialect import Dialect, Perpetuals, dialect_of, named
from framework.venues.bitget.products import AccountKind, product_of
from framework.venues.bitget.seen import (
    TRIGGERED,
    BalanceSeen,
    FillSeen,
    FundingSeen,
    OrderSeen,
    PlanSeen,
    PositionSeen,
)

WAITING_MAX: Final = 64
FULL: Final = "road_full"
ODD: Final = "odd_answer"
NOT_OURS: Final = "not_ours"

FAILURES: Final[Mapping[type[VenueError], str]] = {
    RateLimited: RATE_LIMITED,
    Timeout: TIMED_OUT,
    Unreachable: "no_connection",
    AuthError: "auth",
    OddAnswer: ODD,
}
"""Every other error of the venue's: `refused`."""

log = get_logger()


class BitgetQuery:
    """A `Query` of one account. Its `run` answers; `ask` is called on the same loop.

    Args:
        sink: takes the replies, never before `ask` has returned.
        order_of: an order of ours by its client order id; None: it is not ours.
        halt: told, with what to do, when the key, its rights, its address or the account are refused in mid-session.
    """

    def __init__(
        self,
        questions: BitgetQuestions,
        clock: Clock,
        sink: ReplySink,
        account: AccountKind,
        terms: Terms,
        markets: BitgetMarkets,
        names: Names,
        order_of: Callable[[str], Order | None],
        halt: Callable[[str], None],
    ) -> None:
        self._questions = questions
        self._clock = clock
        self._sink = sink
        self._account = account
        self._terms = terms
        self._markets = markets
        self._names = names
        self._order_of = order_of
        self._halt = halt
        self._waiting: deque[Question] = deque()
        self._more = asyncio.Event()
        self._answers = {
            Ask.ORDER: self._order,
            Ask.OPEN_ORDERS: self._open,
            Ask.RECENT_ORDERS: self._recent,
            Ask.FILLS: self._fills,
            Ask.BALANCES: self._balances,
            Ask.POSITIONS: self._positions,
            Ask.FUNDING: self._funding,
            Ask.TIME: self._time,
        }

    def ask(self, asked: Question) -> None:
        """See `framework.ports.Query`."""
        if len(self._waiting) >= WAITING_MAX:
            full = Reply(asked, self._clock.now_ns, FULL)
            asyncio.get_running_loop().call_soon(self._sink.replied, full)
            return
        self._waiting.append(asked)
        self._more.set()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            await self._more.wait()
            while self._waiting:
                asked = self._waiting.popleft()
                self._sink.replied(await self._reply(asked))
            self._more.clear()

    async def _reply(self, asked: Question) -> Reply:
        try:
            found = await self._answers[asked.ask](asked)
        except VenueError as error:
            if isinstance(error, AuthError):
                self._halt(str(error))
            log.warning("question.failed", venue="bitget", ask=asked.ask.value, error=str(error))
            found = Reply(
                asked, 0, next((word for kind, word in FAILURES.items() if isinstance(error, kind)), "refused")
            )
        except GridError as error:
            log.warning("question.failed", venue="bitget", ask=asked.ask.value, error=str(error))
            found = Reply(asked, 0, ODD)
        return replace(found, ts_recv_ns=self._clock.now_ns)

    @property
    def _dialects(self) -> tuple[Dialect, ...]:
        return tuple(dialect_of(self._account, product, self._terms) for product in self._markets.products)

    async def _order(self, asked: Question) -> Reply:
        order = self._order_of(asked.client_order_id)
        if order is None:
            return Reply(asked, 0, NOT_OURS)
        dialect = dialect_of(self._account, product_of(order.instrument), self._terms)
        if order.client_order_id in self._names.plans:
            return await self._plan(asked, order, dialect)
        seen = await self._questions.order(dialect, named(order))
        if seen is None:
            return await self._forgotten_plan(asked, order, dialect)
        return Reply(asked, 0, orders=(self._our_order(seen, asked.client_order_id),))

    def _our_order(self, seen: OrderSeen, client_order_id: str) -> SeenOrder:
        """An order under our name of it: what a trigger order became has another one at the venue."""
        name = self._names.name(seen.venue_order_id, seen.client_order_id)
        if client_order_id not in ("", name):
            raise OddAnswer(f"order {client_order_id}: expected its own clientOid, found {name or 'none'}")
        self._names.learn(seen.venue_order_id, name)
        return replace(self._markets.order(seen), client_order_id=name)

    async def _forgotten_plan(self, asked: Question, order: Order, dialect: Dialect) -> Reply:
        """An order that no list of orders has: it may be a trigger order of before a restart."""
        for kind in dialect.plan_kinds if order.venue_order_id else ():
            plan, waits = await self._questions.plan(dialect, named(order), kind)
            if plan is not None:
                self._names.saw_plan(order.client_order_id, kind)
                return await self._plan_seen(asked, plan, dialect, waits=waits)
        return Reply(asked, 0)

    async def _plan(self, asked: Question, order: Order, dialect: Dialect) -> Reply:
        plan, waits = await self._questions.plan(dialect, named(order), self._names.plans[order.client_order_id])
        return Reply(asked, 0) if plan is None else await self._plan_seen(asked, plan, dialect, waits=waits)

    async def _plan_seen(self, asked: Question, plan: PlanSeen, dialect: Dialect, *, waits: bool) -> Reply:
        if waits:
            return Reply(asked, 0, orders=(self._markets.plan(plan),))
        if plan.status in TRIGGERED:
            made = await self._questions.became(dialect, plan, lambda name: self._order_of(name) is not None)
            seen = (
                await self._questions.order(dialect, Named(plan.product, plan.symbol, venue_order_id=made))
                if made
                else None
            )
            if seen is not None:
                self._names.became(made, asked.client_order_id)
                return Reply(asked, 0, orders=(self._our_order(seen, asked.client_order_id),))
            log.warning("plan.lost", venue="bitget", order=asked.client_order_id)
        return Reply(asked, 0, orders=(self._markets.done_plan(plan),))

    async def _open(self, asked: Question) -> Reply:
        """Orders that rest, and trigger orders: what waits in another namespace is no less open."""
        found = []
        for dialect in self._dialects:
            found += [self._our_order(seen, "") for seen in await self._questions.open_orders(dialect)]
            for plan in await self._questions.plans(dialect):
                if plan.client_order_id:
                    self._names.saw_plan(plan.client_order_id, plan.kind)
                found.append(self._markets.plan(plan))
        return Reply(asked, 0, orders=tuple(found))

    async def _recent(self, asked: Question) -> Reply:
        """Open first, then done: what ends between the two is told as done."""
        found = {}
        for dialect in self._dialects:
            open_ = [
                seen for seen in await self._questions.open_orders(dialect) if seen.ts_created_ns >= asked.since_ns
            ]
            for seen in (*open_, *await self._questions.done_orders(dialect, asked.since_ns)):
                found[seen.venue_order_id] = self._our_order(seen, "")
        return Reply(asked, 0, orders=tuple(found.values()))

    async def _fills(self, asked: Question) -> Reply:
        found: list[FillSeen] = []
        for dialect in self._dialects:
            found += await self._questions.fills(dialect, asked.since_ns)
        found.sort(key=lambda fill: fill.ts_venue_ns)
        fills = [
            self._markets.fill(fill, self._names.name(fill.venue_order_id, fill.client_order_id)) for fill in found
        ]
        return Reply(asked, 0, fills=tuple(fills))

    async def _balances(self, asked: Question) -> Reply:
        """The wallets of the products that are traded: a unified account has one for all."""
        found: list[BalanceSeen] = []
        for dialect in self._dialects[:1] if self._account is AccountKind.UNIFIED else self._dialects:
            found += await self._questions.balances(dialect)
        return Reply(asked, 0, balances=balances_of(found))

    @property
    def _perpetuals(self) -> list[Perpetuals]:
        """The dialects of what has positions."""
        return [each.perpetuals for each in self._dialects if each.perpetuals is not None]

    async def _positions(self, asked: Question) -> Reply:
        found: list[PositionSeen] = []
        for dialect in self._perpetuals:
            found += await self._questions.positions(dialect)
        return Reply(asked, 0, positions=self._markets.positions(found))

    async def _funding(self, asked: Question) -> Reply:
        found: list[FundingSeen] = []
        for dialect in self._perpetuals:
            found += await self._questions.funding(dialect, asked.since_ns)
        found.sort(key=lambda paid: paid.ts_venue_ns)
        return Reply(asked, 0, funding=tuple(map(self._markets.funding, found)))

    async def _time(self, asked: Question) -> Reply:
        return Reply(asked, 0, ts_venue_ns=await self._questions.read_clock())
