"""One WebSocket connection: what it asked for, what it still has to be sent, and whether it keeps the rules."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from framework.model.instants import NS_PER_S
from framework.sandbox.bitget.keys import Key
from framework.sandbox.bitget.member import Kind
from framework.sandbox.bitget.refused import CLASSIC_ONLY, UNIFIED_ONLY, BitgetRefusal
from framework.sandbox.bitget.topics import SubscribedTopic, topic_of
from framework.sandbox.bitget.venue import BitgetVenue
from framework.sandbox.faults import FaultKind, FaultList

MESSAGES_A_SECOND: Final = 10  # reference 9.1, pings included
SILENCE_S_MAX: Final = 120.0  # reference 9.1: dropped without a ping for two minutes
CHANNELS_MAX: Final = 1_000
UNREAD_MAX: Final = 10_000


class Subscriber:
    """Answers what it asks; others put into it what it shall hear.

    Args:
        begun: told of each new subscription, after its acknowledgement.
    """

    def __init__(self, venue: BitgetVenue, faults: FaultList, begun: Any, *, is_v3: bool, is_private: bool) -> None:
        self.venue = venue
        self.is_v3 = is_v3
        self.is_private = is_private
        self.key: Key | None = None
        self.topics: dict[SubscribedTopic, dict[str, Any]] = {}
        """With the argument, as it is echoed."""
        self._faults = faults
        self._begun = begun
        self._unsent: asyncio.Queue[str | None] = asyncio.Queue()
        self._heard_ns: deque[int] = deque()
        self._request: web.Request | None = None

    def put(self, content: Any) -> None:
        """Send something, in its turn. One that leaves too much unread is cut off."""
        if self._unsent.qsize() >= UNREAD_MAX:
            self.cut()
        else:
            self._unsent.put_nowait(content if isinstance(content, str) else msgspec.json.encode(content).decode())

    def push(self, topic: SubscribedTopic, data: list[Any], action: str = "snapshot") -> None:
        """Tell of a topic, if it was asked for."""
        arg = self.topics.get(topic)
        if arg is not None:
            self.put({"action": action, "arg": arg, "data": data, "ts": self._now_ms})

    def cut(self) -> None:
        """End the connection without a word."""
        if self._request is not None and self._request.transport is not None:
            self._request.transport.abort()

    def close(self) -> None:
        """End it politely."""
        self._unsent.put_nowait(None)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve until one side leaves."""
        ws = web.WebSocketResponse(receive_timeout=SILENCE_S_MAX, max_msg_size=1 << 16)
        self._request = request
        await ws.prepare(request)
        sending = asyncio.create_task(self._send(ws), name="sandbox-listener")
        try:
            with suppress(asyncio.TimeoutError):
                while (message := await ws.receive()).type is WSMsgType.TEXT:
                    self.hear(message.data)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await sending
            await ws.close()
        return ws

    def hear(self, text: str) -> None:
        """Take one message."""
        now_ns = self.venue.clock.now_ns
        while self._heard_ns and self._heard_ns[0] <= now_ns - NS_PER_S:
            self._heard_ns.popleft()
        self._heard_ns.append(now_ns)
        if len(self._heard_ns) > MESSAGES_A_SECOND:
            self.put({"event": "error", "code": 30007, "msg": "request over limit, connection close"})
            self.close()
        elif text == "ping":
            fault = self._faults.take_named("ws:ping")
            if fault is None or fault.kind is not FaultKind.NO_PONG:
                self.put("pong")
        else:
            self._obey(text)

    def _obey(self, text: str) -> None:
        try:
            message = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            message = None
        if not isinstance(message, dict) or not isinstance(message.get("args"), list):
            self.put({"event": "error", "code": 30002, "msg": "illegal request"})
            return
        op, args = message.get("op"), message["args"]
        if op == "login":
            self._log_in(args)
        elif op in ("subscribe", "unsubscribe"):
            for arg in args:
                self._change(str(op), arg)
        else:  # orders over WebSocket need the venue's approval, which nobody has here
            self.put({"event": "error", "code": 30003, "msg": "invalid op"})

    def _log_in(self, args: list[Any]) -> None:
        given = args[0] if args and isinstance(args[0], dict) else {}
        name, passphrase, stamp, sign = [
            str(given.get(name, "")) for name in ("apiKey", "passphrase", "timestamp", "sign")
        ]
        try:
            key = self.venue.doorman.log_in(name, passphrase, stamp, sign, self._now_ms)
            if (key.account is Kind.UNIFIED) != self.is_v3:
                raise BitgetRefusal("30005", (CLASSIC_ONLY if self.is_v3 else UNIFIED_ONLY)[1])  # noqa: TRY301 - one answer
        except BitgetRefusal as refused:
            self.put({"event": "error", "code": int(refused.code), "msg": refused.message})
            return
        self.key = key
        self.put({"event": "login", "code": 0, "msg": ""})

    def _change(self, op: str, arg: Any) -> None:
        try:
            topic = topic_of(arg, is_v3=self.is_v3)
            if topic.is_private and self.key is None:
                raise BitgetRefusal("30004", "User not logged in / User must be connected")  # noqa: TRY301 - one answer
            if len(self.topics) >= CHANNELS_MAX:
                raise BitgetRefusal("30006", "too many requests")  # noqa: TRY301 - one answer
        except BitgetRefusal as refused:
            self.put({"event": "error", "arg": arg, "code": int(refused.code), "msg": refused.message})
            return
        if op == "unsubscribe":
            self.topics.pop(topic, None)
        else:
            self.topics[topic] = arg
        self.put({"event": op, "arg": arg})
        if op == "subscribe":
            self._begun(self, topic)

    @property
    def _now_ms(self) -> int:
        return self.venue.now_ms

    async def _send(self, ws: web.WebSocketResponse) -> None:
        while (text := await self._unsent.get()) is not None:
            await ws.send_str(text)
        await ws.close(code=WSCloseCode.GOING_AWAY)
