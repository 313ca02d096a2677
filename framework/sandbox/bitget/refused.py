"""What the venue says no with: its codes and its words, as recorded or documented."""

from __future__ import annotations

from typing import Final


class BitgetRefusal(Exception):
    """A request, or one entry of a batch, is not carried out. `code` is Bitget's, as text."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status


ORDER_ABSENT_SPOT: Final = ("43001", "订单不存在")  # recorded in Chinese even with locale en-US
ORDER_ABSENT_PERPETUAL: Final = ("40768", "The order does not exist")
ORDER_ABSENT_UNIFIED: Final = ("25204", "Order does not exist")
PARAMETER: Final = "40017"
MISSING: Final = "40019"
CLASSIC_ONLY: Final = (
    "40084",
    "You are in Classic Account mode, and the Unified Account API is not supported at this time",
)
UNIFIED_ONLY: Final = (
    "40085",
    "You are in Unified Account mode, and the Classic Account API is not supported at this time",
)


def rate_refused() -> BitgetRefusal:
    """Over a limit."""
    return BitgetRefusal("429", "Too Many Requests", 429)


def unknown_symbol(symbol: str, *, is_unified: bool) -> BitgetRefusal:
    """No such pair."""
    return BitgetRefusal("25100" if is_unified else "40034", f"Parameter {symbol} does not exist")


def missing(name: str, *, is_unified: bool = False) -> BitgetRefusal:
    """A parameter that must be there is not."""
    return BitgetRefusal("25200" if is_unified else MISSING, f"Parameter {name} cannot be empty")


def wrong(name: str, *, is_unified: bool = False) -> BitgetRefusal:
    """A parameter has a value that is not known."""
    return BitgetRefusal("25200" if is_unified else PARAMETER, f"Parameter verification failed {name}")


SAID: Final[dict[str, tuple[str, str, str, str]]] = {
    # reason: code of spot, of perpetuals (both V2), of V3; the words. V3 codes are known by their group alone.
    "notional": ("45110", "45110", "25208", "less than the minimum amount {0} USDT"),
    "size_scale": ("40808", "40808", "25206", "Parameter verification exception size checkBDScale error value={0}"),
    "price_scale": ("41103", "40808", "25206", "param price scale error error"),
    "size_min": ("43006", "45111", "25208", "less than the minimum order quantity"),
    "price_high": ("43008", "40815", "25205", "The current order price cannot exceed {0}"),
    "price_low": ("43009", "40816", "25205", "The current order price cannot be less than {0}"),
    "balance": ("43012", "40762", "25202", "Insufficient balance"),
    "sellable": ("12001", "40762", "25202", "{0} can be used at most"),
    "duplicate": ("43118", "40786", "25212", "Duplicate clientOid"),
    "crowded": ("43005", "45118", "25230", "exceed the maximum number of open orders {0}"),
    "client_id": ("40304", "40304", "25200", "clientOid or clientId length is not greater than 32 characters"),
    "no_position": ("22002", "22002", "25601", "No position to close"),
    "position_mode": (
        "40774",
        "40774",
        "25200",
        "The order type for unilateral position must also be the unilateral position type.",
    ),
}
"""Codes and words of reference section 3.1. Where a group of codes is documented without its single meanings, one of it."""


def order_refusal(reason: str, value: object = "", *, is_spot: bool, is_unified: bool) -> BitgetRefusal:
    """The refusal of an order, in the words of the product that it is for."""
    spot, perpetual, unified, words = SAID[reason]
    return BitgetRefusal(unified if is_unified else spot if is_spot else perpetual, words.format(value))


def order_absent(*, is_spot: bool, is_unified: bool) -> BitgetRefusal:
    """The order is not known, or done."""
    code, words = ORDER_ABSENT_UNIFIED if is_unified else ORDER_ABSENT_SPOT if is_spot else ORDER_ABSENT_PERPETUAL
    return BitgetRefusal(code, words)
