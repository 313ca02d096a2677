"""What is nobody's: given to nobody by an adoption, or closed against a strategy's position that a person closed by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from framework.engine.portfolio import Portfolio
from framework.kernel.book_records import BooksAdopted, PositionsNetted
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO
from framework.model.orders import UNASSIGNED


def book_adopted(portfolio: Portfolio, adopted: BooksAdopted, instrument: Callable[[str], Instrument]) -> None:
    """Book what is nobody's from now on; what a person adopted beside our books is remembered, for it may be a strategy's."""
    positions = {instrument(name): points for name, points in adopted.positions.items()}
    if adopted.settled_ns:
        for asset, value in adopted.balances.items():
            portfolio.by_hand.found(asset, MONEY.subtract(value, portfolio.unassigned.get(asset, ZERO)))
        for there, points in positions.items():
            portfolio.by_hand.found(there.id, Decimal(points - portfolio.unassigned_points(there)))
    portfolio.assign(adopted.balances)
    portfolio.assign_positions(positions, {instrument(name): cost for name, cost in adopted.costs.items()})


def closable(portfolio: Portfolio, there: Instrument, strategy: str) -> int:
    """How much of a strategy's position what is nobody's closes, in size points, with the position's sign.

    What stands against it, or what adoptions found, whatever of a person's own lies beside it.
    """
    position, by_hand = portfolio.position_points(strategy, there), portfolio.by_hand
    nobodys = portfolio.unassigned_points(there)
    if there.is_spot:
        nobodys = int(portfolio.unassigned.get(there.base, ZERO) / there.size_point)
    if position > 0:
        return min(position, -min(nobodys, by_hand.less(there), 0))
    if there.is_spot:
        return 0  # coins beyond our books are nobody's trade: only what is missing is
    return max(position, -max(nobodys, by_hand.more(there), 0))


def book_netted(portfolio: Portfolio, there: Instrument, netted: PositionsNetted) -> None:
    """Book what closed against each other, in the books alone: the account holds as much of everything as before."""
    owned = {asset: portfolio.strategies_own(asset) for asset in (there.base, there.quote)}
    cost = portfolio.strategies_cost(there)
    portfolio.net_out(there, netted.buyer, netted.seller, netted.price_points, netted.size_points)
    if UNASSIGNED not in (netted.buyer, netted.seller):
        return
    nobodys = {asset: portfolio.unassigned.get(asset, ZERO) for asset in owned}
    gained = {asset: MONEY.subtract(portfolio.strategies_own(asset), before) for asset, before in owned.items()}
    portfolio.assign({asset: MONEY.subtract(nobodys[asset], gain) for asset, gain in gained.items() if gain})
    signed = netted.size_points if netted.buyer == UNASSIGNED else -netted.size_points
    portfolio.by_hand.closed(there, signed)
    if not there.is_spot:
        moved, costs = MONEY.subtract(cost, portfolio.strategies_cost(there)), portfolio.all_unassigned_costs
        known = {there: MONEY.add(costs[there], moved)} if there in costs else {}
        portfolio.assign_positions({there: portfolio.unassigned_points(there) + signed}, known)
