"""The note that orders may stand."""

from __future__ import annotations

from pathlib import Path

from framework.kernel.left_standing import NOTE, is_noted, note_left


def test_it_stands_until_a_session_ends_with_an_answer(tmp_path: Path) -> None:
    assert not is_noted(tmp_path)
    assert note_left(tmp_path, "") == []
    assert note_left(tmp_path, "2 orders may stand there: a, b") == []
    assert is_noted(tmp_path)
    assert (tmp_path / NOTE).read_text() == "2 orders may stand there: a, b\n"
    assert note_left(tmp_path, "") == []
    assert not is_noted(tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (fault,) = note_left(tmp_path / "gone", "2 orders may stand there: a, b")
    assert "cannot be written" in fault
