"""The bell on a real loop: from another thread, many times, and when it is over."""

from __future__ import annotations

import asyncio
import threading

from framework.app.live.bell import Bell


async def rung_from_a_thread(times: int) -> int:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, asyncio.SelectorEventLoop)
    heard = asyncio.Event()
    calls = 0

    def hear() -> None:
        nonlocal calls
        calls += 1
        heard.set()

    bell = Bell(loop, hear)

    def ring() -> None:
        for _ in range(times):
            bell.ring()

    thread = threading.Thread(target=ring)
    thread.start()
    thread.join()
    await asyncio.wait_for(heard.wait(), 5.0)
    bell.close()
    bell.ring()
    return calls


def test_a_ring_from_another_thread_is_heard_and_none_once_it_is_over() -> None:
    assert asyncio.run(rung_from_a_thread(1)) == 1


def test_rings_that_nobody_hears_meanwhile_never_block_and_are_heard_as_few() -> None:
    assert 1 <= asyncio.run(rung_from_a_thread(50_000)) < 100
