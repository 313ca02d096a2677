"""What the verbs that trade have in common: how a run is shown, how it is stopped, and its last words."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from framework.kernel.screen import say, text_width

if TYPE_CHECKING:
    from framework.app.drive import Stop
    from framework.config import Config
    from framework.reports.summary import Summary


def add_view_flags(parser: argparse.ArgumentParser) -> None:
    """How it is shown; by default as the terminal can."""
    parser.add_argument("--plain", action="store_true", help="plain lines instead of the live view")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the last one the summary")


def heard_stop() -> Stop:
    """What asks the run to end; signals are heard from now on."""
    from framework.app.drive import Stop

    stop = Stop()
    stop.on_signals()
    return stop


def warn(config: Config) -> None:
    """Say on standard error what would go wrong without a word: a handler that nobody calls."""
    from framework.plugins.check import handler_warnings

    for line in handler_warnings(config):
        say(line, sys.stderr)


def show_summary(summary: Summary, *, is_json: bool) -> int:
    """Print a run's summary and its faults; gives the exit code."""
    from framework.reports.words import clean

    for fault in summary.faults:
        say(clean(fault, 4_000), sys.stderr)
    if is_json:
        from framework.reports.summary import to_json

        print(to_json(summary), flush=True)
    else:
        from framework.reports.closing import closing_lines

        say("\n".join(closing_lines(summary, text_width())))
    return 1 if summary.faults else 0
