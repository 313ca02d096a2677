"""Where a host is: resolved in bounded time, remembered, and never elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from socket import AF_INET, SOCK_STREAM, gaierror
from typing import Any

import pytest

from framework.gateway.addresses import RESOLVE_S, Addresses
from framework.kernel.clock import ManualClock
from framework.kernel.virtual_loop import run


def found(*addresses: str) -> list[Any]:
    return [(AF_INET, SOCK_STREAM, 6, "", (address, 80)) for address in addresses]


class Names:
    """Says what a test wants it to, and counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.says: list[Any] | BaseException | None = found("127.0.0.1", "127.0.0.1")
        """None: nothing, ever."""

    async def __call__(self, *_: Any, **__: Any) -> list[Any]:
        self.asked += 1
        if self.says is None:
            await asyncio.Event().wait()
        if isinstance(self.says, BaseException):
            raise self.says
        assert self.says is not None
        return self.says


def played(scene: Callable[[Addresses, Names], Awaitable[None]]) -> Names:
    resolver = Names()

    async def main() -> None:
        asyncio.get_running_loop().getaddrinfo = resolver  # type: ignore[method-assign]  # no name is resolved in tests
        await scene(Addresses("localhost", 80), resolver)

    run(main(), ManualClock(0))
    return resolver


@pytest.mark.fault("N9")
def test_where_a_dial_went_well_nobody_is_asked_again() -> None:
    async def scene(addresses: Addresses, resolver: Names) -> None:
        assert await addresses.all() == ("127.0.0.1",)
        addresses.went_well("127.0.0.1")
        resolver.says = None
        for _ in range(3):
            assert await addresses.all() == ("127.0.0.1",)

    assert played(scene).asked == 1


@pytest.mark.fault("N9")
@pytest.mark.parametrize("says", [None, gaierror(-3, "temporary failure")])
def test_a_name_that_is_not_resolved_is_where_it_was_last_in_bounded_time(says: Any) -> None:
    async def scene(addresses: Addresses, resolver: Names) -> None:
        addresses.went_well("127.0.0.1")
        addresses.failed()
        resolver.says = says
        began_s = asyncio.get_running_loop().time()
        assert await addresses.all() == ("127.0.0.1",)
        assert asyncio.get_running_loop().time() - began_s <= RESOLVE_S

    played(scene)


@pytest.mark.fault("N9")
def test_a_name_that_was_never_resolved_is_an_error_and_one_question_is_out_at_a_time() -> None:
    async def scene(addresses: Addresses, resolver: Names) -> None:
        resolver.says = None
        for _ in range(3):
            with pytest.raises(OSError, match="not resolved: no answer within 2 s"):
                await addresses.all()

    assert played(scene).asked == 1


@pytest.mark.fault("N10")
@pytest.mark.parametrize("addresses", [("10.0.0.1",), ("127.0.0.1", "93.184.216.34"), ()])
def test_a_name_that_leads_elsewhere_is_not_dialled(addresses: tuple[str, ...]) -> None:
    async def scene(where: Addresses, resolver: Names) -> None:
        resolver.says = found(*addresses)
        with pytest.raises(OSError, match="expected addresses of this machine"):
            await where.all()

    played(scene)
