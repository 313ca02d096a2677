"""What shows a run on standard output: JSON lines, plain lines, or the live view in a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from framework.app.running import Running
from framework.ops.watched import View
from framework.reports.board import Board
from framework.reports.session import Session


def view_of(*, is_plain: bool, is_json: bool) -> Callable[[Session, Running], View]:
    """What shows a run on the standard output of now: JSON lines, plain lines, or the live view in a terminal."""
    out = sys.stdout

    def make(session: Session, run: Running) -> View:
        from framework.ops.lines import JsonLines, PlainLines, wants_terminal

        board = Board(session)
        if is_json:
            return JsonLines(board, out)
        if is_plain or not wants_terminal(out, os.environ):
            return PlainLines(board, out)
        from framework.ops.terminal import TerminalView

        return TerminalView(board, armed=lambda: run.core.kill.words, budget=lambda: limit_words(run), out=out)

    return make


def limit_words(run: Running) -> list[str]:
    """What is used of the rate limits now, in words: `rate limits, used of allowed: place 3/10`, `cancel 1/10`."""
    lane = run.core.router.lanes[run.rules.venue]
    first, *more = [
        f"{name.replace('_', ' ')} {used}/{limit}"
        for name, (used, limit) in lane.budget.gauges(run.core.clock.now_ns).items()
        if used and limit < 1000
    ] or ["none in use"]
    return [f"rate limits, used of allowed: {first}", *more]
