"""How a connection comes up: TCP, with TLS on top where a context is given."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, Protocol

from framework.gateway.addresses import Addresses
from framework.gateway.connection import Connection
from framework.model.errors import ConfigError


class Dial(Protocol):
    """Brings a connection up. A simulation gives one that dials a simulated venue."""

    async def __call__(self, connection: Connection) -> None:
        """Call `connection.connection_made` or `opened` with a transport.

        Raises:
            OSError: nobody is there, or TLS failed. The one who asked tries again later.
        """
        ...


NOT_YET: Final = (
    "no live venue is served yet: strategies run in the process that holds the key, until the gateway is one of its own"
)
"""Why no other machine is dialled."""


class TcpDial:
    """Dials a host, by TLS where `tls` is given.

    Raises:
        ConfigError: the host is not this machine. Until the gateway is a process of its own, keys go nowhere else.
    """

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> None:
        if not _is_loopback(host):
            raise ConfigError(f"host: expected localhost, 127.0.0.1 or ::1, found {host}; {NOT_YET}")
        self.host = host
        self.port = port
        self._tls = tls
        self._addresses = Addresses(host, port)

    @property
    def name(self) -> str:
        """Host and port, as a request names them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def __call__(self, connection: Connection) -> None:
        """See `Dial`."""
        if self._tls is None:
            await self._connected(lambda: connection)
            return
        raw = await self._connected(asyncio.Protocol)
        await put_tls_on(raw, connection, self._tls, self.host)

    async def _connected(self, protocol: Callable[[], asyncio.BaseProtocol]) -> asyncio.Transport:
        """To the first address that takes it.

        Raises:
            OSError: none does, or the name leads nowhere.
        """
        loop, failure = asyncio.get_running_loop(), OSError(f"{self.name}: nobody is there")
        for address in await self._addresses.all():
            try:
                transport, _ = await loop.create_connection(protocol, address, self.port)
            except OSError as error:
                failure = error
            else:
                self._addresses.went_well(address)
                return transport
        self._addresses.failed()
        raise failure


async def put_tls_on(raw: asyncio.Transport, connection: Connection, tls: ssl.SSLContext, host: str) -> None:
    """Shake hands over a transport and give both layers to the connection: a trip cuts below TLS.

    Raises:
        OSError: the handshake failed; the transport is gone.
    """
    try:
        transport = await asyncio.get_running_loop().start_tls(raw, connection, tls, server_hostname=host)
    except (OSError, asyncio.CancelledError):
        raw.abort()
        raise
    if transport is None:
        raise ConnectionResetError("connection lost during the TLS handshake")
    connection.opened(transport, raw)


def tls_context() -> ssl.SSLContext:
    """TLS 1.2 or newer, names and certificates checked, HTTP/1.1 only."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
