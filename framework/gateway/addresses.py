"""Where a host is: asked for in bounded time, remembered, and believed while nobody can be asked."""

from __future__ import annotations

import asyncio
from ipaddress import ip_address
from socket import SOCK_STREAM
from typing import Final

RESOLVE_S: Final = 2.0
"""A name that is not resolved by then is looked for where it was last."""


class Addresses:
    """The addresses of one host, which must be of this machine whatever its name resolves to.

    One question at a time: a resolver that hangs holds one thread, however often is dialled.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._good: tuple[str, ...] = ()
        self._is_doubtful = False
        self._asking: asyncio.Future[tuple[str, ...]] | None = None

    async def all(self) -> tuple[str, ...]:
        """Those to try, in order: where a dial last went well, nobody is asked.

        Raises:
            OSError: the name is not resolved, in time or at all, and was not before; or it leads elsewhere.
        """
        if self._good and not self._is_doubtful:
            return self._good
        try:
            return await asyncio.wait_for(asyncio.shield(self._asked()), RESOLVE_S)
        except OSError as error:  # TimeoutError is one
            if self._good:
                return self._good
            why = str(error) or f"no answer within {RESOLVE_S:g} s"
            raise OSError(f"{self._host}: its name is not resolved: {why}") from error

    def went_well(self, address: str) -> None:
        """A dial reached it there."""
        self._good, self._is_doubtful = (address,), False

    def failed(self) -> None:
        """Nobody was there: the next dial asks again."""
        self._is_doubtful = True

    def _asked(self) -> asyncio.Future[tuple[str, ...]]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(self._resolve(), name=f"resolve {self._host}")
            self._asking.add_done_callback(
                lambda asked: asked.cancelled() or asked.exception()
            )  # nobody may wait for it
        return self._asking

    async def _resolve(self) -> tuple[str, ...]:
        found = await asyncio.get_running_loop().getaddrinfo(self._host, self._port, type=SOCK_STREAM)
        addresses = tuple(dict.fromkeys(str(where[0]) for *_, where in found))
        elsewhere = [address for address in addresses if not ip_address(address).is_loopback]
        if elsewhere or not addresses:
            raise OSError(f"expected addresses of this machine, found {', '.join(elsewhere) or 'none'}")
        return addresses
