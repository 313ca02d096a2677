"""Orders as Bitget shows them, read from each endpoint and channel with the quirks of that one."""

from __future__ import annotations

from framework.model.money import ZERO
from framework.venues.bitget.fees import Paid, one_fee, read_fees, total
from framework.venues.bitget.products import Product
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import STATUSES, FeeSeen, FillSeen, OrderSeen
from framework.venues.bitget.words import PRODUCTS, ROLES, SIDES, TYPES, YES, force_of, traded_buy


def spot_order(row: Row, *, is_open_list: bool = False) -> OrderSeen:
    """An order of `spot/trade/orderInfo`, `history-orders`, or `unfilled-orders`.

    Args:
        is_open_list: of `unfilled-orders`, where `priceAvg` is the order's price and `basePrice` that of its fills.
    """
    is_market, is_buy = row.word("orderType", TYPES), row.word("side", SIDES)
    size = row.number("size")
    tif, post_only = force_of(row, "force")
    in_quote = is_market and is_buy
    return OrderSeen(
        venue_order_id=row.text("orderId"),
        client_order_id=row.text("clientOid", ""),
        product=Product.SPOT,
        symbol=row.text("symbol"),
        is_buy=is_buy,
        is_market=is_market,
        price=ZERO if is_market else row.number("priceAvg" if is_open_list else "price"),
        size=ZERO if in_quote else size,
        amount=size if in_quote else ZERO,
        filled=row.number("baseVolume", ZERO),
        avg_price=row.number("basePrice" if is_open_list else "priceAvg", ZERO),
        status=row.word("status", STATUSES),
        tif=tif,
        post_only=post_only,
        reduce_only=False,
        fees=read_fees(row, Paid.NEGATIVE),
        ts_created_ns=row.ts_ns("cTime"),
        ts_venue_ns=row.ts_ns("uTime"),
        cancel_reason=row.text("cancelReason", ""),
    )


def spot_push(row: Row) -> OrderSeen:
    """An order of the `orders` channel of spot: `newSize` is its size, `size` there is the notional."""
    is_market, is_buy = row.word("orderType", TYPES), row.word("side", SIDES)
    size = row.number("newSize" if row.has("newSize") else "size")
    in_quote = is_market and is_buy
    tif, post_only = force_of(row, "force")
    return OrderSeen(
        venue_order_id=row.text("orderId"),
        client_order_id=row.text("clientOid", ""),
        product=Product.SPOT,
        symbol=row.text("instId"),
        is_buy=is_buy,
        is_market=is_market,
        price=ZERO if is_market else row.number("price"),
        size=ZERO if in_quote else size,
        amount=size if in_quote else ZERO,
        filled=row.number("accBaseVolume", ZERO),
        avg_price=row.number("priceAvg", ZERO),
        status=row.word("status", STATUSES),
        tif=tif,
        post_only=post_only,
        reduce_only=False,
        fees=read_fees(row, Paid.NEGATIVE),
        ts_created_ns=row.ts_ns("cTime"),
        ts_venue_ns=row.ts_ns("uTime"),
        cancel_reason=row.text("cancelReason", ""),
        fill=_pushed_fill(row, Product.SPOT, is_buy=is_buy),
    )


def futures_order(row: Row, *, is_push: bool = False) -> OrderSeen:
    """An order of `mix/order/*`, or of the `orders` channel of futures.

    Args:
        is_push: of the channel: the symbol is `instId`, and `baseVolume` is the last fill's, not the sum.
    """
    is_market, is_buy = row.word("orderType", TYPES), traded_buy(row)
    tif, post_only = force_of(row, "force")
    fee = row.number("fee", ZERO)
    fees = read_fees(row, Paid.NEGATIVE) or (
        (FeeSeen(total(fee, Paid.NEGATIVE), row.text("marginCoin")),) if fee else ()
    )
    is_close = row.text("tradeSide", "").lower() == "close"
    return OrderSeen(
        venue_order_id=row.text("orderId"),
        client_order_id=row.first("clientOid", "clientOId"),
        product=Product.USDT_FUTURES,
        symbol=row.text("instId" if is_push else "symbol"),
        is_buy=is_buy,
        is_market=is_market,
        price=ZERO if is_market else row.number("price"),
        size=row.number("size"),
        amount=ZERO,
        filled=row.number("accBaseVolume" if is_push else "baseVolume", ZERO),
        avg_price=row.number("priceAvg", ZERO),
        # `detail` says `state`.
        status=row.word("status" if row.has("status") else "state", STATUSES),
        tif=tif,
        post_only=post_only,
        reduce_only=is_close or row.word("reduceOnly", YES, default=False),
        fees=fees,
        ts_created_ns=row.ts_ns("cTime"),
        ts_venue_ns=row.ts_ns("uTime"),
        cancel_reason=row.text("cancelReason", ""),
        fill=_pushed_fill(row, Product.USDT_FUTURES, is_buy=is_buy) if is_push else None,
    )


def _pushed_fill(row: Row, product: Product, *, is_buy: bool) -> FillSeen | None:
    """The last fill that a push of the `orders` channel tells."""
    if not row.has("tradeId") or not row.has("fillPrice"):
        return None
    fee = FeeSeen(total(row.number("fillFee", ZERO), Paid.NEGATIVE), row.text("fillFeeCoin", ""))
    return FillSeen(
        row.text("tradeId"), row.text("orderId"), row.first("clientOid", "clientOId"), product, row.text("instId"),
        is_buy, row.number("fillPrice"), row.number("baseVolume"), fee, row.word("tradeScope", ROLES),
        row.ts_ns("fillTime"),
    )  # fmt: skip


def unified_order(row: Row) -> OrderSeen:
    """An order of a unified account, from REST or the `order` topic."""
    is_market, is_buy = row.word("orderType", TYPES), row.word("side", SIDES)
    product = row.word("category", PRODUCTS)
    qty = row.number("qty", ZERO)
    # A market buy on spot: `qty` is "0" or is said in quote again, and `amount` is its size.
    in_quote = is_market and is_buy and product is Product.SPOT
    tif, post_only = force_of(row, "timeInForce")
    return OrderSeen(
        venue_order_id=row.text("orderId"),
        client_order_id=row.text("clientOid", ""),
        product=product,
        symbol=row.text("symbol"),
        is_buy=is_buy,
        is_market=is_market,
        price=ZERO if is_market else row.number("price"),
        size=ZERO if in_quote else qty,
        amount=(row.number("amount", ZERO) or qty) if in_quote else ZERO,
        filled=row.number("cumExecQty", ZERO),
        avg_price=row.number("avgPrice", ZERO),
        status=row.word("orderStatus", STATUSES),
        tif=tif,
        post_only=post_only,
        reduce_only=row.word("reduceOnly", YES, default=False) or row.text("tradeSide", "").lower() == "close",
        fees=read_fees(row, Paid.POSITIVE),
        ts_created_ns=row.ts_ns("createdTime"),
        ts_venue_ns=row.ts_ns("updatedTime"),
        cancel_reason=row.text("cancelReason", ""),
    )


def spot_fill(row: Row, *, is_push: bool = False) -> FillSeen:
    """A fill of `spot/trade/fills`, where a paid fee is negative, or of the `fill` channel, where it is positive."""
    fees = read_fees(row, Paid.POSITIVE if is_push else Paid.NEGATIVE)
    return FillSeen(
        row.text("tradeId"), row.text("orderId"), row.text("clientOid", ""), Product.SPOT, row.text("symbol"),
        row.word("side", SIDES), row.number("priceAvg"), row.number("size"), one_fee(fees, row.where),
        row.word("tradeScope", ROLES), row.ts_ns("cTime"),
    )  # fmt: skip


def futures_fill(row: Row) -> FillSeen:
    """A fill of `mix/order/fills` or of the `fill` channel of futures: a paid fee is negative in both."""
    fees = read_fees(row, Paid.NEGATIVE)
    return FillSeen(
        row.text("tradeId"), row.text("orderId"), row.text("clientOid", ""), Product.USDT_FUTURES,
        row.text("symbol").upper(), traded_buy(row), row.number("price"), row.number("baseVolume"),
        one_fee(fees, row.where), row.word("tradeScope", ROLES), row.ts_ns("cTime"),
    )  # fmt: skip


def unified_fill(row: Row) -> FillSeen:
    """A fill of a unified account, from REST or the `fill` topic. `fast-fill` has no fee and is not read so."""
    fees = read_fees(row, Paid.POSITIVE)
    return FillSeen(
        row.text("execId"), row.text("orderId"), row.text("clientOid", ""), row.word("category", PRODUCTS),
        row.text("symbol"), row.word("side", SIDES), row.number("execPrice"), row.number("execQty"),
        one_fee(fees, row.where), row.word("tradeScope", ROLES), row.ts_ns("execTime") or row.ts_ns("createdTime"),
    )  # fmt: skip
