"""Errors that only the loop hears: a bug of ours halts, once; what the network does, and words without an error, do not."""

from __future__ import annotations

import asyncio
import gc
import io
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from aiohttp.http_exceptions import BadStatusLine

from framework.app.live.unheard import UnheardErrors
from framework.kernel.logging import configure

BUG = LookupError("nobody thought of this")


def bug() -> None:
    raise BUG


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    out = io.StringIO()
    configure(lambda: 0, as_json=True, file=out)
    yield out
    configure(lambda: 0)


def lines(told: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.getvalue().splitlines()]


async def rounds() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_bug_in_a_callback_halts_once_and_is_logged_each_time(told: io.StringIO) -> None:
    found: list[Exception] = []
    with UnheardErrors() as unheard:
        unheard.tell(found.append)
        for _ in range(3):
            asyncio.get_running_loop().call_soon(bug)
        await rounds()
    assert found == [BUG]
    assert [(line["event"], line["level"]) for line in lines(told)] == [("loop.broken", "error")] * 3
    assert "in bug" in lines(told)[0]["exception"]
    assert "test_unheard.py" in lines(told)[0]["what"]


async def test_a_bug_in_a_task_that_nobody_awaits_halts(told: io.StringIO) -> None:
    found: list[Exception] = []

    async def broken() -> None:
        bug()

    with UnheardErrors() as unheard:
        unheard.tell(found.append)
        task = asyncio.create_task(broken())
        await rounds()
        del task
        gc.collect()
        await rounds()
    assert found == [BUG]


async def test_who_halts_hears_of_a_bug_that_came_before_it(told: io.StringIO) -> None:
    found: list[Exception] = []
    with UnheardErrors() as unheard:
        asyncio.get_running_loop().call_soon(bug)
        await rounds()
        unheard.tell(found.append)
    assert found == [BUG]


@pytest.mark.parametrize(
    "error",
    [
        None,
        ConnectionResetError(),
        TimeoutError(),
        EOFError(),
        aiohttp.ClientConnectionError(),
        aiohttp.WebSocketError(aiohttp.WSCloseCode.PROTOCOL_ERROR, "reserved bits"),
        BadStatusLine("garbage"),
        asyncio.CancelledError(),
    ],
)
async def test_what_the_network_does_and_words_without_an_error_halt_nothing(
    error: BaseException | None, told: io.StringIO
) -> None:
    facts: dict[str, Any] = {"message": "it was lost"} | ({} if error is None else {"exception": error})
    with UnheardErrors() as unheard:
        unheard.tell(lambda bug: pytest.fail(repr(bug)))
        asyncio.get_running_loop().call_exception_handler(facts)
        await rounds()
    assert [(line["level"], line["what"]) for line in lines(told)] == [("warning", "it was lost")]


async def test_a_log_that_nobody_reads_keeps_no_bug_from_halting_and_comes_not_round_again() -> None:
    out = io.StringIO()
    configure(lambda: 0, as_json=True, file=out)
    out.close()
    found: list[Exception] = []
    try:
        with UnheardErrors() as unheard:
            unheard.tell(found.append)
            asyncio.get_running_loop().call_soon(bug)
            await rounds()
    finally:
        configure(lambda: 0)
    assert found == [BUG]


async def test_the_handler_of_before_is_back_behind_it() -> None:
    loop = asyncio.get_running_loop()
    heard: list[object] = []
    loop.set_exception_handler(lambda _, facts: heard.append(facts["exception"]))
    with UnheardErrors():
        pass
    loop.call_soon(bug)
    await rounds()
    assert heard == [BUG]


def test_what_comes_when_the_loop_is_closed_is_left_to_asyncio(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()

    async def main() -> None:
        UnheardErrors().__enter__()

    loop.run_until_complete(main())
    loop.close()
    loop.call_exception_handler({"message": "too late"})
    assert "too late" in caplog.text
