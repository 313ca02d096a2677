"""New perpetual orders and their cancels, as V2 and V3 share them."""

from __future__ import annotations

from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.doorman import check_window
from framework.sandbox.bitget.listings import ListedProduct, Listing
from framework.sandbox.bitget.order import AcceptedOrder, Wanted
from framework.sandbox.bitget.refused import missing, order_absent, order_refusal, wrong

STP = ("none", "cancel_taker", "cancel_maker", "cancel_both")
FORCES = ("gtc", "ioc", "fok", "post_only")


def mix_wanted(call: Call, listing: Listing) -> Wanted:
    """V2: in hedge mode `side` is the position's, so a close trades the other way (reference 7).

    Raises:
        BitgetRefusal: what is missing or wrong.
    """
    side, is_hedged = call.choice("side", "buy", "sell"), call.member.is_hedged
    trade_side = call.text("tradeSide").lower()
    if is_hedged and trade_side not in ("open", "close"):
        raise order_refusal("position_mode", is_spot=False, is_unified=False)
    closes = is_hedged and trade_side == "close"
    is_market = call.choice("orderType", "limit", "market") == "market"
    return Wanted(
        listing,
        is_buy=(side == "buy") != closes,
        is_market=is_market,
        force=call.choice("force", *FORCES, default="gtc"),
        size=call.needed("size"),
        price=call.text("price"),
        client_id=call.text("clientOid"),
        stp=call.choice("stpMode", *STP, default="none"),
        reduce_only=not is_hedged and call.choice("reduceOnly", "yes", "no", default="no") == "yes",
        hold_side=("long" if side == "buy" else "short") if is_hedged else "net",
        closes=closes,
        margin_mode=call.choice("marginMode", "isolated", "crossed"),
    )


def unified_wanted(call: Call) -> Wanted:
    """V3: `side` is the trade's; `posSide` names the position in hedge mode. Raises as `mix_wanted`."""
    check_window(call.text("requestTime"), call.text("receiveWindow"), call.now_ms)
    product = call.product("category")
    if product is None:
        raise wrong("category", is_unified=True)
    listing, is_hedged = call.listing(product), call.member.is_hedged and product is ListedProduct.PERPETUAL
    is_buy = call.choice("side", "buy", "sell") == "buy"
    pos_side = call.text("posSide").lower()
    if is_hedged and pos_side not in ("long", "short"):
        raise order_refusal("position_mode", is_spot=False, is_unified=True)
    return Wanted(
        listing,
        is_buy=is_buy,
        is_market=call.choice("orderType", "limit", "market") == "market",
        force=call.choice("timeInForce", *FORCES, default="gtc"),
        size=call.needed("qty"),
        price=call.text("price"),
        client_id=call.text("clientOid"),
        stp=call.choice("stpMode", *STP, default="none"),
        reduce_only=not is_hedged
        and product is ListedProduct.PERPETUAL
        and call.choice("reduceOnly", "yes", "no", default="no") == "yes",
        hold_side=pos_side if is_hedged else "net",
        closes=is_hedged and is_buy != (pos_side == "long"),
        margin_mode=call.choice("marginMode", "isolated", "crossed", default="crossed"),
    )


def found(call: Call, product: ListedProduct | None = None, symbol: str = "") -> AcceptedOrder:
    """The open order that `orderId` or `clientOid` names.

    Raises:
        BitgetRefusal: none is named, or none is open under that name.
    """
    order_id, client_id = call.text("orderId"), call.text("clientOid")
    if not order_id and not client_id:
        raise missing("orderId", is_unified=call.is_unified)
    order = call.member.find(order_id, client_id)
    is_other = order is not None and (
        (product is not None and order.listing.product is not product) or symbol not in ("", order.listing.symbol)
    )
    if order is None or not order.is_open or is_other:
        raise order_absent(is_spot=product is ListedProduct.SPOT, is_unified=call.is_unified)
    return order


def closing(member_call: Call, listing: Listing, hold_side: str, points: int) -> Wanted:
    """The market order that closes a position of so many points."""
    closes = hold_side != "net"
    return Wanted(
        listing,
        is_buy=points < 0,
        is_market=True,
        force="gtc",
        size=listing.instrument.size_text(abs(points)),
        reduce_only=not closes,
        hold_side=hold_side,
        closes=closes,
        client_id=member_call.text("newClientOid"),
    )
