"""The seam between reports and views: both sides fit it."""

from __future__ import annotations

import io

from framework.ops.lines import JsonLines, PlainLines
from framework.ops.terminal import TerminalView
from framework.ops.watched import Happening, StrategyRow, View, Watched
from framework.reports.board import Board
from tests.reports.synthetic import Run, full_run


def test_all_three_are_views() -> None:
    board = Board(Run().session)
    views: list[View] = [PlainLines(board, io.StringIO()), JsonLines(board, io.StringIO()), TerminalView(board)]
    assert len(views) == 3


def test_a_board_and_what_it_hands_out_have_every_member_of_the_seam() -> None:
    board = Board(full_run(360).session)
    for found, wanted in ((board, Watched), (board.happenings[0], Happening), (board.rows()[0], StrategyRow)):
        missing = [name for name in members(wanted) if not hasattr(found, name)]
        assert missing == []


def members(protocol: type) -> list[str]:
    return [name for name in vars(protocol) if not name.startswith("_")]
