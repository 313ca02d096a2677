"""The decimals of a journal's points are kept beside it, and a journal that nobody has begun binds nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.live.grids import FILE, keep_grids, known_grids
from framework.kernel.journal.names import head_path
from framework.model.errors import DataError
from tests.wired import spot

BTC, ETH = spot(), spot("ETH/USDT", price_digits=3)


def begin(folder: Path) -> None:
    """There is a journal."""
    head_path(folder / "journal").write_bytes(b"")


def test_what_is_kept_binds_as_soon_as_there_is_a_journal(tmp_path: Path) -> None:
    assert known_grids(tmp_path / "nowhere") == {}
    keep_grids(tmp_path, [BTC])
    assert known_grids(tmp_path) == {}, "it was moved away, or never begun"
    begin(tmp_path)
    assert known_grids(tmp_path) == {"BTC/USDT": (2, 4)}


def test_a_market_that_is_traded_no_more_is_not_forgotten(tmp_path: Path) -> None:
    begin(tmp_path)
    keep_grids(tmp_path, [BTC])
    keep_grids(tmp_path, [ETH])
    assert known_grids(tmp_path) == {"BTC/USDT": (2, 4), "ETH/USDT": (3, 4)}


@pytest.mark.parametrize("content", [b"", b"{", b'{"BTC/USDT": [2]}', b'{"BTC/USDT": ["2", 4]}', b"\xff"])
def test_one_that_cannot_be_read_is_refused_with_the_file(tmp_path: Path, content: bytes) -> None:
    begin(tmp_path)
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DataError, match=r"grids.json: expected the decimals of each market .* restore it"):
        known_grids(tmp_path)
