"""Every endpoint that we use, one row each. There is no row for transfers and withdrawals, nor for changing an account.

Limits are units a second, per UID for private endpoints and per IP for public ones; a number of which sources differ is
the lower one. Sources: the documentation's page of each endpoint (reference, section 5.1); `bucket` is the name under
which `rules/` budgets it, empty where it does not yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from framework.model.key_rights import KeyScope
from framework.venues.bitget.products import AccountKind, Product

READ, TRADE = KeyScope.READ, KeyScope.TRADE
CLASSIC, UNIFIED = AccountKind.CLASSIC, AccountKind.UNIFIED
SPOT, FUTURES = Product.SPOT, Product.USDT_FUTURES


class Endpoint(Struct, frozen=True):
    """A method and a path, who may call it and what it costs."""

    method: str
    path: str
    per_second: int
    scope: KeyScope | None = None
    """What a key needs; None: public, no key."""
    account: AccountKind | None = None
    """Whose keys it takes; None: it is public."""
    area: str = ""
    """Where a key needs it: `spot`, `futures`; empty: any right will do."""
    bucket: str = ""
    is_repeatable: bool = True
    """Asking again changes nothing more: questions and cancels. What creates or changes an order is never repeated."""
    orders_per_unit: int = 0
    """A batch costs a unit for every started so many orders of a pair; 0: one, whatever it holds."""
    orders_max: int = 1

    @property
    def name(self) -> str:
        """For messages: `spot/trade/place-order`."""
        return self.path.removeprefix("/api/v2/").removeprefix("/api/")


def _public(path: str, per_second: int = 20) -> Endpoint:
    return Endpoint("GET", path, per_second)


def _asked(path: str, per_second: int, account: AccountKind, area: str = "") -> Endpoint:
    return Endpoint("GET", path, per_second, READ, account, area)


def _sent(path: str, per_second: int, account: AccountKind, area: str, bucket: str = "", *, creates: bool) -> Endpoint:
    return Endpoint("POST", path, per_second, TRADE, account, area, bucket, not creates)


def _batch(
    path: str, per_second: int, account: AccountKind, area: str, bucket: str, orders_max: int, *, creates: bool
) -> Endpoint:
    return Endpoint("POST", path, per_second, TRADE, account, area, bucket, not creates, 10, orders_max)


S2, M2, V3 = "/api/v2/spot", "/api/v2/mix", "/api/v3"

# --- public ----------------------------------------------------------------------------------------------------------
TIME: Final = _public("/api/v2/public/time")
SPOT_SYMBOLS: Final = _public(f"{S2}/public/symbols")
SPOT_TICKERS: Final = _public(f"{S2}/market/tickers")
SPOT_BOOK: Final = _public(f"{S2}/market/orderbook")
SPOT_CANDLES: Final = _public(f"{S2}/market/candles")
SPOT_CANDLES_OLD: Final = _public(f"{S2}/market/history-candles")
SPOT_TRADES_OLD: Final = _public(f"{S2}/market/fills-history", 10)
FUTURES_CONTRACTS: Final = _public(f"{M2}/market/contracts")
FUTURES_CANDLES: Final = _public(f"{M2}/market/candles")
FUTURES_PRICES: Final = _public(f"{M2}/market/symbol-price")
FUTURES_FUNDING: Final = _public(f"{M2}/market/current-fund-rate")
FUTURES_FUNDING_TIME: Final = _public(f"{M2}/market/funding-time")
UNIFIED_INSTRUMENTS: Final = _public(f"{V3}/market/instruments")
UNIFIED_TICKERS: Final = _public(f"{V3}/market/tickers")
UNIFIED_BOOK: Final = _public(f"{V3}/market/orderbook")
UNIFIED_CANDLES: Final = _public(f"{V3}/market/candles")
UNIFIED_FUNDING: Final = _public(f"{V3}/market/current-fund-rate")

# --- classic account, spot -------------------------------------------------------------------------------------------
KEY_CLASSIC: Final = _asked(f"{S2}/account/info", 1, CLASSIC, "spot")
SPOT_ASSETS: Final = _asked(f"{S2}/account/assets", 10, CLASSIC, "spot")
SPOT_BILLS: Final = _asked(f"{S2}/account/bills", 10, CLASSIC, "spot")
TRADE_RATE: Final = _asked("/api/v2/common/trade-rate", 10, CLASSIC)
SPOT_ORDER: Final = _asked(f"{S2}/trade/orderInfo", 20, CLASSIC, "spot")
SPOT_OPEN: Final = _asked(f"{S2}/trade/unfilled-orders", 20, CLASSIC, "spot")
SPOT_DONE: Final = _asked(f"{S2}/trade/history-orders", 20, CLASSIC, "spot")
SPOT_FILLS: Final = _asked(f"{S2}/trade/fills", 10, CLASSIC, "spot")
SPOT_PLANS: Final = _asked(f"{S2}/trade/current-plan-order", 20, CLASSIC, "spot")
SPOT_PLANS_DONE: Final = _asked(f"{S2}/trade/history-plan-order", 20, CLASSIC, "spot")
SPOT_PLACE: Final = _sent(f"{S2}/trade/place-order", 10, CLASSIC, "spot", "place", creates=True)
SPOT_PLACE_BATCH: Final = _batch(f"{S2}/trade/batch-orders", 5, CLASSIC, "spot", "place_batch", 50, creates=True)
SPOT_CANCEL: Final = _sent(f"{S2}/trade/cancel-order", 10, CLASSIC, "spot", "cancel", creates=False)
SPOT_CANCEL_BATCH: Final = _batch(
    f"{S2}/trade/batch-cancel-order", 5, CLASSIC, "spot", "cancel_batch", 50, creates=False
)
SPOT_CANCEL_SYMBOL: Final = _sent(f"{S2}/trade/cancel-symbol-order", 5, CLASSIC, "spot", "cancel_symbol", creates=False)
SPOT_REPLACE: Final = _sent(f"{S2}/trade/cancel-replace-order", 5, CLASSIC, "spot", "replace", creates=True)
SPOT_REPLACE_BATCH: Final = _batch(
    f"{S2}/trade/batch-cancel-replace-order", 5, CLASSIC, "spot", "replace_batch", 50, creates=True
)
SPOT_PLAN_ORDERS: Final = _asked(f"{S2}/trade/plan-sub-order", 20, CLASSIC, "spot")
SPOT_PLAN_PLACE: Final = _sent(f"{S2}/trade/place-plan-order", 20, CLASSIC, "spot", creates=True)
SPOT_PLAN_MODIFY: Final = _sent(f"{S2}/trade/modify-plan-order", 20, CLASSIC, "spot", creates=True)
SPOT_PLAN_CANCEL: Final = _sent(f"{S2}/trade/cancel-plan-order", 20, CLASSIC, "spot", creates=False)
SPOT_PLAN_CANCEL_ALL: Final = _sent(f"{S2}/trade/batch-cancel-plan-order", 20, CLASSIC, "spot", creates=False)

# --- classic account, USDT-M perpetuals ------------------------------------------------------------------------------
FUTURES_ACCOUNT: Final = _asked(f"{M2}/account/account", 10, CLASSIC, "futures")
FUTURES_ACCOUNTS: Final = _asked(f"{M2}/account/accounts", 10, CLASSIC, "futures")
FUTURES_BILLS: Final = _asked(f"{M2}/account/bill", 10, CLASSIC, "futures")
FUTURES_POSITIONS: Final = _asked(f"{M2}/position/all-position", 5, CLASSIC, "futures positions")
FUTURES_POSITION: Final = _asked(f"{M2}/position/single-position", 10, CLASSIC, "futures positions")
FUTURES_ORDER: Final = _asked(f"{M2}/order/detail", 10, CLASSIC, "futures")
FUTURES_OPEN: Final = _asked(f"{M2}/order/orders-pending", 10, CLASSIC, "futures")
FUTURES_DONE: Final = _asked(f"{M2}/order/orders-history", 10, CLASSIC, "futures")
FUTURES_FILLS: Final = _asked(f"{M2}/order/fills", 10, CLASSIC, "futures")
FUTURES_PLANS: Final = _asked(f"{M2}/order/orders-plan-pending", 10, CLASSIC, "futures")
FUTURES_PLANS_DONE: Final = _asked(f"{M2}/order/orders-plan-history", 10, CLASSIC, "futures")
FUTURES_PLACE: Final = _sent(f"{M2}/order/place-order", 10, CLASSIC, "futures", "place", creates=True)
FUTURES_PLACE_BATCH: Final = _batch(
    f"{M2}/order/batch-place-order", 5, CLASSIC, "futures", "place_batch", 50, creates=True
)
FUTURES_CANCEL: Final = _sent(f"{M2}/order/cancel-order", 10, CLASSIC, "futures", "cancel", creates=False)
FUTURES_CANCEL_BATCH: Final = _batch(
    f"{M2}/order/batch-cancel-orders", 10, CLASSIC, "futures", "cancel_batch", 50, creates=False
)
FUTURES_CANCEL_ALL: Final = _sent(f"{M2}/order/cancel-all-orders", 1, CLASSIC, "futures", creates=False)
FUTURES_MODIFY: Final = _sent(f"{M2}/order/modify-order", 10, CLASSIC, "futures", "modify", creates=True)
FUTURES_PLAN_PLACE: Final = _sent(f"{M2}/order/place-plan-order", 10, CLASSIC, "futures", creates=True)
FUTURES_STOP_PLACE: Final = _sent(f"{M2}/order/place-tpsl-order", 10, CLASSIC, "futures", creates=True)
FUTURES_PLAN_CANCEL: Final = _sent(f"{M2}/order/cancel-plan-order", 10, CLASSIC, "futures", creates=False)

# --- unified account -------------------------------------------------------------------------------------------------
KEY_UNIFIED: Final = _asked(f"{V3}/account/info", 5, UNIFIED)
SETTINGS: Final = _asked(f"{V3}/account/settings", 20, UNIFIED)
ASSETS: Final = _asked(f"{V3}/account/assets", 20, UNIFIED)
FEE_RATE: Final = _asked(f"{V3}/account/fee-rate", 3, UNIFIED)
RECORDS: Final = _asked(f"{V3}/account/financial-records", 20, UNIFIED)
ORDER: Final = _asked(f"{V3}/trade/order-info", 20, UNIFIED)
OPEN: Final = _asked(f"{V3}/trade/unfilled-orders", 20, UNIFIED)
DONE: Final = _asked(f"{V3}/trade/history-orders", 20, UNIFIED)
FILLS: Final = _asked(f"{V3}/trade/fills", 20, UNIFIED)
POSITIONS: Final = _asked(f"{V3}/position/current-position", 20, UNIFIED)
PLANS: Final = _asked(f"{V3}/trade/unfilled-strategy-orders", 10, UNIFIED)
PLANS_DONE: Final = _asked(f"{V3}/trade/history-strategy-orders", 10, UNIFIED)
PLACE: Final = _sent(f"{V3}/trade/place-order", 10, UNIFIED, "", "place", creates=True)
PLACE_BATCH: Final = _batch(f"{V3}/trade/place-batch", 5, UNIFIED, "", "place_batch", 20, creates=True)
CANCEL: Final = _sent(f"{V3}/trade/cancel-order", 10, UNIFIED, "", "cancel", creates=False)
CANCEL_BATCH: Final = _batch(f"{V3}/trade/cancel-batch", 5, UNIFIED, "", "cancel_batch", 20, creates=False)
CANCEL_SYMBOL: Final = _sent(f"{V3}/trade/cancel-symbol-order", 5, UNIFIED, "", "cancel_symbol", creates=False)
MODIFY: Final = _sent(f"{V3}/trade/modify-order", 10, UNIFIED, "", "modify", creates=True)
MODIFY_BATCH: Final = _batch(f"{V3}/trade/batch-modify-order", 10, UNIFIED, "", "modify_batch", 20, creates=True)
COUNTDOWN: Final = _sent(f"{V3}/trade/countdown-cancel-all", 1, UNIFIED, "", creates=False)
PLAN_PLACE: Final = _sent(f"{V3}/trade/place-strategy-order", 10, UNIFIED, "", creates=True)
PLAN_MODIFY: Final = _sent(f"{V3}/trade/modify-strategy-order", 10, UNIFIED, "", creates=True)
PLAN_CANCEL: Final = _sent(f"{V3}/trade/cancel-strategy-order", 10, UNIFIED, "", creates=False)

ENDPOINTS: Final[Mapping[tuple[str, str], Endpoint]] = {
    (row.method, row.path): row for row in tuple(globals().values()) if isinstance(row, Endpoint)
}
"""Method and path -> row."""
