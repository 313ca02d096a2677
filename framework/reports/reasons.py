"""Why orders were refused, in words, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from framework.reports.words import clean


class Advice(NamedTuple):
    """What a reason means, and what a person can change."""

    meaning: str
    remedy: str


REMEDIES: Final[Mapping[str, Advice]] = {
    "already_done": Advice("the order had filled or ended before", "nothing: the venue was quicker"),
    "bad_number": Advice(
        "a price, size or word of a verb that cannot be used", "correct it in the strategy; the detail names it"
    ),
    "banned": Advice(
        "the venue refused everything for a while", "find out who else trades behind this account or address"
    ),
    "batch_too_long": Advice(
        "more orders in a request than the venue takes", "please report it: the router should split"
    ),
    "duplicate_id": Advice("an order id was used twice", "please report it: ids are never used twice"),
    "dust": Advice("what was left of it is less than any order", "nothing; ask for more at a time to leave less"),
    "fok_unfilled": Advice("fill-or-kill, and not all of it could fill", "ask for less, or use ioc"),
    "funds": Advice("the strategy has not enough free", "raise its capital, or ask for less"),
    "gate_closed": Advice("the gate was closed: nothing new leaves", "see why it closed before opening it"),
    "handler_raised": Advice("the strategy's handler raised", "correct the strategy; the log has the stack"),
    "instruments": Advice("the limits do not let it be traded", "add it to instruments in [limits], if it is to be"),
    "insufficient_balance": Advice("the account has not enough free", "raise [paper] balances, or ask for less"),
    "ioc_unfilled": Advice("immediate-or-cancel, and the rest found nobody", "nothing, or a better price"),
    "max_cancel_ratio": Advice(
        "too many cancels for the orders made", "quote steadier: keep_within_bps leaves orders where they are"
    ),
    "max_clock_skew": Advice(
        "the venue's clock and ours disagree", "set this machine's clock; see that its time service runs"
    ),
    "max_drawdown": Advice("too far below the best of the run", "look at the strategy before you lift it"),
    "max_equal_rejects": Advice("the venue refused the same again and again", "see why, correct it, then lift it"),
    "max_exposure": Advice("positions and open orders would be worth too much", "ask for less, or raise the limit"),
    "max_feed_age": Advice("prices are too old to trade on", "see why the feed is quiet"),
    "max_loss": Advice("too much was lost", "look at the strategy before you lift it"),
    "max_open_orders": Advice("as many open orders as the limits allow", "cancel some first, or use fewer rungs"),
    "max_order_notional": Advice("worth more than the limits allow", "ask for less at a time"),
    "max_order_size": Advice("larger than the limits allow", "ask for less at a time"),
    "max_orders_per_fill": Advice("too many orders for what filled", "quote steadier, or nearer to the market"),
    "max_position": Advice("the position would be too large", "ask for less, or raise the limit"),
    "max_size": Advice("above the venue's largest order", "ask for less at a time"),
    "message_rate": Advice("more messages than the limits allow", "ask less often, or raise the limit"),
    "min_notional": Advice("worth less than the venue's smallest order", "raise the size or notional of each order"),
    "min_size": Advice("smaller than the venue's smallest order", "raise the size or notional of each order"),
    "muted": Advice("the strategy was not ready yet", "ask from on_ready on"),
    "no_liquidity": Advice("nobody on the other side", "use a limit price, or wait for a quote"),
    "no_quote": Advice("no price was known yet", "wait for the first quote before a market order"),
    "no_venue": Advice("there is no way to that venue in this run", "trade where the run has an account"),
    "off_lot": Advice("the size is between two lots", "give a float, which is rounded, or a multiple of the lot"),
    "off_tick": Advice("the price is between two ticks", "give a float, which is rounded, or a multiple of the tick"),
    "open_orders": Advice("as many open orders as the venue allows", "cancel some first, or use fewer rungs"),
    "post_only_would_take": Advice(
        "post-only, and it would have taken", "nothing, or quote further from the other side"
    ),
    "price_band": Advice("too far from the market for the venue", "move the price nearer"),
    "price_collar": Advice("too far from the last good quote", "correct the price; the detail has both"),
    "rate_limited": Advice(
        "the venue's rate limit was used up", "send less often; requests and batches are in the report"
    ),
    "reduce_only": Advice("reduce-only, and there was nothing to reduce", "nothing: the position was closed already"),
    "self_cross": Advice(
        "it would have traded with another order of ours",
        "keep strategies of one market apart, or take the resting order back first",
    ),
    "self_trade": Advice("it would have traded with our own order", "keep bids and asks of one account apart"),
    "size_below_filled": Advice("amended to less than was filled already", "nothing: the fill was quicker"),
    "stale": Advice("waited too long before it could leave", "ask for less at once; the limits were busy"),
    "too_many_intents": Advice(
        "more intents in one handler than are taken", "ask for less at once; see for a loop without an end"
    ),
    "unknown_instrument": Advice("the venue does not trade it", "correct the instrument in config"),
    "unknown_order": Advice(
        "the venue does not know the order", "nothing, if it ended long ago; else please report it"
    ),
}
"""By the reason that router, gate and venues give."""


def advice(reason: str) -> Advice:
    """The words for a reason; an unknown one is shown as it is."""
    known = REMEDIES.get(reason)
    if known is not None:
        return known
    return Advice(
        clean(reason.replace("_", " "), 60) or "no reason given", "read the detail; the journal has every case"
    )
