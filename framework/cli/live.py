"""`run.py live`: trade the enabled strategies at a venue, as a daemon. It starts disarmed: `run.py arm` starts trading."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from framework.cli.trading import add_view_flags, heard_stop, show_summary, warn

DEFAULT: Final = Path("config/live.toml")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What live takes; everything else stands in the settings file."""
    parser.add_argument("--config", metavar="FILE", help=f"settings (default: {DEFAULT})")
    parser.add_argument("--folder", metavar="DIR", help="where runs are kept (default: var)")
    add_view_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Trade until Ctrl-C, SIGTERM or `run.py stop`, then print the summary. 1 if it has faults."""
    stop = heard_stop()  # before what takes long to import

    from framework.app.live.start import trade_live
    from framework.app.views import view_of
    from framework.config import load_config

    overrides = {"journal": {"folder": args.folder}} if args.folder else {}
    config = load_config(Path(args.config) if args.config else DEFAULT, overrides, takes_keys=True)
    warn(config)
    return show_summary(trade_live(config, view_of(is_plain=args.plain, is_json=args.json), stop), is_json=args.json)
