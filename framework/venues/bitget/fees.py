"""Fees: the sign differs by channel, and `feeDetail` is a text, an object or a list. Ours are positive when paid.

Negative is paid on REST V2, in the `orders` channels, and in the futures `fill` channel of V2; positive is paid in the
spot `fill` channel of V2 and everywhere in V3 (reference, section 9.5; recorded). A rebate has the other sign in each.
"""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum

from framework.model.errors import OddAnswer
from framework.model.money import ZERO
from framework.venues.bitget.rows import Row, decoded, rows_of
from framework.venues.bitget.seen import NO_FEE, FeeSeen


class Paid(IntEnum):
    """The sign of a fee that was paid, where it was read."""

    NEGATIVE = -1
    POSITIVE = 1


def read_fees(row: Row, paid: Paid) -> tuple[FeeSeen, ...]:
    """The fees of an order or fill, whatever shape `feeDetail` has there.

    Raises:
        OddAnswer: a shape or number that we do not know.
    """
    detail = row.value("feeDetail")
    where = f"{row.where}.feeDetail"
    if isinstance(detail, str):
        return _of_text(detail, where, paid) if detail.strip() else ()
    if isinstance(detail, dict):
        return _listed([detail], where, paid)
    return _listed(detail, where, paid)


def _listed(detail: object, where: str, paid: Paid) -> tuple[FeeSeen, ...]:
    found = (_fee(fee, paid) for fee in rows_of(detail, where))
    return tuple(fee for fee in found if fee.asset and fee.amount)


def _fee(row: Row, paid: Paid) -> FeeSeen:
    amount = row.number("totalFee" if row.has("totalFee") else "fee", ZERO)
    return FeeSeen(amount * paid if amount else ZERO, row.first("feeCoin", "feeCoinCode"))


def _of_text(text: str, where: str, paid: Paid) -> tuple[FeeSeen, ...]:
    """A JSON document in a text: `{"newFees": {...}, "LTC": {"feeCoinCode": ..., "totalFee": ...}}`."""
    found = decoded(text, where)
    if isinstance(found, list):
        return _listed(found, where, paid)
    coins = Row(found, where)
    return _listed([coins.value(name) for name in coins.names() if name != "newFees"], where, paid)


def one_fee(fees: tuple[FeeSeen, ...], where: str) -> FeeSeen:
    """The fee of a fill.

    Raises:
        OddAnswer: it was paid in several coins, which our ledger cannot book as one.
    """
    if len(fees) > 1:
        raise OddAnswer(f"{where}.feeDetail: expected one fee, found {len(fees)}; book it by hand")
    return fees[0] if fees else NO_FEE


def total(amount: Decimal, paid: Paid) -> Decimal:
    """A fee in our sign."""
    return amount * paid if amount else ZERO
