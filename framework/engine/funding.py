"""Funding payments of perpetuals: each is booked once, over restarts too, to who held the position at its instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final

from framework.engine.kept import KeptFunding
from framework.engine.ledger import COST_STEP
from framework.engine.portfolio import Portfolio
from framework.kernel.book_records import FundingBooked, FundingPaid
from framework.kernel.clock import NS_PER_S
from framework.model.instrument import Instrument
from framework.model.money import ZERO, Exactly
from framework.model.orders import UNASSIGNED
from framework.model.questions import Reply, SeenFill, SeenFunding

KNOWN_NS: Final = 6 * 3600 * NS_PER_S
"""Payments are known for so long before the last comparison: far longer than a venue is asked back for."""


class FundingBook:
    """Which payments are in the books, and whose each is.

    Args:
        instruments: by id, those of the settings of now.
    """

    def __init__(self, portfolio: Portfolio, instruments: Mapping[str, Instrument]) -> None:
        self.start_ns = 0
        """Where no comparison has asked yet: what was paid before is in the books as something else."""
        self.noted: Callable[[FundingBooked], None] = lambda record: None  # noqa: ARG005
        """Told of what is booked, to be journaled."""
        self._portfolio = portfolio
        self._instruments = instruments
        self._asked_ns: dict[str, int] = {}
        """Venue -> when a comparison asked last."""
        self._known: dict[str, dict[str, int]] = {}
        """Venue -> payment -> its instant."""

    def asked_ns(self, venue: str) -> int:
        """All that was paid before is known, except what the venue shows late."""
        return self._asked_ns.get(venue, self.start_ns)

    def book(self, reply: Reply, fills: Iterable[tuple[str, SeenFill]], *, is_held: bool) -> None:
        """Book the payments of a reply that are not known.

        Args:
            fills: what the venue shows of our fills, all of them booked, with the strategy of each.
            is_held: the balances that the books begin with hold all payments.
        """
        venue = reply.question.venue
        known, fills = self._known.get(venue, {}), tuple(fills)
        begin_ns = 0 if venue in self._asked_ns else self.start_ns
        new = [paid for paid in reply.funding if paid.payment_id not in known]
        booked = tuple([self._paid(paid, fills) for paid in new if not is_held and paid.ts_ns >= begin_ns])
        asked_ns = reply.question.asked_ns
        record = FundingBooked(venue, asked_ns, booked, {paid.payment_id: paid.ts_ns for paid in new})
        self.take(record)
        self.noted(record)

    def take(self, record: FundingBooked) -> None:
        """Book what a record tells."""
        venue = record.venue
        self._asked_ns[venue] = max(self._asked_ns.get(venue, 0), record.asked_ns)
        old_ns = self._asked_ns[venue] - KNOWN_NS
        known = self._known.get(venue, {}) | record.known
        self._known[venue] = {payment: ts_ns for payment, ts_ns in known.items() if ts_ns >= old_ns}
        for paid in record.payments:
            self._portfolio.fund(paid.asset, paid.amount, paid.shares, self._instruments.get(paid.instrument))

    def kept(self) -> tuple[KeptFunding, ...]:
        """All that is known, for a checkpoint."""
        return tuple([KeptFunding(venue, ts_ns, self._known[venue]) for venue, ts_ns in self._asked_ns.items()])

    def restore(self, kept: Iterable[KeptFunding]) -> None:
        """As a checkpoint has it."""
        for each in kept:
            self._asked_ns[each.venue], self._known[each.venue] = each.asked_ns, dict(each.known)

    def _paid(self, paid: SeenFunding, fills: Iterable[tuple[str, SeenFill]]) -> FundingPaid:
        there = self._instruments.get(paid.instrument)
        shares: dict[str, Decimal] = {}
        if there is not None and there.quote == paid.asset:
            shares = self._shares(paid, there, fills)
        return FundingPaid(paid.payment_id, paid.instrument, paid.asset, paid.amount, paid.ts_ns, shares)

    def _shares(
        self, paid: SeenFunding, there: Instrument, fills: Iterable[tuple[str, SeenFill]]
    ) -> dict[str, Decimal]:
        """In proportion to the positions, signed: who holds against the others receives what they pay for it."""
        portfolio = self._portfolio
        held = {strategy: portfolio.position_points(strategy, there) for strategy in portfolio.strategies}
        held[UNASSIGNED] = portfolio.unassigned_points(there)
        for strategy, seen in fills:
            if seen.instrument == there.id and seen.ts_ns > paid.ts_ns and strategy in held:
                held[strategy] -= seen.fill.size_points if seen.is_buy else -seen.fill.size_points
        owners = [strategy for strategy in portfolio.strategies if held[strategy]]
        total = sum(held.values())
        if not total:
            return {}
        with Exactly():
            shares = {name: (paid.amount * held[name] / total).quantize(COST_STEP) for name in owners}
            if owners and not held[UNASSIGNED]:
                shares[owners[-1]] += paid.amount - sum(shares.values(), ZERO)
        return shares
