"""What is nobody's, closed against a strategy's position: a person closed that by hand, and says so."""

from __future__ import annotations

from framework.engine.portfolio import Portfolio
from framework.kernel.book_records import PositionsNetted
from framework.model.instrument import Instrument
from framework.model.money import MONEY, ZERO
from framework.model.orders import UNASSIGNED


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
    if not there.is_spot:
        signed = netted.size_points if netted.buyer == UNASSIGNED else -netted.size_points
        moved, costs = MONEY.subtract(cost, portfolio.strategies_cost(there)), portfolio.all_unassigned_costs
        known = {there: MONEY.add(costs[there], moved)} if there in costs else {}
        portfolio.assign_positions({there: portfolio.unassigned_points(there) + signed}, known)
