"""The venue's dead-man's switch: while we live we say so; when we do not, it cancels every order of the account.

Every order, a person's too: so it is off unless asked for. Unified accounts have it, where the venue has granted it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from framework.gateway.bitget.reports import opened
from framework.gateway.bitget.wire import BitgetWire
from framework.gateway.outcome import Outcome
from framework.gateway.pool import settle
from framework.gateway.road import Road
from framework.kernel.logging import get_logger
from framework.model.errors import ConfigError
from framework.venues.bitget.asked import Terms
from framework.venues.bitget.codes import refusal_words
from framework.venues.bitget.products import AccountKind, Product
from framework.venues.bitget.unified import Unified

SPAN_S: Final = range(5, 61)  # countdown-cancel-all: 5 to 60 s, to be said again every 3 to 5 s

log = get_logger()


class Countdown:
    """Of one account.

    Args:
        span_s: how long after our last word the venue cancels.
        halt: told where the venue does not grant it, and what to do.

    Raises:
        ConfigError: no such span, or a classic account.
    """

    def __init__(
        self, road: Road, wire: BitgetWire, account: AccountKind, span_s: int, halt: Callable[[str], None]
    ) -> None:
        if account is not AccountKind.UNIFIED:
            raise ConfigError("dead_man: expected a unified account, found a classic one, which has no such switch")
        if span_s not in SPAN_S:
            raise ConfigError(f"dead_man: expected {SPAN_S[0]} to {SPAN_S[-1]} s, found {span_s} s")
        self._road = road
        self._wire = wire
        self._span_s = span_s
        self._halt = halt

    async def run(self) -> None:
        """Say that we live, until cancelled; where the venue does not grant it, nothing is to be traded without it."""
        said = await self._say(self._span_s)
        if said:
            self._halt(
                f"dead_man: expected the venue to grant countdown-cancel-all, found {said}; ask the venue for it, or leave the "
                "setting out"
            )
            return
        while True:
            await asyncio.sleep(max(self._span_s / 4, 1.25))  # once a second is the most that it may be said
            said = await self._say(self._span_s)
            if said:
                log.error("countdown.unsaid", venue="bitget", error=said, cancels_within_s=self._span_s)

    async def disarm(self) -> None:
        """An orderly end: what is to stay, stays."""
        said = await self._say(0)
        if said:
            log.error("countdown.not_disarmed", venue="bitget", error=said, cancels_within_s=self._span_s)

    async def _say(self, span_s: int) -> str:
        """Empty: it was heard; else what came instead."""
        request = Unified(Product.SPOT, Terms()).countdown(span_s)
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        # By the cancels' connections: it passes in every state, and never behind an order.
        self._road.cancel(partial(self._wire.request, request), partial(settle, answer))
        outcome = await answer
        envelope = opened(outcome, request.endpoint.name)
        if envelope is None:
            return repr(outcome)
        return "" if envelope.is_success else refusal_words(envelope, self._wire.bound)
