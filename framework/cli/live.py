"""`run.py live`: trade the enabled strategies at a venue, as a daemon. It starts disarmed: `run.py arm` starts trading."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import Final

DEFAULT: Final = Path("config/live.toml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What live takes; everything else stands in the settings file."""
    parser.add_argument("--config", metavar="FILE", help=f"settings (default: {DEFAULT})")
    parser.add_argument("--folder", metavar="DIR", help="where runs are kept (default: var)")
    parser.add_argument("--plain", action="store_true", help="plain lines instead of the live view")
    parser.add_argument("--json", action="store_true", help="one JSON object a line, the last one the summary")


def run(args: argparse.Namespace) -> int:
    """Trade until Ctrl-C, SIGTERM or `run.py stop`, then print the summary. 1 if it has faults."""
    from framework.app.drive import Stop

    stop = Stop()
    stop.on_signals()  # before what takes long to import

    from framework.app.live.start import trade_live
    from framework.app.views import view_of
    from framework.cli.paper import told, warn
    from framework.config import load_config

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may hold letters that the terminal has not
    overrides = {"journal": {"folder": args.folder}} if args.folder else {}
    config = load_config(Path(args.config) if args.config else DEFAULT, overrides, takes_keys=True)
    warn(config)
    return told(trade_live(config, view_of(is_plain=args.plain, is_json=args.json), stop), is_json=args.json)
