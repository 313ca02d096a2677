"""The gateway of an account at Bitget: what its key may do is read before anything is traded, and again and again."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from framework.app.keys import credentials_of
from framework.app.live.gateways import Examined, Ties
from framework.app.live.grids import Grids
from framework.config.live import LiveTable
from framework.core import Core
from framework.gateway.bitget.account import BitgetAccount, Ears, VenueAddress
from framework.gateway.bitget.found import FoundAccount, Purpose, find_account
from framework.gateway.bitget.stream import MakeConnector, StreamEvent, StreamStep
from framework.gateway.dial import TcpDial
from framework.gateway.key_files import KeyParts
from framework.kernel.account_lock import fingerprint
from framework.kernel.clock import Clock
from framework.kernel.kill_word import KillWord
from framework.model.errors import ConfigError
from framework.model.instrument import Instrument
from framework.model.key_rights import KeyFault
from framework.model.orders import Order
from framework.ports import OrderPort, Query
from framework.venues.bitget.asked import MarginMode, Terms

ASK_AGAIN = frozenset({StreamStep.CONNECTED, StreamStep.GAP})
"""After these the venue must be asked what was not told."""


class BitgetGateway:
    """See `Gateway`.

    Args:
        parts: of the key.
        wanted: see `wanted_of`.
        dial, connector: how its connections come up, our own and those of aiohttp; by default to that host, by TCP.
        is_demo, dead_man_s: see `framework.config.live`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        parts: KeyParts,
        wanted: Purpose,
        word: KillWord,
        clock: Clock,
        dial: TcpDial | None = None,
        connector: MakeConnector | None = None,
        *,
        is_demo: bool = False,
        dead_man_s: int = 0,
    ) -> None:
        self._dead_man_s = dead_man_s
        self._place = VenueAddress(host, port)
        self.where = self._place.dial().name
        self.fingerprint = fingerprint(parts.key)
        self._credentials = credentials_of(parts, is_demo=is_demo)
        self._environment = "demo" if is_demo else "bitget"
        self._wanted = wanted
        self._word = word
        self._clock = clock
        self._dial = dial or self._place.dial()
        self._connector = connector
        self._found: FoundAccount | None = None
        self._account: BitgetAccount | None = None

    async def examine(self) -> Examined:
        """See `Gateway`."""
        found = await find_account(self._dial, self._credentials, self._clock, self._wanted)
        refused = _told(found.key.faults)
        if refused:
            verify = f"run.py keys verify --venue bitget --host {self._place.host} --port {self._place.port}"
            raise ConfigError(f"key of bitget: {refused}; {verify} shows all of it")
        if found.mode_faults:
            raise ConfigError(f"account at bitget: {'; '.join(found.mode_faults)}; run.py doctor shows all of it")
        self._found = found
        rights = found.key.rights
        may = ", ".join(dict.fromkeys(right.scope.value for right in rights.rights))
        words = f"the key may {may} from {', '.join(rights.ips)}"
        owner = f"{self._environment} {rights.owner}" if rights.owner else ""
        skew_ms = found.key.skew.ahead_ns / 1e6
        return Examined(found.rules, found.instruments, found.key.kind.value, words, skew_ms, owner)

    def join(self, core: Core, ties: Ties) -> tuple[OrderPort, Query]:
        """See `Gateway`."""
        assert self._found is not None, "examine first"

        def ask_points(instrument: Instrument) -> int:
            quote = core.engine.quote(instrument)
            return 0 if quote is None else quote.ask_points

        def heard(event: StreamEvent) -> None:
            if event.step in ASK_AGAIN:
                ties.missed(event.why)
            elif event.step is StreamStep.REFUSED:
                ties.key_lost(event.why)

        ears = Ears(
            ties.arrivals,
            core.engine.desk.order,
            ask_points,
            heard,
            ties.stray,
            ties.key_lost,
            ties.market_lost,
            ties.relisted,
            ties.busy,
            ties.mistimed,
        )
        url = self._place.stream_url(self._found.key.kind)
        self._account = BitgetAccount(
            self._found, self._dial, self.where, url, self._credentials, self._clock, self._word, ears, self._wanted,
            dead_man_s=self._dead_man_s, connector=self._connector,
        )  # fmt: skip
        return self._account.port, self._account.query

    async def run(self) -> None:
        """See `Gateway`."""
        await self._joined.run()

    async def ready(self) -> None:
        """See `Gateway`."""
        await self._joined.ready()

    def know(self, orders: Iterable[Order]) -> None:
        """See `Gateway`."""
        self._joined.know(orders)

    async def end(self) -> None:
        """See `Gateway`."""
        await self._joined.end()

    @property
    def _joined(self) -> BitgetAccount:
        assert self._account is not None, "join first"
        return self._account


def wanted_of(live: LiveTable, grids: Grids | None = None) -> Purpose:
    """What the settings want an account for, in the points of its journal."""
    terms = Terms(margin_mode=MarginMode(live.margin_mode), leverage_max=Decimal(live.leverage_max))
    return Purpose(live.markets, terms=terms, grids=grids or {})


def _told(faults: Iterable[KeyFault]) -> str:
    return "; ".join(f"{fault.kind}: {fault.text}" for fault in faults)
