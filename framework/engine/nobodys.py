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
    """Book what is nobody's from now on; what a person adopted as missing is remembered, for it may have been a strategy's."""
    for asset, value in adopted.balances.items() if adopted.settled_ns else ():
        _take_away(portfolio, asset, MONEY.subtract(value, portfolio.unassigned.get(asset, ZERO)))
    portfolio.assign(adopted.balances)
    portfolio.assign_positions(
        {instrument(name): points for name, points in adopted.positions.items()},
        {instrument(name): cost for name, cost in adopted.costs.items()},
    )


def _take_away(portfolio: Portfolio, asset: str, amount: Decimal) -> None:
    """So much more, or less, is there: what came back is not missing, and what came on top makes nothing less missing later."""
    missing = min(MONEY.add(portfolio.taken_away.pop(asset, ZERO), amount), ZERO)
    if missing:
        portfolio.taken_away[asset] = missing


def closable(portfolio: Portfolio, there: Instrument, strategy: str) -> int:
    """How much of a strategy's position what is nobody's closes, in size points, with the position's sign."""
    position = portfolio.position_points(strategy, there)
    nobodys = portfolio.unassigned_points(there)
    if there.is_spot:  # coins beyond our books are nobody's trade: only what is missing is, whatever else lies there
        missing = min(portfolio.unassigned.get(there.base, ZERO), portfolio.taken_away.get(there.base, ZERO), ZERO)
        nobodys = int(missing / there.size_point)
    if position * nobodys >= 0:
        return 0
    least = min(abs(position), abs(nobodys))
    return least if position > 0 else -least


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
    if there.is_spot:
        _take_away(portfolio, there.base, there.size_exact(signed))
    else:
        moved, costs = MONEY.subtract(cost, portfolio.strategies_cost(there)), portfolio.all_unassigned_costs
        known = {there: MONEY.add(costs[there], moved)} if there in costs else {}
        portfolio.assign_positions({there: portfolio.unassigned_points(there) + signed}, known)
