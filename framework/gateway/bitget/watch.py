"""Looks at the key and the account again, every ten minutes: what was good at the start may have been changed since.

A key that may do more or less than at the start, or is bound to no address any more, and a perpetual in another mode,
halt. The venue's clock is measured again by the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from framework.gateway.bitget.found import Wanted, account_by
from framework.gateway.bitget.questions import BitgetQuestions
from framework.kernel.logging import get_logger
from framework.model.errors import AuthError, ConfigError, DataError, VenueError

EVERY_S: Final = 600.0
"""DESIGN: the key's real scopes and addresses are read at the start and every ten minutes."""
AGAIN_S: Final = 30.0
"""After a look to which there was no answer."""

log = get_logger()


class AccountWatch:
    """Of one account.

    Args:
        wanted: what the account was wanted for when it was found.
        halt: told why nothing may be traded any more, and what to do.
    """

    def __init__(self, questions: BitgetQuestions, wanted: Wanted, halt: Callable[[str], None]) -> None:
        self._questions = questions
        self._wanted = wanted
        self._halt = halt

    async def run(self) -> None:
        """Look until cancelled."""
        wait_s = EVERY_S
        while True:
            await asyncio.sleep(wait_s)
            wait_s = EVERY_S if await self.look() else AGAIN_S

    async def look(self) -> bool:
        """Look once; whether there was an answer."""
        try:
            found = await account_by(self._wanted, self._questions)
        except (AuthError, ConfigError) as error:
            self._halt(str(error))
            return True
        except (VenueError, DataError) as error:
            log.warning("account.unseen", venue="bitget", error=str(error))
            return False
        if found.faults:
            self._halt("; ".join(found.faults))
        log.info("account.seen", venue="bitget", faults=len(found.faults), skew_ms=found.key.skew.ahead_ns // 1_000_000)
        return True
