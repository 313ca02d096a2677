"""A request to Bitget as bytes: stamped with the venue's clock and signed right before it leaves."""

from __future__ import annotations

import msgspec

from framework.gateway.http1 import RequestHead
from framework.kernel.clock import Clock
from framework.venues.bitget.asked import Request, question
from framework.venues.bitget.endpoints import TIME
from framework.venues.bitget.server_clock import ClockSkew
from framework.venues.bitget.signing import Credentials

NO_SKEW = ClockSkew(0, 0)


class BitgetWire:
    """Holds the key.

    Args:
        host: as requests name it.
        credentials: None: public questions only.
    """

    def __init__(self, host: str, clock: Clock, credentials: Credentials | None = None) -> None:
        self._host = host
        self._clock = clock
        self._credentials = credentials
        self._heads: dict[tuple[str, str], RequestHead] = {}
        """By method and path."""
        self.skew = NO_SKEW
        """Of the venue's clock, as last measured."""
        self.bound: tuple[str, ...] = ()
        """Addresses that the key may be used from, as last read."""

    def request(self, request: Request) -> bytes:
        """The whole request. Its time and signature are those of now."""
        endpoint, now_ms = request.endpoint, self.skew.server_ms(self._clock.now_ns)
        body = request.body(now_ms)
        signed: list[tuple[str, str]] = []
        if endpoint.scope is not None:
            assert self._credentials is not None, endpoint.path
            signed = self._credentials.signed(str(now_ms), endpoint.method, endpoint.path, request.query, body)
        return self._head(request).request(signed, body)

    def _head(self, request: Request) -> RequestHead:
        """What comes before the signature: made once where there is no query."""
        endpoint = request.endpoint
        known = None if request.parameters else self._heads.get((endpoint.method, endpoint.path))
        if known is not None:
            return known
        assert endpoint.scope is None or self._credentials is not None, endpoint.path
        fixed = [] if endpoint.scope is None or self._credentials is None else self._credentials.fixed(endpoint.method)
        head = RequestHead(endpoint.method, request.target, self._host, fixed)
        if not request.parameters:
            self._heads[endpoint.method, endpoint.path] = head
        return head

    def login(self) -> str:
        """The login message of a private stream: it is signed with seconds."""
        assert self._credentials is not None, "a private stream needs a key"
        return msgspec.json.encode(self._credentials.login(self.skew.server_ms(self._clock.now_ns) // 1_000)).decode()

    def ping(self) -> bytes:
        """A request that changes nothing and needs no key: the venue's time."""
        return self.request(question(TIME))
