"""Funding of perpetuals: what is due three times a day, and paying it to and from who holds a position then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from framework.model.instants import HOUR_NS, NS_PER_MS
from framework.sandbox.bitget.listings import Listing
from framework.sandbox.bitget.market import FUNDING_RATE, ListedMarket
from framework.sandbox.bitget.member import Member
from framework.sandbox.bitget.mix_views import mark_of
from framework.sandbox.bitget.position import AccountPosition
from framework.sandbox.bitget.wallet import Bill
from framework.venues.sim.funding import INTERVAL_NS, funding_of, next_funding_ns

HOURS: Final = INTERVAL_NS // HOUR_NS


class FundingTimes:
    """Of all perpetuals. An instant that passed unseen is made good, at the mark price of when it is seen."""

    def __init__(
        self,
        markets: Mapping[Listing, ListedMarket],
        members: Mapping[str, Member],
        next_number: Callable[[], str],
        now_ms: int,
    ) -> None:
        self._markets = {listing: market for listing, market in markets.items() if not listing.is_spot}
        self._members = members
        self._next_number = next_number
        self._due_ms = next_funding_ms(now_ms)
        self._rates: dict[tuple[Listing, int], Decimal] = {}

    def turn(self, now_ms: int) -> None:
        """Pay what is due."""
        while self._due_ms <= now_ms:
            for listing, market in self._markets.items():
                self._rates[listing, self._due_ms] = market.funding_rate
                self.pay(listing, market.funding_rate, self._due_ms)
            self._due_ms = next_funding_ms(self._due_ms)

    def rate_at(self, listing: Listing, due_ms: int) -> Decimal:
        """The rate that was paid at an instant; of before the start one is made up."""
        return self._rates.get((listing, due_ms), FUNDING_RATE)

    def past(self, listing: Listing, now_ms: int, most: int) -> list[tuple[str, str]]:
        """Instants that were due and their rates, newest first, as V2 and V3 write them."""
        instants = [next_funding_ms(now_ms) - back * INTERVAL_NS // NS_PER_MS for back in range(1, most + 1)]
        return [(str(due_ms), f"{self.rate_at(listing, due_ms):f}") for due_ms in instants]

    def pay(self, listing: Listing, rate: Decimal, ts_ms: int) -> None:
        """Every position pays (or, short, receives) a part of its worth at the mark price; below 0 the other way round."""
        mark = mark_of(self._markets[listing])
        for member in self._members.values():
            for position in member.held_positions(listing.product):
                if position.listing is listing:
                    amount = funding_of(listing.instrument, position.points, mark, rate)
                    self._settle(member, position, amount, ts_ms)

    def _settle(self, member: Member, position: AccountPosition, amount: Decimal, ts_ms: int) -> None:
        listing, wallet = position.listing, member.wallet(position.listing)
        wallet.add(listing.quote, amount, ts_ms)
        position.funding += amount
        member.bills.append(Bill(self._next_number(), listing, amount, wallet.held(listing.quote), ts_ms))
        member.told_money(listing.product)


def next_funding_ms(now_ms: int) -> int:
    """The next of the three daily times."""
    return next_funding_ns(now_ms * NS_PER_MS) // NS_PER_MS


def rate_row(market: ListedMarket, now_ms: int) -> dict[str, str]:
    """The rate that is due next, as V2 and V3 show it."""
    return {
        "symbol": market.listing.symbol,
        "fundingRate": f"{market.funding_rate:f}",
        "fundingRateInterval": str(HOURS),
        "nextUpdate": str(next_funding_ms(now_ms)),
        "minFundingRate": "-0.003",
        "maxFundingRate": "0.003",
    }
