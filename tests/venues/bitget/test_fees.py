from __future__ import annotations

from decimal import Decimal

import pytest

from framework.model.errors import OddAnswer
from framework.venues.bitget.fees import Paid, one_fee, read_fees, total
from framework.venues.bitget.rows import Row
from framework.venues.bitget.seen import NO_FEE, FeeSeen


def fees(detail: object, paid: Paid) -> tuple[FeeSeen, ...]:
    return read_fees(Row({"feeDetail": detail}, "fill"), paid)


IN_TEXT = (
    '{"newFees":{"c":0,"d":0,"deduction":false,"r":-0.0000794,"t":-0.0000794,"totalDeductionFee":0},'
    '"LTC":{"deduction":false,"feeCoinCode":"LTC","totalDeductionFee":0,"totalFee":-0.000079400000}}'
)


@pytest.mark.parametrize(
    ("detail", "paid", "amount", "asset"),
    [
        # spot REST: an object, negative = paid
        ({"deduction": "no", "feeCoin": "BTC", "totalFee": "-0.0000007"}, Paid.NEGATIVE, "0.0000007", "BTC"),
        # spot history: JSON in a text
        (IN_TEXT, Paid.NEGATIVE, "0.000079400000", "LTC"),
        # futures REST and stream: a list
        ([{"feeCoin": "USDT", "totalFee": "-0.0048522"}], Paid.NEGATIVE, "0.0048522", "USDT"),
        # spot stream `fill`: positive = paid
        ([{"feeCoin": "LTC", "totalFee": "0.000074"}], Paid.POSITIVE, "0.000074", "LTC"),
        # V3: positive = paid, a rebate is negative
        ([{"feeCoin": "USDT", "fee": "0.569958"}], Paid.POSITIVE, "0.569958", "USDT"),
        ([{"feeCoin": "USDT", "fee": "-0.1"}], Paid.POSITIVE, "-0.1", "USDT"),
        ([{"feeCoin": "BTC", "fee": "0.1"}], Paid.NEGATIVE, "-0.1", "BTC"),
    ],
)
def test_a_fee_is_positive_when_paid_whatever_the_channel_says(
    detail: object, paid: Paid, amount: str, asset: str
) -> None:
    assert fees(detail, paid) == (FeeSeen(Decimal(amount), asset),)


@pytest.mark.parametrize("detail", ["", None, [], [{"feeCoin": "", "fee": ""}], [{"feeCoin": None, "fee": None}]])
def test_what_is_empty_is_no_fee(detail: object) -> None:
    assert fees(detail, Paid.NEGATIVE) == ()
    assert one_fee((), "fill") is NO_FEE


@pytest.mark.parametrize("detail", ["{", "nonsense", 5, [5], "[5]", '{"LTC":5}', [{"feeCoin": "X", "fee": "much"}]])
def test_what_cannot_be_read_is_refused_by_name(detail: object) -> None:
    with pytest.raises(OddAnswer, match=r"fill\.feeDetail"):
        fees(detail, Paid.NEGATIVE)


def test_a_fill_has_one_fee() -> None:
    with pytest.raises(OddAnswer, match="expected one fee, found 2"):
        one_fee((FeeSeen(Decimal(1), "BTC"), FeeSeen(Decimal(1), "BGB")), "fill")


def test_a_zero_has_no_sign() -> None:
    assert str(total(Decimal(0), Paid.NEGATIVE)) == "0"
