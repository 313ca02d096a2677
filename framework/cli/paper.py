"""`run.py paper`: trade the enabled strategies on a recorded market, against a simulated venue."""

from __future__ import annotations

import argparse
import io
import sys
from typing import TYPE_CHECKING, Any

from framework.kernel.screen import say, text_width

if TYPE_CHECKING:
    from framework.config import Config
    from framework.reports.summary import Summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What paper takes; everything else stands in the settings file."""
    parser.add_argument("--config", metavar="FILE", help="settings (default: config/paper.toml)")
    parser.add_argument("--tape", metavar="NAME", help="a bundled tape's name, or a file or folder of your own")
    parser.add_argument("--speed", metavar="X", help="times real time: 1, 10, ..., or max")
    parser.add_argument("--loop", action="store_true", default=None, help="begin again at the end of the tape")
    parser.add_argument("--seed", metavar="N", help="of every random choice")
    parser.add_argument("--only", action="append", metavar="NAME", help="only this strategy (may be given again)")
    parser.add_argument("--folder", metavar="DIR", help="where runs are kept (default: var)")
    parser.add_argument("--fresh", action="store_true", help="of a live feed: open the paper account anew")
    parser.add_argument("--plain", action="store_true", help="plain lines instead of the live view")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the last one the summary")


def run(args: argparse.Namespace) -> int:
    """Trade, then print the summary. 0 at the end of the tape, after Ctrl-C and after SIGTERM; 1 if it has faults."""
    from framework.app.drive import Stop

    stop = Stop()
    stop.on_signals()  # before what takes long to import

    from pathlib import Path

    from framework.app.paper.run import trade_on_paper
    from framework.app.views import view_of
    from framework.config import load_config

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may hold letters that the terminal has not
    config = load_config(Path(args.config) if args.config else None, overrides(args))
    config = config.only(args.only) if args.only else config
    warn(config)
    summary = trade_on_paper(config, view_of(is_plain=args.plain, is_json=args.json), stop, is_fresh=args.fresh)
    return told(summary, is_json=args.json)


def warn(config: Config) -> None:
    """Say on standard error what would go wrong without a word: a handler that nobody calls."""
    from framework.plugins.check import handler_warnings

    for line in handler_warnings(config):
        say(line, sys.stderr)


def told(summary: Summary, *, is_json: bool) -> int:
    """Print a run's summary and its faults; gives the exit code."""
    from framework.reports.words import clean

    for fault in summary.faults:
        say(clean(fault, 4_000), sys.stderr)
    if is_json:
        from framework.reports.summary import to_json

        print(to_json(summary), flush=True)
    else:
        from framework.reports.closing import text

        say("\n".join(text(summary, text_width())))
    return 1 if summary.faults else 0


def overrides(args: argparse.Namespace) -> dict[str, Any]:
    """Settings given on the command line, nested as in the file."""
    paper = {name: getattr(args, name) for name in ("tape", "speed", "loop", "seed") if getattr(args, name) is not None}
    chosen: dict[str, Any] = {"paper": paper} if paper else {}
    if args.folder:
        chosen["journal"] = {"folder": args.folder}
    return chosen
