"""A part that another version wrote is told of as one, never by a traceback."""

from __future__ import annotations

import msgspec
import pytest

from framework.kernel.checkpoint_part import part_of
from framework.kernel.records import Checkpoint
from framework.model.errors import DataError

POINT = Checkpoint(7, {"counts": msgspec.msgpack.encode({"a": 1})})


def test_a_part_is_read_and_one_that_may_lack_has_its_stand_in() -> None:
    assert part_of(POINT, "counts", dict[str, int]) == {"a": 1}
    assert part_of(POINT, "spans", dict[str, int], b"\x80") == {}


@pytest.mark.parametrize("name", ["counts", "spans"])
def test_a_part_of_another_shape_or_none_says_what_to_do(name: str) -> None:
    with pytest.raises(
        DataError, match=rf"checkpoint of 7 ns: expected its part '{name}' .* found .*: go on with the version"
    ):
        part_of(POINT, name, dict[str, str])
