from __future__ import annotations

import random

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from framework.model.errors import DataError, RateLimited, Rejected, Retryable, Unreachable
from framework.venues import http
from framework.venues.bitget.public.rest import asks_time, data_of, read_time_ns
from framework.venues.http import PublicHttp

TIME = b'{"code":"00000","msg":"success","requestTime":1,"data":{"serverTime":"1688008631614"}}'


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "RETRY_S", 0.0)
    monkeypatch.setattr(http, "QUESTIONS_PER_S", 1e6)


async def ask(*answers: tuple[int, bytes], retry_after: str = "") -> tuple[int, int]:
    """The server's time as asked from a server that gives these answers in turn; and how often it was asked."""
    left = list(answers)
    asked = 0

    async def answer(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        status, body = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(status=status, body=body, headers={"Retry-After": retry_after} if status == 429 else {})

    app = web.Application()
    app.router.add_get("/api/v2/public/time", answer)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        client = PublicHttp(session, str(server.make_url("")), random.Random(1))
        asks = asks_time()
        try:
            found = await client.ask(
                asks.path, asks.query, lambda body, status: read_time_ns(data_of(body, status, "time")), "time"
            )
        except Exception as error:
            error.add_note(f"asked {asked} times")
            raise
        return found, asked


async def test_an_answer_is_read() -> None:
    assert await ask((200, TIME)) == (1688008631614_000_000, 1)


async def test_a_busy_venue_is_asked_again() -> None:
    assert await ask((502, b"<html>"), (400, b'{"code":"40015","msg":"busy"}'), (200, TIME)) == (
        1688008631614_000_000,
        3,
    )


@pytest.mark.parametrize(("said", "waited_s"), [("3", 3.0), ("", 1.0), ("soon", 1.0)])
async def test_too_often_is_asked_again_when_the_venue_says_whatever_its_body_is(
    monkeypatch: pytest.MonkeyPatch, said: str, waited_s: float
) -> None:
    pauses: list[float] = []

    async def sleep(pause_s: float) -> None:
        pauses.append(pause_s)

    monkeypatch.setattr(http.asyncio, "sleep", sleep)
    assert (await ask((429, b"<html>"), (200, TIME), retry_after=said))[1] == 2
    assert max(pauses) == waited_s


async def test_nobody_waits_for_minutes() -> None:
    with pytest.raises(RateLimited, match="time: too many requests; the venue asks to wait 600 s") as raised:
        await ask((429, b"<html>"), retry_after="600")
    assert raised.value.__notes__ == ["asked 1 times"]


async def test_after_the_last_attempt_it_is_told() -> None:
    with pytest.raises(Retryable, match="the venue answers 502") as raised:
        await ask((502, b"<html>"))
    assert raised.value.__notes__ == ["asked 4 times"]


@pytest.mark.parametrize(
    ("body", "error"), [(b'{"code":"40034","msg":"no such symbol"}', Rejected), (b"<html>", DataError)]
)
async def test_a_refusal_is_final(body: bytes, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        await ask((200, body))
    assert raised.value.__notes__ == ["asked 1 times"]


@pytest.mark.fault("N21")
async def test_a_huge_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_BYTES_MAX", 100)
    with pytest.raises(DataError, match="expected at most 100 bytes"):
        await ask((200, b"x" * 101))


async def test_nobody_there_is_told_with_the_host() -> None:
    async with aiohttp.ClientSession() as session:
        client = PublicHttp(session, "http://127.0.0.1:9", random.Random(1))
        with pytest.raises(Unreachable, match=r"time: http://127\.0\.0\.1:9"):
            await client.ask("/x", {}, lambda body, status: body, "time")
