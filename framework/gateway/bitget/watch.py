"""Looks at the key and the account again, every ten minutes: what was good at the start may have been changed since.

A key that may do more or less than at the start, or is bound to no address any more, and a perpetual in another mode,
halt. A market that takes no orders any more is lost alone; one with other filters goes on with them, and is looked at as
soon as the venue refuses an order for its filters. The venue's clock is measured again by the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from framework.gateway.bitget.found import FoundAccount, Purpose, market_by, standing_by
from framework.gateway.bitget.questions import BitgetQuestions
from framework.kernel.logging import get_logger
from framework.model.errors import AuthError, ConfigError, DataError, GridError, VenueError
from framework.model.instrument import Instrument
from framework.model.money import ZERO
from framework.model.rules import MarketRules
from framework.venues.bitget.products import AccountKind

EVERY_S: Final = 600.0
"""DESIGN: the key's real scopes and addresses are read at the start and every ten minutes."""
DOUBT_S: Final = 60.0
"""Between two looks at a market whose filters are doubted."""
AGAIN_S: Final = 30.0
"""After a look to which there was no answer."""

log = get_logger()


class AccountWatch:
    """Of one account.

    Args:
        wanted: what the account was wanted for when it was found.
        found: what it was.
        halt: told why nothing may be traded any more, and what to do.
        market_lost: told of a market in which nothing may be traded any more, why, and what to do: at each look, for a
            person may have armed it meanwhile.
        relisted: told of a market with other filters, and how it is listed now.
    """

    def __init__(
        self,
        questions: BitgetQuestions,
        wanted: Purpose,
        found: FoundAccount,
        halt: Callable[[str], None],
        market_lost: Callable[[Instrument, str], None],
        relisted: Callable[[Instrument, Instrument], None],
    ) -> None:
        self._questions = questions
        self._wanted = wanted
        self._found = found
        self._halt = halt
        self._market_lost = market_lost
        self._relisted = relisted
        self._listed = dict(zip(found.instruments, found.rules.markets, strict=True))
        """Market -> as it was listed last."""
        self._doubted: asyncio.Queue[Instrument] = asyncio.Queue()
        self._looked_s: dict[Instrument, float] = {}
        """Market -> when, on the loop, it was last doubted."""

    def doubt(self, there: Instrument) -> None:
        """The venue refused an order for this market's filters: have it looked at now, once a minute at most."""
        now_s = asyncio.get_running_loop().time()
        if there in self._listed and now_s - self._looked_s.get(there, -DOUBT_S) >= DOUBT_S:
            self._looked_s[there] = now_s
            self._doubted.put_nowait(there)

    async def run_doubts(self) -> None:
        """Look at the markets that are doubted, until cancelled."""
        while True:
            there = await self._doubted.get()
            try:
                await self._look_at(self._found.key.kind, there)
            except (VenueError, DataError) as error:
                log.warning("market.unseen", market=there.id, error=str(error))

    async def run(self) -> None:
        """Look until cancelled."""
        wait_s = EVERY_S
        while True:
            await asyncio.sleep(wait_s)
            wait_s = EVERY_S if await self.look() else AGAIN_S

    async def look(self) -> bool:
        """Look once; whether there was an answer."""
        try:
            key, _, wrong = await standing_by(self._wanted, self._questions)
            await self._look_at_markets(key.kind)
        except (AuthError, ConfigError) as error:
            self._halt(str(error))
            return True
        except (VenueError, DataError) as error:
            log.warning("account.unseen", venue="bitget", error=str(error))
            return False
        faults = [*(fault.text for fault in key.faults), *wrong]
        if faults:
            self._halt("; ".join(faults))
        log.info("account.seen", venue="bitget", faults=len(faults), skew_ms=key.skew.ahead_ns // 1_000_000)
        return True

    async def _look_at_markets(self, kind: AccountKind) -> None:
        for there in self._found.instruments:
            await self._look_at(kind, there)

    async def _look_at(self, kind: AccountKind, there: Instrument) -> None:
        """Fees alone are no news: what is paid is told by each fill."""
        try:
            now = await market_by(self._questions, kind, there.symbol)
        except ConfigError as error:
            self._market_lost(there, str(error))
            return
        if filters_of(now) == filters_of(self._listed[there]):
            return
        listed = replace(self._found.rules, markets=(now,)).instrument(there.symbol)
        try:
            there.check_grid(listed)
        except GridError as error:
            self._market_lost(there, str(error))
            return
        self._listed[there] = now
        self._relisted(there, listed)


def filters_of(market: MarketRules) -> MarketRules:
    """A market by its grid and filters alone."""
    return replace(market, maker_fee=ZERO, taker_fee=ZERO, source="")
