"""The plain dialect's venue: JSON over HTTP and a WebSocket, the simulated exchange behind it, faults on request.

    GET  /time                     the venue's clock
    POST /orders /cancels /amends  of one symbol, one order or a batch; `/cancels` without ids takes the whole symbol
    GET  /order?id=  /open-orders[?symbol=]  /recent-orders[?since_ns=]  /fills[?since_ns=]  /balances
    GET  /stream                   WebSocket: what happens to our orders, each message with its number
    GET  /market                   WebSocket: best levels and trades of every market, for everybody
    POST /control/faults /control/quote /control/trade     what a test wants to happen; DELETE, GET /control/faults

A request about orders carries `X-Time` (UTC, ns): older than `window_ns` it is refused when it is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web

from framework.model.errors import ConfigError, GridError
from framework.model.events import Quote
from framework.model.events import Trade as PublicTrade
from framework.model.instants import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.money import plain
from framework.sandbox.faults import Fault, FaultKind, FaultList, read_faults
from framework.sandbox.listening import listening
from framework.sandbox.loopback import LoopbackVenue
from framework.sandbox.plain.market import MarketStreams
from framework.sandbox.plain.stream import Audience
from framework.sandbox.plain.trade import PlainOrderEntry, PlainRefusal
from framework.sandbox.plain.views import fill_view, order_view
from framework.sandbox.plain.wire import (
    AmendRequest,
    Balance,
    CancelRequest,
    PlaceRequest,
    QuoteNow,
    RequestFailure,
    Results,
    TradeNow,
)

WINDOW_NS: Final = 5 * NS_PER_S
BODY_BYTES_MAX: Final = 262_144
NEVER_S: Final = 3_600.0
LIMITED: Final = {"rate_limited": 429, "banned": 418}
BEFORE: Final = {FaultKind.DROP_BEFORE, FaultKind.HOLD_BEFORE}

Wanted = TypeVar("Wanted")
Answer = tuple[int, Any]  # a status, and what msgspec writes as JSON


class PlainServer:
    """Serves one venue to whoever connects.

    Args:
        window_ns: how old a request about orders may be when it is looked at.
    """

    def __init__(self, venue: LoopbackVenue, faults: FaultList | None = None, window_ns: int = WINDOW_NS) -> None:
        self.venue = venue
        self.faults = faults or FaultList()
        self.window_ns = window_ns
        self.requests: list[str] = []
        """Paths of requests about orders, as they came."""
        self._entry = PlainOrderEntry(venue)
        self._streams = Audience(venue)
        self._market = MarketStreams(venue)

    def app(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_get("/time", self._time)
        app.router.add_post("/orders", partial(self._trade, PlaceRequest, self._entry.place))
        app.router.add_post("/cancels", partial(self._trade, CancelRequest, self._entry.cancel))
        app.router.add_post("/amends", partial(self._trade, AmendRequest, self._entry.amend))
        app.router.add_get("/order", self._order)
        app.router.add_get("/open-orders", self._open_orders)
        app.router.add_get("/recent-orders", self._recent_orders)
        app.router.add_get("/fills", self._fills)
        app.router.add_get("/balances", self._balances)
        app.router.add_get("/stream", self._streams.serve)
        app.router.add_get("/market", self._market.serve)
        app.router.add_get("/control/faults", self._faults_left)
        app.router.add_post("/control/faults", self._add_faults)
        app.router.add_delete("/control/faults", self._clear_faults)
        app.router.add_post("/control/quote", partial(self._control, QuoteNow, self._quote))
        app.router.add_post("/control/trade", partial(self._control, TradeNow, self._public_trade))
        app.on_shutdown.append(self._streams.close)
        app.on_shutdown.append(self._market.close)
        return app

    async def _time(self, _request: web.Request) -> web.Response:
        return _said(200, {"now_ns": self.venue.clock.now_ns})

    # --- requests about orders, with their faults --------------------------------------------------------------------

    async def _trade(
        self, shape: type[Wanted], act: Callable[[Wanted], Results], request: web.Request
    ) -> web.StreamResponse:
        body = await request.read()
        self.requests.append(request.path)
        fault = self.faults.take(request.path)
        if fault is None:
            return self._answer(*self._judged(shape, act, body, request))
        return await self._faulty(fault, request, partial(self._judged, shape, act, body, request))

    def _judged(
        self, shape: type[Wanted], act: Callable[[Wanted], Results], body: bytes, request: web.Request
    ) -> Answer:
        """Carry a request out. Its time is looked at when it is judged, however long it was under way."""
        sent = request.headers.get("X-Time", "")
        if not sent.isascii() or not sent.isdecimal():
            return 400, RequestFailure("no_time", "expected X-Time: UTC in nanoseconds")
        if self.venue.clock.now_ns - int(sent) > self.window_ns:
            return 400, RequestFailure("too_old", f"expected at most {self.window_ns} ns under way")
        try:
            results = act(msgspec.json.decode(body, type=shape))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return 400, RequestFailure("malformed", str(error))
        except PlainRefusal as refused:
            return 400, RequestFailure(refused.reason, refused.detail)
        return self._limited(results) or (200, results)

    def _limited(self, results: Results) -> Answer | None:
        """The answer to a request that was refused whole for its rate; None: it was not."""
        reasons = {result.reason for result in results.results}
        if len(reasons) == 1 and (status := LIMITED.get(reasons.pop())):
            return status, RequestFailure("rate_limited", results.results[0].detail)
        return None

    async def _faulty(self, fault: Fault, request: web.Request, judge: Callable[[], Answer]) -> web.StreamResponse:
        """Let a request suffer its fault."""
        if fault.kind in BEFORE or (fault.kind is FaultKind.STATUS and not fault.is_processed):
            return await self._unheard(fault, request)
        if fault.kind is FaultKind.DELAY_BEFORE:
            await asyncio.sleep(fault.delay_ms / 1_000)
        with self._streams.suffering(fault.kind):
            status, answer = judge()
        return await self._badly_told(fault, request, status, answer)

    async def _unheard(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        if fault.kind is FaultKind.STATUS:
            return _failed(fault)
        if fault.kind is FaultKind.HOLD_BEFORE:
            await asyncio.sleep(NEVER_S)
        return _cut_off(request)

    async def _badly_told(self, fault: Fault, request: web.Request, status: int, answer: Any) -> web.StreamResponse:
        match fault.kind:
            case FaultKind.DELAY_AFTER:
                await asyncio.sleep(fault.delay_ms / 1_000)
            case FaultKind.HOLD_AFTER:
                await asyncio.sleep(NEVER_S)
            case FaultKind.DROP_AFTER:
                return _cut_off(request)
            case FaultKind.STATUS:
                return _failed(fault)
            case FaultKind.CLOSE_MID_BODY:
                return _cut_off(request, _half_told(status, msgspec.json.encode(answer), fault.keep))
            case FaultKind.GARBAGE:
                return _cut_off(request, b"\x15\x03\x01 this is no answer\r\n\r\n")
            case FaultKind.PARTIAL if isinstance(answer, Results):
                answer = Results(answer.results[: fault.keep])
            case _:
                pass
        return self._answer(status, answer)

    def _answer(self, status: int, answer: Any) -> web.Response:
        """An answer about orders; one that refuses for a rate says how long to be silent."""
        response, last = _said(status, answer), self.venue.last
        until_ns = last.banned_until_ns - self.venue.clock.now_ns if status == 418 else last.retry_after_ns
        if status in LIMITED.values() and until_ns > 0:
            response.headers["Retry-After"] = str(-(-until_ns // NS_PER_S))
        return response

    # --- questions ---------------------------------------------------------------------------------------------------

    async def _order(self, request: web.Request) -> web.Response:
        record = self.venue.orders.get(request.query.get("id", ""))
        if record is None:
            return _said(404, RequestFailure("unknown_order"))
        return _said(200, order_view(record))

    async def _open_orders(self, request: web.Request) -> web.Response:
        ids = self.venue.open_ids(request.query.get("symbol", ""))
        return _said(200, [order_view(self.venue.orders[client_order_id]) for client_order_id in ids])

    async def _recent_orders(self, request: web.Request) -> web.Response:
        since_ns = _since_ns(request)
        if since_ns is None:
            return _said(400, RequestFailure("malformed", "expected since_ns: UTC in nanoseconds"))
        return _said(200, [order_view(record) for record in self.venue.orders.values() if record.ts_ns >= since_ns])

    async def _fills(self, request: web.Request) -> web.Response:
        since_ns = _since_ns(request)
        if since_ns is None:
            return _said(400, RequestFailure("malformed", "expected since_ns: UTC in nanoseconds"))
        return _said(200, [fill_view(done) for done in self.venue.fills if done.ts_ns >= since_ns])

    async def _balances(self, _request: web.Request) -> web.Response:
        held = self.venue.balances()
        return _said(200, [Balance(asset, plain(free), plain(locked)) for asset, (free, locked) in held.items()])

    # --- what a test wants to happen ---------------------------------------------------------------------------------

    async def _faults_left(self, _request: web.Request) -> web.Response:
        return _said(200, {"played": self.faults.played, "left": self.faults.left})

    async def _add_faults(self, request: web.Request) -> web.Response:
        try:
            self.faults.add(read_faults(await request.read(), "/control/faults"))
        except ConfigError as error:
            return _said(400, RequestFailure("malformed", str(error)))
        return await self._faults_left(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self.faults.clear()
        return await self._faults_left(request)

    async def _control(self, shape: type[Wanted], act: Callable[[Wanted], None], request: web.Request) -> web.Response:
        try:
            act(msgspec.json.decode(await request.read(), type=shape))
        except (msgspec.MsgspecError, UnicodeDecodeError, GridError) as error:
            return _said(400, RequestFailure("malformed", str(error)))
        except PlainRefusal as refused:
            return _said(400, RequestFailure(refused.reason, refused.detail))
        return _said(200, {})

    def _quote(self, now: QuoteNow) -> None:
        there = self._entry.instrument(now.symbol)
        bid, ask = now.levels(there)
        self.venue.observe(Quote(there, self.venue.clock.now_ns, *bid, *ask))

    def _public_trade(self, now: TradeNow) -> None:
        there: Instrument = self._entry.instrument(now.symbol)
        self.venue.observe(PublicTrade(there, self.venue.clock.now_ns, *now.level(there), now.side == "buy"))


@asynccontextmanager
async def serving(server: PlainServer, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
    """Serve for the length of a block; gives the port. It listens on this machine alone unless told otherwise."""
    async with listening(server.app(), host, port) as found:
        yield found


def _since_ns(request: web.Request) -> int | None:
    """From when on a list is wanted; None where that cannot be read."""
    since = request.query.get("since_ns", "0")
    return int(since) if since.isascii() and since.isdecimal() else None


def _said(status: int, answer: Any) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(answer), content_type="application/json")


def _failed(fault: Fault) -> web.Response:
    response = _said(fault.status, RequestFailure("fault", f"status {fault.status} was asked for"))
    if fault.retry_after_s:
        response.headers["Retry-After"] = str(fault.retry_after_s)
    return response


def _half_told(status: int, body: bytes, keep: int) -> bytes:
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body[: min(keep, len(body) - 1)]


def _cut_off(request: web.Request, last: bytes = b"") -> web.Response:
    """End the connection after some last bytes."""
    transport = request.transport
    if transport is not None:
        transport.write(last)
        transport.close()
    return web.Response()
