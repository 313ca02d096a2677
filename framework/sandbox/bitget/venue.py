"""The whole venue in one process: its markets, its members, its keys and its limits. It makes no sockets."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from itertools import count
from typing import Final

from framework.kernel.clock import Clock
from framework.model.events import Depth, FeedStatus, MarketEvent, Quote, Trade
from framework.sandbox.bitget.doorman import Doorman
from framework.sandbox.bitget.funding import FundingTimes
from framework.sandbox.bitget.keys import FUNDS, Key, ready_made
from framework.sandbox.bitget.listings import LISTINGS, Listing
from framework.sandbox.bitget.market import ListedMarket
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.order_entry import BitgetOrderEntry
from framework.sandbox.bitget.rates import Rates
from framework.sandbox.bitget.triggers import Triggers
from framework.venues.sim.matcher import Matcher

NUMBERS_FROM: Final = 10**18


class BitgetVenue:
    """Everything but the wire.

    Args:
        keys: fake keys; keys of one uid share an account. None: the ready-made ones.
        funds: what every account holds at the start.
    """

    def __init__(
        self,
        clock: Clock,
        keys: Iterable[Key] | None = None,
        funds: Mapping[str, Decimal] = FUNDS,
        *,
        is_strict: bool = True,
    ) -> None:
        self.clock = clock
        self.keys = {key.key: key for key in (ready_made() if keys is None else keys)}
        self.doorman = Doorman(self.keys)
        self.rates = Rates(is_strict=is_strict)
        self.markets = {listing: ListedMarket(listing) for listing in LISTINGS}
        self.members: dict[str, Member] = {}
        self.order_entries: dict[str, BitgetOrderEntry] = {}
        self.triggers: dict[str, Triggers] = {}
        self.countdowns: dict[str, int] = {}
        """Uid -> when its dead-man's switch runs out; 0: disarmed."""
        self.skew_ms = 0
        """How much the clock that clients see is ahead of the true one."""
        self._last_number = max(NUMBERS_FROM, clock.now_ns)
        self._later: list[tuple[int, int, Callable[[], None]]] = []
        self._ties = count()
        for key in self.keys.values():
            if key.uid not in self.members:
                member = Member(key.uid, key.account, funds, is_demo=key.is_demo)
                self.members[key.uid] = member
                entry = self.order_entries[key.uid] = BitgetOrderEntry(member, clock, self.market, self.next_number)
                self.triggers[key.uid] = Triggers(entry, self.market)
        self.funding = FundingTimes(self.markets, self.members, self.next_number, self.now_ms)
        for market in self.markets.values():
            market.listeners.append(self._move_matchers)

    @property
    def now_ms(self) -> int:
        """What the venue says that the time is."""
        return self.clock.now_ns // 1_000_000 + self.skew_ms

    @property
    def has_books(self) -> bool:
        """Whether every market has a book."""
        return all(market.depth is not None for market in self.markets.values())

    def market(self, listing: Listing) -> ListedMarket:
        """The market of a listing."""
        return self.markets[listing]

    def next_number(self) -> str:
        """The next order or trade id: 19 digits, rising, as text."""
        self._last_number += 1
        return str(self._last_number)

    def observe(self, event: MarketEvent) -> None:
        """The market moves: an event of any tape of the same base and quote moves spot and perpetual alike."""
        base, quote = event.instrument.base, event.instrument.quote
        for listing, market in self.markets.items():
            if (listing.base, listing.quote) == (base, quote):
                market.see(event, self.clock.now_ns)

    def later(self, delay_ns: int, action: Callable[[], None]) -> None:
        """Do something when that much time has passed; `turn` does it."""
        heapq.heappush(self._later, (self.clock.now_ns + delay_ns, next(self._ties), action))

    def turn(self) -> None:
        """Do what is due."""
        self.funding.turn(self.now_ms)
        while self._later and self._later[0][0] <= self.clock.now_ns:
            heapq.heappop(self._later)[2]()

    def _move_matchers(self, event: MarketEvent) -> None:
        for member in self.members.values():
            for listing, matcher in member.matchers.items():
                if listing.instrument is event.instrument:
                    _move(matcher, event)
        listing = next(one for one in self.markets if one.instrument is event.instrument)
        for triggers in self.triggers.values():
            if triggers.all:
                triggers.look(listing, self.now_ms)


def _move(matcher: Matcher, event: MarketEvent) -> None:
    if isinstance(event, Quote):
        matcher.quoted(event)
    elif isinstance(event, Depth):
        matcher.deepened(event)
    elif isinstance(event, Trade):
        matcher.traded(event)
    elif isinstance(event, FeedStatus):
        pass  # prices are carried on over a tape's seam
