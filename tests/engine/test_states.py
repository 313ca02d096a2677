"""What of a strategy survives a restart: what a record can hold, and no more than fits."""

from __future__ import annotations

from typing import Any

import pytest

from framework.engine.states import STATE_BYTES_MAX, encode_state
from framework.model.errors import PluginError


def endless() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@pytest.mark.parametrize("value", [2**70, object(), "\ud800", endless()])
def test_what_no_record_can_hold_is_refused_in_words(value: object) -> None:
    with pytest.raises(
        PluginError, match=r"^class State: expected numbers, texts, lists and tables to keep, found \w+"
    ):
        encode_state({"value": value})


def test_what_is_too_much_is_refused_with_its_size() -> None:
    assert len(encode_state("x" * (STATE_BYTES_MAX - 5))) == STATE_BYTES_MAX
    with pytest.raises(
        PluginError, match=f"expected at most {STATE_BYTES_MAX} bytes to keep, found {STATE_BYTES_MAX + 1}"
    ):
        encode_state("x" * (STATE_BYTES_MAX - 4))
