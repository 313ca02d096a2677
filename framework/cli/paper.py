"""`run.py paper`: trade the enabled strategies on a recorded market, against a simulated venue."""

from __future__ import annotations

import argparse
from typing import Any

from framework.cli.trading import add_view_flags, heard_stop, show_summary, warn


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
    add_view_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Trade, then print the summary. 0 at the end of the tape, after Ctrl-C and after SIGTERM; 1 if it has faults."""
    stop = heard_stop()  # before what takes long to import

    from pathlib import Path

    from framework.app.paper.run import trade_on_paper
    from framework.app.views import view_of
    from framework.config import load_config
    from framework.model.errors import ConfigError

    config = load_config(Path(args.config) if args.config else None, overrides(args))
    config = config.only(args.only) if args.only else config
    warn(config)
    try:
        summary = trade_on_paper(config, view_of(is_plain=args.plain, is_json=args.json), stop, is_fresh=args.fresh)
    except ConfigError as error:
        if (made := "" if args.config else made_for(args.tape)) and made != config.file:
            raise ConfigError(f"{error}\n{made} is made for that tape: run.py paper --config {made}") from error
        raise
    return show_summary(summary, is_json=args.json)


def made_for(tape: str | None) -> str:
    """The settings file that plays a tape by itself; empty where none does."""
    import tomllib

    from framework.cli.check import settings_in
    from framework.config.layers import HOME

    for file in settings_in(HOME):
        try:
            paper = tomllib.loads(file.read_text(encoding="utf-8")).get("paper")
        except (OSError, ValueError):
            continue
        if tape and isinstance(paper, dict) and paper.get("tape") == tape:
            return file.as_posix()
    return ""


def overrides(args: argparse.Namespace) -> dict[str, Any]:
    """Settings given on the command line, nested as in the file."""
    paper = {name: getattr(args, name) for name in ("tape", "speed", "loop", "seed") if getattr(args, name) is not None}
    chosen: dict[str, Any] = {"paper": paper} if paper else {}
    if args.folder:
        chosen["journal"] = {"folder": args.folder}
    return chosen
