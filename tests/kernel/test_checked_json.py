"""JSON from outside: unambiguous, or refused with one error."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.kernel.checked_json import BadJson, read

DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
DEEP = b"[" * 100_000 + b"]" * 100_000


class Told(msgspec.Struct):
    """A shape that leaves out what it does not know."""

    price: str = ""


@pytest.mark.fault("N22")
@pytest.mark.parametrize(
    ("data", "says"),
    [
        (DEEP, "Expected `object`"),
        (b'{"more":' + DEEP + b"}", "brackets without end"),
        (b'{"a":' * 100_000, "brackets without end"),
        (b'{"price":"1","price":"2"}', "'price' stands twice"),
        (b'{"price":"1","\\u0070rice":"2"}', "'price' stands twice"),
        (b'{"more":[{"a":1,"a":1}]}', "'a' stands twice"),
        (b'{"more":NaN}', "invalid character"),
        (b'{"more":Infinity}', "invalid character"),
        (b'{"price":1e400}', "out of range"),
        (b'{"more":-1e400}', "out of range"),
        (b'{"price":"1"', "truncated"),
        (b"\xff\xfe", "invalid character"),
        (b"", "truncated"),
    ],
)
def test_what_cannot_be_relied_on_is_refused_with_one_error(data: bytes, says: str) -> None:
    with pytest.raises(BadJson, match=says):
        read(msgspec.json.Decoder(Told).decode, data)


def test_what_is_good_is_read_and_decimals_stay_exact() -> None:
    assert read(DECODE, b'{"a":[{"b":0.1},{"b":2}]}') == {"a": [{"b": Decimal("0.1")}, {"b": 2}]}


@given(st.binary(max_size=80))
def test_whatever_comes_nothing_else_is_raised(data: bytes) -> None:
    try:
        read(DECODE, data)
    except BadJson:
        return
