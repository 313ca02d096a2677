"""Endpoints of an account's statement: of all that moves a wallet beside fills, funding alone is kept here."""

from __future__ import annotations

from typing import Any, Final

from framework.model.money import plain
from framework.sandbox.bitget.call import Call
from framework.sandbox.bitget.endpoint import PlayedEndpoint
from framework.sandbox.bitget.pages import page
from framework.sandbox.bitget.wallet import Bill

SETTLED: Final = "contract_settle_fee"
RECEIVED: Final = "CONTRACT_MAIN_SETTLE_FEE_USER_IN"
PAID: Final = "CONTRACT_MAIN_SETTLE_FEE_USER_OUT"


def bills(call: Call) -> dict[str, Any]:
    """V2: that of the futures wallet."""
    product, symbol = call.product("productType"), call.text("symbol").upper()
    rows = call.member.bills if call.text("businessType", SETTLED).lower() == SETTLED else []
    found = [one for one in rows if one.listing.product is product and symbol in ("", one.listing.symbol)]
    shown = page(call, found, lambda one: one.id, lambda one: one.ts_ms)
    return {"bills": [_bill_view(one) for one in shown], "endId": shown[-1].id if shown else ""}


def records(call: Call) -> dict[str, Any]:
    """V3: that of the one wallet."""
    product, kind = call.product("category"), call.text("type").upper()
    found = [one for one in call.member.bills if one.listing.product is product and kind in ("", _kind(one))]
    shown = page(call, found, lambda one: one.id, lambda one: one.ts_ms, cursor="cursor")
    return {"list": [_record_view(one) for one in shown], "cursor": shown[-1].id if shown else ""}


def _bill_view(one: Bill) -> dict[str, str]:
    return {
        "billId": one.id,
        "symbol": one.listing.symbol,
        "amount": plain(one.amount),
        "fee": "0",
        "feeByCoupon": "",
        "businessType": SETTLED,
        "coin": one.listing.quote,
        "balance": plain(one.balance),
        "cTime": str(one.ts_ms),
    }


def _record_view(one: Bill) -> dict[str, str]:
    return {
        "category": one.listing.product.value,
        "id": one.id,
        "symbol": one.listing.symbol,
        "coin": one.listing.quote,
        "type": _kind(one),
        "amount": plain(one.amount),
        "fee": "0",
        "balance": plain(one.balance),
        "ts": str(one.ts_ms),
    }


def _kind(one: Bill) -> str:
    return PAID if one.amount < 0 else RECEIVED


ENDPOINTS: Final = (
    PlayedEndpoint("GET", "/api/v2/mix/account/bill", bills, 10, "futures"),
    PlayedEndpoint("GET", "/api/v3/account/financial-records", records, 20, "uta_mgt"),
)
"""Limits a second and UID: reference 5.1; of financial records: other clients count 20."""
