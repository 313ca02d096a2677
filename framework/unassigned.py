"""What an account holds beyond the books of its strategies: it belongs to none of them, and is never traded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from framework.core import Core
from framework.engine.nobodys import book_adopted, book_netted, closable
from framework.kernel.book_records import BooksAdopted, PositionsNetted
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO, plain
from framework.model.orders import UNASSIGNED
from framework.router.doubt.reconcile import Difference, DifferenceKind, Reconcile


class Unassigned:
    """Gives to nobody what a comparison found and our books lack.

    Args:
        core: whose portfolio it is; its journal keeps what was given.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.settled_ns = 0
        """See `BooksAdopted.settled_ns`."""
        self._adopted: list[Instrument] = []
        """Where something was adopted, until it is told what stands against it."""

    def open_books(self, reconcile: Reconcile) -> list[Difference]:
        """The first start on an account: what is no strategy's capital is unassigned, and never touched."""
        portfolio, balances = self._core.engine.portfolio, reconcile.balances
        rest: dict[str, Decimal] = {}
        short = []
        for asset in dict.fromkeys((*balances, *portfolio.totals())):
            owned, held = portfolio.strategies_own(asset), balances.get(asset, ZERO)
            rest[asset] = max(MONEY.subtract(held, owned), ZERO)
            if held < owned:
                text = f"{asset}: strategies have {plain(owned)} of capital, the venue holds {plain(held)}"
                short.append(Difference(DifferenceKind.BALANCE, asset, text, MONEY.subtract(held, owned)))
        known = self._core.engine.instruments
        moved = {known[name]: points for name, points in reconcile.positions.items() if name in known}
        self._assign(reconcile, rest, moved)
        return short

    def take_over(self, reconcile: Reconcile, differences: Iterable[Difference]) -> None:
        """What the venue holds more than our books, or less, is no strategy's from now on."""
        portfolio, known = self._core.engine.portfolio, self._core.engine.instruments
        differences = tuple(differences)
        amounts = {each.subject: each.amount for each in differences if each.kind is DifferenceKind.BALANCE}
        moved = {known[each.subject]: int(each.amount) for each in differences if each.kind is DifferenceKind.POSITION}
        self._assign(
            reconcile,
            {asset: MONEY.add(portfolio.unassigned.get(asset, ZERO), amount) for asset, amount in amounts.items()},
            {there: portfolio.unassigned_points(there) + points for there, points in moved.items()},
            reconcile.asked_ns,
        )
        self._adopted += [
            there for there in known.values() if there in moved or (there.is_spot and there.base in amounts)
        ]

    def against(self) -> list[str]:
        """What a person should know of what was adopted since this was last asked, a line each."""
        adopted, self._adopted = dict.fromkeys(self._adopted), []
        return [words for there in adopted for words in self._against(there)]

    def close_for(self, strategy: str) -> tuple[list[str], list[str]]:
        """A person closed positions of a strategy by hand: what is nobody's and stands against them closes them.

        At the middle of the quote, in the books alone; what the trade made otherwise stays nobody's.

        Returns:
            What was closed, a line each; and what was not, and why: empty where there is no more to close.
        """
        core, closed, kept = self._core, list[str](), list[str]()
        for there in core.engine.instruments.values():
            size = closable(core.engine.portfolio, there, strategy)
            quote = core.engine.quote(there)
            if size and quote is None:
                kept.append(
                    f"{there.id}: not closed: expected a quote to close it at, found none; ask again when it has one"
                )
            elif size and quote is not None:
                price = (quote.bid_points + quote.ask_points) // 2
                buyer, seller = (strategy, UNASSIGNED) if size < 0 else (UNASSIGNED, strategy)
                netted = PositionsNetted(there.id, buyer, seller, abs(size), price)
                core.journal.write(netted)  # before it is so, as all that changes books
                book_netted(core.engine.portfolio, there, netted)
                done = f"{there.size_text(abs(size))} {there.base} at {there.price_text(price)}"
                closed.append(f"{there.id}: {strategy} {'bought' if size < 0 else 'sold'} {done}, by your hand")
        if not closed and not kept:
            kept.append(f"nothing closed: no position of {strategy} stands against what is nobody's")
        return closed, kept

    def _against(self, there: Instrument) -> Iterator[str]:
        """That strategies hold what may have been closed by hand: to a venue all of it is one position."""
        portfolio = self._core.engine.portfolio
        points = portfolio.unassigned_points(there)
        held = {strategy: portfolio.position_points(strategy, there) for strategy in portfolio.strategies}
        theirs = [strategy for strategy in held if closable(portfolio, there, strategy)]
        others = ", ".join(f"{strategy} {there.size_text(held[strategy])}" for strategy in theirs)
        if any(held[strategy] * points < 0 for strategy in theirs):
            yield (
                f"{there.id}: {there.size_text(points)} is nobody's now, against it stand in our books {others}: "
                "to close those, by a flattening too, opens as much at the venue, which nobody closes; if you closed a "
                "strategy's by hand: run.py adopt --close STRATEGY; what you traded by hand you may trade back by hand too"
            )
        elif theirs:
            yield (
                f"{there.id}: our books have {others}; if you closed a strategy's by hand: run.py adopt --close STRATEGY, "
                "or a flattening of it closes as much of what is nobody's"
            )

    def _assign(
        self,
        reconcile: Reconcile,
        unassigned: Mapping[str, Decimal],
        positions: Mapping[Instrument, int],
        settled_ns: int = 0,
    ) -> None:
        portfolio = self._core.engine.portfolio
        moved = {there: points for there, points in positions.items() if portfolio.unassigned_points(there) != points}
        costs = {
            there: MONEY.subtract(cost, portfolio.strategies_cost(there))
            for there in moved
            if (cost := reconcile.cost_of(there)) is not None
        }
        changed = {
            asset: value for asset, value in unassigned.items() if portfolio.unassigned.get(asset, ZERO) != value
        }
        if changed or moved or settled_ns:
            self.settled_ns = max(self.settled_ns, settled_ns)
            adopted = BooksAdopted(
                changed,
                {there.id: points for there, points in moved.items()},
                {there.id: cost for there, cost in costs.items()},
                settled_ns,
            )
            self._core.journal.write(adopted)
            book_adopted(portfolio, adopted, self._core.engine.instruments.__getitem__)
