"""A strategy's `State` as it is journaled: what survives a restart must fit a record, and be what a record can hold."""

from __future__ import annotations

from typing import Final

import msgspec

from framework.model.errors import PluginError

STATE_BYTES_MAX: Final = 1024 * 1024
"""A checkpoint holds the states of all strategies, and is one record."""


def encode_state(state: object) -> bytes:
    """Its bytes.

    Raises:
        PluginError: it holds what cannot be kept, or too much.
    """
    try:
        found = msgspec.msgpack.encode(state)
    except (TypeError, ValueError, OverflowError, RecursionError, AttributeError, msgspec.MsgspecError) as error:
        raise PluginError(
            f"class State: expected numbers, texts, lists and tables to keep, found {type(error).__name__}: {error}"
        ) from error
    if len(found) > STATE_BYTES_MAX:
        raise PluginError(f"class State: expected at most {STATE_BYTES_MAX} bytes to keep, found {len(found)}")
    return found
