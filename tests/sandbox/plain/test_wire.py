from __future__ import annotations

import msgspec
import pytest

from framework.sandbox.plain.wire import PlacedOrder, Result


def test_what_a_result_has_nothing_to_say_of_is_left_out() -> None:
    assert msgspec.json.encode(Result("a", "accepted", "1")) == b'{"id":"a","result":"accepted","venue_id":"1"}'


def test_an_order_with_a_field_that_nobody_knows_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="leverage"):
        msgspec.json.decode(b'{"id":"a","side":"buy","size":"1","leverage":5}', type=PlacedOrder)
