"""An account's journal takes no key of another account."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.app.live.owner import FILE, keep_owner
from framework.kernel.journal.names import head_path
from framework.model.errors import ConfigError, DataError


def begin(folder: Path) -> None:
    """There is a journal."""
    head_path(folder / "journal").write_bytes(b"")


def test_the_key_of_another_account_is_refused_as_soon_as_there_is_a_journal(tmp_path: Path) -> None:
    keep_owner(tmp_path, "bitget 7")
    keep_owner(tmp_path, "bitget 8")  # nothing was journaled yet
    begin(tmp_path)
    keep_owner(tmp_path, "bitget 8")
    for other in ("bitget 7", "demo 8"):
        with pytest.raises(ConfigError, match="found one of another account: orders of the first may stand"):
            keep_owner(tmp_path, other)
    assert len((tmp_path / FILE).read_bytes()) == 16, "a digest, and nothing that names an account"


def test_a_journal_of_a_version_that_kept_nothing_takes_what_comes_and_a_silent_venue_is_believed(
    tmp_path: Path,
) -> None:
    begin(tmp_path)
    keep_owner(tmp_path, "")
    assert not (tmp_path / FILE).exists()
    keep_owner(tmp_path, "bitget 7")
    keep_owner(tmp_path, "")
    with pytest.raises(ConfigError):
        keep_owner(tmp_path, "bitget 8")


def test_what_cannot_be_read_is_said_with_its_file(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(DataError, match=r"owner: cannot be read or written"):
        keep_owner(tmp_path, "bitget 7")
