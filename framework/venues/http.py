"""A venue's public market data by HTTP GET: one question, one answer, no key, bounded in time, size and number.

Questions may be repeated: nothing here changes anything at the venue.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import aiohttp

from framework.model.errors import DataError, RateLimited, Retryable, Timeout, Unreachable
from framework.model.instants import NS_PER_S
from framework.model.retry_after import wait_ns

ANSWER_BYTES_MAX: Final = 32 << 20
"""A list of every market of a large venue is a few MiB."""
ANSWER_S: Final = 15.0
ATTEMPTS: Final = 4
RETRY_S: Final = 0.5
WAIT_S_MAX: Final = 30.0
"""A run waits no longer for a venue that asks it to."""
QUESTIONS_PER_S: Final = 5.0
"""Far below what any public endpoint allows by IP (10 or more a second)."""

Answer = TypeVar("Answer")


class PublicHttp:
    """Asks one host.

    Args:
        base: `https://api.example.com`; never a path.
        rng: jitter between attempts.
    """

    def __init__(self, session: aiohttp.ClientSession, base: str, rng: random.Random) -> None:
        self._session = session
        self._base = base.rstrip("/")
        self._rng = rng
        self._next_s = 0.0

    async def ask(self, path: str, query: Mapping[str, str], read: Callable[[bytes, int], Answer], what: str) -> Answer:
        """Ask, and read the answer; again a few times where the venue is busy or away.

        Args:
            read: body and HTTP status -> the answer; raises what the venue said instead.
            what: for people: `candles of BTC/USDT@bitget`.

        Raises:
            Retryable: still busy or away after the last attempt. Rejected, DataError: as `read`.
        """
        for attempt in range(1, ATTEMPTS + 1):
            await self._wait_for_turn()
            least_s = 0.0
            try:
                body, status, least_s = await self._get(path, query, what)
                return read(body, status)
            except Retryable as error:
                if isinstance(error, RateLimited):
                    least_s = max(least_s, error.retry_after_s)
                if least_s > WAIT_S_MAX:
                    raise RateLimited(f"{error}; the venue asks to wait {least_s:g} s", least_s) from error
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(max(least_s, RETRY_S * 2**attempt * self._rng.uniform(0.5, 1.0)))
        raise AssertionError(what)

    async def _wait_for_turn(self) -> None:
        now_s = asyncio.get_running_loop().time()
        turn_s = max(now_s, self._next_s)
        self._next_s = turn_s + 1 / QUESTIONS_PER_S
        await asyncio.sleep(turn_s - now_s)

    async def _get(self, path: str, query: Mapping[str, str], what: str) -> tuple[bytes, int, float]:
        """Body, status, and for how many seconds the venue wants to be left alone; 0: it does not say."""
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._session.get(f"{self._base}{path}", params=dict(query), allow_redirects=False) as answer,
            ):
                body = bytearray()
                async for chunk in answer.content.iter_chunked(1 << 16):
                    body += chunk
                    if len(body) > ANSWER_BYTES_MAX:
                        raise DataError(f"{what}: expected at most {ANSWER_BYTES_MAX} bytes, found more")
                return bytes(body), answer.status, wait_ns(answer.headers.get("Retry-After", "")) / NS_PER_S
        except TimeoutError as error:
            raise Timeout(f"{what}: no answer from {self._base} within {ANSWER_S:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{what}: {self._base}: {str(error) or type(error).__name__}") from error
